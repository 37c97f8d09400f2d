// What every indicator of this folder shares.
//   A column is an address of f64, 8 bytes apart; count is the number of bars; n the length of a window. Addresses need
//   no alignment beyond 8. Output columns have count entries and may not overlap inputs unless the function says so.
//   Undefined is NaN: before the first defined bar everywhere, and where the text of the function says so.
//   Window functions: a NaN in the input makes the n outputs whose window holds it NaN, and nothing after them.
//   Recursive functions: the state skips what is not finite (NaN or infinite), the output there is NaN, and the next
//   finite value goes on from the state before.
//   No output depends on a later bar, to the bit: a prefix of the input gives the prefix of the output.
//   An undefined value is written as the constant or is a NaN of the input, never the result of 0 / 0: its bits differ from
//   machine to machine.
//   n = 0 or n > count: the whole output is NaN. Pure functions over memory; any thread, each with its own scratch.

/** Recursive averages start from the mean of the first n values, or from the first value. */
export const SEED_MEAN: i32 = 0;
export const SEED_FIRST: i32 = 1;

export function at(column: usize, index: u32): f64 {
  return load<f64>(column + (usize(index) << 3));
}
export function put(column: usize, index: u32, value: f64): void {
  store<f64>(column + (usize(index) << 3), value);
}
export function isFinite64(x: f64): bool {
  return x - x == 0;
}

/** Writes NaN to [from, to). */
export function blank(column: usize, from: u32, to: u32): void {
  for (let t = from; t < to; t++) put(column, t, NaN);
}

/** out[t] = NaN for the windows of n bars that hold a NaN of x; out is `delay` bars behind the windows. */
export function blankWindows(x: usize, count: u32, n: u32, delay: u32, out: usize): void {
  let left: u32 = 0; // windows that still hold the last NaN
  for (let t: u32 = 0; t + delay < count; t++) {
    const value = at(x, t);
    if (value != value) left = n;
    if (left == 0) continue;
    put(out, t + delay, NaN);
    left--;
  }
}
