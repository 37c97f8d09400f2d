// The columns of a sentiment_analysis cell, and the window in which its score is judged: the values of S at full hours
// as count, sum and sum of squares of each of the last 30 days. A new day drops the oldest one whole, so the window
// holds 29 to 30 days, forgets exactly, never drifts, and costs the same whatever it holds.
// Between items S only ages, so hours that passed without an event are filled in when the next event comes: S at such
// an hour is what it was then. An item that arrives late changes S from now on, never an hour that is over.
// Times are event times in microseconds since 1970.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { flush } from "../../lanes";
import { exp } from "../../math/ln";
import { column } from "../../windows/series";

export const HOUR_US: f64 = 3_600_000_000;
const LN2: f64 = 0.6931471805599453;
const DAYS: u32 = 30;
const HOURS_MAX: f64 = 744; // of a gap that are filled in: a day more than the window holds

export const SENTIMENT_WEIGHT: u32 = layout.CELL_FIXED; //     sum of w 2^(-age/h): n_eff
export const SENTIMENT_SUM: u32 = layout.CELL_FIXED + 1; //    sum of w s 2^(-age/h)
export const SENTIMENT_TIME: u32 = layout.CELL_FIXED + 2; //   to which both are aged, 0: no item has come
export const SENTIMENT_SCORE: u32 = layout.CELL_FIXED + 3; //  S and its z
export const SENTIMENT_Z: u32 = layout.CELL_FIXED + 4;
export const SENTIMENT_HOUR: u32 = layout.CELL_FIXED + 5; //   next hour to be sampled, counted since 1970
export const SENTIMENT_COUNT: u32 = layout.CELL_FIXED + 6; //  hours in the window, their mean and standard deviation
export const SENTIMENT_MEAN: u32 = layout.CELL_FIXED + 7;
export const SENTIMENT_SD: u32 = layout.CELL_FIXED + 8;
export const SENTIMENT_DAY: u32 = layout.CELL_FIXED + 9; //    day of the newest bucket
export const SENTIMENT_BEGUN: u32 = layout.CELL_FIXED + 10; // 1: begun anew by history
export const SENTIMENT_ENTERED: u32 = layout.CELL_FIXED + 11; // event time of the entry
export const SENTIMENT_SPENT: u32 = layout.CELL_FIXED + 12; //  side that has had its trade in this excursion
export const SENTIMENT_NEXT_HASH: u32 = layout.CELL_FIXED + 13;
export const SENTIMENT_HASHES: u32 = 32; //                     hashes of the last stories, u64
export const SENTIMENT_HASH: u32 = layout.CELL_FIXED + 14;
const BUCKETS: u32 = SENTIMENT_HASH + SENTIMENT_HASHES; //      count, sum, sum of squares of a day

/** What is left of a weight after `us` microseconds. */
export function decay(us: f64, halfLifeUs: f64): f64 {
  return exp((-LN2 * us) / halfLifeUs);
}

/** S of the sums as they stand; `prior`: n0 items of score 0. */
export function score(cell: usize, prior: f64): f64 {
  return column<f64>(cell, SENTIMENT_SUM) / (prior + column<f64>(cell, SENTIMENT_WEIGHT));
}

/** Ages the sums to `time`, and samples every full hour on the way; a time that has passed changes nothing. */
export function advance(cell: usize, time: f64, halfLifeUs: f64, prior: f64): void {
  const now = floor(time / HOUR_US);
  const last = column<f64>(cell, SENTIMENT_TIME);
  if (last == 0) {
    putCell(cell, SENTIMENT_TIME, time);
    putCell(cell, SENTIMENT_HOUR, now + 1);
    putCell(cell, SENTIMENT_DAY, floor((now + 1) / 24));
    return;
  }
  if (!(time > last)) return;
  let hour = column<f64>(cell, SENTIMENT_HOUR);
  if (now - hour > HOURS_MAX) hour = now - HOURS_MAX;
  const sampled = hour <= now;
  for (; hour <= now; hour += 1) {
    age(cell, hour * HOUR_US, halfLifeUs);
    take(cell, floor(hour / 24), score(cell, prior));
  }
  putCell(cell, SENTIMENT_HOUR, hour);
  age(cell, time, halfLifeUs);
  if (sampled) judgeWindow(cell);
}

function age(cell: usize, time: f64, halfLifeUs: f64): void {
  const left = decay(time - column<f64>(cell, SENTIMENT_TIME), halfLifeUs);
  putCell(cell, SENTIMENT_WEIGHT, flush<f64>(column<f64>(cell, SENTIMENT_WEIGHT) * left));
  putCell(cell, SENTIMENT_SUM, flush<f64>(column<f64>(cell, SENTIMENT_SUM) * left));
  putCell(cell, SENTIMENT_TIME, time);
}

function bucket(day: f64): u32 {
  return BUCKETS + 3 * (u32(i64(day)) % DAYS);
}

function take(cell: usize, day: f64, value: f64): void {
  let newest = column<f64>(cell, SENTIMENT_DAY);
  if (day - newest > <f64>DAYS) newest = day - <f64>DAYS;
  while (newest < day) {
    newest += 1;
    for (let part: u32 = 0; part < 3; part++) putCell(cell, bucket(newest) + part, 0);
  }
  putCell(cell, SENTIMENT_DAY, newest);
  const at = bucket(day);
  putCell(cell, at, column<f64>(cell, at) + 1);
  putCell(cell, at + 1, column<f64>(cell, at + 1) + value);
  putCell(cell, at + 2, flush<f64>(column<f64>(cell, at + 2) + value * value));
}

/** Mean and standard deviation over the days, anew each hour. */
function judgeWindow(cell: usize): void {
  let count: f64 = 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let day: u32 = 0; day < DAYS; day++) {
    count += column<f64>(cell, BUCKETS + 3 * day);
    sum += column<f64>(cell, BUCKETS + 3 * day + 1);
    squares += column<f64>(cell, BUCKETS + 3 * day + 2);
  }
  const mean = sum / count;
  const variance = count > 1 ? (squares - sum * mean) / (count - 1) : 0;
  putCell(cell, SENTIMENT_COUNT, count);
  putCell(cell, SENTIMENT_MEAN, mean);
  putCell(cell, SENTIMENT_SD, variance > 0 ? sqrt(variance) : 0);
}

/** Forgets all items and hours; the position and what is owed to it stay. */
export function beginAnew(cell: usize): void {
  for (let index = SENTIMENT_WEIGHT; index <= SENTIMENT_DAY; index++) putCell(cell, index, 0);
  for (let index = SENTIMENT_NEXT_HASH; index < u32(layout.SENTIMENT_COLUMNS); index++) putCell(cell, index, 0);
}
