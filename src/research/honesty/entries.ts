// Whether the moments of entry mattered: all trades are moved together along the prices by one random distance (around
// the end to the start), so that their number, sides, lengths and clusters stay as they are and only their place changes.
//   statistic = mean over the trades of side * (price at the exit / price at the entry - 1), without costs
//   p = (1 + moved ones that are as good or better) / (1 + moved ones)
// A rule that only rides the drift of its market gains in every place and has a high p.
import type { Random } from "../../domain/random.ts";
import type { ClosedTrade, PriceLine } from "../outcome.ts";

export interface EntryTest {
  readonly p: number;
  /** Mean gross return of a trade where it was, and in the mean of the moved places. */
  readonly actual: number;
  readonly moved: number;
  readonly draws: number;
  readonly trades: number;
}

export const ENTRY_TRADES_MIN = 20;
const DRAWS = 1_000;
/** Trades that are moved in all: a bound for time. */
const WORK_MAX = 2e7;
const DRAWS_MIN = 200;

interface Placed {
  readonly line: Float64Array;
  readonly entry: number;
  readonly steps: number;
  readonly side: 1 | -1;
}

/** Null below ENTRY_TRADES_MIN trades that have a price line, or where prices are not above 0. */
export function entryTest(
  trades: readonly ClosedTrade[],
  prices: readonly PriceLine[],
  random: Random,
): EntryTest | null {
  const placed = trades.flatMap((trade) => placeOf(trade, prices));
  if (placed.length < ENTRY_TRADES_MIN) return null;
  if (prices.some(({ price }) => price.some((one) => !(one > 0 && one < Infinity)))) return null;
  const draws = Math.max(DRAWS_MIN, Math.min(DRAWS, Math.floor(WORK_MAX / placed.length)));
  const actual = meanReturn(placed, 0);
  let better = 0;
  let moved = 0;
  for (let draw = 0; draw < draws; draw++) {
    const mean = meanReturn(placed, random.next());
    moved += mean / draws;
    if (mean >= actual) better++;
  }
  return { p: (1 + better) / (1 + draws), actual, moved, draws, trades: placed.length };
}

function placeOf(trade: ClosedTrade, prices: readonly PriceLine[]): readonly Placed[] {
  const line = prices.find(({ symbol }) => symbol === trade.symbol);
  if (line === undefined || line.time.length < 2) return [];
  const entry = lastAtOrBefore(line.time, trade.entryTime);
  const steps = lastAtOrBefore(line.time, trade.exitTime) - entry;
  if (entry < 0 || steps < 1 || steps >= line.price.length) return [];
  return [{ line: line.price, entry, steps, side: trade.side === "long" ? 1 : -1 }];
}

/** Index of the last time that is not after `at`; -1 when all are. */
export function lastAtOrBefore(times: Float64Array, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** `share`: how far along the line, 0 to 1, all trades are moved. A trade that would cross the end starts anew at the start. */
function meanReturn(placed: readonly Placed[], share: number): number {
  let sum = 0;
  for (const { line, entry, steps, side } of placed) {
    const places = line.length - steps;
    const from = (entry + Math.floor(share * places)) % places;
    sum += side * ((line[from + steps] ?? 0) / (line[from] ?? 1) - 1);
  }
  return sum / placed.length;
}
