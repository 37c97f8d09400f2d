// What trading costs and how fast it is, and the same in words for the result. All of it is off unless asked for: then a
// fill is at the price of the market, without fee, of any size.
//   fees        basis points of a fill's value; maker: the order was resting, taker: it came to what rested
//   slippage    taker fills are worse by slippageBps, plus volatilitySlippage x the deviation of one step's return, plus
//               impact x that deviation x sqrt(quantity / volume of the event)   (the square-root law of market impact)
//   liquidity   participation: share of an event's volume or size that own orders may take, each unit once; null: any size
//   latency     feedLatencyUs passes before an event is known, orderLatencyUs before an order or a change is in the market
//   carry       borrowBps a year on the value of what is sold short; funding payments where the feed has them
//   resting     "touch": a limit is filled when its price is reached; "through": only when the market goes beyond it
import { instrumentDefaults } from "../domain/instrument.ts";
import type { AssetType } from "../domain/asset-type.ts";

export interface Costs {
  readonly makerBps: number;
  readonly takerBps: number;
  readonly slippageBps: number;
  readonly volatilitySlippage: number;
  readonly impact: number;
  readonly participation: number | null;
  readonly feedLatencyUs: number;
  readonly orderLatencyUs: number;
  readonly borrowBps: number;
  readonly funding: boolean;
  readonly resting: "touch" | "through";
}

/** What the contract assumes unless fee_bps or slippage_bps say otherwise. */
export const NO_COSTS: Costs = {
  makerBps: 0,
  takerBps: 0,
  slippageBps: 0,
  volatilitySlippage: 0,
  impact: 0,
  participation: null,
  feedLatencyUs: 0,
  orderLatencyUs: 0,
  borrowBps: 0,
  funding: true,
  resting: "touch",
};

/** Half of a usual spread at a retail venue, in basis points: what a market order loses at least. */
const SLIPPAGE_BPS: Readonly<Record<AssetType, number>> = {
  crypto: 2,
  forex: 0.5,
  indices: 1,
  commodities: 1,
  stocks: 2,
};
const CAREFUL_PARTICIPATION = 0.1;
const CAREFUL_LATENCY_US = 100_000;

/** Careful figures of an asset type: the fees and borrowing of its instruments, and what a small account usually loses. */
export function defaultCosts(assetType: AssetType, symbol: string): Costs {
  const { fields } = instrumentDefaults(assetType, symbol);
  return {
    makerBps: fields.maker_fee_bps,
    takerBps: fields.taker_fee_bps,
    slippageBps: SLIPPAGE_BPS[assetType],
    volatilitySlippage: 0,
    impact: 1,
    participation: CAREFUL_PARTICIPATION,
    feedLatencyUs: 0,
    orderLatencyUs: CAREFUL_LATENCY_US,
    borrowBps: fields.borrow_bps,
    funding: true,
    resting: "through",
  };
}

const RANGES: readonly (readonly [keyof Costs, number, number])[] = [
  ["makerBps", -100, 1_000],
  ["takerBps", 0, 1_000],
  ["slippageBps", 0, 1_000],
  ["volatilitySlippage", 0, 10],
  ["impact", 0, 10],
  ["feedLatencyUs", 0, 3_600_000_000],
  ["orderLatencyUs", 0, 3_600_000_000],
  ["borrowBps", 0, 100_000],
];

/** Why these costs cannot be; null when they can. */
export function costsFault(costs: Costs): string | null {
  for (const [name, low, high] of RANGES) {
    const value = Number(costs[name]);
    if (!(value >= low && value <= high)) return `${name} must be a number from ${low} to ${high}, not ${value}`;
  }
  const { participation } = costs;
  if (participation !== null && !(participation > 0 && participation <= 1))
    return `participation must be above 0 and at most 1, or null, not ${participation}`;
  return null;
}

/** Equity that positions need, as shares of their value. */
export interface Margin {
  /** To be opened; 1: no borrowing. */
  readonly initial: number;
  /** All positions together; below it they are closed by force. */
  readonly maintenance: number;
}

/** For the result: every number that was assumed, and what it means for a fill. */
export function statedCosts(
  costs: Costs,
  margin: Margin | null = null,
): Readonly<Record<string, number | string | boolean>> {
  const { participation } = costs;
  return {
    fills:
      "at the first event after the decision; inside a bar the worse order of events, stops before targets; " +
      "a bar that opens beyond a level fills at its open",
    maker_fee_bps: costs.makerBps,
    taker_fee_bps: costs.takerBps,
    slippage_bps: costs.slippageBps,
    volatility_slippage: costs.volatilitySlippage,
    impact: costs.impact,
    liquidity:
      participation === null ? "any size is filled" : "a share of each event's volume or size, each unit at most once",
    ...(participation === null ? {} : { participation }),
    feed_latency_us: costs.feedLatencyUs,
    order_latency_us: costs.orderLatencyUs,
    borrow_bps: costs.borrowBps,
    funding: costs.funding,
    ...(margin === null
      ? { margin: "positions of any size; none is closed by force" }
      : { margin_initial: margin.initial, margin_maintenance: margin.maintenance }),
    resting_orders:
      costs.resting === "touch"
        ? "filled when the market reaches their price"
        : "filled when the market goes beyond their price",
  };
}
