// sentiment_analysis: what is written about a symbol, weighed by age, against the same number of the last 30 days.
//   S = sum w s 2^(-age/h) / (n0 + sum w 2^(-age/h)),   s score of an item in -1..1, w its source weight, h half-life
//   n_eff = sum w 2^(-age/h),   z = (S - mean) / sd of the hourly values of S in the window (sentiment-window.ts)
// Entry when |z| > entry_z, n_eff >= items_min and the return over the last samples has the sign of z; exit when
// |z| < exit_z, after hold_hours, at stop or target. One trade per excursion: after an exit the same side is entered
// again only when |z| has been within entry_z.
// An item whose 64-bit hash differs in at most 6 bits from one of the last 32 stories is a duplicate and weighs 0.1.
// After Tetlock (2007) and Loughran and McDonald (2011). O(1) per item and per sample; times are event times in
// microseconds. Not written over lanes: what costs is one exponential per event, and cells age by their own clocks.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { eventTime, flags, regimeFactor, setSampleTime } from "../../emit";
import * as hold from "../../hold";
import { ln } from "../../math/ln";
import { normalCdf } from "../../math/normal";
import { parameter, symbolRow } from "../../plan";
import { column, historyLane, lnBack, readyAtr, seriesLane } from "../../windows/series";
import {
  advance,
  beginAnew,
  decay,
  HOUR_US,
  score,
  SENTIMENT_BEGUN,
  SENTIMENT_COUNT,
  SENTIMENT_ENTERED,
  SENTIMENT_HASH,
  SENTIMENT_HASHES,
  SENTIMENT_MEAN,
  SENTIMENT_NEXT_HASH,
  SENTIMENT_SCORE,
  SENTIMENT_SD,
  SENTIMENT_SPENT,
  SENTIMENT_SUM,
  SENTIMENT_TIME,
  SENTIMENT_WEIGHT,
  SENTIMENT_Z,
} from "./sentiment-window";
import { whole } from "../../math/whole";

const HALF_LIFE_HOURS: u32 = 0; // parameter indices, in the order of the catalogue
const PRIOR_ITEMS: u32 = 1;
const ENTRY_Z: u32 = 2;
const EXIT_Z: u32 = 3;
const ITEMS_MIN: u32 = 4;
const RETURN_SAMPLES: u32 = 5;
const HOLD_HOURS: u32 = 6;
const STOP_ATR: u32 = 7;
const TARGET_ATR: u32 = 8;
const DUPLICATE_WEIGHT: u32 = 9;
const WINDOW_HOURS_MIN: u32 = 10;
const DEVIATION_MIN: u32 = 11;

const DUPLICATE_BITS: i64 = 6; // 58 of 64 alike: similarity above 0.9
/** A last price older than this is no price to enter at: the next sample decides. */
const FRESH_US: f64 = 900_000_000;

function instanceOf(cell: usize): u32 {
  return whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
}
function seriesOf(cell: usize): usize {
  return seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
}

export function sentimentConfigure(cell: usize, instance: u32): void {
  if (column<f64>(cell, SENTIMENT_TIME) == 0) putCell(cell, layout.CELL_WANTS, layout.INPUT_NEWS);
  countMissing(cell, instance);
}

/** Samples until the return is defined and the window holds enough hours; an hour lasts as many samples as fit. */
function countMissing(cell: usize, instance: u32): void {
  const at = seriesOf(cell);
  const samples = parameter(instance, RETURN_SAMPLES) + 1 - column<f64>(at, layout.SERIES_COUNT);
  const hours = parameter(instance, WINDOW_HOURS_MIN) - column<f64>(cell, SENTIMENT_COUNT);
  const bar = column<f64>(at, layout.SERIES_BAR_US);
  const ofHours = hours > 0 ? ceil(hours * (bar > 0 ? HOUR_US / bar : 1)) : 0;
  const more = samples > ofHours ? samples : ofHours;
  putCell(cell, layout.CELL_MISSING, more > 0 ? more : 0);
}

/** A news item of the cell's symbol. */
export function sentimentNews(cell: usize, record: usize): void {
  const instance = instanceOf(cell);
  if (flags & layout.FLAG_HISTORY && column<f64>(cell, SENTIMENT_BEGUN) == 0) {
    beginAnew(cell); // history arrives behind the first live items; once in a cell's life
    putCell(cell, SENTIMENT_BEGUN, 1);
  }
  const halfLife = parameter(instance, HALF_LIFE_HOURS) * HOUR_US;
  advance(cell, eventTime, halfLife, parameter(instance, PRIOR_ITEMS));
  const late = column<f64>(cell, SENTIMENT_TIME) - eventTime; // an item out of order has aged already
  let weight = load<f64>(record, layout.EVENT_PAYLOAD + 8) * (late > 0 ? decay(late, halfLife) : 1.0);
  const low = u64(load<f64>(record, layout.EVENT_PAYLOAD + 16));
  const high = u64(load<f64>(record, layout.EVENT_PAYLOAD + 24));
  if (isDuplicate(cell, low | (high << 32))) weight *= parameter(instance, DUPLICATE_WEIGHT);
  putCell(cell, SENTIMENT_WEIGHT, column<f64>(cell, SENTIMENT_WEIGHT) + weight);
  putCell(cell, SENTIMENT_SUM, column<f64>(cell, SENTIMENT_SUM) + weight * load<f64>(record, layout.EVENT_PAYLOAD));
  putCell(cell, layout.CELL_WANTS, 0);
  countMissing(cell, instance);
  measure(cell, instance);
  const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
  const old = eventTime - load<f64>(row, layout.SYMBOL_TIME);
  if (old <= FRESH_US && old >= -FRESH_US) entry(cell, instance, load<f64>(row, layout.SYMBOL_PRICE));
}

/** Whether the story is known; a new one takes the place of the oldest. Hash 0: none was given. */
function isDuplicate(cell: usize, hash: u64): bool {
  if (hash == 0) return false;
  const first = cell + SENTIMENT_HASH * layout.COLUMN_BYTES;
  for (let slot: u32 = 0; slot < SENTIMENT_HASHES; slot++) {
    const known = load<u64>(first + slot * layout.COLUMN_BYTES);
    if (known != 0 && popcnt<i64>(known ^ hash) <= DUPLICATE_BITS) return true;
  }
  const next = u32(column<f64>(cell, SENTIMENT_NEXT_HASH));
  store<u64>(first + next * layout.COLUMN_BYTES, hash);
  putCell(cell, SENTIMENT_NEXT_HASH, <f64>((next + 1) % SENTIMENT_HASHES));
  return false;
}

/** S and z as of now; z is 0 while the window holds too few hours. */
function measure(cell: usize, instance: u32): void {
  const now = score(cell, parameter(instance, PRIOR_ITEMS));
  const least = parameter(instance, DEVIATION_MIN);
  const deviation = column<f64>(cell, SENTIMENT_SD);
  const enough = column<f64>(cell, SENTIMENT_COUNT) >= parameter(instance, WINDOW_HOURS_MIN);
  const z = (now - column<f64>(cell, SENTIMENT_MEAN)) / (deviation < least ? least : deviation);
  putCell(cell, SENTIMENT_SCORE, now);
  putCell(cell, SENTIMENT_Z, enough ? z : 0);
}

/** A new sample of the cell's series. */
export function sentimentRule(cell: usize): void {
  if (column<f64>(cell, SENTIMENT_TIME) == 0) return;
  const instance = instanceOf(cell);
  const at = seriesOf(cell);
  const time = column<f64>(at, layout.SERIES_TIME);
  const price = column<f64>(at, layout.SERIES_CLOSE);
  setSampleTime(time, column<f64>(at, layout.SERIES_BAR_US));
  advance(cell, time, parameter(instance, HALF_LIFE_HOURS) * HOUR_US, parameter(instance, PRIOR_ITEMS));
  countMissing(cell, instance);
  measure(cell, instance);
  if (hold.heldSide(cell) != 0 && over(cell, instance, price, time)) {
    putCell(cell, SENTIMENT_SPENT, hold.heldSide(cell));
    hold.leave(cell, price, column<f64>(cell, SENTIMENT_Z));
    return;
  }
  entry(cell, instance, price);
}

/** Whether the position's time has come. */
function over(cell: usize, instance: u32, price: f64, time: f64): bool {
  if (abs(column<f64>(cell, SENTIMENT_Z)) < parameter(instance, EXIT_Z)) return true;
  if (time - column<f64>(cell, SENTIMENT_ENTERED) >= parameter(instance, HOLD_HOURS) * HOUR_US) return true;
  if (hold.stopReached(cell, price)) return true;
  return hold.targetReached(cell, price);
}

function entry(cell: usize, instance: u32, price: f64): void {
  const z = column<f64>(cell, SENTIMENT_Z);
  const side: f64 = z > 0 ? 1 : -1;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  if (!(abs(z) > parameter(instance, ENTRY_Z) * regimeFactor(symbol, layout.SENTIMENT_ANALYSIS))) {
    putCell(cell, SENTIMENT_SPENT, 0);
    return;
  }
  if (column<f64>(cell, SENTIMENT_SPENT) == side) return;
  const items = column<f64>(cell, SENTIMENT_WEIGHT);
  if (!(items >= parameter(instance, ITEMS_MIN))) return;
  const moved = recentReturn(cell, parameter(instance, RETURN_SAMPLES), price);
  if (!(moved * side > 0)) return;
  if (hold.cellCools(cell) || hold.slowerDisagrees(cell, side, 1)) return;
  const atr = readyAtr(seriesOf(cell));
  const stop = hold.stopDistance(instance, price, atr, parameter(instance, STOP_ATR));
  const target = hold.targetDistance(instance, price, atr, parameter(instance, TARGET_ATR));
  const confidence = ((2.0 * normalCdf(abs(z)) - 1.0) * items) / (items + 5.0);
  const opens = hold.heldSide(cell) != side;
  const value = column<f64>(cell, SENTIMENT_SCORE);
  const stopPrice = price - side * stop;
  const targetPrice = price + side * target;
  if (!hold.enter(cell, side, price, stopPrice, targetPrice, confidence, z, value, items, moved) || !opens) return;
  putCell(cell, SENTIMENT_ENTERED, eventTime);
  putCell(cell, SENTIMENT_SPENT, 0);
}

/** Log return from the close `back` samples ago to `price`; 0 while there are not so many. */
function recentReturn(cell: usize, back: f64, price: f64): f64 {
  const index = whole(column<f64>(cell, layout.CELL_SERIES));
  const count = column<f64>(seriesLane(index), layout.SERIES_COUNT);
  if (!(back < count)) return 0;
  const window = historyLane(index);
  return ln<f64>(price) - lnBack<f64>(window, window, count, back);
}
