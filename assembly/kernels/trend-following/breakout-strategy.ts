// breakout_strategy: a close beyond the Donchian channel of the samples before it, with volume.
//   U = max(H[t-N .. t-1]), L = min(L[t-N .. t-1]);   buy C > U + k ATR20 and volume > 1.5 SMA20(volume), sell mirrored
//   exit: stop 2 ATR20, target 3 ATR20, best close - 3 ATR20, or C < min(L[t-M .. t-1]); for a sold position mirrored
// After Donchian's channel and the Turtles' rules (20/10 and 55/20, stop of two ATR). Prices in the symbol's unit,
// 2 <= N <= 60, 1 <= M <= 60. Scalar: the channel is two loads a side (windows/channels.ts), the rest runs on a break.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { regimeFactor, setSampleTime } from "../../emit";
import {
  cellCools,
  enter,
  heldSide,
  leave,
  slowerDisagrees,
  stopDistance,
  stopReached,
  targetDistance,
  targetReached,
  trackBest,
} from "../../hold";
import { atMost, bits, both, equal, gather, less, splat } from "../../lanes";
import { parameter } from "../../plan";
import { CHANNEL_MAX, channelHigh, channelLow } from "../../windows/channels";
import { TAKEN, readyAdx, readyAtr20 } from "../../windows/features";
import { column, historyLane, meanVolume, seriesLane } from "../../windows/series";
import { whole } from "../../math/whole";

const ENTRY_LENGTH: u32 = 0; // parameter indices, in the order of the catalogue
const EXIT_LENGTH: u32 = 1;
const BUFFER_ATR: u32 = 2;
const VOLUME_MULTIPLIER: u32 = 3;
const REQUIRE_VOLUME: u32 = 4;
const STOP_ATR: u32 = 5;
const TARGET_ATR: u32 = 6;
const TRAIL_ATR: u32 = 7;
const STRONG_ADX: f64 = 25;

const ENTRY: u32 = layout.CELL_FIXED; // samples of the channel that is broken
const LONGEST: u32 = ENTRY + 1; //       of the longer of the two channels

function lengthOf(instance: u32, index: u32): u32 {
  const length = whole(floor(parameter(instance, index)));
  return length < CHANNEL_MAX ? length : CHANNEL_MAX;
}
function missing(cell: usize, taken: f64): f64 {
  const left = column<f64>(cell, LONGEST) + 1 - taken;
  return left > 0 ? left : 0;
}

export function breakoutConfigure(cell: usize, instance: u32): void {
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const entry = lengthOf(instance, ENTRY_LENGTH);
  const exit = lengthOf(instance, EXIT_LENGTH);
  putCell(cell, ENTRY, <f64>entry);
  putCell(cell, LONGEST, <f64>(entry < exit ? exit : entry));
  putCell(cell, layout.CELL_MISSING, missing(cell, column<f64>(at, TAKEN)));
}

/**
 * Bit by lane: the rule of the cell (f64) or of one of the block's two (v128) may have something to do, which it has not
 * while nothing is held and the close lies inside the channel.
 */
export function breakoutBreaks<T>(cell: usize, series0: usize, series1: usize, window0: usize, window1: usize): i32 {
  const taken = gather<T>(series0 + TAKEN_BYTES, series1 + TAKEN_BYTES);
  const close = gather<T>(series0 + CLOSE_BYTES, series1 + CLOSE_BYTES);
  const zero = splat<T>(0);
  const told = equal<T>(column<T>(cell, layout.CELL_MISSING), zero);
  const ready = both<T>(told, less<T>(column<T>(cell, LONGEST), taken));
  const free = both<T>(ready, equal<T>(column<T>(cell, layout.CELL_SIDE), zero));
  if (!isVector<T>()) {
    if (bits<T>(free) == 0) return 1;
    return ~bits<T>(insideChannel<T>(window0, whole(<f64>taken), whole(column<f64>(cell, ENTRY)), close));
  }
  const length = whole(column<f64>(cell, ENTRY));
  const samples = whole(column<f64>(series0, TAKEN));
  const inStep = column<f64>(cell + 8, ENTRY) == <f64>length && column<f64>(series1, TAKEN) == <f64>samples;
  if (bits<T>(free) != 3 || !inStep || window1 != window0 + 8) return 3;
  return ~bits<T>(insideChannel<T>(window0, samples, length, close));
}
const TAKEN_BYTES: usize = TAKEN * layout.COLUMN_BYTES;
const CLOSE_BYTES: usize = layout.SERIES_CLOSE * layout.COLUMN_BYTES;

function insideChannel<T>(window: usize, taken: u32, length: u32, close: T): T {
  const notAbove = atMost<T>(close, channelHigh<T>(window, taken, length));
  return both<T>(notAbove, atMost<T>(channelLow<T>(window, taken, length), close));
}

/** Entry and exit of one cell after a new sample of its series. */
export function breakoutRule(cell: usize): void {
  const index = whole(column<f64>(cell, layout.CELL_SERIES));
  const at = seriesLane(index);
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const taken = column<f64>(at, TAKEN);
  const left = missing(cell, taken);
  putCell(cell, layout.CELL_MISSING, left);
  if (left > 0) return;
  const window = historyLane(index);
  const price = column<f64>(at, layout.SERIES_CLOSE);
  const entry = whole(column<f64>(cell, ENTRY));
  const high = channelHigh<f64>(window, whole(taken), entry);
  const low = channelLow<f64>(window, whole(taken), entry);
  const side: f64 = price > high ? 1 : price < low ? -1 : 0;
  if (side == 0 && heldSide(cell) == 0) return;
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  const found = readyAtr20(at);
  const atr = found > price * 1e-9 ? found : 0;
  const held = heldSide(cell);
  const over = held != 0 && ends(cell, instance, window, whole(taken), price, atr);
  if (over) leave(cell, price, high);
  // What has just been closed is not opened again by the same sample.
  if (side != 0 && !(over && side == held)) enters(cell, instance, at, side, price, high, low, atr);
}

function ends(cell: usize, instance: u32, window: usize, taken: u32, price: f64, atr: f64): bool {
  if (stopReached(cell, price)) return true;
  if (targetReached(cell, price)) return true;
  const held = heldSide(cell);
  const best = trackBest(cell, price);
  if ((best - price) * held >= targetDistance(instance, best, atr, parameter(instance, TRAIL_ATR))) return true;
  const length = lengthOf(instance, EXIT_LENGTH);
  return held > 0 ? price < channelLow<f64>(window, taken, length) : price > channelHigh<f64>(window, taken, length);
}

function enters(cell: usize, instance: u32, at: usize, side: f64, price: f64, high: f64, low: f64, atr: f64): void {
  if (cellCools(cell)) return;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const factor = regimeFactor(symbol, layout.BREAKOUT_STRATEGY);
  const beyond = side > 0 ? price - high : low - price;
  if (!(beyond > factor * parameter(instance, BUFFER_ATR) * atr)) return;
  const mean = meanVolume(at);
  const volume = column<f64>(at, layout.SERIES_VOLUME);
  const confirmed = volume > factor * parameter(instance, VOLUME_MULTIPLIER) * mean;
  if (!confirmed && parameter(instance, REQUIRE_VOLUME) != 0) return;
  if (slowerDisagrees(cell, side, <f64>lengthOf(instance, EXIT_LENGTH))) return;
  const ratio = mean > 0 ? volume / mean : 0;
  const adx = readyAdx(at);
  const stop = stopDistance(instance, price, atr, parameter(instance, STOP_ATR));
  const target = targetDistance(instance, price, atr, parameter(instance, TARGET_ATR));
  const sure = confidence(atr > 0 ? beyond / atr : 0, mean > 0 ? ratio - 1 : 0, adx);
  enter(cell, side, price, price - side * stop, price + side * target, sure, high, low, ratio, adx);
}

function confidence(beyond: f64, surplus: f64, adx: f64): f64 {
  const far = beyond < 1 ? beyond : 1;
  const busy = surplus < 1 ? surplus : 1;
  const sure = 0.5 + 0.25 * far + 0.15 * busy + (adx > STRONG_ADX ? 0.1 : 0);
  return sure > 1 ? 1 : sure;
}
