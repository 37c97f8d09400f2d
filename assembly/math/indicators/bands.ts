// Spread of a window around its mean: variance, standard deviation, z-score, Bollinger bands and what is read from them.
//   variance   q / (n - ddof) about the window's mean; ddof 0 divides by n, 1 by n - 1; NaN where n <= ddof
//   z-score    (x - mean) / deviation; NaN in a window of equal prices
//   bands      middle = mean, upper and lower = mean +- k deviation (ddof 0 is the usual choice)
//   %b         (x - lower) / (upper - lower); NaN where the bands meet.   bandwidth: (upper - lower) / middle; NaN where
//              that is zero
// Window of n bars up to and including t, first defined at n - 1. Equal prices give a deviation of exactly zero.
import { at, blank, put } from "./columns";
import { windowMoments } from "./window-sums";

function defined(count: u32, n: u32, ddof: u32): bool {
  return n > 0 && n <= count && n > ddof;
}
/** Variance of two windows from their sums about a common value. */
function spread(s: v128, q: v128, share: v128, freedom: v128): v128 {
  const left = f64x2.sub(q, f64x2.mul(f64x2.mul(s, s), share));
  return f64x2.mul(f64x2.pmax(left, f64x2.splat(0)), freedom);
}

/** `scratch` holds n f64. */
export function rollingVariance(x: usize, count: u32, n: u32, ddof: u32, out: usize, scratch: usize): void {
  if (!defined(count, n, ddof)) return blank(out, 0, count);
  const share = f64x2.splat(1.0 / <f64>n);
  const freedom = f64x2.splat(1.0 / <f64>(n - ddof));
  for (let start: u32 = 0; start < count; start += n) {
    const to = out + (usize(start) << 3);
    const used = min(n, count - start);
    windowMoments(x + (usize(start) << 3), n, used, start == 0, to, scratch);
    let j: u32 = 0;
    for (; j + 2 <= used; j += 2) {
      const place = usize(j) << 3;
      v128.store(to + place, spread(v128.load(to + place), v128.load(scratch + place), share, freedom));
    }
    if (j < used) {
      const last = spread(f64x2.splat(at(to, j)), f64x2.splat(at(scratch, j)), share, freedom);
      put(to, j, f64x2.extract_lane(last, 0));
    }
  }
  blank(out, 0, n - 1);
}

/** `scratch` holds n f64. */
export function rollingDeviation(x: usize, count: u32, n: u32, ddof: u32, out: usize, scratch: usize): void {
  rollingVariance(x, count, n, ddof, out, scratch);
  for (let t: u32 = 0; t < count; t++) put(out, t, sqrt(at(out, t)));
}

/** `scratch` holds n f64. */
export function zScore(x: usize, count: u32, n: u32, ddof: u32, out: usize, scratch: usize): void {
  if (!defined(count, n, ddof)) return blank(out, 0, count);
  const share = 1.0 / <f64>n;
  const freedom = 1.0 / <f64>(n - ddof);
  for (let start: u32 = 0; start < count; start += n) {
    const block = x + (usize(start) << 3);
    const to = out + (usize(start) << 3);
    const used = min(n, count - start);
    windowMoments(block, n, used, start == 0, to, scratch);
    const shift = load<f64>(block);
    for (let j: u32 = 0; j < used; j++) {
      const sum = at(to, j);
      const variance = (at(scratch, j) - sum * sum * share) * freedom;
      // Not above zero: equal prices (no score), or a NaN, which stays.
      const score = (at(block, j) - shift - sum * share) / sqrt(variance);
      put(to, j, variance > 0 ? score : NaN);
    }
  }
  blank(out, 0, n - 1);
}

export function bollinger(
  x: usize,
  count: u32,
  n: u32,
  k: f64,
  ddof: u32,
  middle: usize,
  upper: usize,
  lower: usize,
): void {
  const good = defined(count, n, ddof);
  for (let start: u32 = 0; good && start < count; start += n) {
    const offset = usize(start) << 3;
    const used = min(n, count - start);
    windowMoments(x + offset, n, used, start == 0, middle + offset, upper + offset);
    bandsOfBlock(load<f64>(x + offset), n, used, k, ddof, middle + offset, upper + offset, lower + offset);
  }
  const first = good ? n - 1 : count;
  blank(middle, 0, first);
  blank(upper, 0, first);
  blank(lower, 0, first);
}

/** On entry `middle` and `upper` hold the sums s and q about `shift`. */
function bandsOfBlock(
  shift: f64,
  n: u32,
  used: u32,
  k: f64,
  ddof: u32,
  middle: usize,
  upper: usize,
  lower: usize,
): void {
  const share = f64x2.splat(1.0 / <f64>n);
  const freedom = f64x2.splat(1.0 / <f64>(n - ddof));
  const shifts = f64x2.splat(shift);
  const widths = f64x2.splat(k);
  let j: u32 = 0;
  for (; j + 2 <= used; j += 2) {
    const place = usize(j) << 3;
    const s = v128.load(middle + place);
    const mean = f64x2.add(shifts, f64x2.mul(s, share));
    const width = f64x2.mul(widths, f64x2.sqrt(spread(s, v128.load(upper + place), share, freedom)));
    v128.store(middle + place, mean);
    v128.store(upper + place, f64x2.add(mean, width));
    v128.store(lower + place, f64x2.sub(mean, width));
  }
  if (j == used) return;
  const s = at(middle, j);
  const mean = shift + s * (1.0 / <f64>n);
  const variance = f64x2.extract_lane(spread(f64x2.splat(s), f64x2.splat(at(upper, j)), share, freedom), 0);
  const width = k * sqrt(variance);
  put(middle, j, mean);
  put(upper, j, mean + width);
  put(lower, j, mean - width);
}

export function percentB(x: usize, upper: usize, lower: usize, count: u32, out: usize): void {
  for (let t: u32 = 0; t < count; t++) {
    const width = at(upper, t) - at(lower, t);
    put(out, t, width > 0 ? (at(x, t) - at(lower, t)) / width : NaN);
  }
}
export function bandwidth(middle: usize, upper: usize, lower: usize, count: u32, out: usize): void {
  for (let t: u32 = 0; t < count; t++) {
    const mean = at(middle, t);
    put(out, t, mean == 0 ? NaN : (at(upper, t) - at(lower, t)) / mean);
  }
}
