// A signal as the rest of the host sees it: the record of the signal ring with names instead of codes.
import type { Family, Tier } from "./strategies.ts";
import type { EpochUs, Price } from "./units.ts";

export type Action = "buy" | "sell" | "exit";

export interface Signal {
  /** `sig_` and 13 characters that follow from the record's hash: the same events give the same ids. */
  readonly id: string;
  readonly sequence: number;
  /** Of all that its event caused, in the order in which they are given. */
  readonly ordinal: number;
  readonly instance: number;
  /** Implementation name, e.g. momentum_rider. */
  readonly type: string;
  /** Segment of Redis keys, e.g. momentum. */
  readonly strategy: string;
  readonly family: Family;
  readonly tier: Tier;
  readonly symbol: string;
  readonly action: Action;
  readonly entry: Price;
  readonly stop: Price;
  readonly target: Price;
  readonly confidence: number;
  readonly confidenceRaw: number;
  /** Fields of its own by wire name, e.g. momentum_strength, bid_price. */
  readonly extra: Readonly<Record<string, number | boolean | string>>;
  readonly strategyId: string | null;
  readonly clock: EpochUs;
  readonly eventTime: EpochUs;
  readonly demo: boolean;
}

/** The wire form of api.md §6: one shape for REST, WebSocket, Redis keys and topics. Exits are not published. */
export interface WireSignal {
  readonly id: string;
  readonly type: string;
  readonly strategy: string;
  readonly strategy_type: Family;
  readonly timing_tier: Tier;
  readonly symbol: string;
  readonly action: Exclude<Action, "exit">;
  readonly entry_price: number;
  readonly stop_loss: number;
  readonly take_profit: number;
  readonly confidence: number;
  readonly confidence_raw: number;
  readonly strategy_id: string | null;
  readonly event_time: number;
  readonly timestamp: number;
  readonly [extra: string]: number | boolean | string | null;
}

export function wireSignal(signal: Signal): WireSignal {
  return {
    id: signal.id,
    type: signal.type,
    strategy: signal.strategy,
    strategy_type: signal.family,
    timing_tier: signal.tier,
    symbol: signal.symbol,
    // Every sink skips exits before it comes here.
    action: signal.action as WireSignal["action"],
    entry_price: signal.entry,
    stop_loss: signal.stop,
    take_profit: signal.target,
    confidence: signal.confidence,
    ...signal.extra,
    confidence_raw: signal.confidenceRaw,
    strategy_id: signal.strategyId,
    event_time: signal.eventTime / 1e6,
    timestamp: wireSecond(signal),
    ...(signal.demo ? { demo: true } : {}),
  };
}

/** Its `timestamp`: whole seconds. */
export function wireSecond({ clock }: Signal): number {
  return Math.floor(clock / 1e6);
}

/** A batch of signals and more. */
const TEXTS_KEPT = 64;
const texts = new Map<Signal, string>();

/** The wire form as JSON, made once for all who take it in the same turn; none is made of a signal that nobody takes. */
export function signalText(signal: Signal): string {
  const known = texts.get(signal);
  if (known !== undefined) return known;
  const text = JSON.stringify(wireSignal(signal));
  if (texts.size >= TEXTS_KEPT) texts.clear();
  texts.set(signal, text);
  return text;
}
