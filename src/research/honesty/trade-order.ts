// What the same trades would have felt like in another order: the profits and losses of all trades are shuffled, added to
// the capital, and the deepest fall from the highest point so far is noted. The end is the same in every order; how deep
// the path went on the way was luck. Money that is gone is gone: at or below 0 the fall is -1 and the path ends.
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
  const order = pnl.slice();
  const falls = new Float64Array(draws);
  let worst = 0;
  let worstOrder = pnl.slice();
  let ruined = 0;
  for (let draw = 0; draw < draws; draw++) {
    shuffle(order, random);
    const fall = deepestFall(order, capital);
    falls[draw] = fall;
    if (fall === -1) ruined++;
    if (fall < worst) [worst, worstOrder] = [fall, order.slice()];
  }
  const [worst99 = 0, worst95 = 0, median = 0] = quantilesOf(falls, [0.01, 0.05, 0.5]);
  const actual = deepestFall(pnl, capital);
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

export function deepestFall(pnl: Float64Array, capital: number): number {
  let equity = capital;
  let highest = capital;
  let deepest = 0;
  for (const one of pnl) {
    equity += one;
    if (equity <= 0) return -1;
    if (equity > highest) highest = equity;
    const fall = equity / highest - 1;
    if (fall < deepest) deepest = fall;
  }
  return deepest;
}

function pathOf(pnl: Float64Array, capital: number): Float64Array {
  const path = new Float64Array(pnl.length + 1);
  path[0] = capital;
  for (const [index, one] of pnl.entries()) path[index + 1] = (path[index] ?? 0) + one;
  return path;
}
