// Moments of the all-pairs screen. W = SCREEN_WINDOW samples of up to PLAN_SCREEN_SYMBOLS log prices give, for each pair,
// the Engle-Granger statistic without lags, and no pass over the window is needed. Per bar two symmetric matrices roll
// by one row in and one row out:
//   FULL = sum y y' over the W levels,  STEP = sum d d' over the W - 1 differences (upper triangles, f64x2)
// For y on x, with m the means, S = FULL - W m m', b = S_yx / S_xx and residuals e = (y - m_y) - b (x - m_x):
//   sum e^2 = S_yy - b S_yx,  sum d^2 of e = STEP_yy - 2 b STEP_yx + b^2 STEP_xx,
//   sum e[t-1] de[t] = (e_last^2 - e_first^2 - sum de^2) / 2, because e[t]^2 = e[t-1]^2 + 2 e[t-1] de[t] + de[t]^2,
// so the lag x difference moments follow from the other two and the ends. Then the statistic is
//   tau = L sqrt((W - 2) / (E D - L^2)),  E = sum e[t-1]^2, L = sum e[t-1] de[t], D = sum de[t]^2.
// Levels count from each symbol's first bar, so one that joins late brings zeros. Against drift, and against levels far
// from their origin, each bar rebuilds some columns exactly, with the column's mean as its new origin; every column has
// its turn within W bars.
//
//   0                          words and lists of pair-screen.ts
//   SCREEN_HEAD_BYTES          ring of W rows of N levels, then 16 rows of N (ROW_), then FULL, gap, STEP; N even
import * as reference from "../../reference";
import { add, div, gather, less, mul, root, select2, splat, sub } from "../../lanes";
import { ln } from "../../math/ln";
import { screen, screenSymbols } from "../../plan";

export const ROW_PRICE = 0; //    latest price, 0: none yet
export const ROW_COUNT = 1; //    samples since it joined
const ROW_BASE = 2; //            ln of the price that counts as level 0
const ROW_MEAN = 3; //            means of the W levels
const ROW_VARIANCE = 4; //        S_ii; NaN while the column must not be judged
const ROW_LAST = 5; //            newest level minus mean
const ROW_FIRST = 6; //           oldest level minus mean
const ROW_SUM = 7; //             sum of the W levels
const ROW_STEP = 8; //            newest difference
const ROW_OLD_STEP = 9; //        difference that leaves
const ROW_LEVEL = 10; //          newest level
const ROW_FULL = 11; //           accumulators of a rebuild
const ROW_STEPS = 12;
const ROW_SPREAD = 13; //         diagonal of STEP

const W: f64 = <f64>reference.SCREEN_WINDOW;
const MASK: u32 = reference.SCREEN_WINDOW - 1;
/** A column whose log price varies by less than 1e-6 (standard deviation) stands still. */
const STILL: f64 = 1e-12 * <f64>reference.SCREEN_WINDOW;
/** Residuals below this share of the variance are rounding: the same instrument twice. */
const PERFECT: f64 = 1e-9;

function stride(): usize {
  return screenSymbols << 3;
}
/** Row `slot` of the ring of levels. */
export function levels(slot: u32): usize {
  return screen + reference.SCREEN_HEAD_BYTES + <usize>(slot & MASK) * stride();
}
export function vector(row: u32): usize {
  return screen + reference.SCREEN_HEAD_BYTES + <usize>(reference.SCREEN_WINDOW + row) * stride();
}
function fullRow(column: u32): usize {
  return vector(16) + <usize>column * stride();
}
function stepRow(column: u32): usize {
  return vector(16) + <usize>screenSymbols * stride() + reference.SCREEN_GAP_BYTES + <usize>column * stride();
}
export function baseOf(column: u32): f64 {
  return load<f64>(vector(ROW_BASE) + (column << 3));
}

/** Takes the latest prices of `columns` columns as sample `newest` (counted from 0): roll, then partial rebuild. */
export function rollMatrices(columns: u32, newest: u32): void {
  const end = ((<usize>columns) << 3) + ((columns & 1) << 3); // whole pairs of lanes
  sampleLevels(end, newest);
  for (let i: u32 = 0; i < columns; i++) {
    rollRow(fullRow(i), vector(ROW_LEVEL), levels(newest), i, end);
    rollRow(stepRow(i), vector(ROW_STEP), vector(ROW_OLD_STEP), i, end);
  }
  memory.copy(levels(newest), vector(ROW_LEVEL), end);
  const share = (columns + reference.SCREEN_WINDOW - 1) / reference.SCREEN_WINDOW;
  for (let k: u32 = 0; k < share; k++) {
    const column = (newest & MASK) * share + k;
    if (column < columns) rebuildColumn(column, columns, newest);
  }
  for (let at: usize = 0; at < end; at += 16) describe(at, newest);
}

/** New level, new difference, the difference that leaves, and the sum; the oldest row still stands in slot `newest`. */
function sampleLevels(end: usize, newest: u32): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  for (let at: usize = 0; at < end; at += 16) {
    const price = v128.load(vector(ROW_PRICE) + at);
    const joined = f64x2.gt(price, zero);
    const count = v128.load(vector(ROW_COUNT) + at);
    const logarithm = ln<v128>(price);
    const joins = v128.and(joined, f64x2.eq(count, zero));
    const base = v128.bitselect(logarithm, v128.load(vector(ROW_BASE) + at), joins);
    const level = v128.and(joined, f64x2.sub(logarithm, base));
    const old = v128.load(levels(newest) + at);
    v128.store(vector(ROW_BASE) + at, base);
    v128.store(vector(ROW_COUNT) + at, f64x2.add(count, v128.and(joined, one)));
    v128.store(vector(ROW_LEVEL) + at, level);
    v128.store(vector(ROW_STEP) + at, f64x2.sub(level, v128.load(levels(newest - 1) + at)));
    v128.store(vector(ROW_OLD_STEP) + at, f64x2.sub(v128.load(levels(newest + 1) + at), old));
    v128.store(vector(ROW_SUM) + at, f64x2.add(v128.load(vector(ROW_SUM) + at), f64x2.sub(level, old)));
  }
}

/** row[j] += fresh_i fresh_j - old_i old_j for j >= i (and the lane before, when i is odd). */
function rollRow(row: usize, fresh: usize, old: usize, i: u32, end: usize): void {
  const freshI = v128.load64_splat(fresh + (i << 3));
  const oldI = v128.load64_splat(old + (i << 3));
  for (let at: usize = (i & ~1) << 3; at < end; at += 16) {
    const more = f64x2.mul(freshI, v128.load(fresh + at));
    const gone = f64x2.mul(oldI, v128.load(old + at));
    v128.store(row + at, f64x2.add(v128.load(row + at), f64x2.sub(more, gone)));
  }
}

/** Both rows of one column from the ring, exactly, with the column's mean as its new origin. */
function rebuildColumn(column: u32, columns: u32, newest: u32): void {
  const end = ((<usize>columns) << 3) + ((columns & 1) << 3);
  moveOrigin(column, newest);
  const full = vector(ROW_FULL);
  const steps = vector(ROW_STEPS);
  memory.fill(full, 0, end);
  memory.fill(steps, 0, end);
  const own = (<usize>column) << 3;
  for (let k: u32 = 1; k <= u32(reference.SCREEN_WINDOW); k++) {
    const row = levels(newest + k); // oldest first
    const before = k > 1 ? levels(newest + k - 1) : row;
    const level = v128.load64_splat(row + own);
    const step = f64x2.sub(level, v128.load64_splat(before + own));
    for (let at: usize = 0; at < end; at += 16) {
      const other = v128.load(row + at);
      v128.store(full + at, f64x2.add(v128.load(full + at), f64x2.mul(level, other)));
      const otherStep = f64x2.sub(other, v128.load(before + at));
      v128.store(steps + at, f64x2.add(v128.load(steps + at), f64x2.mul(step, otherStep)));
    }
  }
  for (let j: u32 = 0; j < columns; j++) {
    const at = (<usize>j) << 3;
    store<f64>(j < column ? fullRow(j) + own : fullRow(column) + at, load<f64>(full + at));
    store<f64>(j < column ? stepRow(j) + own : stepRow(column) + at, load<f64>(steps + at));
  }
}

function moveOrigin(column: u32, newest: u32): void {
  const own = (<usize>column) << 3;
  let sum: f64 = 0;
  for (let k: u32 = 0; k < u32(reference.SCREEN_WINDOW); k++) sum += load<f64>(levels(k) + own);
  const origin = sum / W;
  let left: f64 = 0;
  for (let k: u32 = 0; k < u32(reference.SCREEN_WINDOW); k++) {
    const at = levels(newest + 1 + k) + own;
    const level = load<f64>(at) - origin;
    store<f64>(at, level);
    left += level;
  }
  const base = vector(ROW_BASE) + own;
  store<f64>(base, load<f64>(base) + origin);
  store<f64>(vector(ROW_SUM) + own, left);
}

/** What every pair of the columns at `at` needs: O(columns) a bar. */
function describe(at: usize, newest: u32): void {
  const size = f64x2.splat(W);
  const mean = f64x2.div(v128.load(vector(ROW_SUM) + at), size);
  const index = u32(at >> 3);
  const full = gather<v128>(fullRow(index) + at, fullRow(index + 1) + at + 8);
  const variance = f64x2.sub(full, f64x2.mul(size, f64x2.mul(mean, mean)));
  const filled = f64x2.ge(v128.load(vector(ROW_COUNT) + at), size);
  const judged = v128.and(filled, f64x2.gt(variance, f64x2.splat(STILL)));
  v128.store(vector(ROW_MEAN) + at, mean);
  v128.store(vector(ROW_VARIANCE) + at, v128.bitselect(variance, f64x2.splat(NaN), judged));
  v128.store(vector(ROW_LAST) + at, f64x2.sub(v128.load(levels(newest) + at), mean));
  v128.store(vector(ROW_FIRST) + at, f64x2.sub(v128.load(levels(newest + 1) + at), mean));
  v128.store(vector(ROW_SPREAD) + at, gather<v128>(stepRow(index) + at, stepRow(index + 1) + at + 8));
}

/** tau of column i on column `at >> 3` (T = v128: on that one and the next); NaN when the pair must not be judged. */
export function pairStatistic<T>(i: u32, at: usize): T {
  const own = (<usize>i) << 3;
  const meanI = load<f64>(vector(ROW_MEAN) + own);
  const varianceI = splat<T>(load<f64>(vector(ROW_VARIANCE) + own));
  const cross = sub<T>(load<T>(fullRow(i) + at), mul<T>(splat<T>(W * meanI), load<T>(vector(ROW_MEAN) + at)));
  const beta = div<T>(cross, load<T>(vector(ROW_VARIANCE) + at));
  const last = sub<T>(splat<T>(load<f64>(vector(ROW_LAST) + own)), mul<T>(beta, load<T>(vector(ROW_LAST) + at)));
  const first = sub<T>(splat<T>(load<f64>(vector(ROW_FIRST) + own)), mul<T>(beta, load<T>(vector(ROW_FIRST) + at)));
  const lastSquare = mul<T>(last, last);
  const all = sub<T>(varianceI, mul<T>(beta, cross));
  const lagged = sub<T>(all, lastSquare);
  const stepCross = load<T>(stepRow(i) + at);
  const inner = sub<T>(add<T>(stepCross, stepCross), mul<T>(beta, load<T>(vector(ROW_SPREAD) + at)));
  const steps = sub<T>(splat<T>(load<f64>(vector(ROW_SPREAD) + own)), mul<T>(beta, inner));
  const ends = sub<T>(lastSquare, mul<T>(first, first));
  const product = mul<T>(splat<T>(0.5), sub<T>(ends, steps));
  const rest = sub<T>(mul<T>(lagged, steps), mul<T>(product, product));
  const tau = mul<T>(product, root<T>(div<T>(splat<T>(W - 2), rest)));
  return select2<T>(less<T>(mul<T>(splat<T>(PERFECT), varianceI), all), tau, splat<T>(NaN));
}
