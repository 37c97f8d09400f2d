// Mean, variance, skew and kurtosis of the last n values of a ring (ring.ts); a step costs the same whatever n is.
//   m_k = mean of (x - mean)^k     variance = m2 n / (n - 1)     skew = m3 / m2^1.5     kurtosis = m4 / m2^2 - 3
// State: MOMENTS_BYTES, f64: sums of powers of x - origin over the window. They are rebuilt exactly, with the mean as the
// new origin, every 1024 samples, when a sample was missed, and when most of a sum leaves at once; between rebuilds they
// lose digits by rounding only. The ring needs at least n + 1 slots. Needs n >= 2.
import { ringValue, WHOLE } from "./ring";
import { whole } from "./whole";

export const MOMENTS_MEAN = 0; //       NaN, as the other three, while the window is not full
export const MOMENTS_VARIANCE = 8; //   divided by n - 1
export const MOMENTS_SKEW = 16; //      biased; NaN when the values are equal
export const MOMENTS_KURTOSIS = 24; //  excess, biased; likewise
export const MOMENTS_COUNT = 32; //     samples of the ring at the latest step
export const MOMENTS_ORIGIN = 40;
export const MOMENTS_SUMS = 48; //      4 f64
export const MOMENTS_BYTES = 80;

const REFRESH: u32 = 1023; // mask
const LEFT_MIN: f64 = 1e-3;
/** A variance below this share of the mean's square is rounding. */
const FLAT: f64 = 1e-28;

export function momentsInit(at: usize): void {
  memory.fill(at, 0, MOMENTS_BYTES);
  silent(at);
}
function silent(at: usize): void {
  for (let field: usize = 0; field < 32; field += 8) store<f64>(at + field, NaN);
}

/** After the newest value has entered the ring; true when the window is full and all its values are numbers. */
export function momentsStep(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32): bool {
  const next = count == load<f64>(at, MOMENTS_COUNT) + 1.0;
  store<f64>(at, count, MOMENTS_COUNT);
  if (n < 2 || count < <f64>n) {
    silent(at);
    return false;
  }
  const due = count == <f64>n || (whole(count) & REFRESH) == 0;
  if (!next || due || !roll(at, ring, mask, shift, count, n)) rebuild(at, ring, mask, shift, count, n);
  return describe(at, <f64>n);
}

/** One value in, one out; false when the sums lose digits by it or are no numbers. */
function roll(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32): bool {
  const origin = load<f64>(at, MOMENTS_ORIGIN);
  const entering = ringValue(ring, mask, shift, count, 0) - origin;
  const leaving = ringValue(ring, mask, shift, count, n) - origin;
  const in2 = entering * entering;
  const out2 = leaving * leaving;
  const two = load<f64>(at, MOMENTS_SUMS + 8) + in2;
  const four = load<f64>(at, MOMENTS_SUMS + 24) + in2 * in2;
  const twoLeft = two - out2;
  const fourLeft = four - out2 * out2;
  store<f64>(at, load<f64>(at, MOMENTS_SUMS) + entering - leaving, MOMENTS_SUMS);
  store<f64>(at, twoLeft, MOMENTS_SUMS + 8);
  store<f64>(at, load<f64>(at, MOMENTS_SUMS + 16) + in2 * entering - out2 * leaving, MOMENTS_SUMS + 16);
  store<f64>(at, fourLeft, MOMENTS_SUMS + 24);
  return twoLeft > LEFT_MIN * two && fourLeft > LEFT_MIN * four && nearOrigin(at, twoLeft, <f64>n);
}
/** The sums keep their digits as long as the mean has not moved far from the origin, in standard deviations. */
function nearOrigin(at: usize, two: f64, n: f64): bool {
  const one = load<f64>(at, MOMENTS_SUMS);
  return one * one < 0.9 * two * n;
}

function rebuild(at: usize, ring: usize, mask: u32, shift: u32, count: f64, n: u32): void {
  let sum: f64 = 0;
  const first = ringValue(ring, mask, shift, count, 0);
  for (let back: u32 = 0; back < n; back++) sum += ringValue(ring, mask, shift, count, back) - first;
  const origin = first + sum / <f64>n;
  let one: f64 = 0;
  let two: f64 = 0;
  let three: f64 = 0;
  let four: f64 = 0;
  for (let back: u32 = 0; back < n; back++) {
    const x = ringValue(ring, mask, shift, count, back) - origin;
    const square = x * x;
    one += x;
    two += square;
    three += square * x;
    four += square * square;
  }
  store<f64>(at, origin, MOMENTS_ORIGIN);
  store<f64>(at, one, MOMENTS_SUMS);
  store<f64>(at, two, MOMENTS_SUMS + 8);
  store<f64>(at, three, MOMENTS_SUMS + 16);
  store<f64>(at, four, MOMENTS_SUMS + 24);
}

function describe(at: usize, n: f64): bool {
  const d = load<f64>(at, MOMENTS_SUMS) / n;
  const two = load<f64>(at, MOMENTS_SUMS + 8) / n;
  const three = load<f64>(at, MOMENTS_SUMS + 16) / n;
  const four = load<f64>(at, MOMENTS_SUMS + 24) / n;
  const mean = load<f64>(at, MOMENTS_ORIGIN) + d;
  const m2 = two - d * d;
  if (!(abs(m2) < Infinity)) {
    silent(at);
    return false;
  }
  const moves = m2 > FLAT * mean * mean;
  const m3 = three - d * (3.0 * two - 2.0 * d * d);
  const m4 = four - d * (4.0 * three - d * (6.0 * two - 3.0 * d * d));
  store<f64>(at, mean, MOMENTS_MEAN);
  store<f64>(at, moves ? (m2 * n) / (n - 1.0) : 0, MOMENTS_VARIANCE);
  store<f64>(at, moves ? m3 / (m2 * sqrt(m2)) : NaN, MOMENTS_SKEW);
  store<f64>(at, moves ? m4 / (m2 * m2) - 3.0 : NaN, MOMENTS_KURTOSIS);
  return true;
}

/** Batch: row t of `out` is mean, variance, skew, kurtosis of the n values up to x[t]. `at`: MOMENTS_BYTES, begun anew. */
export function momentsColumn(x: usize, count: u32, n: u32, at: usize, out: usize): void {
  momentsInit(at);
  for (let t: u32 = 0; t < count; t++) {
    momentsStep(at, x, WHOLE, 3, <f64>(t + 1), n);
    memory.copy(out + (t << 5), at, 32);
  }
}

/** t statistic of the mean of a column being zero: mean / (sd / sqrt(count)); NaN when all values are equal. */
export function meanT(x: usize, count: u32): f64 {
  let sum: f64 = 0;
  for (let k: u32 = 0; k < count; k++) sum += load<f64>(x + (k << 3));
  const n = <f64>count;
  const mean = sum / n;
  let squares: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const d = load<f64>(x + (k << 3)) - mean;
    squares += d * d;
  }
  return squares > FLAT * n * mean * mean ? mean / sqrt(squares / ((n - 1.0) * n)) : NaN;
}
