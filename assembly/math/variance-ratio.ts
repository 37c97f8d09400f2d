// Variance ratio of Lo & MacKinlay (1988): the variance of q-step changes of a log price over q times that of one-step
// changes, both unbiased, the longer ones overlapping. 1 for a random walk, below 1 where moves are taken back, above 1
// where they go on. With n changes, mu = (x[n] - x[0]) / n, m = q (n - q + 1) (1 - q / n):
//   VR = [sum (x[k] - x[k-q] - q mu)^2 / m] / [sum (x[k] - x[k-1] - mu)^2 / (n - 1)]
//   z  = (VR - 1) / sqrt(2 (2q - 1) (q - 1) / (3 q n))                      equal variances
//   z* = (VR - 1) / sqrt(sum_j (2 (q - j) / q)^2 d_j)                       variances may change
//   d_j = sum (c[k] c[k-j])^2 / (sum c[k]^2)^2,  c = one-step changes minus mu
// Needs 2 <= q < n. NaN where prices stand still.
import { ringValue, WHOLE } from "./ring";
import { whole } from "./whole";

export const RATIO_VALUE = 0; //    batch output: VR, z, z*
export const RATIO_Z = 8;
export const RATIO_Z_ROBUST = 16;
export const RATIO_OUT_BYTES = 24;

/** VR, z and z* of a column of `count` = n + 1 log prices; false (and nothing written) when there is no answer. */
export function varianceRatio(x: usize, count: u32, q: u32, out: usize): bool {
  if (q < 2 || count < q + 2) return false;
  const n = count - 1;
  const mu = (load<f64>(x + (n << 3)) - load<f64>(x)) / <f64>n;
  let one: f64 = 0;
  for (let k: u32 = 1; k <= n; k++) {
    const c = centred(x, k, mu);
    one += c * c;
  }
  let many: f64 = 0;
  for (let k = q; k <= n; k++) {
    const c = load<f64>(x + (k << 3)) - load<f64>(x + ((k - q) << 3)) - <f64>q * mu;
    many += c * c;
  }
  const ratio = ratioOf(one, many, <f64>n, <f64>q);
  if (ratio != ratio) return false;
  let theta: f64 = 0;
  for (let j: u32 = 1; j < q; j++) {
    const weight = (2.0 * <f64>(q - j)) / <f64>q;
    let sum: f64 = 0;
    for (let k = j + 1; k <= n; k++) {
      const product = centred(x, k, mu) * centred(x, k - j, mu);
      sum += product * product;
    }
    theta += (weight * weight * sum) / (one * one);
  }
  store<f64>(out, ratio, RATIO_VALUE);
  store<f64>(out, ratioZ(ratio, <f64>n, <f64>q), RATIO_Z);
  store<f64>(out, theta > 0 ? (ratio - 1.0) / sqrt(theta) : NaN, RATIO_Z_ROBUST);
  return true;
}
function centred(x: usize, k: u32, mu: f64): f64 {
  return load<f64>(x + (k << 3)) - load<f64>(x + ((k - 1) << 3)) - mu;
}
/** From the sums of squares around the mean of n one-step and n - q + 1 q-step changes. */
function ratioOf(one: f64, many: f64, n: f64, q: f64): f64 {
  const short = one / (n - 1.0);
  const long = many / (q * (n - q + 1.0) * (1.0 - q / n));
  return short > 1e-30 && long < Infinity ? long / short : NaN;
}
/** z of a ratio over n changes when their variance is constant. */
export function ratioZ(ratio: f64, n: f64, q: f64): f64 {
  return (ratio - 1.0) / sqrt((2.0 * (2.0 * q - 1.0) * (q - 1.0)) / (3.0 * q * n));
}

// ---- Rolling form: the last n changes of a ring of log prices (ring.ts), a step costs the same whatever n is ----------
// State: RATIO_BYTES, f64, words 8 << spread bytes apart (1: columns of one lane of a block): sums over the window, rebuilt
// exactly every 1024 samples, when a sample was missed, and when a large part of a sum leaves at once. The ring needs at
// least n + 2 slots.
export const RATIO_COUNT = 0; //  samples of the ring at the latest step
export const RATIO_ONE = 8; //    sum of squared one-step changes
export const RATIO_MANY = 16; //  sum of q-step changes
export const RATIO_MANY2 = 24; // sum of their squares
export const RATIO_BYTES = 32;

const REFRESH: u32 = 1023; // mask
const LEFT_MIN: f64 = 1e-3;

export function ratioInit(at: usize): void {
  memory.fill(at, 0, RATIO_BYTES);
}

/** After the newest price has entered the ring: VR of its last n changes, NaN while it holds fewer. */
export function ratioStep(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32, q: u32, spread: u32): f64 {
  ratioTake(at, ring, mask, shift, count, n, q, spread);
  return ratioNow(at, ring, mask, shift, count, n, q, spread);
}

/** Takes the newest price of the ring into the sums. */
export function ratioTake(
  at: usize,
  ring: usize,
  mask: u32,
  shift: u32,
  count: f64,
  n: u32,
  q: u32,
  spread: u32,
): void {
  if (q < 2 || n <= q || count < <f64>(n + 1)) return;
  const next = count == load<f64>(at + (RATIO_COUNT << spread)) + 1.0;
  store<f64>(at + (RATIO_COUNT << spread), count);
  if (
    !next ||
    count == <f64>(n + 1) ||
    (whole(count) & REFRESH) == 0 ||
    !roll(at, ring, mask, shift, count, n, q, spread)
  ) {
    rebuild(at, ring, mask, shift, count, n, q, spread);
  }
}

/** The ratio that the sums say, which hold every price of the ring. */
export function ratioNow(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32, q: u32, spread: u32): f64 {
  if (q < 2 || n <= q || count < <f64>(n + 1)) return NaN;
  const drift = ringValue(ring, mask, shift, count, 0) - ringValue(ring, mask, shift, count, n);
  const mu = drift / <f64>n;
  const one = load<f64>(at + (RATIO_ONE << spread)) - drift * mu;
  const step = <f64>q * mu;
  const rows = <f64>(n - q + 1);
  const many =
    load<f64>(at + (RATIO_MANY2 << spread)) - 2.0 * step * load<f64>(at + (RATIO_MANY << spread)) + rows * step * step;
  return ratioOf(one, many > 0 ? many : 0, <f64>n, <f64>q);
}

/** The two rings of a block, whose lanes lie side by side and stand at one count: the same sums with the same bits. */
export function ratioTakeBoth(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32, q: u32): void {
  const next = f64x2.eq(load<v128>(at + (RATIO_COUNT << 1)), f64x2.splat(count - 1.0));
  const rolls = i64x2.bitmask(next) == 3 && n > q && q >= 2 && count > <f64>(n + 1);
  const done = rolls && (whole(count) & REFRESH) != 0 ? rollBoth(at, ring, mask, shift, count, n, q) : 0;
  if ((done & 1) == 0) ratioTake(at, ring, mask, shift, count, n, q, 1);
  if ((done & 2) == 0) ratioTake(at + 8, ring + 8, mask, shift, count, n, q, 1);
}
/** Rolls the lanes that keep their digits by it, and only those; bit by lane. */
function rollBoth(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32, q: u32): i32 {
  const newest = ringValues(ring, mask, shift, count, 0);
  const oldest = ringValues(ring, mask, shift, count, n + 1);
  const entering = f64x2.sub(newest, ringValues(ring, mask, shift, count, 1));
  const leaving = f64x2.sub(ringValues(ring, mask, shift, count, n), oldest);
  const enteringMany = f64x2.sub(newest, ringValues(ring, mask, shift, count, q));
  const leavingMany = f64x2.sub(ringValues(ring, mask, shift, count, n + 1 - q), oldest);
  const one = f64x2.add(load<v128>(at + (RATIO_ONE << 1)), f64x2.mul(entering, entering));
  const many = f64x2.add(load<v128>(at + (RATIO_MANY2 << 1)), f64x2.mul(enteringMany, enteringMany));
  const oneLeft = f64x2.sub(one, f64x2.mul(leaving, leaving));
  const manyLeft = f64x2.sub(many, f64x2.mul(leavingMany, leavingMany));
  const least = f64x2.splat(LEFT_MIN);
  const keeps = v128.and(f64x2.gt(oneLeft, f64x2.mul(least, one)), f64x2.gt(manyLeft, f64x2.mul(least, many)));
  const sum = load<v128>(at + (RATIO_MANY << 1));
  put2(at + (RATIO_COUNT << 1), keeps, f64x2.splat(count));
  put2(at + (RATIO_ONE << 1), keeps, oneLeft);
  put2(at + (RATIO_MANY << 1), keeps, f64x2.sub(f64x2.add(sum, enteringMany), leavingMany));
  put2(at + (RATIO_MANY2 << 1), keeps, manyLeft);
  return i64x2.bitmask(keeps);
}
function ringValues(ring: usize, mask: u32, shift: u32, count: f64, back: u32): v128 {
  return load<v128>(ring + (usize((whole(count) - 1 - back) & mask) << shift));
}
function put2(address: usize, keeps: v128, value: v128): void {
  store<v128>(address, v128.bitselect(value, load<v128>(address), keeps));
}

/** One change in, one out; false when the sums lose digits by it or are no numbers. */
function roll(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32, q: u32, spread: u32): bool {
  const newest = ringValue(ring, mask, shift, count, 0);
  const oldest = ringValue(ring, mask, shift, count, n + 1);
  const entering = newest - ringValue(ring, mask, shift, count, 1);
  const leaving = ringValue(ring, mask, shift, count, n) - oldest;
  const enteringMany = newest - ringValue(ring, mask, shift, count, q);
  const leavingMany = ringValue(ring, mask, shift, count, n + 1 - q) - oldest;
  const one = load<f64>(at + (RATIO_ONE << spread)) + entering * entering;
  const many = load<f64>(at + (RATIO_MANY2 << spread)) + enteringMany * enteringMany;
  const oneLeft = one - leaving * leaving;
  const manyLeft = many - leavingMany * leavingMany;
  store<f64>(at + (RATIO_ONE << spread), oneLeft);
  store<f64>(at + (RATIO_MANY << spread), load<f64>(at + (RATIO_MANY << spread)) + enteringMany - leavingMany);
  store<f64>(at + (RATIO_MANY2 << spread), manyLeft);
  return oneLeft > LEFT_MIN * one && manyLeft > LEFT_MIN * many;
}
function rebuild(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32, q: u32, spread: u32): void {
  let one: f64 = 0;
  let many: f64 = 0;
  let many2: f64 = 0;
  for (let back: u32 = 0; back < n; back++) {
    const x = ringValue(ring, mask, shift, count, back);
    const step = x - ringValue(ring, mask, shift, count, back + 1);
    one += step * step;
    if (back + q > n) continue;
    const long = x - ringValue(ring, mask, shift, count, back + q);
    many += long;
    many2 += long * long;
  }
  store<f64>(at + (RATIO_ONE << spread), one);
  store<f64>(at + (RATIO_MANY << spread), many);
  store<f64>(at + (RATIO_MANY2 << spread), many2);
}

/** Batch of the rolling form: out[t] is the ratio of the n changes up to x[t]. `at`: RATIO_BYTES, begun anew. */
export function ratioColumn(x: usize, count: u32, n: u32, q: u32, at: usize, out: usize): void {
  ratioInit(at);
  for (let t: u32 = 0; t < count; t++) store<f64>(out + (t << 3), ratioStep(at, x, WHOLE, 3, <f64>(t + 1), n, q, 0));
}
