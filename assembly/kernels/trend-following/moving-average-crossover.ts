// moving_average_crossover: two exponential averages of the closes, and on which side of the slow one the fast one is.
//   EMA: mean of the first n closes, then y + 2 / (n + 1) (C - y)           d = EMA_fast - EMA_slow
//   flag = 1 when d > 0.1 ATR14, -1 when d < -0.1 ATR14, else as it was; a signal only where it turns
//   stop max(2 ATR14, distance to EMA_slow), target 3 stops; exit also when the flag turns, or after EMA_fast's length
//   confidence 0.5 + 0.5 tanh(side (EMA_s - EMA_s[-5]) / 5 / ATR14 + |d| / ATR14)
// After Brock, Lakonishok & LeBaron (1992). Prices in the symbol's unit. The averages are written over lanes; the rule
// is scalar and ends at once while the flag keeps its side and nothing is held.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { regimeFactor, setSampleTime } from "../../emit";
import {
  cellCools,
  enter,
  heldSamples,
  heldSide,
  leave,
  slowerDisagrees,
  stopDistance,
  stopReached,
  targetReached,
  tolerance,
} from "../../hold";
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
  mul,
  select2,
  smaller,
  splat,
  sub,
} from "../../lanes";
import { exp } from "../../math/ln";
import { parameter } from "../../plan";
import { directional, readyAdx } from "../../windows/features";
import { column, putColumn, readyAtr, seriesLane } from "../../windows/series";
import { whole } from "../../math/whole";

const FAST_LENGTH: u32 = 0; // parameter indices, in the order of the catalogue
const SLOW_LENGTH: u32 = 1;
const HYSTERESIS_ATR: u32 = 2;
const REQUIRE_ADX: u32 = 3;
const ADX_THRESHOLD: u32 = 4;
const STOP_ATR: u32 = 5;
const TARGET_R: u32 = 6;
const HORIZON: u32 = 7;

const SEEN: u32 = layout.CELL_FIXED; // samples in the averages
const FAST: u32 = SEEN + 1; // lengths
const SLOW: u32 = SEEN + 2;
const EMA_FAST: u32 = SEEN + 3;
const EMA_SLOW: u32 = SEEN + 4;
const FLAG: u32 = SEEN + 5; // 0 before the first
const PAST: u32 = SEEN + 6; // ring of eight: the slow average of sample k in k mod 8
const SLOPE_SAMPLES: i64 = 5;
/** Below this share of the price the distance of the averages is rounding. */
const NOISE: f64 = 1e-12;

export function crossoverConfigure(cell: usize, instance: u32): void {
  putCell(cell, FAST, Math.floor(parameter(instance, FAST_LENGTH)));
  putCell(cell, SLOW, Math.floor(parameter(instance, SLOW_LENGTH)));
  putCell(cell, layout.CELL_MISSING, missing(cell));
}
function missing(cell: usize): f64 {
  const fast = column<f64>(cell, FAST);
  const slow = column<f64>(cell, SLOW);
  const left = (fast > slow ? fast : slow) + <f64>SLOPE_SAMPLES - column<f64>(cell, SEEN);
  return left > 0 ? left : 0;
}

/**
 * Takes the newest close into the averages of one cell (f64) or of the two of a block (v128). Bit by lane: the rule may
 * have something to do, which it has not while nothing is held and the averages stay on their side.
 */
export function crossoverAverages<T>(cell: usize, series0: usize, series1: usize): i32 {
  const close = gather<T>(series0 + CLOSE, series1 + CLOSE);
  const count = gather<T>(series0 + COUNT, series1 + COUNT);
  // A series that began anew begins anew here.
  const k = smaller<T>(column<T>(cell, SEEN), sub<T>(count, splat<T>(1)));
  const slow = average<T>(column<T>(cell, EMA_SLOW), close, k, column<T>(cell, SLOW));
  const fast = average<T>(column<T>(cell, EMA_FAST), close, k, column<T>(cell, FAST));
  const seen = add<T>(k, splat<T>(1));
  const flag = select2<T>(less<T>(k, splat<T>(0.5)), splat<T>(0), column<T>(cell, FLAG));
  putColumn<T>(cell, EMA_FAST, fast);
  putColumn<T>(cell, EMA_SLOW, slow);
  putColumn<T>(cell, SEEN, seen);
  putColumn<T>(cell, FLAG, flag);
  if (isVector<T>()) {
    const places = changetype<v128>(k);
    const values = changetype<v128>(slow);
    remember(cell, f64x2.extract_lane(places, 0), f64x2.extract_lane(values, 0));
    remember(cell + 8, f64x2.extract_lane(places, 1), f64x2.extract_lane(values, 1));
  } else remember(cell, <f64>k, <f64>slow);
  const longest = larger<T>(column<T>(cell, FAST), column<T>(cell, SLOW));
  const filled = atMost<T>(add<T>(longest, splat<T>(<f64>SLOPE_SAMPLES)), seen);
  const ready = both<T>(filled, equal<T>(column<T>(cell, layout.CELL_MISSING), splat<T>(0)));
  const kept = less<T>(splat<T>(0), mul<T>(flag, sub<T>(fast, slow)));
  return ~bits<T>(both<T>(both<T>(ready, kept), equal<T>(column<T>(cell, layout.CELL_SIDE), splat<T>(0))));
}
const CLOSE: usize = layout.SERIES_CLOSE * layout.COLUMN_BYTES;
const COUNT: usize = layout.SERIES_COUNT * layout.COLUMN_BYTES;

/** The mean of the first n values, then the exponential average. */
function average<T>(y: T, x: T, k: T, n: T): T {
  const gone = add<T>(k, splat<T>(1));
  const later = mul<T>(splat<T>(0.5), add<T>(n, splat<T>(1)));
  const next = add<T>(y, div<T>(sub<T>(x, y), select2<T>(less<T>(k, n), gone, later)));
  return select2<T>(less<T>(k, splat<T>(0.5)), x, next);
}
function remember(cell: usize, k: f64, slow: f64): void {
  putCell(cell, PAST + (whole(k) & 7), slow);
}

/** Entry and exit of one cell whose averages are fresh. */
export function crossoverRule(cell: usize): void {
  const left = missing(cell);
  putCell(cell, layout.CELL_MISSING, left);
  if (left > 0) return;
  const distance = column<f64>(cell, EMA_FAST) - column<f64>(cell, EMA_SLOW);
  const flag = column<f64>(cell, FLAG);
  const held = heldSide(cell);
  if (held == 0 && flag * distance > 0) return;
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const price = column<f64>(at, layout.SERIES_CLOSE);
  const factor = regimeFactor(symbol, layout.MOVING_AVERAGE_CROSSOVER);
  const least = factor * parameter(instance, HYSTERESIS_ATR) * readyAtr(at);
  const border = least < price * NOISE ? price * NOISE : least;
  const now: f64 = distance > border ? 1 : distance < -border ? -1 : flag;
  putCell(cell, FLAG, now);
  const turn = flag != 0 && now != flag ? now : 0;
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  if (held != 0 && ends(cell, instance, price, turn)) leave(cell, price, column<f64>(cell, EMA_FAST));
  if (turn != 0) enters(cell, instance, at, turn, price, distance);
}

function ends(cell: usize, instance: u32, price: f64, turn: f64): bool {
  if (stopReached(cell, price)) return true;
  if (targetReached(cell, price)) return true;
  if (turn == -heldSide(cell)) return true;
  const horizon = parameter(instance, HORIZON);
  return heldSamples(cell) >= (horizon > 0 ? horizon : column<f64>(cell, FAST));
}

function enters(cell: usize, instance: u32, at: usize, side: f64, price: f64, distance: f64): void {
  if (cellCools(cell)) return;
  const adx = readyAdx(at);
  if (parameter(instance, REQUIRE_ADX) != 0 && !(adx > parameter(instance, ADX_THRESHOLD))) return;
  if (slowerDisagrees(cell, side, column<f64>(cell, FAST))) return;
  const slow = column<f64>(cell, EMA_SLOW);
  const found = readyAtr(at);
  const atr = found > price * 1e-9 ? found : 0;
  const near = stopDistance(instance, price, atr, parameter(instance, STOP_ATR));
  const behind = tolerance(instance) * side * (price - slow);
  const stop = near < behind ? behind : near;
  const target = parameter(instance, TARGET_R) * stop;
  const k = i64(column<f64>(cell, SEEN)) - 1;
  const past = column<f64>(cell, PAST + (u32(k - SLOPE_SAMPLES) & 7));
  const slope = (slow - past) / <f64>SLOPE_SAMPLES;
  const sure = atr > 0 ? 0.5 + 0.5 * tanh((slope * side + abs(distance)) / atr) : 0.5;
  const fast = column<f64>(cell, EMA_FAST);
  enter(cell, side, price, price - side * stop, price + side * target, sure, fast, slow, adx, directional(at));
}

function tanh(x: f64): f64 {
  return 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
}
