// momentum_rider: volatility-scaled momentum over three horizons.
//   M = sum_k w_k r_k / (sigma sqrt k) / sum_k w_k,   r_k = ln(C / C[-k]),  k = 12, 48, 288,  w = .5, .3, .2
//   sigma = root of the EWMA (0.94) variance of one-step log returns; horizons not yet filled are left out.
// Signal when |M| > momentum_threshold, side = sign of M; exit when M turns or |M| < exit_threshold.
// After Jegadeesh & Titman (1993), "Returns to buying winners and selling losers". M is a pure number.
// The first half is written over lanes (f64: one cell, v128: the two cells of a block); the rule is scalar because it
// runs only when |M| is large. Every number of a cell is O(1) in the horizons.
import * as layout from "../../layout";
import { coolingDown, emitExit, emitSignal, flags, regimeFactor, setSampleTime } from "../../emit";
import { slowerDisagrees } from "../../hold";
import {
  add,
  atMost,
  bits,
  both,
  div,
  equal,
  gather,
  larger,
  less,
  magnitude,
  mul,
  root,
  select2,
  splat,
  sub,
} from "../../lanes";
import { normalCdf } from "../../math/normal";
import { parameter } from "../../plan";
import { column, lnBack, meanVolume, putColumn, readyAtr, seriesLane } from "../../windows/series";
import { whole } from "../../math/whole";

const CONFIDENCE_MAX: f64 = 0.9;
const HORIZON_SHORT: u32 = 0; // parameter indices, in the order of the catalogue
const WEIGHT_SHORT: u32 = 3;
const MOMENTUM_THRESHOLD: u32 = 6;
const EXIT_THRESHOLD: u32 = 7;
const VOLUME_MULTIPLIER: u32 = 8;
const REQUIRE_VOLUME: u32 = 9;
const STOP_MODE: u32 = 10;
const STOP_PERCENT: u32 = 11;
const TARGET_PERCENT: u32 = 12;
const STOP_ATR: u32 = 13;
const TARGET_ATR: u32 = 14;

/** Copies the horizons and weights of the instance into the cell, in the form that the lanes need. */
export function momentumConfigure(cell: usize, instance: u32): void {
  let shortest: f64 = layout.HISTORY_SLOTS;
  for (let j: u32 = 0; j < 3; j++) {
    const horizon = parameter(instance, HORIZON_SHORT + j);
    const weight = parameter(instance, WEIGHT_SHORT + j);
    store<f64>(cell + (layout.MOMENTUM_HORIZON + j) * layout.COLUMN_BYTES, horizon);
    store<f64>(cell + (layout.MOMENTUM_WEIGHT + j) * layout.COLUMN_BYTES, weight);
    store<f64>(cell + (layout.MOMENTUM_SCALE + j) * layout.COLUMN_BYTES, weight / Math.sqrt(horizon));
    if (horizon < shortest) shortest = horizon;
  }
  store<f64>(cell + layout.CELL_MISSING * layout.COLUMN_BYTES, shortest + 1);
  // regimeFactor is never below one half.
  store<f64>(cell + layout.MOMENTUM_IDLE * layout.COLUMN_BYTES, 0.5 * parameter(instance, MOMENTUM_THRESHOLD));
}

/**
 * Strength and trend of one cell (f64) or of the two cells of a block (v128), each with its own series. Bit
 * by lane: the rule may have something to do.
 */
export function momentumStrength<T>(cell: usize, series0: usize, series1: usize, window0: usize, window1: usize): i32 {
  const count = gather<T>(series0 + COUNT, series1 + COUNT);
  const now = gather<T>(series0 + LN, series1 + LN);
  const sigma = root<T>(gather<T>(series0 + VARIANCE, series1 + VARIANCE));
  let sum = splat<T>(0);
  let weight = splat<T>(0);
  let trend = splat<T>(0);
  let longest = splat<T>(0);
  let shortest = splat<T>(<f64>layout.HISTORY_SLOTS);
  for (let j: u32 = 0; j < 3; j++) {
    const horizon = column<T>(cell, layout.MOMENTUM_HORIZON + j);
    const filled = less<T>(horizon, count);
    const move = sub<T>(now, lnBack<T>(window0, window1, count, horizon));
    sum = add<T>(sum, select2<T>(filled, mul<T>(move, column<T>(cell, layout.MOMENTUM_SCALE + j)), splat<T>(0)));
    weight = add<T>(weight, select2<T>(filled, column<T>(cell, layout.MOMENTUM_WEIGHT + j), splat<T>(0)));
    const longer = both<T>(filled, less<T>(longest, horizon));
    trend = select2<T>(longer, move, trend);
    longest = select2<T>(longer, horizon, longest);
    shortest = select2<T>(less<T>(horizon, shortest), horizon, shortest);
  }
  const ready = less<T>(splat<T>(0), weight);
  const strength = select2<T>(ready, div<T>(sum, mul<T>(sigma, weight)), splat<T>(0));
  const missing = larger<T>(splat<T>(0), sub<T>(add<T>(shortest, splat<T>(1)), count));
  putColumn<T>(cell, layout.MOMENTUM_STRENGTH, strength);
  putColumn<T>(cell, layout.MOMENTUM_TREND, div<T>(trend, larger<T>(longest, splat<T>(1))));
  putColumn<T>(cell, layout.CELL_MISSING, missing);
  const small = atMost<T>(magnitude<T>(strength), column<T>(cell, layout.MOMENTUM_IDLE));
  return ~bits<T>(both<T>(small, equal<T>(column<T>(cell, layout.CELL_SIDE), splat<T>(0))));
}
const COUNT: usize = layout.SERIES_COUNT * layout.COLUMN_BYTES;
const LN: usize = layout.SERIES_LN * layout.COLUMN_BYTES;
const VARIANCE: usize = layout.SERIES_VARIANCE * layout.COLUMN_BYTES;

/** Entry and exit of one cell whose strength is fresh. */
export function momentumRule(cell: usize): void {
  const strength = column<f64>(cell, layout.MOMENTUM_STRENGTH);
  const held = column<f64>(cell, layout.CELL_SIDE);
  const size = abs(strength);
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const price = column<f64>(at, layout.SERIES_CLOSE);
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  const over = held != 0 && (strength * held < 0 || size < parameter(instance, EXIT_THRESHOLD));
  if (over && !(flags & layout.FLAG_HISTORY)) {
    emitExit(instance, symbol, price, strength, 0);
    store<f64>(cell + layout.CELL_SIDE * layout.COLUMN_BYTES, 0);
  }
  const threshold = parameter(instance, MOMENTUM_THRESHOLD) * regimeFactor(symbol, layout.MOMENTUM_RIDER);
  if (!(size > threshold) || coolingDown(cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES)) return;
  const confirmed = column<f64>(at, layout.SERIES_VOLUME) > parameter(instance, VOLUME_MULTIPLIER) * meanVolume(at);
  if (!confirmed && parameter(instance, REQUIRE_VOLUME) != 0) return;
  const side: f64 = strength > 0 ? 1 : -1;
  if (slowerDisagrees(cell, side, column<f64>(cell, layout.MOMENTUM_HORIZON))) return;
  const tolerance = 0.5 + parameter(instance, layout.PARAMETER_RISK_TOLERANCE);
  const atr = parameter(instance, STOP_MODE) != 0 ? readyAtr(at) : 0;
  const byAtr = atr > price * 1e-9;
  const stop = tolerance * (byAtr ? parameter(instance, STOP_ATR) * atr : parameter(instance, STOP_PERCENT) * price);
  const target =
    tolerance * (byAtr ? parameter(instance, TARGET_ATR) * atr : parameter(instance, TARGET_PERCENT) * price);
  const certain = 2.0 * normalCdf(size) - 1.0;
  const confidence = certain < CONFIDENCE_MAX ? certain : CONFIDENCE_MAX;
  const emitted = emitSignal(
    instance,
    symbol,
    i32(side),
    price,
    price - side * stop,
    price + side * target,
    confidence,
    cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES,
    size,
    column<f64>(cell, layout.MOMENTUM_TREND),
    0,
    0,
    confirmed ? layout.SIGNAL_FLAG_VOLUME : 0,
    0,
  );
  if (emitted) store<f64>(cell + layout.CELL_SIDE * layout.COLUMN_BYTES, side);
}
