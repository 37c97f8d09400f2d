// True range and what Wilder (1978) made of it.
//   true range   max(high[t], close[t-1]) - min(low[t], close[t-1]) from t = 1. Bar 0 has no close before it: FIRST_NONE
//                gives NaN, FIRST_HIGH_LOW gives high - low
//   atr          seed = mean of the first n finite ranges, then (atr (n - 1) + range) / n. First defined at n
//                (FIRST_NONE) or n - 1 (FIRST_HIGH_LOW)
// A NaN in high or low makes the range of its bar undefined, a NaN close that of the bar after it;
// averages skip it.
import { at, blank, put } from "./columns";
import { CHUNK, smooth } from "./recursion";
import { beginSeed, seed, seedIsFull, seedMean } from "./seeds";

export const FIRST_NONE: i32 = 0;
export const FIRST_HIGH_LOW: i32 = 1;

export function trueRange(high: usize, low: usize, close: usize, count: u32, first: i32, out: usize): void {
  if (count == 0) return;
  put(out, 0, first == FIRST_HIGH_LOW ? at(high, 0) - at(low, 0) : NaN);
  ranges(high, low, close, 1, count, out);
}

/** True ranges of the bars [start, end), start > 0. */
function ranges(high: usize, low: usize, close: usize, start: u32, end: u32, out: usize): void {
  let t = start;
  const undefined = f64x2.splat(NaN);
  for (; t + 2 <= end; t += 2) {
    const place = usize(t) << 3;
    const before = v128.load(close + place - 8);
    const top = v128.load(high + place);
    const bottom = v128.load(low + place);
    const range = f64x2.sub(f64x2.pmax(top, before), f64x2.pmin(bottom, before));
    const whole = f64x2.add(f64x2.add(top, bottom), before);
    v128.store(out + place, v128.bitselect(range, undefined, f64x2.eq(whole, whole)));
  }
  if (t < end) put(out, t, range(at(high, t), at(low, t), at(close, t - 1)));
}
export function range(high: f64, low: f64, before: f64): f64 {
  const whole = high + low + before;
  if (whole != whole) return NaN;
  return (high < before ? before : high) - (before < low ? before : low);
}

export function atr(high: usize, low: usize, close: usize, count: u32, n: u32, first: i32, out: usize): void {
  if (n == 0 || count == 0) return blank(out, 0, count);
  beginSeed();
  put(out, 0, first == FIRST_HIGH_LOW ? at(high, 0) - at(low, 0) : NaN);
  let start = seed(out, 0, 1, n, out);
  // One bar at a time up to the seed, then chunks: ranges into the output, which is smoothed in place.
  for (; start < count && !seedIsFull(n); start++) {
    put(out, start, range(at(high, start), at(low, start), at(close, start - 1)));
    seed(out, start, start + 1, n, out);
  }
  let state = seedMean();
  while (start < count) {
    const end = min(count, start + CHUNK);
    ranges(high, low, close, start, end, out);
    const place = out + (usize(start) << 3);
    state = smooth(place, place, end - start, state, 1.0 / <f64>n);
    start = end;
  }
}
