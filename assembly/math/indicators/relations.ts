// Two columns over a rolling window of n bars up to and including t, first defined at n - 1.
//   correlation   Pearson; NaN where a column is constant over the window, and for n = 1
//   line          y = intercept + slope x by least squares, r2 = share of the variance of y that it explains; NaN where x
//                 is constant over the window, r2 also where y is
// Sums are taken about the first bars of the block (window-sums.ts), so the price level costs no digits.
import { at, blank, put } from "./columns";
import { windowMoments, windowProducts } from "./window-sums";

/** `scratch` holds 5 n f64. */
export function rollingCorrelation(x: usize, y: usize, count: u32, n: u32, out: usize, scratch: usize): void {
  if (n == 0 || n > count) return blank(out, 0, count);
  for (let start: u32 = 0; start < count; start += n) {
    const used = min(n, count - start);
    const to = out + (usize(start) << 3);
    sums(x + (usize(start) << 3), y + (usize(start) << 3), n, used, start == 0, scratch);
    for (let j: u32 = 0; j < used; j++) {
      moments(scratch, n, j);
      const root = sqrt(xx) * sqrt(yy);
      put(to, j, root > 0 ? bounded(xy / root) : NaN);
    }
  }
  blank(out, 0, n - 1);
}

/** Rounding may carry a correlation of one beyond it. */
function bounded(r: f64): f64 {
  return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}

/** `scratch` holds 5 n f64. */
export function rollingLine(
  y: usize,
  x: usize,
  count: u32,
  n: u32,
  slope: usize,
  intercept: usize,
  r2: usize,
  scratch: usize,
): void {
  const good = n > 0 && n <= count;
  for (let start: u32 = 0; good && start < count; start += n) {
    const used = min(n, count - start);
    const offset = usize(start) << 3;
    sums(x + offset, y + offset, n, used, start == 0, scratch);
    const shiftX = load<f64>(x + offset);
    const shiftY = load<f64>(y + offset);
    for (let j: u32 = 0; j < used; j++) {
      moments(scratch, n, j);
      const beta = xx > 0 ? xy / xx : NaN;
      put(slope + offset, j, beta);
      put(intercept + offset, j, shiftY + meanY - beta * (shiftX + meanX));
      put(r2 + offset, j, yy > 0 ? (beta * xy) / yy : NaN);
    }
  }
  const first = good ? n - 1 : count;
  blank(slope, 0, first);
  blank(intercept, 0, first);
  blank(r2, 0, first);
}

function sums(x: usize, y: usize, n: u32, used: u32, first: bool, scratch: usize): void {
  const column = usize(n) << 3;
  windowMoments(x, n, used, first, scratch, scratch + column);
  windowMoments(y, n, used, first, scratch + 2 * column, scratch + 3 * column);
  windowProducts(x, y, n, used, first, scratch + 4 * column);
}

let xx: f64 = 0; // sums of squares and products about the means of one window, and the means about the shifts
let yy: f64 = 0;
let xy: f64 = 0;
let meanX: f64 = 0;
let meanY: f64 = 0;

function moments(scratch: usize, n: u32, j: u32): void {
  const share = 1.0 / <f64>n;
  const sumX = at(scratch, j);
  const sumY = at(scratch, j + 2 * n);
  meanX = sumX * share;
  meanY = sumY * share;
  xx = at(scratch, j + n) - sumX * meanX;
  yy = at(scratch, j + 3 * n) - sumY * meanY;
  xy = at(scratch, j + 4 * n) - sumX * meanY;
}
