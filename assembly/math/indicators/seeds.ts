// The mean that a recursive average starts from: of the first `wanted` finite values, gathered in one go or in parts.
// Summed about the first of them, so that equal values give exactly that value. Cursors of one thread's instance:
// beginSeed, then seed, with nothing of another column in between.
import { at, isFinite64, put } from "./columns";

let found: u32 = 0;
let base: f64 = 0;
let sum: f64 = 0;

export function beginSeed(): void {
  found = 0;
  base = 0;
  sum = 0;
}
export function seedIsFull(wanted: u32): bool {
  return found == wanted;
}
export function seedMean(): f64 {
  return base + sum / <f64>found;
}

/** Writes NaN to out until the seed is full, and there the seed; returns the bar after it, or `end`. */
export function seed(x: usize, from: u32, end: u32, wanted: u32, out: usize): u32 {
  for (let t = from; t < end; t++) {
    const value = at(x, t);
    put(out, t, NaN);
    if (!isFinite64(value)) continue;
    if (found == 0) base = value;
    sum += value - base;
    if (++found < wanted) continue;
    put(out, t, seedMean());
    return t + 1;
  }
  return end;
}
