// adaptive_quote: closed-form quotes of a market maker with inventory from a fill intensity fitted to the market.
//   intensity   lambda(d) = A exp(-k d) per second, d the distance from the mid: in steps of 100 ms the farthest trade
//               from the mid at the step's beginning counts as a reach; ln(reaches beyond d / seconds) on d by least
//               squares over ten minutes (ten slices of one), every 5 s (depth-window.ts, math/intensity.ts)
//   with gamma = xi, delta = 1 s, prices in ticks, sigma per root second:
//     c1 = ln(1 + xi / k) / xi,  c2 = root(gamma / (2 A k) (1 + xi / k)^(k / xi + 1))
//     half = c1 + sigma c2 / 2,  skew = sigma c2
//     bid = fair - (half + skew q),  ask = fair + (half - skew q);  fair = microprice, q inventory in lots
// Quotes are rounded outwards to ticks and never cross the book; none on a side whose inventory is full. They go out
// when one has moved by a tick, and are taken back when the fit is older than 30 s or its R^2 below 0.5.
// Confidence: R^2 (1 - |q| / q_max) clamp(1 - age / 30 s). The reach is counted from the distance itself, so it has no
// half-tick offset. After Gueant, Lehalle & Fernandez-Tapia (2013); Gueant (2017), equations 4.6 and 4.7.
import * as layout from "../../layout";
import * as reference from "../../reference";
import { coolingDown, eventTime, setEventTime } from "../../emit";
import { putCell } from "../../cells";
import { exp, ln } from "../../math/ln";
import { instrument, parameter, symbolRow } from "../../plan";
import { column } from "../../windows/series";
import { DEPTH_A, DEPTH_K, DEPTH_R2, DEPTH_FITTED, DEPTH_WIDTH, depthQuote, depthTrade } from "./depth-window";
import { cancelQuotes, makerStop, makerTarget, publishQuotes, squareRate } from "./maker";
import { whole } from "../../math/whole";

const GAMMA: u32 = 0; // parameter indices, in the order of the catalogue
const Q_MAX: u32 = 1;
const ORDER_SIZE: u32 = 2;
const FIT_AGE_S: u32 = 3;
const FIT_R2: u32 = 4;

const FIRST: u32 = layout.CELL_FIXED;
const MID: u32 = FIRST;
const TIME: u32 = FIRST + 1; //     us of the last quote, 0: none
const ELAPSED: u32 = FIRST + 2; //  seconds
export const ADAPTIVE_VARIANCE: u32 = FIRST + 3; // price^2 per second, over ten minutes
export const ADAPTIVE_INVENTORY: u32 = FIRST + 4; // share of q_max
export const ADAPTIVE_BID: u32 = FIRST + 5; // as published
export const ADAPTIVE_ASK: u32 = FIRST + 6;
const STANDS: u32 = FIRST + 7; //   1: quotes stand
const SIDES: u32 = FIRST + 8; //    of what stands: bit 0 bid, bit 1 ask
// FIRST + 9 on: depth-window.ts

const MEMORY_S: f64 = 600;

export function adaptiveConfigure(cell: usize, instance: u32): void {
  if (column<f64>(cell, TIME) == 0) putCell(cell, layout.CELL_WANTS, layout.INPUT_QUOTE | layout.INPUT_TRADE);
  if (column<f64>(cell, DEPTH_FITTED) == 0) putCell(cell, layout.CELL_MISSING, 1);
}

/** A top of book; `row` is the symbol's. */
export function adaptiveQuote(cell: usize, row: usize, time: f64): void {
  const bid = load<f64>(row, layout.SYMBOL_BID);
  const ask = load<f64>(row, layout.SYMBOL_ASK);
  const mid = 0.5 * (bid + ask);
  const before = column<f64>(cell, TIME);
  putCell(cell, layout.CELL_WANTS, <f64>(whole(column<f64>(cell, layout.CELL_WANTS)) & ~layout.INPUT_QUOTE));
  if (before > 0) {
    const seconds = (time - before) * 1e-6;
    const dt = seconds > 0 ? seconds : 0;
    const move = mid - column<f64>(cell, MID);
    const elapsed = column<f64>(cell, ELAPSED);
    const memory = elapsed < MEMORY_S ? elapsed : MEMORY_S;
    putCell(cell, ADAPTIVE_VARIANCE, squareRate(column<f64>(cell, ADAPTIVE_VARIANCE), memory, move * move, dt));
    putCell(cell, ELAPSED, elapsed + dt);
  }
  putCell(cell, MID, mid);
  putCell(cell, TIME, time > before ? time : before);
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  depthQuote(cell, mid, ask - bid, instrument(symbol, reference.INSTRUMENT_TICK), time);
  if (column<f64>(cell, DEPTH_FITTED) > 0) putCell(cell, layout.CELL_MISSING, 0);
  decide(cell, row, time);
}

export function adaptiveTrade(cell: usize, row: usize, time: f64): void {
  const wants = whole(column<f64>(cell, layout.CELL_WANTS)) & ~layout.INPUT_TRADE;
  putCell(cell, layout.CELL_WANTS, <f64>wants);
  depthTrade(cell, load<f64>(row, layout.SYMBOL_PRICE), time);
}

/** Quotes that may not stand any longer are taken back although nothing comes in. */
export function adaptiveReview(cell: usize, clock: f64): void {
  if (column<f64>(cell, STANDS) == 0 || trusted(cell, clock)) return;
  const now = eventTime;
  setEventTime(clock);
  takeBack(cell);
  setEventTime(now);
}

/** The instance falls silent: nothing may stand. */
export function adaptiveQuit(cell: usize): void {
  if (column<f64>(cell, STANDS) != 0) takeBack(cell);
}

function trusted(cell: usize, time: f64): bool {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const fresh = time - column<f64>(cell, DEPTH_FITTED) <= parameter(instance, FIT_AGE_S) * 1e6;
  return fresh && column<f64>(cell, DEPTH_R2) >= parameter(instance, FIT_R2);
}
function takeBack(cell: usize): void {
  cancelQuotes(cell, column<f64>(cell, MID), 0);
  putCell(cell, STANDS, 0);
}

function decide(cell: usize, row: usize, time: f64): void {
  if (!trusted(cell, time)) {
    if (column<f64>(cell, STANDS) != 0) takeBack(cell);
    return;
  }
  if (coolingDown(cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES)) return;
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const tick = tickOf(cell);
  const share = column<f64>(cell, ADAPTIVE_INVENTORY);
  const most = parameter(instance, Q_MAX);
  const half = adaptiveHalf(cell, parameter(instance, GAMMA), tick);
  const skew = adaptiveSkew(cell, parameter(instance, GAMMA), tick) * share * most;
  const fair = microprice(row);
  const bid = floorTo(atMost(fair - (half + skew), load<f64>(row, layout.SYMBOL_ASK) - tick), tick);
  const ask = ceilTo(atLeast(fair + (half - skew), load<f64>(row, layout.SYMBOL_BID) + tick), tick);
  const sides: f64 = (share < 1 ? 1 : 0) + (share > -1 ? 2 : 0);
  if (!(bid > 0) || !moved(cell, bid, ask, sides, tick)) return;
  const age = (time - column<f64>(cell, DEPTH_FITTED)) * 1e-6;
  const freshness = 1 - age / parameter(instance, FIT_AGE_S);
  const trust = column<f64>(cell, DEPTH_R2) * (1 - abs(share)) * (freshness < 1 ? freshness : 1);
  const size = parameter(instance, ORDER_SIZE);
  const stop = makerStop(cell, fair);
  const target = makerTarget(cell, fair);
  if (!publishQuotes(cell, bid, ask, share < 1 ? size : 0, share > -1 ? size : 0, share, stop, target, trust)) {
    // A side that is full must not stand, even where what is left is not worth publishing.
    const closed = ~u32(sides) & whole(column<f64>(cell, SIDES));
    if (column<f64>(cell, STANDS) != 0 && closed != 0) takeBack(cell);
    return;
  }
  putCell(cell, ADAPTIVE_BID, bid);
  putCell(cell, ADAPTIVE_ASK, ask);
  putCell(cell, SIDES, sides);
  putCell(cell, STANDS, 1);
}

/** Requotes cost a place in the queue: only when a price has moved by a tick, or a side opens or closes. */
function moved(cell: usize, bid: f64, ask: f64, sides: f64, tick: f64): bool {
  if (column<f64>(cell, STANDS) == 0 || column<f64>(cell, SIDES) != sides) return true;
  const least = 0.5 * tick; // both lie on ticks, so half of one tells a move from rounding
  return abs(bid - column<f64>(cell, ADAPTIVE_BID)) > least || abs(ask - column<f64>(cell, ADAPTIVE_ASK)) > least;
}

/** The instrument's tick; a bucket of the intensity where it is not known. */
function tickOf(cell: usize): f64 {
  const tick = instrument(whole(column<f64>(cell, layout.CELL_SYMBOL)), reference.INSTRUMENT_TICK);
  return tick > 0 ? tick : column<f64>(cell, DEPTH_WIDTH);
}

/** Half of the spread at zero inventory, price units. */
export function adaptiveHalf(cell: usize, gamma: f64, tick: f64): f64 {
  const k = column<f64>(cell, DEPTH_K) * tick;
  return (ln<f64>(1 + gamma / k) / gamma) * tick + 0.5 * adaptiveSkew(cell, gamma, tick);
}
/** By how much one lot of inventory moves both quotes, price units. */
export function adaptiveSkew(cell: usize, gamma: f64, tick: f64): f64 {
  const k = column<f64>(cell, DEPTH_K) * tick;
  const power = exp((k / gamma + 1) * ln<f64>(1 + gamma / k));
  const sigma = Math.sqrt(column<f64>(cell, ADAPTIVE_VARIANCE));
  return sigma * Math.sqrt((gamma / (2 * column<f64>(cell, DEPTH_A) * k)) * power);
}

function microprice(row: usize): f64 {
  const bid = load<f64>(row, layout.SYMBOL_BID);
  const ask = load<f64>(row, layout.SYMBOL_ASK);
  const bidSize = load<f64>(row, layout.SYMBOL_BID_SIZE);
  const askSize = load<f64>(row, layout.SYMBOL_ASK_SIZE);
  const total = bidSize + askSize;
  return total > 0 ? (bid * askSize + ask * bidSize) / total : 0.5 * (bid + ask);
}

/** Down (up) to a whole number of ticks, unless that is off by no more than rounding. */
function floorTo(price: f64, tick: f64): f64 {
  return floor(price / tick + 1e-9) * tick;
}
function ceilTo(price: f64, tick: f64): f64 {
  return ceil(price / tick - 1e-9) * tick;
}
function atMost(price: f64, limit: f64): f64 {
  return price < limit ? price : limit;
}
function atLeast(price: f64, limit: f64): f64 {
  return price > limit ? price : limit;
}
