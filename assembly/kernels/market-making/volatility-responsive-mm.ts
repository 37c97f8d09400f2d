// volatility_responsive_mm: quotes around a price that leans on the MACD, as wide as the NATR, wider or gone when
// volatility runs away.
//   bar (3 minutes)   reference = C (1 + NATR/2 (w (-z) + w sign h)), w = 1/2; z of the MACD line over its last 64
//                     values (ddof 1), h its histogram; NATR = ATR14 / C. EMAs begin with the first close; the MACD is
//                     believed after slow + signal - 1 bars
//   quotes            reference (1 -+ m NATR), m = level_1; levels 2 and 3 stand at m_2 / m_1 and m_3 / m_1 times the
//                     published distance from the reference
//   volatility        v = root(V_fast / V_slow), V means of squared log moves per second over one minute and one hour:
//                     (a move over more than a minute tells nothing of the fast one and is left out of both):
//                     below widen_ratio normal, up to pull_ratio spread x 2 and size x 1/2, above it pulled for pull_s
//   fill              a trade at or through a published quote; then profit at 1 NATR, loss at 2 NATR, or 45 minutes end
//                     it (exit; its value: 1 profit, 2 loss, 3 time, 4 pulled, 5 switched off), and quotes may stand again
// Confidence: clamp(1 - (v - 1) / 3). After Hummingbot's pmm_dynamic controller. Quotes go out when a bar closes, when
// the volatility changes its band and when a fill or a pull has ended. O(1) per event.
import * as layout from "../../layout";
import { coolingDown, eventTime, setEventTime, setSampleTime } from "../../emit";
import { putCell } from "../../cells";
import { exp, ln } from "../../math/ln";
import { parameter } from "../../plan";
import { column, readyAtr, seriesLane } from "../../windows/series";
import { cancelQuotes, publishQuotes, restingAsk, restingBid, squareRate } from "./maker";
import { whole } from "../../math/whole";

const FAST: u32 = 0; // parameter indices, in the order of the catalogue
const SLOW: u32 = 1;
const SIGNAL: u32 = 2;
const LEVEL: u32 = 3; // three
const WIDEN: u32 = 6;
const PULL: u32 = 7;
const PULL_S: u32 = 8;
const TAKE_PROFIT: u32 = 9;
const STOP_LOSS: u32 = 10;
const TIME_LIMIT_S: u32 = 11;
const ORDER_SIZE: u32 = 12;
const INVENTORY_MAX: u32 = 13;

const FIRST: u32 = layout.CELL_FIXED;
const EMA_FAST: u32 = FIRST;
const EMA_SLOW: u32 = FIRST + 1;
const EMA_SIGNAL: u32 = FIRST + 2;
const BARS: u32 = FIRST + 3;
export const RESPONSIVE_Z: u32 = FIRST + 4;
export const RESPONSIVE_REFERENCE: u32 = FIRST + 5;
export const RESPONSIVE_NATR: u32 = FIRST + 6;
const PRICE: u32 = FIRST + 7; //   ln of the last trade
const TIME: u32 = FIRST + 8; //    us of the last trade, 0: none
const ELAPSED: u32 = FIRST + 9; // seconds of trades seen
const V_FAST: u32 = FIRST + 10;
const V_SLOW: u32 = FIRST + 11;
export const RESPONSIVE_BAND: u32 = FIRST + 12; // of what stands: 0 nothing, 1 normal, 2 wide
const PULLED_UNTIL: u32 = FIRST + 13; // us
export const RESPONSIVE_INVENTORY: u32 = FIRST + 14;
const BID: u32 = FIRST + 15; //    as published
const ASK: u32 = FIRST + 16;
const FILLED: u32 = FIRST + 17; // us
const SUM: u32 = FIRST + 18; //    of the MACD values in the ring, and of their squares
const SQUARES: u32 = FIRST + 19;
const STALE: u32 = FIRST + 20; //  1: a bar has closed since the quotes went out
const RING: u32 = FIRST + 21;
const RING_SIZE: u32 = 64; //      RESPONSIVE_COLUMNS = FIRST + 21 + 64

/** Where the price stands still there is no width. */
const NATR_MIN: f64 = 1e-9;
const FAST_S: f64 = 60;
const SLOW_S: f64 = 3600;
const WARM_S: f64 = 120; // below two minutes of trades both memories are the same

export function responsiveConfigure(cell: usize, instance: u32): void {
  if (column<f64>(cell, TIME) == 0) putCell(cell, layout.CELL_WANTS, layout.INPUT_TRADE);
  countMissing(cell, instance);
}
function countMissing(cell: usize, instance: u32): void {
  const needed = parameter(instance, SLOW) + parameter(instance, SIGNAL) - 1;
  const missing = needed - column<f64>(cell, BARS);
  putCell(cell, layout.CELL_MISSING, missing > 0 ? missing : 0);
}

/** A bar has closed: MACD, reference and NATR, then fresh quotes. */
export function responsiveRule(cell: usize): void {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const close = column<f64>(at, layout.SERIES_CLOSE);
  const first = column<f64>(cell, BARS) == 0;
  const fast = average(cell, EMA_FAST, close, parameter(instance, FAST), first);
  const slow = average(cell, EMA_SLOW, close, parameter(instance, SLOW), first);
  // As a share of the price, so that the ring holds numbers of one size while prices wander.
  const macd = (fast - slow) / close;
  const signal = average(cell, EMA_SIGNAL, macd, parameter(instance, SIGNAL), first);
  const z = zscore(cell, macd);
  const histogram = macd - signal;
  const natr = readyAtr(at) / close;
  const lean: f64 = histogram > 0 ? 0.5 : histogram < 0 ? -0.5 : 0;
  putCell(cell, BARS, column<f64>(cell, BARS) + 1);
  putCell(cell, RESPONSIVE_Z, z);
  putCell(cell, RESPONSIVE_NATR, natr);
  putCell(cell, RESPONSIVE_REFERENCE, close * (1 + 0.5 * natr * (-0.5 * z + lean)));
  putCell(cell, STALE, 1);
  countMissing(cell, instance);
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  barriers(cell, instance, close, column<f64>(at, layout.SERIES_TIME));
  quote(cell, instance, column<f64>(at, layout.SERIES_TIME));
}

function average(cell: usize, index: u32, value: f64, length: f64, first: bool): f64 {
  const before = column<f64>(cell, index);
  const next = first ? value : before + (2.0 / (length + 1)) * (value - before);
  putCell(cell, index, next);
  return next;
}

/** Over the values in the ring, the newest included; 0 before there are two, or when they are all the same. */
function zscore(cell: usize, macd: f64): f64 {
  const bars = u32(column<f64>(cell, BARS));
  const place = bars & (RING_SIZE - 1);
  const leaving = bars >= RING_SIZE ? column<f64>(cell, RING + place) : 0;
  putCell(cell, RING + place, macd);
  const count = <f64>(bars + 1 < RING_SIZE ? bars + 1 : RING_SIZE);
  let sum = column<f64>(cell, SUM) + macd - leaving;
  let squares = column<f64>(cell, SQUARES) + macd * macd - leaving * leaving;
  if (place == RING_SIZE - 1) {
    sum = 0;
    squares = 0;
    for (let k: u32 = 0; k < RING_SIZE; k++) {
      const one = column<f64>(cell, RING + k);
      sum += one;
      squares += one * one;
    }
  }
  putCell(cell, SUM, sum);
  putCell(cell, SQUARES, squares);
  if (count < 2) return 0;
  const variance = (squares - (sum * sum) / count) / (count - 1);
  return variance > 1e-24 ? (macd - sum / count) / Math.sqrt(variance) : 0;
}

/** A trade: volatilities, fills and what ends them, and a change of the band. */
export function responsiveTrade(cell: usize, price: f64, time: f64): void {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  putCell(cell, layout.CELL_WANTS, 0);
  const now = ln<f64>(price);
  const before = column<f64>(cell, TIME);
  const seconds = (time - before) * 1e-6;
  if (before > 0 && seconds <= FAST_S) {
    const dt = seconds > 0 ? seconds : 0;
    const move = now - column<f64>(cell, PRICE);
    const elapsed = column<f64>(cell, ELAPSED);
    const fast = elapsed < FAST_S ? elapsed : FAST_S;
    const slow = elapsed < SLOW_S ? elapsed : SLOW_S;
    putCell(cell, V_FAST, squareRate(column<f64>(cell, V_FAST), fast, move * move, dt));
    putCell(cell, V_SLOW, squareRate(column<f64>(cell, V_SLOW), slow, move * move, dt));
    putCell(cell, ELAPSED, elapsed + dt);
  }
  putCell(cell, PRICE, now);
  putCell(cell, TIME, time > before ? time : before);
  fills(cell, instance, price, time);
  barriers(cell, instance, price, time);
  quote(cell, instance, time);
}

/** v; 1 while both memories still hold the same. */
export function responsiveRatio(cell: usize): f64 {
  const slow = column<f64>(cell, V_SLOW);
  if (column<f64>(cell, ELAPSED) < WARM_S || !(slow > 1e-30)) return 1;
  return Math.sqrt(column<f64>(cell, V_FAST) / slow);
}

function fills(cell: usize, instance: u32, price: f64, time: f64): void {
  if (column<f64>(cell, RESPONSIVE_BAND) == 0 || column<f64>(cell, layout.CELL_SIDE) != 0) return;
  const q = column<f64>(cell, RESPONSIVE_INVENTORY);
  const limit = parameter(instance, INVENTORY_MAX);
  const bought = price <= column<f64>(cell, BID) && q < limit;
  const sold = price >= column<f64>(cell, ASK) && q > -limit;
  if (!bought && !sold) return;
  const side: f64 = bought ? 1 : -1;
  const entry = column<f64>(cell, bought ? BID : ASK);
  const unit = column<f64>(cell, RESPONSIVE_NATR) * entry * tolerance(instance);
  putCell(cell, layout.CELL_SIDE, side);
  putCell(cell, layout.CELL_ENTRY, entry);
  putCell(cell, layout.CELL_TARGET, entry + side * parameter(instance, TAKE_PROFIT) * unit);
  putCell(cell, layout.CELL_STOP, entry - side * parameter(instance, STOP_LOSS) * unit);
  putCell(cell, FILLED, time);
  putCell(cell, RESPONSIVE_BAND, 0);
}
function tolerance(instance: u32): f64 {
  return 0.5 + parameter(instance, layout.PARAMETER_RISK_TOLERANCE);
}

/** The triple barrier of a fill. */
function barriers(cell: usize, instance: u32, price: f64, time: f64): void {
  const side = column<f64>(cell, layout.CELL_SIDE);
  if (side == 0) return;
  let why: f64 = 0;
  if (side * (price - column<f64>(cell, layout.CELL_TARGET)) >= 0) why = 1;
  else if (side * (price - column<f64>(cell, layout.CELL_STOP)) <= 0) why = 2;
  else if (time - column<f64>(cell, FILLED) >= parameter(instance, TIME_LIMIT_S) * 1e6) why = 3;
  if (why == 0) return;
  cancelQuotes(cell, price, why);
  putCell(cell, layout.CELL_SIDE, 0);
}

/** The instance falls silent: a fill ends, and nothing may stand. */
export function responsiveQuit(cell: usize): void {
  if (column<f64>(cell, layout.CELL_SIDE) == 0 && column<f64>(cell, RESPONSIVE_BAND) == 0) return;
  cancelQuotes(cell, exp(column<f64>(cell, PRICE)), 5);
  putCell(cell, layout.CELL_SIDE, 0);
  putCell(cell, RESPONSIVE_BAND, 0);
}

function quote(cell: usize, instance: u32, time: f64): void {
  const ratio = responsiveRatio(cell);
  if (ratio > parameter(instance, PULL)) {
    if (column<f64>(cell, RESPONSIVE_BAND) != 0) cancelQuotes(cell, exp(column<f64>(cell, PRICE)), 4);
    putCell(cell, RESPONSIVE_BAND, 0);
    putCell(cell, PULLED_UNTIL, time + parameter(instance, PULL_S) * 1e6);
    return;
  }
  const natr = column<f64>(cell, RESPONSIVE_NATR);
  if (time < column<f64>(cell, PULLED_UNTIL) || column<f64>(cell, layout.CELL_MISSING) > 0 || !(natr > NATR_MIN))
    return;
  if (column<f64>(cell, layout.CELL_SIDE) != 0) return;
  const band: f64 = ratio < parameter(instance, WIDEN) ? 1 : 2;
  if (column<f64>(cell, RESPONSIVE_BAND) == band && column<f64>(cell, STALE) == 0) return;
  if (coolingDown(cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES)) return;
  send(cell, instance, band, natr, ratio);
}

function send(cell: usize, instance: u32, band: f64, natr: f64, ratio: f64): void {
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const reference = column<f64>(cell, RESPONSIVE_REFERENCE);
  const half = parameter(instance, LEVEL) * natr * band;
  if (!(half < 1) || !(reference > 0)) return; // a bid below zero is no price
  const bid = restingBid(symbol, reference * (1 - half));
  const ask = restingAsk(symbol, reference * (1 + half));
  const q = column<f64>(cell, RESPONSIVE_INVENTORY);
  const limit = parameter(instance, INVENTORY_MAX);
  const size = parameter(instance, ORDER_SIZE) / band;
  const unit = natr * reference * tolerance(instance);
  const trust = 1 - (ratio - 1) / 3;
  const sent = publishQuotes(
    cell,
    bid,
    ask,
    q >= limit ? 0 : size,
    q <= -limit ? 0 : size,
    q,
    parameter(instance, STOP_LOSS) * unit,
    parameter(instance, TAKE_PROFIT) * unit,
    trust > 0 ? trust : 0,
  );
  if (!sent) return;
  putCell(cell, RESPONSIVE_BAND, band);
  putCell(cell, STALE, 0);
  putCell(cell, BID, bid);
  putCell(cell, ASK, ask);
}

/** Ends a fill whose time is over although nothing trades; `clock` is the engine's, less the symbol's lag. */
export function responsiveReview(cell: usize, clock: f64): void {
  if (column<f64>(cell, layout.CELL_SIDE) == 0) return;
  const now = eventTime;
  setEventTime(clock);
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  barriers(cell, instance, exp(column<f64>(cell, PRICE)), clock);
  setEventTime(now);
}
