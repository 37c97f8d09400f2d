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
 * number (ddof 0). NaN for a constant series. Reads, and forgets, up to three f64 behind the samples.
 */
export function hurst(s: usize, count: u32, low: u32, high: u32): f64 {
  let n: f64 = 0;
  let sumX: f64 = 0;
  let sumY: f64 = 0;
  let xx: f64 = 0;
  let xy: f64 = 0;
  for (let first = low; first <= high; first += 4) {
    // Four lags side by side: each is summed in its own order, and none waits for the others.
    const common = <i32>count - <i32>first - 3;
    const rows0 = lagRows(count, first);
    const rows1 = lagRows(count, first + 2);
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    for (let k: i32 = 0; k < common; k++) {
      sum0 = f64x2.add(sum0, lagSteps(s, k, first));
      sum1 = f64x2.add(sum1, lagSteps(s, k, first + 2));
    }
    for (let k = max(common, 0); k < common + 3; k++) {
      sum0 = f64x2.add(sum0, v128.and(lagSteps(s, k, first), within(count, k, first)));
      sum1 = f64x2.add(sum1, v128.and(lagSteps(s, k, first + 2), within(count, k, first + 2)));
    }
    const mean0 = f64x2.div(sum0, rows0);
    const mean1 = f64x2.div(sum1, rows1);
    let squares0 = f64x2.splat(0);
    let squares1 = squares0;
    for (let k: i32 = 0; k < common; k++) {
      const x0 = f64x2.sub(lagSteps(s, k, first), mean0);
      const x1 = f64x2.sub(lagSteps(s, k, first + 2), mean1);
      squares0 = f64x2.add(squares0, f64x2.mul(x0, x0));
      squares1 = f64x2.add(squares1, f64x2.mul(x1, x1));
    }
    for (let k = max(common, 0); k < common + 3; k++) {
      const x0 = v128.and(f64x2.sub(lagSteps(s, k, first), mean0), within(count, k, first));
      const x1 = v128.and(f64x2.sub(lagSteps(s, k, first + 2), mean1), within(count, k, first + 2));
      squares0 = f64x2.add(squares0, f64x2.mul(x0, x0));
      squares1 = f64x2.add(squares1, f64x2.mul(x1, x1));
    }
    const near = f64x2.div(squares0, rows0);
    const far = f64x2.div(squares1, rows1);
    for (let place: u32 = 0; place < 4 && first + place <= high; place++) {
      const two = place < 2 ? near : far;
      const variance = (place & 1) == 0 ? f64x2.extract_lane(two, 0) : f64x2.extract_lane(two, 1);
      if (!(variance > 0)) return NaN;
      const x = ln<f64>(<f64>(first + place));
      const y = 0.5 * ln<f64>(variance);
      n += 1;
      sumX += x;
      sumY += y;
      xx += x * x;
      xy += x * y;
    }
  }
  return (n * xy - sumX * sumY) / (n * xx - sumX * sumX);
}
/** s[k + lag] - s[k] of a lag and the next one. */
function lagSteps(s: usize, k: i32, lag: u32): v128 {
  const at = s + (usize(k) << 3);
  return f64x2.sub(v128.load(at + (usize(lag) << 3)), v128.load64_splat(at));
}
/** All ones where s[k + lag], of a lag and the next one, is a sample. */
function within(count: u32, k: i32, lag: u32): v128 {
  const last = <i64>count - 1 - <i64>k - <i64>lag;
  return i64x2.ge_s(i64x2.splat(last), i64x2(0, 1));
}
/** Differences that a lag and the next one have. */
function lagRows(count: u32, lag: u32): v128 {
  const rows = <f64>(<i32>count - <i32>lag);
  return f64x2.replace_lane(f64x2.splat(rows), 1, rows - 1);
}
