// earnings_reaction: the drift that follows an earnings surprise which the market's own reaction confirms.
//   SUE = (EPS - E) / sd of the last 8 errors (earnings-surprise.ts)
//   EAR = sum of R - R_m over the reaction day and the days beside it, as far as they are closed; R log returns of the
//         daily samples, R_m those of the instrument's benchmark over the same days (market.ts), 0 without a benchmark
// The reaction day is the first close after the announcement, or after midnight where the announcement came behind the
// session's close. When it is closed, and at the two closes behind it, |SUE| > sue_min with EAR of the same sign
// decides; the entry is the first trade of the next session (with a feed of daily bars: their close, to be filled at
// the next open).
// Exit after hold_samples days, days_before the next report, at stop (stop_atr x ATR20) or target (target_r x that).
// After Foster, Olsen and Shevlin (1984) and Bernard and Thomas (1989). Samples are trading days, times microseconds.
import * as layout from "../../layout";
import * as reference from "../../reference";
import { putCell } from "../../cells";
import { clock, eventTime, flags, regimeFactor, setEventTime } from "../../emit";
import * as hold from "../../hold";
import { flush } from "../../lanes";
import { tanh } from "../../math/tanh";
import { instrument, parameter, symbolRow } from "../../plan";
import { column, seriesLane } from "../../windows/series";
import {
  EARNINGS_ATR,
  EARNINGS_BEGUN,
  EARNINGS_CLOSE,
  EARNINGS_DAYS,
  EARNINGS_DECIDED,
  EARNINGS_EAR,
  EARNINGS_ERROR,
  EARNINGS_LN,
  EARNINGS_MISSES,
  EARNINGS_NEXT,
  EARNINGS_PENDING,
  EARNINGS_RANGES,
  EARNINGS_REACTS,
  EARNINGS_REPORTS,
  EARNINGS_SUE,
  EARNINGS_TIME,
  isNews,
  takeReport,
} from "./earnings-surprise";
import { benchmarkOf, DAY_US, marketKnows, marketReturn } from "./market";
import { whole } from "../../math/whole";

const SUE_MIN: u32 = 0; // parameter indices, in the order of the catalogue
const ERRORS_MIN: u32 = 1;
const HOLD_SAMPLES: u32 = 2;
const DAYS_BEFORE: u32 = 3;
const STOP_ATR: u32 = 4;
const TARGET_R: u32 = 5;

/** Closes, from the reaction day's on, at which the reaction is looked at: the last for what became known late. */
const LOOKS: u32 = 3;
const ATR_SAMPLES: f64 = 20;
const QUARTER_SAMPLES: f64 = 63; // trading days, to say how long errors are still to come
const MINUTE_US: f64 = 60_000_000;
/** A decision that found no session for so many samples is dropped. */
const DECIDED_MAX: f64 = 3;

function instanceOf(cell: usize): u32 {
  return whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
}
function symbolOf(cell: usize): u32 {
  return whole(column<f64>(cell, layout.CELL_SYMBOL));
}
function seriesOf(cell: usize): usize {
  return seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
}

export function earningsConfigure(cell: usize, instance: u32): void {
  if (column<f64>(cell, EARNINGS_REPORTS) == 0) putCell(cell, layout.CELL_WANTS, layout.INPUT_EARNINGS);
  countMissing(cell, instance);
}
function countMissing(cell: usize, instance: u32): void {
  const samples = 3 - column<f64>(seriesOf(cell), layout.SERIES_COUNT);
  const quarters = parameter(instance, ERRORS_MIN) - column<f64>(cell, EARNINGS_MISSES);
  const ofQuarters = quarters * QUARTER_SAMPLES;
  const more = samples > ofQuarters ? samples : ofQuarters;
  putCell(cell, layout.CELL_MISSING, more > 0 ? more : 0);
}

/** A report of the cell's symbol. */
export function earningsNews(cell: usize, record: usize): void {
  const instance = instanceOf(cell);
  if (flags & layout.FLAG_HISTORY && column<f64>(cell, EARNINGS_BEGUN) == 0) {
    // History arrives behind the first live events; once in a cell's life.
    for (let index = EARNINGS_ATR; index < u32(layout.EARNINGS_COLUMNS); index++) putCell(cell, index, 0);
    putCell(cell, EARNINGS_BEGUN, 1);
  }
  const announced = load<f64>(record, layout.EVENT_PAYLOAD + 16);
  if (!isNews(cell, announced)) return;
  const actual = load<f64>(record, layout.EVENT_PAYLOAD);
  const expected = load<f64>(record, layout.EVENT_PAYLOAD + 8);
  takeReport(cell, actual, expected, announced, parameter(instance, ERRORS_MIN));
  putCell(cell, layout.CELL_WANTS, 0);
  countMissing(cell, instance);
  // A report that comes before it was due ends what the last one began.
  hold.leave(cell, load<f64>(symbolRow(symbolOf(cell)), layout.SYMBOL_PRICE), column<f64>(cell, EARNINGS_SUE));
  putCell(cell, EARNINGS_PENDING, 0);
  putCell(cell, EARNINGS_EAR, 0);
  putCell(cell, EARNINGS_REACTS, surprising(cell, instance) ? reactsAfter(symbolOf(cell), announced) : 0);
  decide(cell);
}

function surprising(cell: usize, instance: u32): bool {
  const least = parameter(instance, SUE_MIN) * regimeFactor(symbolOf(cell), layout.EARNINGS_REACTION);
  return abs(column<f64>(cell, EARNINGS_SUE)) > least;
}

/** Behind the session's close nobody can react that day. */
function reactsAfter(symbol: u32, announced: f64): f64 {
  const open = instrument(symbol, reference.INSTRUMENT_SESSION_OPEN);
  const close = instrument(symbol, reference.INSTRUMENT_SESSION_CLOSE);
  const midnight = floor(announced / DAY_US) * DAY_US;
  return open < close && announced - midnight >= close * MINUTE_US ? midnight + DAY_US : announced;
}

/** A new sample of the cell's series. */
export function earningsRule(cell: usize): void {
  const at = seriesOf(cell);
  const instance = instanceOf(cell);
  const time = column<f64>(at, layout.SERIES_TIME);
  const price = column<f64>(at, layout.SERIES_CLOSE);
  setEventTime(time);
  takeDay(cell, at, time);
  countMissing(cell, instance);
  if (hold.heldSide(cell) != 0 && over(cell, instance, price, time))
    hold.leave(cell, price, column<f64>(cell, EARNINGS_SUE));
  decide(cell);
}

/** ATR20 and the last days. Samples whose time does not move on are those of a window that begins anew. */
function takeDay(cell: usize, at: usize, time: f64): void {
  if (!(time > column<f64>(cell, EARNINGS_TIME))) {
    for (let index: u32 = 0; index < 2 * EARNINGS_DAYS; index++) putCell(cell, EARNINGS_LN + index, 0);
    for (let index = EARNINGS_ATR; index <= EARNINGS_RANGES; index++) putCell(cell, index, 0);
    putCell(cell, EARNINGS_CLOSE, 0);
  }
  for (let index = EARNINGS_DAYS - 1; index > 0; index--) {
    putCell(cell, EARNINGS_LN + index, column<f64>(cell, EARNINGS_LN + index - 1));
    putCell(cell, EARNINGS_TIME + index, column<f64>(cell, EARNINGS_TIME + index - 1));
  }
  putCell(cell, EARNINGS_LN, column<f64>(at, layout.SERIES_LN));
  putCell(cell, EARNINGS_TIME, time);
  takeRange(cell, column<f64>(at, layout.SERIES_HIGH), column<f64>(at, layout.SERIES_LOW));
  putCell(cell, EARNINGS_CLOSE, column<f64>(at, layout.SERIES_CLOSE));
}
/** Wilder: the seed is the mean of the first 20 true ranges. */
function takeRange(cell: usize, high: f64, low: f64): void {
  const before = column<f64>(cell, EARNINGS_CLOSE);
  if (before == 0) return;
  const range = max(high - low, max(abs(high - before), abs(low - before)));
  const ranges = column<f64>(cell, EARNINGS_RANGES);
  const old = column<f64>(cell, EARNINGS_ATR);
  let atr = ranges < ATR_SAMPLES ? old + range : (old * (ATR_SAMPLES - 1) + range) / ATR_SAMPLES;
  if (ranges == ATR_SAMPLES - 1) atr /= ATR_SAMPLES;
  putCell(cell, EARNINGS_ATR, flush<f64>(atr));
  if (ranges < ATR_SAMPLES) putCell(cell, EARNINGS_RANGES, ranges + 1);
}

/** Whether the position's time has come. */
function over(cell: usize, instance: u32, price: f64, time: f64): bool {
  if (hold.heldSamples(cell) >= parameter(instance, HOLD_SAMPLES)) return true;
  if (time >= column<f64>(cell, EARNINGS_NEXT) - parameter(instance, DAYS_BEFORE) * DAY_US) return true;
  if (hold.stopReached(cell, price)) return true;
  return hold.targetReached(cell, price);
}

/** Once the reaction day is closed: whether the reaction has the sign of the surprise. */
function decide(cell: usize): void {
  const reacts = column<f64>(cell, EARNINGS_REACTS);
  if (reacts == 0) return;
  let closed: u32 = 0;
  while (closed < EARNINGS_DAYS && column<f64>(cell, EARNINGS_TIME + closed) > reacts) closed++;
  if (closed == 0) return; // the reaction day is not over
  if (closed > LOOKS) {
    putCell(cell, EARNINGS_REACTS, 0);
    return;
  }
  const benchmark = benchmarkOf(symbolOf(cell));
  const market = benchmark == symbolOf(cell) + 1 ? 0 : benchmark;
  // The benchmark's close of the day may be behind ours in the feed: then a day later.
  if (closed == 1 && market != 0 && !marketKnows(market, column<f64>(cell, EARNINGS_TIME))) return;
  const reaction = abnormalReturn(cell, closed, market);
  putCell(cell, EARNINGS_EAR, reaction);
  const surprise = column<f64>(cell, EARNINGS_SUE);
  if (!(reaction * surprise > 0)) return;
  putCell(cell, EARNINGS_REACTS, 0);
  putCell(cell, EARNINGS_PENDING, surprise > 0 ? 1 : -1);
  putCell(cell, EARNINGS_DECIDED, column<f64>(seriesOf(cell), layout.SERIES_COUNT));
}

/** The reaction day is the closed-th newest sample; the day before it and the day behind it count as far as known. */
function abnormalReturn(cell: usize, closed: u32, market: u32): f64 {
  const newest: u32 = closed > 1 ? closed - 2 : 0;
  let sum: f64 = 0;
  for (let day = newest; day <= closed; day++) {
    const from = column<f64>(cell, EARNINGS_TIME + day + 1);
    if (from == 0) break;
    const own = column<f64>(cell, EARNINGS_LN + day) - column<f64>(cell, EARNINGS_LN + day + 1);
    sum += own - marketReturn(market, from, column<f64>(cell, EARNINGS_TIME + day));
  }
  return sum;
}

/** A trade or bar of the symbol: the first one of the next session is the entry. */
export function earningsTrade(cell: usize, row: usize, record: usize): void {
  const side = column<f64>(cell, EARNINGS_PENDING);
  if (side == 0) return;
  const at = seriesOf(cell);
  const happened = load<f64>(record, layout.EVENT_TIME);
  const time = happened < clock ? happened : clock;
  if (!isDailyBar(at, record) && !(time > column<f64>(at, layout.SERIES_TIME) && inSession(symbolOf(cell), time)))
    return;
  if (column<f64>(at, layout.SERIES_COUNT) - column<f64>(cell, EARNINGS_DECIDED) >= DECIDED_MAX) {
    putCell(cell, EARNINGS_PENDING, 0);
    return;
  }
  // The rule of this event may have set the time of a sample; a bar belongs to the day that it closes.
  const now = eventTime;
  setEventTime(isDailyBar(at, record) ? time - 1 : time);
  if (entered(cell, side, load<f64>(row, layout.SYMBOL_PRICE), at)) putCell(cell, EARNINGS_PENDING, 0);
  setEventTime(now);
}
function isDailyBar(at: usize, record: usize): bool {
  const interval = <f64>load<u32>(record, layout.EVENT_AUX) * 1000;
  return load<u8>(record, layout.EVENT_KIND) == layout.KIND_BAR && interval == column<f64>(at, layout.SERIES_BAR_US);
}

function inSession(symbol: u32, time: f64): bool {
  const open = instrument(symbol, reference.INSTRUMENT_SESSION_OPEN);
  const close = instrument(symbol, reference.INSTRUMENT_SESSION_CLOSE);
  if (open == close) return true;
  const minute = (time - floor(time / DAY_US) * DAY_US) / MINUTE_US;
  return open < close ? minute >= open && minute < close : minute >= open || minute < close;
}

function entered(cell: usize, side: f64, price: f64, at: usize): bool {
  if (hold.slowerDisagrees(cell, side, 1)) return false;
  const instance = instanceOf(cell);
  const atr = column<f64>(cell, EARNINGS_RANGES) >= ATR_SAMPLES ? column<f64>(cell, EARNINGS_ATR) : 0;
  const stop = hold.stopDistance(instance, price, atr, parameter(instance, STOP_ATR));
  const known = atr > price * 1e-9;
  const target = known ? parameter(instance, TARGET_R) * stop : hold.targetDistance(instance, price, 0, 1);
  const surprise = column<f64>(cell, EARNINGS_SUE);
  const reaction = column<f64>(cell, EARNINGS_EAR);
  const daily = sqrt(column<f64>(at, layout.SERIES_VARIANCE));
  const confidence = 0.5 + 0.25 * tanh(abs(surprise) / 2) + 0.25 * tanh(abs(reaction) / (2 * daily));
  const error = column<f64>(cell, EARNINGS_ERROR);
  const stopPrice = price - side * stop;
  return hold.enter(cell, side, price, stopPrice, price + side * target, confidence, surprise, reaction, error, 0);
}
