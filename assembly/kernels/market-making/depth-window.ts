// How far trades reach from the mid, over the last ten minutes: ten slices of one minute, each a histogram of the
// farthest reach in every step of 100 ms; and every five seconds of data the intensity A exp(-k d) fitted to it.
// Buckets are one tick wide, or a quarter of the mean spread when that is more or no tick is known; the window begins
// anew when the spread has become more than twice, or less than half, of what the buckets were made for.
// Columns of the cell of adaptive_quote; prices in price units, times in microseconds. O(1) per event, O(buckets) per
// fit and per slice.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { INTENSITY_A, INTENSITY_K, INTENSITY_R2, intensityFit } from "../../math/intensity";
import { column } from "../../windows/series";
import { whole } from "../../math/whole";

const FIRST: u32 = layout.CELL_FIXED + 9;
export const DEPTH_WIDTH: u32 = FIRST; //      of a bucket, 0: not known yet
export const DEPTH_FITTED: u32 = FIRST + 1; // time of the last fit, 0: none
export const DEPTH_A: u32 = FIRST + 2; //      per second
export const DEPTH_K: u32 = FIRST + 3; //      per price unit
export const DEPTH_R2: u32 = FIRST + 4;
const SPREAD_MEAN: u32 = FIRST + 5;
const STEP_END: u32 = FIRST + 6;
const STEP_MID: u32 = FIRST + 7; //            at the beginning of the step
const STEP_REACH: u32 = FIRST + 8; //          -1: no trade in it
const SLICE: u32 = FIRST + 9;
const SLICE_END: u32 = FIRST + 10;
const BEGAN: u32 = FIRST + 11;
const FIT_DUE: u32 = FIRST + 12;
const TOTALS: u32 = FIRST + 13; //             histogram over all slices
const BEYOND: u32 = TOTALS + 24; //            reaches at or beyond each bucket, made for the fit
const SLICES: u32 = BEYOND + 24; //            10 x 24
const BUCKETS: u32 = 24;
const SLICE_COUNT: u32 = 10; //                ADAPTIVE_COLUMNS = FIRST + 13 + 24 * 12

const STEP_US: f64 = 100_000;
const SLICE_US: f64 = 60_000_000;
const REFIT_US: f64 = 5_000_000;
const SPREAD_MEMORY: f64 = 0.01;

/** A quote: the mean spread, and whatever step, slice and fit have become due by `time`. `tick` 0: not known. */
export function depthQuote(cell: usize, mid: f64, spread: f64, tick: f64, time: f64): void {
  const before = column<f64>(cell, SPREAD_MEAN);
  const mean = before > 0 ? before + SPREAD_MEMORY * (spread - before) : spread;
  putCell(cell, SPREAD_MEAN, mean);
  const wanted = 0.25 * mean > tick ? 0.25 * mean : tick;
  const width = column<f64>(cell, DEPTH_WIDTH);
  if (wanted > 0 && (width == 0 || wanted > 2 * width || wanted < 0.5 * width)) begin(cell, wanted, time);
  if (column<f64>(cell, DEPTH_WIDTH) == 0) return;
  advance(cell, time);
  if (column<f64>(cell, STEP_END) == 0) {
    putCell(cell, STEP_END, (floor(time / STEP_US) + 1) * STEP_US);
    putCell(cell, STEP_MID, mid);
    putCell(cell, STEP_REACH, -1);
  }
}

/** A trade: the farthest one of a step is its reach. */
export function depthTrade(cell: usize, price: f64, time: f64): void {
  if (column<f64>(cell, DEPTH_WIDTH) == 0) return;
  advance(cell, time);
  if (column<f64>(cell, STEP_END) == 0) return;
  const reach = abs(price - column<f64>(cell, STEP_MID));
  if (reach > column<f64>(cell, STEP_REACH)) putCell(cell, STEP_REACH, reach);
}

function begin(cell: usize, width: f64, time: f64): void {
  for (let index: u32 = TOTALS; index < SLICES + BUCKETS * SLICE_COUNT; index++) putCell(cell, index, 0);
  putCell(cell, DEPTH_WIDTH, width);
  putCell(cell, STEP_END, 0);
  putCell(cell, SLICE, 0);
  putCell(cell, SLICE_END, time + SLICE_US);
  putCell(cell, BEGAN, time);
  putCell(cell, FIT_DUE, time + REFIT_US);
}

/** Ends the step, the slices and the fit interval that are over by `time`. */
function advance(cell: usize, time: f64): void {
  const end = column<f64>(cell, STEP_END);
  if (end > 0 && time >= end) {
    const reach = column<f64>(cell, STEP_REACH);
    if (reach >= 0) count(cell, reach);
    putCell(cell, STEP_END, 0);
  }
  if (time >= column<f64>(cell, SLICE_END) + SLICE_US * <f64>SLICE_COUNT) {
    begin(cell, column<f64>(cell, DEPTH_WIDTH), time); // nothing of the window is left
    return;
  }
  while (time >= column<f64>(cell, SLICE_END)) turnSlice(cell);
  if (time >= column<f64>(cell, FIT_DUE)) {
    putCell(cell, FIT_DUE, time + REFIT_US);
    fit(cell, time);
  }
}

function count(cell: usize, reach: f64): void {
  const place = reach / column<f64>(cell, DEPTH_WIDTH);
  const bucket = place < <f64>(BUCKETS - 1) ? u32(i64(place)) : BUCKETS - 1;
  const slice = SLICES + whole(column<f64>(cell, SLICE)) * BUCKETS + bucket;
  putCell(cell, slice, column<f64>(cell, slice) + 1);
  putCell(cell, TOTALS + bucket, column<f64>(cell, TOTALS + bucket) + 1);
}

function turnSlice(cell: usize): void {
  const next = (whole(column<f64>(cell, SLICE)) + 1) % SLICE_COUNT;
  putCell(cell, SLICE, <f64>next);
  putCell(cell, SLICE_END, column<f64>(cell, SLICE_END) + SLICE_US);
  for (let bucket: u32 = 0; bucket < BUCKETS; bucket++) {
    const index = SLICES + next * BUCKETS + bucket;
    putCell(cell, TOTALS + bucket, column<f64>(cell, TOTALS + bucket) - column<f64>(cell, index));
    putCell(cell, index, 0);
  }
}

/** Seconds that the window spans. */
function exposure(cell: usize, time: f64): f64 {
  const all = time - column<f64>(cell, BEGAN);
  const most = <f64>SLICE_COUNT * SLICE_US - (column<f64>(cell, SLICE_END) - time);
  return 1e-6 * (all < most ? all : most);
}

/** The near range: from one bucket off the mid to the last one that was reached. */
function fit(cell: usize, time: f64): void {
  let beyond: f64 = 0;
  for (let bucket: u32 = BUCKETS; bucket > 0; bucket--) {
    beyond += column<f64>(cell, TOTALS + bucket - 1);
    putCell(cell, BEYOND + bucket - 1, beyond);
  }
  const width = column<f64>(cell, DEPTH_WIDTH);
  const counts = cell + (BEYOND + 1) * layout.COLUMN_BYTES;
  const out = cell + DEPTH_A * layout.COLUMN_BYTES;
  assert(INTENSITY_A == 0 && INTENSITY_K == 1 && INTENSITY_R2 == 2);
  if (intensityFit(counts, BUCKETS - 1, width, width, exposure(cell, time), out, layout.COLUMN_BYTES)) {
    putCell(cell, DEPTH_FITTED, time);
  }
}
