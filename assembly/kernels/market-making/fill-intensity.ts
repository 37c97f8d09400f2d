// Fill intensity of resting quotes: A exp(-k x), x = distance from the mid in price units. Trades are counted by how
// far from the mid they printed, in buckets of a quarter of the mean spread; bucket j counts prints at distance >= j
// widths, so a count is the number of market orders that would have reached a quote there. Every REFIT trades the line
// ln count_j = a - k x_j goes through the buckets that hold anything (ordinary least squares): k = -slope, R^2 of the
// fit is the trust in it. Counts are halved every HALVE trades, so that old prints fade.
import * as layout from "../../layout";
import { INTENSITY_K, INTENSITY_R2, intensityFit } from "../../math/intensity";
import { column } from "../../windows/series";

// Columns of the cell of spread_adjuster.
export const SPREAD_DECAY: u32 = 24; // k, per price unit; 0: not fitted
export const SPREAD_FIT: u32 = 25; //   R^2 of the fit
const SPREAD_INTENSITY: u32 = 40;

const BUCKETS: u32 = 12;
const WIDTH: u32 = SPREAD_INTENSITY; //     price units per bucket
const TRADES: u32 = SPREAD_INTENSITY + 1;
const SPREAD_MEAN: u32 = SPREAD_INTENSITY + 2;
const COUNTS: u32 = SPREAD_INTENSITY + 3; // BUCKETS columns
const FITTED: u32 = COUNTS + BUCKETS; //     A, k, R^2 of the latest fit
const REFIT: u32 = 16;
const HALVE: u32 = 1024;
const TRADES_MIN: f64 = 48;
const SPREAD_MEMORY: f64 = 0.01;

function put(cell: usize, index: u32, value: f64): void {
  store<f64>(cell + index * layout.COLUMN_BYTES, value);
}

/** The spread of the book sets the width of a bucket, slowly. */
export function intensityQuote(cell: usize, bid: f64, ask: f64): void {
  const mean = column<f64>(cell, SPREAD_MEAN);
  put(cell, SPREAD_MEAN, mean > 0 ? mean + SPREAD_MEMORY * (ask - bid - mean) : ask - bid);
}

/** A trade at `distance` from the mid. */
export function intensityTrade(cell: usize, distance: f64): void {
  let width = column<f64>(cell, WIDTH);
  if (!(width > 0)) {
    width = 0.25 * column<f64>(cell, SPREAD_MEAN);
    if (!(width > 0)) return;
    put(cell, WIDTH, width);
  }
  const reached = distance / width;
  for (let bucket: u32 = 0; bucket < BUCKETS && <f64>bucket <= reached; bucket++) {
    put(cell, COUNTS + bucket, column<f64>(cell, COUNTS + bucket) + 1);
  }
  const trades = column<f64>(cell, TRADES) + 1;
  put(cell, TRADES, trades);
  const whole = u32(i64(trades));
  if (whole % REFIT == 0 && trades >= TRADES_MIN) fit(cell, width);
  if (whole % HALVE == 0) fade(cell);
}

/** Bucket 0 counts every trade, whatever its distance, and says nothing. */
function fit(cell: usize, width: f64): void {
  const counts = cell + (COUNTS + 1) * layout.COLUMN_BYTES;
  const fitted = cell + FITTED * layout.COLUMN_BYTES;
  if (!intensityFit(counts, BUCKETS - 1, width, width, 1, fitted, layout.COLUMN_BYTES)) return;
  put(cell, SPREAD_DECAY, column<f64>(cell, FITTED + INTENSITY_K));
  put(cell, SPREAD_FIT, column<f64>(cell, FITTED + INTENSITY_R2));
}

/** Halves the counts and lets the width follow the spread; distances are refitted on what is left. */
function fade(cell: usize): void {
  for (let bucket: u32 = 0; bucket < BUCKETS; bucket++)
    put(cell, COUNTS + bucket, 0.5 * column<f64>(cell, COUNTS + bucket));
  put(cell, WIDTH, 0.25 * column<f64>(cell, SPREAD_MEAN));
}
