// Straight line y = alpha + beta x + e by least squares, and the Engle-Granger test that stands on it.
// Columns are addresses of contiguous f64.
import { dickeyFuller } from "./dickey-fuller";
import { dot, NONE, total } from "./moments";

export const LINE_ALPHA = 0;
export const LINE_BETA = 8;
export const LINE_BETA_ERROR = 16; // standard error of beta
export const LINE_R2 = 24;
export const LINE_SIGMA = 32; //      standard deviation of the residuals, count - 2 degrees of freedom
export const LINE_BYTES = 40;

/** A residual sum below this share of the total counts as a perfect fit: rounding, not information. */
const PERFECT: f64 = 1e-13;

/**
 * Fits the line, writes LINE_ fields to `out` and the residuals (count f64) to `residuals`. False when x is constant
 * or the fit is perfect: there is no spread then.
 */
export function fitLine(y: usize, x: usize, count: u32, residuals: usize, out: usize): bool {
  const n = <f64>count;
  const meanY = total(y, count) / n;
  const meanX = total(x, count) / n;
  let xx: f64 = 0;
  let xy: f64 = 0;
  let yy: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const dx = load<f64>(x + (k << 3)) - meanX;
    const dy = load<f64>(y + (k << 3)) - meanY;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const beta = xy / xx;
  const alpha = meanY - beta * meanX;
  for (let k: u32 = 0; k < count; k++) {
    const dx = load<f64>(x + (k << 3)) - meanX;
    store<f64>(residuals + (k << 3), load<f64>(y + (k << 3)) - meanY - beta * dx);
  }
  const rest = dot(residuals, residuals, count);
  store<f64>(out, alpha, LINE_ALPHA);
  store<f64>(out, beta, LINE_BETA);
  store<f64>(out, sqrt(rest / (n - 2.0) / xx), LINE_BETA_ERROR);
  store<f64>(out, 1.0 - rest / yy, LINE_R2);
  store<f64>(out, sqrt(rest / (n - 2.0)), LINE_SIGMA);
  return rest > PERFECT * yy;
}

/**
 * Engle-Granger statistic (1987): Dickey-Fuller without constant on the residuals of y on x with constant. Compare with
 * mackinnonP(t, CONSTANT, 2). NaN when there is nothing to test. Scratch: LINE_BYTES rounded to 64, count f64, and what
 * dickeyFuller takes.
 */
export function engleGranger(y: usize, x: usize, count: u32, lags: u32, scratch: usize): f64 {
  const residuals = scratch + 64;
  if (!fitLine(y, x, count, residuals, scratch)) return NaN;
  return dickeyFuller(residuals, count, lags, NONE, residuals + (count << 3));
}
