// Donchian channel: highest high and lowest low of n bars.
//   previous = 0: the n bars up to and including t, first defined at n - 1
//   previous = 1: the n bars before t (what a breakout is measured against), first defined at n
// After van Herk (1992) and Gil & Werman (1993): time is cut into blocks of n bars; the extreme of a window is that of
// the end of one block and the beginning of the next, three comparisons per bar whatever n is. Both columns in one
// vector, [high, -low], so that one maximum serves both. Maxima are select-style and pass over a NaN; if a column holds
// one, its windows are written over afterwards.
import { blank, blankWindows } from "./columns";

/** [high, -low] of one bar. */
function bar(high: usize, low: usize, offset: usize): v128 {
  return v128.load64_lane(low + offset, v128.load64_splat(high + offset), 1);
}

/** `scratch` holds 2 n f64. */
export function donchian(
  high: usize,
  low: usize,
  count: u32,
  n: u32,
  previous: u32,
  upper: usize,
  lower: usize,
  scratch: usize,
): void {
  const delay: u32 = previous == 0 ? 0 : 1;
  if (n == 0 || n + delay > count) {
    blank(upper, 0, count);
    return blank(lower, 0, count);
  }
  const bars = count - delay;
  const flip = f64x2.replace_lane(f64x2.splat(0), 1, -0.0);
  let seen = f64x2.splat(0); // not finite once a NaN was seen
  for (let start: u32 = 0; start < bars; start += n) {
    const offset = usize(start) << 3;
    const used = min(n, bars - start);
    if (start != 0) endExtremes(high + offset, low + offset, n, scratch);
    let best = f64x2.splat(-Infinity);
    for (let j: u32 = 0; j < used; j++) {
      const place = offset + (usize(j) << 3);
      const value = v128.xor(bar(high, low, place), flip);
      seen = f64x2.add(seen, value);
      best = f64x2.pmax(best, value);
      let both = best;
      if (start != 0) both = f64x2.pmax(both, v128.load(scratch + (usize(j) << 4)));
      const out = v128.xor(both, flip);
      v128.store64_lane(upper + place + (usize(delay) << 3), out, 0);
      v128.store64_lane(lower + place + (usize(delay) << 3), out, 1);
    }
  }
  blank(upper, 0, n - 1 + delay);
  blank(lower, 0, n - 1 + delay);
  if (i64x2.all_true(f64x2.eq(seen, seen))) return;
  blankWindows(high, count, n, delay, upper);
  blankWindows(low, count, n, delay, lower);
}

/** Extremes of bars j + 1 .. n - 1 of the block before, at scratch[j]. */
function endExtremes(high: usize, low: usize, n: u32, scratch: usize): void {
  const flip = f64x2.replace_lane(f64x2.splat(0), 1, -0.0);
  let best = f64x2.splat(-Infinity);
  let offset: usize = -8;
  for (let place = usize(n - 1) << 4; ; place -= 16) {
    v128.store(scratch + place, best);
    if (place == 0) return;
    best = f64x2.pmax(best, v128.xor(bar(high, low, offset), flip));
    offset -= 8;
  }
}
