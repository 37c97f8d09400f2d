// From a published signal to what is followed of it. Quotes of market makers say nothing of a direction, and cycles of
// several legs are over when they are filled, so neither is followed. Pure.
import type { Approved } from "../../domain/approved.ts";
import type { AssetType } from "../../domain/asset-type.ts";
import type { Regime } from "../../domain/regime.ts";
import type { Tier } from "../../domain/strategies.ts";
import { type Exit, type Fees, keyOf, type Opening } from "../../learning/tracker.ts";
import { defaultCosts } from "../../simulation/simulation.ts";
import type { Taking } from "./accounts.ts";
import type { JsonObject } from "../../store/strategies.ts";

const HOUR_US = 3_600_000_000;
/** How long a trade may last that neither barrier nor exit ends. */
const LIMIT_US: Readonly<Record<Tier, number>> = {
  fast: 4 * HOUR_US,
  tactical: 24 * HOUR_US,
  strategic: 90 * 24 * HOUR_US,
  learning: 24 * HOUR_US,
};
const CYCLES = "triangular_arbitrage";

/** What is known of its symbol. */
export interface Market {
  readonly symbol: number;
  readonly assetType: AssetType;
  readonly regime: Regime;
}

/** Null: it is not followed. */
export function followable(signal: Approved, { symbol, assetType, regime }: Market): Opening | Exit | null {
  const { id, type, instance, action, entry, sequence, clock, extra } = signal;
  if (signal.demo || type === CYCLES || extra["bid_price"] !== undefined) return null;
  const group = typeof extra["group"] === "number" ? extra["group"] : null;
  if (action === "exit") return { instance, symbol, group, sequence, clock, price: entry };
  const side = action === "buy" ? 1 : -1;
  const levels = group === null ? { stop: signal.stop, target: signal.target } : withoutBarriers(side);
  return {
    id,
    key: keyOf(instance, symbol, group),
    strategy: type,
    strategyId: signal.strategyId,
    instance,
    symbol,
    name: signal.symbol,
    side,
    group,
    sequence,
    entry,
    ...levels,
    openedAt: clock,
    deadline: clock + LIMIT_US[signal.tier],
    confidenceRaw: signal.confidenceRaw,
    confidence: signal.confidence,
    regime,
    fees: feesOf(assetType, signal.symbol),
  };
}

/** A group's legs are held until its own rule ends them. */
function withoutBarriers(side: 1 | -1): Pick<Opening, "stop" | "target"> {
  return { stop: -side * Infinity, target: side * Infinity };
}

function feesOf(assetType: AssetType, name: string): Fees {
  const { makerBps, takerBps, slippageBps } = defaultCosts(assetType, name);
  return { makerBps, takerBps, slippageBps };
}

/** As it is kept: JSON has no infinities. */
export function keptOpening(opening: Opening, taken: Taking | null): JsonObject {
  const { stop, target, fees } = opening;
  const taking = taken === null ? {} : { taken: { ...taken } };
  return { ...opening, stop: finite(stop), target: finite(target), fees: { ...fees }, ...taking };
}
function finite(price: number): number | null {
  return Number.isFinite(price) ? price : null;
}

/** A kept one, on the symbol as it is numbered now; null: it is none of ours. */
export function reopened(kept: JsonObject, symbol: number): Opening | null {
  const { id, instance, side, entry, deadline, group } = kept;
  if (typeof id !== "string" || typeof instance !== "number" || typeof entry !== "number") return null;
  if ((side !== 1 && side !== -1) || typeof deadline !== "number") return null;
  const leg = typeof group === "number" ? group : null;
  const { taken: _taken, ...rest } = kept;
  const opening = rest as unknown as Opening;
  const levels = leg === null ? {} : withoutBarriers(side);
  return { ...opening, ...levels, symbol, key: keyOf(instance, symbol, leg) };
}
