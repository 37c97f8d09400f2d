// Sums and cross products of columns of f64 in memory. A column is an address and a count; entries lie 8 bytes apart.
// Two lanes and two accumulators, so the order of additions is fixed and the same on every machine.

export function dot(a: usize, b: usize, count: u32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  const whole = a + ((count & ~3) << 3);
  while (a < whole) {
    even = f64x2.add(even, f64x2.mul(v128.load(a), v128.load(b)));
    odd = f64x2.add(odd, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  const both = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (let k: u32 = 0; k < (count & 3); k++) sum += load<f64>(a + (k << 3)) * load<f64>(b + (k << 3));
  return sum;
}

export function total(a: usize, count: u32): f64 {
  let sum: f64 = 0;
  for (let k: u32 = 0; k < count; k++) sum += load<f64>(a + (k << 3));
  return sum;
}

/** Sum of a[t] * (t - (count - 1) / 2): what a linear trend through the middle of the sample takes out. */
function slopeSum(a: usize, count: u32): f64 {
  const middle = 0.5 * (<f64>count - 1.0);
  let sum: f64 = 0;
  for (let k: u32 = 0; k < count; k++) sum += load<f64>(a + (k << 3)) * (<f64>k - middle);
  return sum;
}
function slopeScale(count: u32): f64 {
  const n = <f64>count;
  return (n * (n * n - 1.0)) / 12.0;
}

/** Deterministic terms that are regressed out before anything else. */
export const NONE: i32 = -1;
export const CONSTANT: i32 = 0;
export const TREND: i32 = 1; // constant and linear trend

/**
 * Lower triangle of the cross products of `columns` columns, whose addresses (u32) stand at `table`, after their
 * deterministic terms are regressed out. `out` is columns x columns f64, row-major. `spare` holds 2 x columns f64.
 */
export function crossProducts(table: usize, columns: u32, rows: u32, terms: i32, out: usize, spare: usize): void {
  const n = <f64>rows;
  const scale = slopeScale(rows);
  for (let i: u32 = 0; i < columns; i++) {
    const a = load<u32>(table + (i << 2));
    store<f64>(spare + (i << 4), terms >= CONSTANT ? total(a, rows) / n : 0);
    store<f64>(spare + (i << 4), terms >= TREND ? slopeSum(a, rows) / scale : 0, 8);
    const mean = load<f64>(spare + (i << 4)) * n;
    const slope = load<f64>(spare + (i << 4), 8) * scale;
    for (let j: u32 = 0; j <= i; j++) {
      const raw = dot(a, load<u32>(table + (j << 2)), rows);
      const taken = mean * load<f64>(spare + (j << 4)) + slope * load<f64>(spare + (j << 4), 8);
      store<f64>(out + ((i * columns + j) << 3), raw - taken);
    }
  }
}

/** to[t] = from[t] minus its mean (CONSTANT), or minus its trend line (TREND), or a plain copy (NONE). */
export function detrend(from: usize, to: usize, count: u32, terms: i32): void {
  const middle = 0.5 * (<f64>count - 1.0);
  // Relative to the first value: a level far from zero would cost the slope its digits.
  const first = terms >= CONSTANT ? load<f64>(from) : 0;
  for (let k: u32 = 0; k < count; k++) store<f64>(to + (k << 3), load<f64>(from + (k << 3)) - first);
  if (terms < CONSTANT) return;
  const mean = total(to, count) / <f64>count;
  const slope = terms >= TREND ? slopeSum(to, count) / slopeScale(count) : 0;
  for (let k: u32 = 0; k < count; k++) {
    store<f64>(to + (k << 3), load<f64>(to + (k << 3)) - mean - slope * (<f64>k - middle));
  }
}

/** to[t] = from[t + 1] - from[t], count - 1 values. */
export function differences(from: usize, to: usize, count: u32): void {
  for (let k: u32 = 1; k < count; k++) {
    store<f64>(to + ((k - 1) << 3), load<f64>(from + (k << 3)) - load<f64>(from + ((k - 1) << 3)));
  }
}
