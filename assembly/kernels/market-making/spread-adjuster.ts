// spread_adjuster: reservation price and optimal spread of a market maker with inventory.
//   published (mode 0)   r = s - q g v t,       d = g v t + (2/g) ln(1 + g/k)       v = variance of s per second
//   normalised (mode 1)  r = s - q g sd t,      d = g sd t + (2/g) ln(1 + g/k)      sd = root of mean squared tick moves
// s mid price, q inventory as a share of the largest allowed (-1..1), g gamma, t horizon in seconds, k decay of the
// fill intensity A exp(-k x) per price unit (fill-intensity.ts). Half-spread: at least maker fee (the parameter, or the
// instrument's own) + half of min_spread, at most half of max_spread; size x exp(-eta q side); no quote on a side whose inventory is full; both pulled when the
// one-minute volatility exceeds volatility_pull times the one-hour one. Confidence: R^2 of the intensity fit x (1 - |q|).
// After Avellaneda & Stoikov (2008), "High-frequency trading in a limit order book".
// Variances are means over elapsed time with a growing, then fixed memory T:  V' = (V T + dp^2) / (T + dt).
import * as layout from "../../layout";
import * as reference from "../../reference";
import { coolingDown, eventTime, setEventTime } from "../../emit";
import { add, bits, both, div, equal, larger, less, mul, root, select2, smaller, splat, sub } from "../../lanes";
import { exp, ln } from "../../math/ln";
import { instrument, parameter, symbolRow } from "../../plan";
import { SPREAD_DECAY, SPREAD_FIT, intensityQuote, intensityTrade } from "./fill-intensity";
import { column, putColumn, seriesLane } from "../../windows/series";
import { cancelQuotes, makerStop, makerTarget, publishQuotes, restingAsk, restingBid } from "./maker";
import { whole } from "../../math/whole";

const MODE: u32 = 0; // parameter indices, in the order of the catalogue
const GAMMA: u32 = 1;
const HORIZON_S: u32 = 2;
const MAKER_FEE_BPS: u32 = 3;
const MIN_SPREAD_BPS: u32 = 4;
const MAX_SPREAD_BPS: u32 = 5;
const SIZE_DECAY: u32 = 6;
const INVENTORY_MAX: u32 = 7;
const ORDER_SIZE: u32 = 8;
const VOLATILITY_PULL: u32 = 9;

// Cell columns: state of the estimators, copies of the parameters that the lanes need, and what comes out. Columns 24,
// 25 and 40 to 57 are those of fill-intensity.ts.
export const SPREAD_MID: u32 = 16;
export const SPREAD_TIME: u32 = 17; //      us of the last update, 0: none
export const SPREAD_ELAPSED: u32 = 18; //  seconds seen so far
export const SPREAD_FAST: u32 = 19; //     price^2 per second over one minute
export const SPREAD_SLOW: u32 = 20; //     over one hour
export const SPREAD_TICK: u32 = 21; //     price^2 per mid change, over 200 of them
export const SPREAD_MOVES: u32 = 22; //    mid changes seen
export const SPREAD_INVENTORY: u32 = 23; // q
export const SPREAD_GAMMA: u32 = 26;
export const SPREAD_HORIZON: u32 = 27;
export const SPREAD_MODE: u32 = 28;
export const SPREAD_HALF_MIN: u32 = 29; //  share of the price
export const SPREAD_HALF_MAX: u32 = 30;
export const SPREAD_BID: u32 = 31; //      quotes, before inventory limits
export const SPREAD_ASK: u32 = 32;
export const SPREAD_PULLED: u32 = 33; //   1 while pulled
export const SPREAD_PULL: u32 = 35; //     square of the parameter: variances are compared
export const SPREAD_WILD: u32 = 36; //     1 while fast variance is so much above slow
export const SPREAD_REWARD: u32 = 34; //   (2/g) ln(1 + g/k), kept because k changes only with a fit

const FAST_S: f64 = 60;
const SLOW_S: f64 = 3600;
const TICKS: f64 = 200;
const MOVES_MIN: f64 = 20;
const FLOOR: f64 = 1e-30;

export function spreadConfigure(cell: usize, instance: u32): void {
  if (column<f64>(cell, SPREAD_MOVES) == 0) put(cell, layout.CELL_MISSING, MOVES_MIN + 1);
  if (column<f64>(cell, SPREAD_TIME) == 0) put(cell, layout.CELL_WANTS, layout.INPUT_QUOTE | layout.INPUT_TRADE);
  put(cell, SPREAD_GAMMA, parameter(instance, GAMMA));
  put(cell, SPREAD_HORIZON, parameter(instance, HORIZON_S));
  put(cell, SPREAD_MODE, parameter(instance, MODE));
  put(cell, SPREAD_HALF_MIN, (feeBps(cell, instance) + 0.5 * parameter(instance, MIN_SPREAD_BPS)) * 1e-4);
  put(cell, SPREAD_HALF_MAX, 0.5 * parameter(instance, MAX_SPREAD_BPS) * 1e-4);
  put(cell, SPREAD_PULL, parameter(instance, VOLATILITY_PULL) * parameter(instance, VOLATILITY_PULL));
  renewReward(cell);
}
/** Fee of one fill: what was given, below 0 what the instrument says. */
function feeBps(cell: usize, instance: u32): f64 {
  const given = parameter(instance, MAKER_FEE_BPS);
  if (given >= 0) return given;
  return instrument(whole(column<f64>(cell, layout.CELL_SYMBOL)), reference.INSTRUMENT_MAKER_BPS);
}
function renewReward(cell: usize): void {
  const gamma = column<f64>(cell, SPREAD_GAMMA);
  const decay = larger<f64>(column<f64>(cell, SPREAD_DECAY), FLOOR);
  put(cell, SPREAD_REWARD, (2 * ln<f64>(1 + gamma / decay)) / gamma);
}
function put(cell: usize, index: u32, value: f64): void {
  store<f64>(cell + index * layout.COLUMN_BYTES, value);
}

/** Whether the symbol has a book. */
export function spreadBook(cell: usize): bool {
  return load<f64>(symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL))), layout.SYMBOL_BID) > 0;
}
/** A quote or a trade of the symbol: the intensity learns from all of them, quotes follow where there are no bars. */
export function spreadTrade(cell: usize, kind: u32, row: usize): void {
  const bid = load<f64>(row, layout.SYMBOL_BID);
  const ask = load<f64>(row, layout.SYMBOL_ASK);
  if (kind == layout.KIND_QUOTE) {
    came(cell, layout.INPUT_QUOTE);
    intensityQuote(cell, bid, ask);
    if (column<f64>(seriesLane(u32(column<f64>(cell, layout.CELL_SERIES))), layout.SERIES_BAR_US) > 0) return;
    const time = load<f64>(row, layout.SYMBOL_QUOTE_TIME);
    if ((spreadQuotes<f64>(cell, 0.5 * (bid + ask), time) & 1) == 0) return;
    const now = eventTime;
    spreadRule(cell);
    setEventTime(now);
    return;
  }
  came(cell, layout.INPUT_TRADE);
  if (!(bid > 0)) return;
  const decay = column<f64>(cell, SPREAD_DECAY);
  intensityTrade(cell, abs(load<f64>(row, layout.SYMBOL_PRICE) - 0.5 * (bid + ask)));
  if (column<f64>(cell, SPREAD_DECAY) != decay) renewReward(cell);
}
function came(cell: usize, input: u32): void {
  put(cell, layout.CELL_WANTS, <f64>(whole(column<f64>(cell, layout.CELL_WANTS)) & ~input));
}
/** A new bar, for cells that are sampled by bars: mid and time come from the symbol's book. */
export function spreadSample<T>(cell: usize, at0: usize, at1: usize): i32 {
  if (isVector<T>()) {
    const mids = f64x2.replace_lane(f64x2.splat(midOf(cell)), 1, midOf(cell + 8));
    const times = f64x2.replace_lane(f64x2.splat(timeOf(cell, at0)), 1, timeOf(cell + 8, at1));
    return spreadQuotes<v128>(cell, mids, times);
  }
  return spreadQuotes<f64>(cell, midOf(cell), timeOf(cell, at0));
}
function midOf(cell: usize): f64 {
  const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
  const price = 0.5 * (load<f64>(row, layout.SYMBOL_BID) + load<f64>(row, layout.SYMBOL_ASK));
  return price > 0 ? price : 1;
}
function timeOf(cell: usize, at: usize): f64 {
  const sampled = column<f64>(at, layout.SERIES_TIME);
  const last = column<f64>(cell, SPREAD_TIME);
  return sampled > last ? sampled : last;
}

/**
 * New mid at `time`: estimators and quotes of one cell (f64) or of a block of two (v128). Bit by
 * lane: the rule has something to do.
 */
export function spreadQuotes<T>(cell: usize, mid: T, time: T): i32 {
  const zero = splat<T>(0);
  const started = less<T>(zero, column<T>(cell, SPREAD_TIME));
  const seconds = mul<T>(sub<T>(time, column<T>(cell, SPREAD_TIME)), splat<T>(1e-6));
  const dt = select2<T>(started, larger<T>(zero, seconds), zero);
  const move = select2<T>(started, sub<T>(mid, column<T>(cell, SPREAD_MID)), zero);
  const square = mul<T>(move, move);
  const elapsed = column<T>(cell, SPREAD_ELAPSED);
  const fast = rate<T>(column<T>(cell, SPREAD_FAST), smaller<T>(elapsed, splat<T>(FAST_S)), square, dt);
  const slow = rate<T>(column<T>(cell, SPREAD_SLOW), smaller<T>(elapsed, splat<T>(SLOW_S)), square, dt);
  const moved = less<T>(zero, square);
  const moves = column<T>(cell, SPREAD_MOVES);
  const memory = smaller<T>(moves, splat<T>(TICKS - 1));
  const old = column<T>(cell, SPREAD_TICK);
  const tick = div<T>(add<T>(mul<T>(old, memory), square), add<T>(memory, splat<T>(1)));
  putColumn<T>(cell, SPREAD_FAST, fast);
  putColumn<T>(cell, SPREAD_SLOW, slow);
  putColumn<T>(cell, SPREAD_TICK, larger<T>(select2<T>(moved, tick, old), splat<T>(FLOOR)));
  const counted = select2<T>(moved, add<T>(moves, splat<T>(1)), moves);
  putColumn<T>(cell, SPREAD_MOVES, counted);
  const lacks = missing<T>(cell, counted);
  putColumn<T>(cell, layout.CELL_MISSING, lacks);
  const wild = select2<T>(less<T>(mul<T>(column<T>(cell, SPREAD_PULL), slow), fast), splat<T>(1), zero);
  putColumn<T>(cell, SPREAD_WILD, wild);
  putColumn<T>(cell, SPREAD_ELAPSED, add<T>(elapsed, dt));
  putColumn<T>(cell, SPREAD_MID, mid);
  putColumn<T>(cell, SPREAD_TIME, select2<T>(started, larger<T>(time, column<T>(cell, SPREAD_TIME)), time));
  place<T>(cell, mid, fast);
  const speaks = both<T>(equal<T>(wild, zero), equal<T>(lacks, zero));
  return ~bits<T>(equal<T>(wild, column<T>(cell, SPREAD_PULLED))) | bits<T>(speaks);
}

/** Mid changes and fit that the first quote lacks; 0: ready. */
function missing<T>(cell: usize, moves: T): T {
  const fit = select2<T>(less<T>(splat<T>(0), column<T>(cell, SPREAD_DECAY)), splat<T>(0), splat<T>(1));
  return add<T>(larger<T>(splat<T>(0), sub<T>(splat<T>(MOVES_MIN), moves)), fit);
}

/** Mean of dp^2 per second over a memory of at most T seconds; stays as it was while no time has passed at the start. */
function rate<T>(value: T, memory: T, square: T, dt: T): T {
  const total = add<T>(memory, dt);
  const next = div<T>(add<T>(mul<T>(value, memory), square), larger<T>(total, splat<T>(1e-6)));
  return larger<T>(next, splat<T>(FLOOR));
}

function place<T>(cell: usize, mid: T, fast: T): void {
  const gamma = column<T>(cell, SPREAD_GAMMA);
  const normalised = less<T>(splat<T>(0.5), column<T>(cell, SPREAD_MODE));
  const noise = select2<T>(normalised, root<T>(column<T>(cell, SPREAD_TICK)), fast);
  const risk = mul<T>(mul<T>(gamma, noise), column<T>(cell, SPREAD_HORIZON));
  const half = mul<T>(splat<T>(0.5), add<T>(risk, column<T>(cell, SPREAD_REWARD)));
  const least = mul<T>(column<T>(cell, SPREAD_HALF_MIN), mid);
  const most = mul<T>(column<T>(cell, SPREAD_HALF_MAX), mid);
  const kept = smaller<T>(larger<T>(half, least), most);
  const reservation = sub<T>(mid, mul<T>(column<T>(cell, SPREAD_INVENTORY), risk));
  putColumn<T>(cell, SPREAD_BID, sub<T>(reservation, kept));
  putColumn<T>(cell, SPREAD_ASK, add<T>(reservation, kept));
}

/**
 * What the quotes mean for the outside. While fast volatility runs away from slow they are pulled: the first time, what
 * stands is taken back by one exit. Else both sides are published with their sizes.
 */
export function spreadRule(cell: usize): void {
  const wild = column<f64>(cell, SPREAD_WILD);
  setEventTime(column<f64>(cell, SPREAD_TIME));
  put(cell, SPREAD_PULLED, wild);
  if (wild != 0) return spreadTakeBack(cell);
  if (column<f64>(cell, layout.CELL_MISSING) > 0) return;
  if (coolingDown(cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES)) return;
  quoteBoth(cell, whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1);
}

/** Takes back what stands, if anything does; also where the instance falls silent. */
export function spreadTakeBack(cell: usize): void {
  if (column<f64>(cell, layout.CELL_SIDE) == 0) return;
  cancelQuotes(cell, column<f64>(cell, SPREAD_MID), 0);
  put(cell, layout.CELL_SIDE, 0);
}

function quoteBoth(cell: usize, instance: u32): void {
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const q = column<f64>(cell, SPREAD_INVENTORY);
  const limit = parameter(instance, INVENTORY_MAX);
  const size = parameter(instance, ORDER_SIZE);
  const eta = parameter(instance, SIZE_DECAY);
  const bidSize = q >= limit ? 0 : size * exp(-eta * q);
  const askSize = q <= -limit ? 0 : size * exp(eta * q);
  const bid = restingBid(symbol, column<f64>(cell, SPREAD_BID));
  const ask = restingAsk(symbol, column<f64>(cell, SPREAD_ASK));
  // So much inventory for so long: no bid is low enough, and what stands is too high.
  if (!(bid > 0)) return spreadTakeBack(cell);
  const mid = column<f64>(cell, SPREAD_MID);
  const trust = column<f64>(cell, SPREAD_FIT) * (1.0 - abs(q));
  const sent = publishQuotes(cell, bid, ask, bidSize, askSize, q, makerStop(cell, mid), makerTarget(cell, mid), trust);
  if (sent) put(cell, layout.CELL_SIDE, 1);
}
