// Figures of a return series: simple returns r (not logarithms) of equal steps, P steps a year, risk-free rate a year.
//   total = prod(1 + r) - 1                      cagr = (1 + total)^(P / count) - 1
//   volatility = sd sqrt(P), sd with count - 1    sharpe = (mean - rate / P) / sd sqrt(P)
//   downside = sqrt(mean(min(r, 0)^2)) sqrt(P)    sortino = mean P / downside
//   drawdown = equity / highest equity so far - 1, the start counts   calmar = cagr / |deepest drawdown|
//   skew and excess kurtosis biased               omega (also profit factor) = sum of gains / |sum of losses|
//   stability = R^2 of the line through the running sum of ln(1 + r)
// A figure without a divisor (no risk, no loss, no drawdown) is NaN. tail.ts has the tails of the distribution.
import { exp, ln } from "./ln";
import { momentsInit, momentsStep, MOMENTS_MEAN, MOMENTS_VARIANCE } from "./rolling-moments";
import { WHOLE } from "./ring";

export const PERFORMANCE_TOTAL = 0;
export const PERFORMANCE_CAGR = 8;
export const PERFORMANCE_VOLATILITY = 16;
export const PERFORMANCE_SHARPE = 24;
export const PERFORMANCE_SORTINO = 32;
export const PERFORMANCE_DOWNSIDE = 40;
export const PERFORMANCE_DRAWDOWN = 48; //  deepest, <= 0
export const PERFORMANCE_CALMAR = 56;
export const PERFORMANCE_SKEW = 64;
export const PERFORMANCE_KURTOSIS = 72;
export const PERFORMANCE_POSITIVE = 80; //  share of returns above 0
export const PERFORMANCE_OMEGA = 88;
export const PERFORMANCE_MEAN = 96; //      of one step
export const PERFORMANCE_DEVIATION = 104; // sd of one step
export const PERFORMANCE_STABILITY = 112;
export const PERFORMANCE_BYTES = 120;

/** a / b where b is above rounding, else NaN. */
function share(a: f64, b: f64): f64 {
  return b > 1e-300 ? a / b : NaN;
}
/** What a growth factor of `growth` over `count` steps is in one year, minus 1; -1 once everything is lost. */
export function yearly(growth: f64, count: f64, periods: f64): f64 {
  return growth > 0 ? exp((periods / count) * ln<f64>(growth)) - 1.0 : -1.0;
}

/** Writes PERFORMANCE_ fields; false, and nothing written, for fewer than two returns or one that is not a number. */
export function performance(r: usize, count: u32, periods: f64, rate: f64, out: usize): bool {
  if (count < 2 || !moments(r, count, out)) return false;
  const n = <f64>count;
  const mean = load<f64>(out, PERFORMANCE_MEAN);
  const deviation = load<f64>(out, PERFORMANCE_DEVIATION);
  const growth = path(r, count, out);
  const cagr = yearly(growth, n, periods);
  const root = sqrt(periods);
  const downside = load<f64>(out, PERFORMANCE_DOWNSIDE) * root;
  store<f64>(out, growth - 1.0, PERFORMANCE_TOTAL);
  store<f64>(out, cagr, PERFORMANCE_CAGR);
  store<f64>(out, deviation * root, PERFORMANCE_VOLATILITY);
  store<f64>(out, share((mean - rate / periods) * root, deviation), PERFORMANCE_SHARPE);
  store<f64>(out, downside, PERFORMANCE_DOWNSIDE);
  store<f64>(out, share(mean * periods, downside), PERFORMANCE_SORTINO);
  store<f64>(out, share(cagr, -load<f64>(out, PERFORMANCE_DRAWDOWN)), PERFORMANCE_CALMAR);
  return true;
}

/** Mean, deviation, skew, kurtosis, and the sums over one side of zero. */
function moments(r: usize, count: u32, out: usize): bool {
  const n = <f64>count;
  let sum: f64 = 0;
  let gains: f64 = 0;
  let losses: f64 = 0;
  let down: f64 = 0;
  let positive: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const x = load<f64>(r + (k << 3));
    sum += x;
    if (x > 0) {
      gains += x;
      positive += 1;
    } else {
      losses -= x;
      down += x * x;
    }
  }
  const mean = sum / n;
  let two: f64 = 0;
  let three: f64 = 0;
  let four: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const d = load<f64>(r + (k << 3)) - mean;
    const square = d * d;
    two += square;
    three += square * d;
    four += square * square;
  }
  if (!(four < Infinity)) return false;
  // Equal returns differ from their mean by rounding only.
  const moves = two > 1e-28 * n * mean * mean;
  const m2 = moves ? two / n : 0;
  store<f64>(out, mean, PERFORMANCE_MEAN);
  store<f64>(out, moves ? sqrt(two / (n - 1.0)) : 0, PERFORMANCE_DEVIATION);
  store<f64>(out, share(three / n, m2 * sqrt(m2)), PERFORMANCE_SKEW);
  store<f64>(out, share(four / n, m2 * m2) - 3.0, PERFORMANCE_KURTOSIS);
  store<f64>(out, positive / n, PERFORMANCE_POSITIVE);
  store<f64>(out, share(gains, losses), PERFORMANCE_OMEGA);
  store<f64>(out, sqrt(down / n), PERFORMANCE_DOWNSIDE);
  return true;
}

/** Follows the equity from 1: deepest drawdown and stability; gives its end. */
function path(r: usize, count: u32, out: usize): f64 {
  const n = <f64>count;
  const middle = 0.5 * (n - 1.0);
  let equity: f64 = 1;
  let highest: f64 = 1;
  let deepest: f64 = 0;
  let level: f64 = 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  let slope: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const growth = 1.0 + load<f64>(r + (k << 3));
    equity *= growth;
    highest = highest < equity ? equity : highest;
    const drawdown = equity / highest - 1.0;
    deepest = drawdown < deepest ? drawdown : deepest;
    level += ln<f64>(growth);
    sum += level;
    squares += level * level;
    slope += level * (<f64>k - middle);
  }
  const spread = squares - (sum * sum) / n;
  store<f64>(out, deepest, PERFORMANCE_DRAWDOWN);
  store<f64>(out, share(slope * slope, ((n * (n * n - 1.0)) / 12.0) * spread), PERFORMANCE_STABILITY);
  return equity;
}

/** out[0] = 0 and out[t + 1] = drawdown after return t: count + 1 values. Incremental: equity and its highest suffice. */
export function drawdownColumn(r: usize, count: u32, out: usize): void {
  let equity: f64 = 1;
  let highest: f64 = 1;
  store<f64>(out, 0);
  for (let k: u32 = 0; k < count; k++) {
    equity *= 1.0 + load<f64>(r + (k << 3));
    highest = highest < equity ? equity : highest;
    store<f64>(out + ((k + 1) << 3), equity / highest - 1.0);
  }
}

/** out[t] = sharpe, without a rate, of the n returns up to t; NaN before. `at`: MOMENTS_BYTES (rolling-moments.ts). */
export function rollingSharpe(r: usize, count: u32, n: u32, periods: f64, at: usize, out: usize): void {
  momentsInit(at);
  const root = sqrt(periods);
  for (let t: u32 = 0; t < count; t++) {
    momentsStep(at, r, WHOLE, 3, <f64>(t + 1), n);
    const variance = load<f64>(at, MOMENTS_VARIANCE);
    store<f64>(out + (t << 3), variance > 0 ? (load<f64>(at, MOMENTS_MEAN) / sqrt(variance)) * root : NaN);
  }
}
