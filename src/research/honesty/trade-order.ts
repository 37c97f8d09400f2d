// What the same trades would have felt like in another order: what each gained or lost as a share of the equity that it
// was made with is shuffled, the shares are compounded from the capital, and the deepest fall from the highest point so far
// is noted. The end is the same in every order; how deep the path went on the way was luck. Shares and not money, because
// who trades with all there is risks more money later. Money that is gone is gone: the fall is -1 and the path ends.
import type { Random } from "../../domain/random.ts";
import { quantilesOf } from "./core-columns.ts";

export interface TradeOrder {
  /** Deepest fall of the order that happened, -1 to 0. */
  readonly actual: number;
  readonly median: number;
  /** One order in twenty is worse than this, and one in a hundred than the next. */
  readonly worst95: number;
  readonly worst99: number;
  readonly worst: number;
  /** Equity after each trade in the worst order that was drawn, the capital first. */
  readonly worstPath: Float64Array;
  /** Share of orders in which everything was lost. */
  readonly ruined: number;
  readonly draws: number;
}

export const TRADES_MIN = 20;
const DRAWS = 2_000;
/** Trades that are shuffled in all: a bound for time. */
const WORK_MAX = 2e7;
const DRAWS_MIN = 100;

/** Null below TRADES_MIN trades, or when one has no number. */
export function tradeOrder(pnl: Float64Array, capital: number, random: Random): TradeOrder | null {
  if (pnl.length < TRADES_MIN || !(capital > 0) || pnl.some((one) => !Number.isFinite(one))) return null;
  const draws = Math.max(DRAWS_MIN, Math.min(DRAWS, Math.floor(WORK_MAX / pnl.length)));
  const shares = sharesOf(pnl, capital);
  const order = shares.slice();
  const falls = new Float64Array(draws);
  let worst = 0;
  let worstOrder = shares;
  let ruined = 0;
  for (let draw = 0; draw < draws; draw++) {
    shuffle(order, random);
    const fall = deepestFall(order);
    falls[draw] = fall;
    if (fall === -1) ruined++;
    if (fall < worst) [worst, worstOrder] = [fall, order.slice()];
  }
  const [worst99 = 0, worst95 = 0, median = 0] = quantilesOf(falls, [0.01, 0.05, 0.5]);
  const actual = deepestFall(shares);
  return {
    actual,
    median,
    worst95,
    worst99,
    worst,
    worstPath: pathOf(worstOrder, capital),
    ruined: ruined / draws,
    draws,
  };
}

export function shuffle(values: Float64Array, random: Random): void {
  for (let index = values.length - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    const value = values[index] ?? 0;
    values[index] = values[other] ?? 0;
    values[other] = value;
  }
}

/** Gains as shares of the equity before them; what follows a ruin never happened. */
function sharesOf(pnl: Float64Array, capital: number): Float64Array {
  const shares = new Float64Array(pnl.length);
  let equity = capital;
  for (const [index, one] of pnl.entries()) {
    shares[index] = equity > 0 ? one / equity : 0;
    equity += one;
  }
  return shares;
}

export function deepestFall(shares: Float64Array): number {
  let equity = 1;
  let highest = 1;
  let deepest = 0;
  for (const share of shares) {
    equity *= 1 + share;
    if (equity <= 0) return -1;
    if (equity > highest) highest = equity;
    const fall = equity / highest - 1;
    if (fall < deepest) deepest = fall;
  }
  return deepest;
}

function pathOf(shares: Float64Array, capital: number): Float64Array {
  const path = new Float64Array(shares.length + 1);
  path[0] = capital;
  for (const [index, share] of shares.entries()) path[index + 1] = (path[index] ?? 0) * (1 + share);
  return path;
}
