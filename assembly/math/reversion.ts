// How fast a series returns to its mean. All from the line ds[t] = a + b s[t-1] + e[t] (Ornstein-Uhlenbeck in steps):
//   mu = -a / b, half-life = -ln 2 / ln(1 + b) samples, sigma_eq = sd(e) / sqrt(1 - (1 + b)^2), sd with rows - 2
//   degrees of freedom; tau = b / se(b), which is the Dickey-Fuller statistic with constant and without lags.
// b >= 0 does not revert: half-life infinite, the others NaN. b <= -1 overshoots at every step: half-life 0.
import { ln } from "./ln";

export const OU_MEAN = 0;
export const OU_SIGMA = 8; //     sigma_eq
export const OU_HALF_LIFE = 16; // written by `revert` only; else halfLife(slope)
export const OU_SLOPE = 24; //    b
export const OU_TAU = 32;
export const OU_INTERCEPT = 40; // a
export const OU_BYTES = 48;

export const LN2: f64 = 0.6931471805599453;

/**
 * From the sums over `rows` pairs (lag, next): of lag, next, lag^2, lag next, next^2. Writes OU_ fields to `out`; true
 * when the series reverts.
 */
export function revertFromSums(
  rows: f64,
  lag: f64,
  next: f64,
  lagLag: f64,
  lagNext: f64,
  nextNext: f64,
  out: usize,
): bool {
  const step = next - lag;
  const xx = lagLag - (lag * lag) / rows;
  const xy = lagNext - lagLag - (lag * step) / rows;
  const yy = nextNext - 2.0 * lagNext + lagLag - (step * step) / rows;
  const moves = xx > 0;
  const slope = moves ? xy / xx : 0;
  const intercept = (step - slope * lag) / rows;
  const rest = yy - slope * xy;
  const variance = (rest > 0 ? rest : 0) / (rows - 2.0);
  const keep = 1.0 + slope;
  const reverts = slope < 0 && keep > -1 && variance > 0;
  // NaN only as a constant: one that a machine computes may carry either sign, and states are compared by their bits.
  store<f64>(out, moves ? slope : NaN, OU_SLOPE);
  store<f64>(out, moves ? intercept : NaN, OU_INTERCEPT);
  store<f64>(out, moves && variance > 0 ? slope / sqrt(variance / xx) : NaN, OU_TAU);
  store<f64>(out, reverts ? -intercept / slope : NaN, OU_MEAN);
  store<f64>(out, reverts ? sqrt(variance / (1.0 - keep * keep)) : NaN, OU_SIGMA);
  return reverts;
}

/** Samples until half of a distance is gone. */
export function halfLife(slope: f64): f64 {
  if (!(slope < 0)) return Infinity;
  return slope > -1 ? -LN2 / ln<f64>(1.0 + slope) : 0;
}
/** The same, read as a process in continuous time: -ln 2 / b. */
export function halfLifeContinuous(slope: f64): f64 {
  return slope < 0 ? -LN2 / slope : Infinity;
}

/** The fit over `count` samples at `s`. */
export function revert(s: usize, count: u32, out: usize): bool {
  const origin = load<f64>(s);
  let lag: f64 = 0;
  let next: f64 = 0;
  let lagLag: f64 = 0;
  let lagNext: f64 = 0;
  let nextNext: f64 = 0;
  let x: f64 = 0;
  for (let k: u32 = 1; k < count; k++) {
    const y = load<f64>(s + (k << 3)) - origin;
    lag += x;
    next += y;
    lagLag += x * x;
    lagNext += x * y;
    nextNext += y * y;
    x = y;
  }
  const reverts = revertFromSums(<f64>(count - 1), lag, next, lagLag, lagNext, nextNext, out);
  store<f64>(out, halfLife(load<f64>(out, OU_SLOPE)), OU_HALF_LIFE);
  // a belongs to the series as it stands: ds = a' + b (s - origin)
  store<f64>(out, load<f64>(out, OU_INTERCEPT) - load<f64>(out, OU_SLOPE) * origin, OU_INTERCEPT);
  store<f64>(out, load<f64>(out, OU_MEAN) + origin, OU_MEAN);
  return reverts;
}

/**
 * Hurst exponent: slope of ln sd(s[t+k] - s[t]) on ln k for k = low..high, sd over count - k values, divided by their
 * number (ddof 0). NaN for a constant series.
 */
export function hurst(s: usize, count: u32, low: u32, high: u32): f64 {
  let n: f64 = 0;
  let sumX: f64 = 0;
  let sumY: f64 = 0;
  let xx: f64 = 0;
  let xy: f64 = 0;
  for (let k = low; k <= high; k++) {
    const variance = lagVariance(s, count, k);
    if (!(variance > 0)) return NaN;
    const x = ln<f64>(<f64>k);
    const y = 0.5 * ln<f64>(variance);
    n += 1;
    sumX += x;
    sumY += y;
    xx += x * x;
    xy += x * y;
  }
  return (n * xy - sumX * sumY) / (n * xx - sumX * sumX);
}
function lagVariance(s: usize, count: u32, lag: u32): f64 {
  const rows = count - lag;
  let sum: f64 = 0;
  for (let k: u32 = 0; k < rows; k++) sum += load<f64>(s + ((k + lag) << 3)) - load<f64>(s + (k << 3));
  const mean = sum / <f64>rows;
  let squares: f64 = 0;
  for (let k: u32 = 0; k < rows; k++) {
    const x = load<f64>(s + ((k + lag) << 3)) - load<f64>(s + (k << 3)) - mean;
    squares += x * x;
  }
  return squares / <f64>rows;
}
