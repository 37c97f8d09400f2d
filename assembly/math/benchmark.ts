// A return series beside that of its benchmark, step by step (simple returns, P steps a year):
//   r = alpha + beta b + e by least squares       tracking error = sd(r - b) sqrt(P)
//   information ratio = mean(r - b) / sd(r - b) sqrt(P)      treynor = mean(r) P / beta
//   up (down) capture: yearly growth over the steps on which b rose (fell), r's over b's
import { yearly } from "./performance";

export const BENCHMARK_ALPHA = 0; //          of one step
export const BENCHMARK_ALPHA_YEARLY = 8; //   compounded: (1 + alpha)^P - 1
export const BENCHMARK_BETA = 16;
export const BENCHMARK_CORRELATION = 24; //   its square is the R^2 of the line
export const BENCHMARK_TRACKING_ERROR = 32;
export const BENCHMARK_INFORMATION = 40;
export const BENCHMARK_TREYNOR = 48;
export const BENCHMARK_UP_CAPTURE = 56;
export const BENCHMARK_DOWN_CAPTURE = 64;
export const BENCHMARK_BYTES = 72;

/** False, and nothing written, when the benchmark stands still or a return is not a number. */
export function againstBenchmark(r: usize, b: usize, count: u32, periods: f64, out: usize): bool {
  const n = <f64>count;
  let sumR: f64 = 0;
  let sumB: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    sumR += load<f64>(r + (k << 3));
    sumB += load<f64>(b + (k << 3));
  }
  const meanR = sumR / n;
  const meanB = sumB / n;
  let rr: f64 = 0;
  let rb: f64 = 0;
  let bb: f64 = 0;
  let apart: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const x = load<f64>(r + (k << 3)) - meanR;
    const y = load<f64>(b + (k << 3)) - meanB;
    rr += x * x;
    rb += x * y;
    bb += y * y;
    apart += (x - y) * (x - y);
  }
  if (count < 2 || !(bb > 1e-28 * n * meanB * meanB && bb < Infinity && rr < Infinity)) return false;
  const beta = rb / bb;
  const alpha = meanR - beta * meanB;
  const error = sqrt(apart / (n - 1.0));
  store<f64>(out, alpha, BENCHMARK_ALPHA);
  store<f64>(out, yearly(1.0 + alpha, 1, periods), BENCHMARK_ALPHA_YEARLY);
  store<f64>(out, beta, BENCHMARK_BETA);
  store<f64>(out, rr > 0 ? rb / sqrt(rr * bb) : NaN, BENCHMARK_CORRELATION);
  store<f64>(out, error * sqrt(periods), BENCHMARK_TRACKING_ERROR);
  store<f64>(out, error > 0 ? ((meanR - meanB) / error) * sqrt(periods) : NaN, BENCHMARK_INFORMATION);
  store<f64>(out, beta != 0 ? (meanR * periods) / beta : NaN, BENCHMARK_TREYNOR);
  store<f64>(out, capture(r, b, count, periods, 1), BENCHMARK_UP_CAPTURE);
  store<f64>(out, capture(r, b, count, periods, -1), BENCHMARK_DOWN_CAPTURE);
  return true;
}

function capture(r: usize, b: usize, count: u32, periods: f64, side: f64): f64 {
  let own: f64 = 1;
  let other: f64 = 1;
  let steps: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const move = load<f64>(b + (k << 3));
    if (!(move * side > 0)) continue;
    own *= 1.0 + load<f64>(r + (k << 3));
    other *= 1.0 + move;
    steps += 1;
  }
  return steps > 0 ? yearly(own, steps, periods) / yearly(other, steps, periods) : NaN;
}
