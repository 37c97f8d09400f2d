// The columns of an earnings_reaction cell, and the surprise of a report.
//   E = consensus of the report, else EPS[t-4] + drift, drift = mean of EPS[t-j] - EPS[t-j-4] over at most 8 quarters
//   SUE = (EPS - E) / sd of the last 8 errors EPS - E before this one (n - 1)
// After Foster, Olsen and Shevlin (1984). Reports are taken in order of their announcement; one that is not later than
// the last is a repetition and changes nothing. EPS in any currency unit, times in microseconds.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { column } from "../../windows/series";
import { DAY_US } from "./market";

const QUARTERS: u32 = 12;
const ERRORS: u32 = 8;
const DISTANCE_DAYS: f64 = 91; // to the next report while there is only one

export const EARNINGS_ATR: u32 = layout.CELL_FIXED; //       Wilder 20; before that the sum of true ranges
export const EARNINGS_RANGES: u32 = layout.CELL_FIXED + 1; // true ranges so far
export const EARNINGS_SUE: u32 = layout.CELL_FIXED + 2; //   of the last report, 0: not known
export const EARNINGS_ERROR: u32 = layout.CELL_FIXED + 3; // its EPS - E
export const EARNINGS_REACTS: u32 = layout.CELL_FIXED + 4; // the first close behind it shows the reaction; 0: done
export const EARNINGS_EAR: u32 = layout.CELL_FIXED + 5; //   abnormal return over the reaction day +- 1, as far as known
export const EARNINGS_PENDING: u32 = layout.CELL_FIXED + 6; // side to be entered at the next session, 0: none
export const EARNINGS_DECIDED: u32 = layout.CELL_FIXED + 7; // samples of the series when it was decided
export const EARNINGS_NEXT: u32 = layout.CELL_FIXED + 8; //  when the next report is due, by the usual distance
export const EARNINGS_REPORTS: u32 = layout.CELL_FIXED + 9; // reports so far
export const EARNINGS_MISSES: u32 = layout.CELL_FIXED + 10; // errors so far
export const EARNINGS_BEGUN: u32 = layout.CELL_FIXED + 11; // 1: begun anew by history
export const EARNINGS_CLOSE: u32 = layout.CELL_FIXED + 12; // of the last sample
/** Newest first: ln close and time of the last samples. */
export const EARNINGS_DAYS: u32 = 6;
export const EARNINGS_LN: u32 = layout.CELL_FIXED + 13;
export const EARNINGS_TIME: u32 = EARNINGS_LN + EARNINGS_DAYS;
const EPS: u32 = EARNINGS_TIME + EARNINGS_DAYS; // rings by report and by error
const ANNOUNCED: u32 = EPS + QUARTERS;
const ERROR_RING: u32 = ANNOUNCED + QUARTERS;

function eps(cell: usize, reports: u32, back: u32): f64 {
  return column<f64>(cell, EPS + ((reports - back) % QUARTERS));
}
function announcedAt(cell: usize, reports: u32, back: u32): f64 {
  return column<f64>(cell, ANNOUNCED + ((reports - back) % QUARTERS));
}
function countOf(cell: usize, index: u32): u32 {
  return u32(column<f64>(cell, index));
}

/** Whether the report is later than the last one. */
export function isNews(cell: usize, announced: f64): bool {
  const reports = countOf(cell, EARNINGS_REPORTS);
  return reports == 0 || announced > announcedAt(cell, reports, 1);
}

/** What was expected; NaN where neither a consensus nor the quarter of a year ago is there. */
function expectation(cell: usize, consensus: f64): f64 {
  if (consensus == consensus) return consensus;
  const reports = countOf(cell, EARNINGS_REPORTS);
  if (reports < 4) return NaN;
  const changes = min(reports - 4, QUARTERS - 4);
  let drift: f64 = 0;
  for (let j: u32 = 1; j <= changes; j++) drift += eps(cell, reports, j) - eps(cell, reports, j + 4);
  return eps(cell, reports, 4) + (changes > 0 ? drift / <f64>changes : 0);
}

/** Takes a report; sets SUE (0 while there are fewer than `least` errors) and when the next one is due. */
export function takeReport(cell: usize, actual: f64, consensus: f64, announced: f64, least: f64): void {
  const error = actual - expectation(cell, consensus);
  const known = error == error;
  const misses = countOf(cell, EARNINGS_MISSES);
  const deviation = <f64>misses >= least ? deviationOf(cell, misses) : 0;
  putCell(cell, EARNINGS_SUE, known && deviation > 0 ? error / deviation : 0);
  putCell(cell, EARNINGS_ERROR, known ? error : 0);
  if (known) {
    putCell(cell, ERROR_RING + (misses % ERRORS), error);
    putCell(cell, EARNINGS_MISSES, <f64>(misses + 1));
  }
  const reports = countOf(cell, EARNINGS_REPORTS);
  putCell(cell, EPS + (reports % QUARTERS), actual);
  putCell(cell, ANNOUNCED + (reports % QUARTERS), announced);
  putCell(cell, EARNINGS_REPORTS, <f64>(reports + 1));
  putCell(cell, EARNINGS_NEXT, announced + usualDistance(cell, reports + 1));
}

/** Standard deviation of the last errors; 0 where they are all the same. */
function deviationOf(cell: usize, misses: u32): f64 {
  const n = min(misses, ERRORS);
  let sum: f64 = 0;
  for (let j: u32 = 0; j < n; j++) sum += column<f64>(cell, ERROR_RING + j);
  const mean = sum / <f64>n;
  let squares: f64 = 0;
  let size: f64 = 0;
  for (let j: u32 = 0; j < n; j++) {
    const error = column<f64>(cell, ERROR_RING + j);
    squares += (error - mean) * (error - mean);
    size += error * error;
  }
  return squares > 1e-24 * size ? sqrt(squares / <f64>(n - 1)) : 0;
}

/** Median distance of the last reports (the lower one of two middles). */
function usualDistance(cell: usize, reports: u32): f64 {
  const gaps = min(reports - 1, ERRORS);
  for (let j: u32 = 1; j <= gaps; j++) {
    const gap = announcedAt(cell, reports, j) - announcedAt(cell, reports, j + 1);
    let below: u32 = 0;
    let same: u32 = 0;
    for (let other: u32 = 1; other <= gaps; other++) {
      const one = announcedAt(cell, reports, other) - announcedAt(cell, reports, other + 1);
      below += u32(one < gap);
      same += u32(one == gap);
    }
    const middle = (gaps - 1) >> 1;
    if (below <= middle && middle < below + same) return gap;
  }
  return DISTANCE_DAYS * DAY_US;
}
