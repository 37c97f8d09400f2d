// macro_trend_tracker: time-series momentum of daily closes, decided once a month.
//   m = mean of the signs of the returns over 21, 63 and 252 samples (1, 3 and 12 months)      side = sign of m
//   sigma^2 = 261 sum w_i (r_i - mean)^2 / sum w_i,  w_i = d^i, d / (1 - d) = 60      size = 40 % / sigma
//   t = mean / (sd / sqrt n) of the one-sample returns of the longest horizon      confidence = |m| min(|t| / 2, 1)
// After Moskowitz, Ooi & Pedersen (2012), who annualise with 261 days. The sums run over the history of the series
// (at most 511 returns, whose weights beyond are 2e-4 of the whole and are left out by dividing by sum w); they cost
// microseconds and are made only when a decision is due: with the first close of a new month (or week) in the time of
// the events, or with the first close after new parameters. The position ends when m has turned at a decision, or at
// any close beyond the stop of three slow ATR. The paper has neither stop nor target: the target lies three stops away
// and is no reason to leave. There is no entry threshold that a regime could lower.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { flags, resting, setEventTime } from "../../emit";
import { enter, heldSide, leave, slowerDisagrees, stopDistance, stopReached, tolerance } from "../../hold";
import { dayOf, monthOf } from "../../math/civil";
import { parameter } from "../../plan";
import { column, historyLane, lnBack, seriesLane } from "../../windows/series";
import { slowRange, takeRange } from "../../windows/slow-range";
import { whole } from "../../math/whole";

const HORIZON_SHORT: u32 = 0; // parameter indices, in the order of the catalogue
const HORIZONS: u32 = 3;
const CENTER_OF_MASS: u32 = 3;
const TARGET_VOLATILITY: u32 = 4;
const SIZE_MAX: u32 = 5;
const WEEKLY: u32 = 6;
const STOP_ATR: u32 = 7;
const TARGET_R: u32 = 8;

const RANGE: u32 = layout.CELL_FIXED; // columns: three of windows/slow-range.ts
const PERIOD: u32 = layout.CELL_FIXED + 3; // month or week of the last decision, 0: none yet
const BLEND: u32 = layout.CELL_FIXED + 4; // m of the last decision

const YEAR: f64 = 261;
/** Below this a price has not moved, and nothing can be measured by its volatility. */
const SIGMA_MIN: f64 = 1e-9;

export function trendConfigure(cell: usize, instance: u32): void {
  putCell(cell, PERIOD, 0);
  const missing = longest(instance) + 1 - samples(cell);
  putCell(cell, layout.CELL_MISSING, missing > 0 ? missing : 0);
}
function samples(cell: usize): f64 {
  return column<f64>(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))), layout.SERIES_COUNT);
}
function longest(instance: u32): f64 {
  let most: f64 = 0;
  for (let j: u32 = 0; j < HORIZONS; j++) {
    const horizon = parameter(instance, HORIZON_SHORT + j);
    most = horizon > most ? horizon : most;
  }
  return most;
}

/** A new sample of the cell's series. */
export function trendRule(cell: usize): void {
  const series = whole(column<f64>(cell, layout.CELL_SERIES));
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const at = seriesLane(series);
  takeRange(cell, RANGE, at);
  const missing = longest(instance) + 1 - column<f64>(at, layout.SERIES_COUNT);
  putCell(cell, layout.CELL_MISSING, missing > 0 ? missing : 0);
  // A bar belongs to the day that it ends, not to the one whose first instant is its end.
  const time = column<f64>(at, layout.SERIES_TIME) - 1;
  setEventTime(time);
  const close = column<f64>(at, layout.SERIES_CLOSE);
  if (heldSide(cell) != 0 && stopReached(cell, close)) leave(cell, close, 0);
  if (missing > 0 || flags & layout.FLAG_HISTORY) return;
  const period = periodOf(dayOf(time), parameter(instance, WEEKLY) != 0);
  if (period == column<f64>(cell, PERIOD)) return;
  // A decision that falls on a day without a market waits for the next close.
  if (resting(whole(column<f64>(cell, layout.CELL_SYMBOL)))) return;
  putCell(cell, PERIOD, period);
  rebalance(cell, instance, at, historyLane(series));
}

/** Number of the month, or of the week from Monday on; never 0. */
function periodOf(day: i32, weekly: bool): f64 {
  return <f64>(weekly ? (day + 3) / 7 + 1 : monthOf(day));
}

function rebalance(cell: usize, instance: u32, at: usize, window: usize): void {
  const count = column<f64>(at, layout.SERIES_COUNT);
  const blend = meanSign(instance, at, window, count);
  const sigma = yearlySigma(instance, window, count);
  putCell(cell, BLEND, blend);
  const close = column<f64>(at, layout.SERIES_CLOSE);
  if (heldSide(cell) * blend < 0) leave(cell, close, blend);
  if (blend == 0 || !(sigma > SIGMA_MIN)) return;
  const side: f64 = blend > 0 ? 1 : -1;
  if (slowerDisagrees(cell, side, parameter(instance, HORIZON_SHORT))) return;
  const t = meanStatistic(window, count, longest(instance));
  const certain = 0.5 * abs(t);
  const confidence = abs(blend) * (certain < 1.0 ? certain : 1.0);
  const stop = stopDistance(instance, close, slowRange(cell, RANGE), parameter(instance, STOP_ATR));
  const target = parameter(instance, TARGET_R) * stop;
  const full = parameter(instance, TARGET_VOLATILITY) / sigma;
  const most = parameter(instance, SIZE_MAX);
  const size = tolerance(instance) * (full < most ? full : most);
  enter(cell, side, close, close - side * stop, close + side * target, confidence, blend, sigma, size, t);
}

/** Mean of the signs of the returns over the horizons, -1 .. 1. */
function meanSign(instance: u32, at: usize, window: usize, count: f64): f64 {
  let sum: f64 = 0;
  for (let j: u32 = 0; j < HORIZONS; j++) {
    const back = parameter(instance, HORIZON_SHORT + j);
    const move = column<f64>(at, layout.SERIES_LN) - lnBack<f64>(window, window, count, back);
    sum += move > 0 ? 1 : move < 0 ? -1 : 0;
  }
  return sum / <f64>HORIZONS;
}

function stepBack(window: usize, count: f64, back: f64): f64 {
  return lnBack<f64>(window, window, count, back) - lnBack<f64>(window, window, count, back + 1);
}

/** Root of 261 times the exponentially weighted variance of the one-sample returns. */
function yearlySigma(instance: u32, window: usize, count: f64): f64 {
  const mass = parameter(instance, CENTER_OF_MASS);
  const decay = mass / (1.0 + mass);
  const kept = count < <f64>layout.HISTORY_SLOTS ? count : <f64>layout.HISTORY_SLOTS;
  let weight: f64 = 1;
  let weights: f64 = 0;
  let sum: f64 = 0;
  for (let back: f64 = 0; back < kept - 1; back++) {
    weights += weight;
    sum += weight * stepBack(window, count, back);
    weight *= decay;
  }
  const mean = sum / weights;
  let squares: f64 = 0;
  weight = 1;
  for (let back: f64 = 0; back < kept - 1; back++) {
    const away = stepBack(window, count, back) - mean;
    squares += weight * away * away;
    weight *= decay;
  }
  return Math.sqrt((YEAR * squares) / weights);
}

/** t of the mean of the last n one-sample returns; 0 where they do not differ. */
function meanStatistic(window: usize, count: f64, n: f64): f64 {
  const mean = (lnBack<f64>(window, window, count, 0) - lnBack<f64>(window, window, count, n)) / n;
  let squares: f64 = 0;
  for (let back: f64 = 0; back < n; back++) {
    const away = stepBack(window, count, back) - mean;
    squares += away * away;
  }
  const error = Math.sqrt(squares / ((n - 1) * n));
  return error > SIGMA_MIN * abs(mean) ? mean / error : 0;
}
