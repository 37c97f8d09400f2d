// Regression whose coefficients wander: y = alpha + beta x + e, e of variance v, (beta, alpha) a random walk whose steps
// have covariance q I. Kalman filter with one observation per step (after Kalman 1960; Joseph form of the update, so that
// the covariance stays symmetric and positive):
//   e = y - [x 1] theta   Q = [x 1] R [x 1]' + v   K = R [x 1]' / Q
//   theta += K e          P = (I - K [x 1]) R (I - K [x 1])' + v K K'          next R = P + q I
// Before the first observation theta = 0 and R = I, which says nothing when the data have standard deviations near 1.
// q = delta / (1 - delta) in the notation of Chan (2013). q >= 0, v > 0; both depend on the scale of y and x.
//
// State: KALMAN_COLUMNS columns of f64, COLUMN_BYTES apart, so that two filters lie side by side in the lanes of a block.
// T = f64 takes one filter (address of its lane), T = v128 both of a block; the bits are the same.
// A step of which y, x or Q is not finite leaves the filter as it was.
import { COLUMN_BYTES } from "../layout";
import { add, both, div, flush, larger, less, magnitude, mul, select2, splat, sub } from "../lanes";

export const KALMAN_BETA: u32 = 0; //     after the latest observation
export const KALMAN_ALPHA: u32 = 1;
export const KALMAN_BB: u32 = 2; //       R of the next observation: beta-beta, beta-alpha, alpha-alpha
export const KALMAN_BA: u32 = 3;
export const KALMAN_AA: u32 = 4;
export const KALMAN_ERROR: u32 = 5; //    e of the latest observation
export const KALMAN_VARIANCE: u32 = 6; // Q of the latest observation; 0 before the first
export const KALMAN_COLUMNS: u32 = 7;

const FLOOR: f64 = 1e-30;

function entry<T>(at: usize, index: u32): T {
  return load<T>(at + index * COLUMN_BYTES);
}
function keep<T>(at: usize, index: u32, taken: T, value: T): void {
  const address = at + index * COLUMN_BYTES;
  store<T>(address, select2<T>(taken, value, load<T>(address)));
}

export function kalmanInit<T>(at: usize): void {
  for (let index: u32 = 0; index < KALMAN_COLUMNS; index++) store<T>(at + index * COLUMN_BYTES, splat<T>(0));
  store<T>(at + KALMAN_BB * COLUMN_BYTES, splat<T>(1));
  store<T>(at + KALMAN_AA * COLUMN_BYTES, splat<T>(1));
}

/** What the next observation (x, y) would be off by, without taking it: e. */
export function kalmanError<T>(at: usize, y: T, x: T): T {
  return sub<T>(y, add<T>(mul<T>(entry<T>(at, KALMAN_BETA), x), entry<T>(at, KALMAN_ALPHA)));
}
/** And the variance of that error: Q. */
export function kalmanVariance<T>(at: usize, x: T, v: T): T {
  const toBeta = add<T>(mul<T>(entry<T>(at, KALMAN_BB), x), entry<T>(at, KALMAN_BA));
  const toAlpha = add<T>(mul<T>(entry<T>(at, KALMAN_BA), x), entry<T>(at, KALMAN_AA));
  return add<T>(add<T>(mul<T>(toBeta, x), toAlpha), v);
}

/** Takes one observation into the filters that are `due` (a condition of lanes.ts; for f64 1 or 0). */
export function kalmanStep<T>(at: usize, due: T, y: T, x: T, q: T, v: T): void {
  const bb = entry<T>(at, KALMAN_BB);
  const ba = entry<T>(at, KALMAN_BA);
  const aa = entry<T>(at, KALMAN_AA);
  const error = kalmanError<T>(at, y, x);
  const variance = kalmanVariance<T>(at, x, v);
  const finite = both<T>(
    less<T>(magnitude<T>(error), splat<T>(Infinity)),
    both<T>(less<T>(splat<T>(0), variance), less<T>(variance, splat<T>(Infinity))),
  );
  const taken = both<T>(due, finite);
  const gainBeta = div<T>(add<T>(mul<T>(bb, x), ba), variance);
  const gainAlpha = div<T>(add<T>(mul<T>(ba, x), aa), variance);
  // I - K [x 1], row by row
  const i11 = sub<T>(splat<T>(1), mul<T>(gainBeta, x));
  const i21 = sub<T>(splat<T>(0), mul<T>(gainAlpha, x));
  const i22 = sub<T>(splat<T>(1), gainAlpha);
  const m11 = sub<T>(mul<T>(i11, bb), mul<T>(gainBeta, ba));
  const m12 = sub<T>(mul<T>(i11, ba), mul<T>(gainBeta, aa));
  const m21 = add<T>(mul<T>(i21, bb), mul<T>(i22, ba));
  const m22 = add<T>(mul<T>(i21, ba), mul<T>(i22, aa));
  const noiseBeta = mul<T>(v, gainBeta);
  const noiseAlpha = mul<T>(v, gainAlpha);
  const nextBB = add<T>(sub<T>(mul<T>(m11, i11), mul<T>(m12, gainBeta)), mul<T>(noiseBeta, gainBeta));
  const nextBA = add<T>(add<T>(mul<T>(m11, i21), mul<T>(m12, i22)), mul<T>(noiseBeta, gainAlpha));
  const nextAA = add<T>(add<T>(mul<T>(m21, i21), mul<T>(m22, i22)), mul<T>(noiseAlpha, gainAlpha));
  keep<T>(at, KALMAN_BETA, taken, flush<T>(add<T>(entry<T>(at, KALMAN_BETA), mul<T>(gainBeta, error))));
  keep<T>(at, KALMAN_ALPHA, taken, flush<T>(add<T>(entry<T>(at, KALMAN_ALPHA), mul<T>(gainAlpha, error))));
  keep<T>(at, KALMAN_BB, taken, larger<T>(add<T>(nextBB, q), splat<T>(FLOOR)));
  keep<T>(at, KALMAN_BA, taken, flush<T>(nextBA));
  keep<T>(at, KALMAN_AA, taken, larger<T>(add<T>(nextAA, q), splat<T>(FLOOR)));
  keep<T>(at, KALMAN_ERROR, taken, error);
  keep<T>(at, KALMAN_VARIANCE, taken, variance);
}

/** Batch: row t of `out` is beta, alpha, e, Q after observation t (4 f64). `at`: KALMAN_COLUMNS * COLUMN_BYTES, begun anew. */
export function kalmanColumn(y: usize, x: usize, count: u32, q: f64, v: f64, at: usize, out: usize): void {
  kalmanRows<f64>(y, x, 8, count, q, v, at, out);
}
/** The same for two filters: y and x hold pairs of values, 16 bytes apart, and a row of `out` four pairs. */
export function kalmanLanes(y: usize, x: usize, count: u32, q: f64, v: f64, at: usize, out: usize): void {
  kalmanRows<v128>(y, x, 16, count, q, v, at, out);
}
function kalmanRows<T>(y: usize, x: usize, width: u32, count: u32, q: f64, v: f64, at: usize, out: usize): void {
  kalmanInit<T>(at);
  for (let t: u32 = 0; t < count; t++) {
    const place = t * width;
    kalmanStep<T>(at, always<T>(), load<T>(y + place), load<T>(x + place), splat<T>(q), splat<T>(v));
    const row = out + 4 * place;
    store<T>(row, entry<T>(at, KALMAN_BETA));
    store<T>(row + width, entry<T>(at, KALMAN_ALPHA));
    store<T>(row + 2 * width, entry<T>(at, KALMAN_ERROR));
    store<T>(row + 3 * width, entry<T>(at, KALMAN_VARIANCE));
  }
}
/** The condition that always holds. */
function always<T>(): T {
  return less<T>(splat<T>(0), splat<T>(1));
}
