// mean_reversion: far from the mean, in a market whose moves are taken back.
//   z = (C - SMA) / SD over n closes (this one included, SD by n - 1);  %B = (C - lower) / (upper - lower), two SD by n
//   entry |z| >= 2 against its sign with RSI14 < 30 / > 70, (VR(8) < 1 or Hurst < 0.5) and ADX14 < 25
//   exit at the mean or the target (the mean at entry), stop 1.5 SD beyond the entry or 2 ATR14, time stop 2 half-lives
//   confidence (2 Phi(|z|) - 1) clamp(1.5 - VR)
// After Bollinger (2001) and Lo & MacKinlay (1988). z is a pure number, times are samples. Mean and sum of squares roll:
// exact again every 256 samples, when a sample was missed and when most of the squares leave. Hurst exponent and
// half-life are not O(1): `reversionReview` renews them, the rule uses the latest.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { regimeFactor, setSampleTime } from "../../emit";
import * as hold from "../../hold";
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
import { OU_HALF_LIFE, hurst, revert } from "../../math/reversion";
import { ringValue } from "../../math/ring";
import { RATIO_COUNT, ratioNow, ratioTake, ratioTakeBoth } from "../../math/variance-ratio";
import { parameter, scratchArea } from "../../plan";
import { CLOSES, CLOSE_SLOTS, TAKEN, readyAdx, rsi14 } from "../../windows/features";
import { ringSlot } from "../../windows/columns";
import { column, historyLane, putColumn, readyAtr, seriesLane } from "../../windows/series";
import { whole } from "../../math/whole";

const PARAMETER_LENGTH: u32 = 0; // parameter indices, in the order of the catalogue
const ENTRY_Z: u32 = 1;
const RSI_LOW: u32 = 2;
const RSI_HIGH: u32 = 3;
const ADX_MAX: u32 = 4;
const VARIANCE_Q: u32 = 5;
const WINDOW: u32 = 6;
const STOP_MODE: u32 = 7;
const STOP_Z: u32 = 8;
const STOP_ATR: u32 = 9;
const TIME_STOP: u32 = 10;

const SEEN: u32 = layout.CELL_FIXED; // samples of the series at the latest step
const LENGTH: u32 = SEEN + 1;
const MEAN: u32 = SEEN + 2;
const SQUARES: u32 = SEEN + 3; // sum of squares around the mean
const SCORE: u32 = SEEN + 4; //   z
const IDLE: u32 = SEEN + 5; //    |z| below which nothing happens to who holds nothing
const HURST: u32 = SEEN + 6;
const HALF_LIFE: u32 = SEEN + 7; // 0: it does not revert
const REVIEWED: u32 = SEEN + 8; //  samples at the latest review, 0: none
const WAITS: u32 = SEEN + 9; //     side that was stopped and waits for z to come back, 0: none
const SUMS: u32 = SEEN + 10; //     four columns: math/variance-ratio.ts

const REFRESH: u32 = 255; // mask
const LEFT_MIN: f64 = 1e-6;
/** A deviation below this share of the price is rounding. */
const FLAT: f64 = 1e-9;
const ADX_READY: f64 = 28;
const HURST_LOW: u32 = 2;
const HURST_HIGH: u32 = 20;

/** Sums over windows of another length are made anew at the next sample. */
export function reversionConfigure(cell: usize, instance: u32): void {
  putCell(cell, LENGTH, Math.floor(parameter(instance, PARAMETER_LENGTH)));
  putCell(cell, IDLE, 0.5 * parameter(instance, ENTRY_Z)); // regimeFactor is never below one half
  putCell(cell, SEEN, 0);
  putCell(cell, SUMS + (RATIO_COUNT >> 3), 0);
  putCell(cell, layout.CELL_MISSING, missing(cell, instance));
}
function windowOf(instance: u32): u32 {
  return whole(floor(parameter(instance, WINDOW)));
}
function stepsOf(instance: u32): u32 {
  return whole(floor(parameter(instance, VARIANCE_Q)));
}
function missing(cell: usize, instance: u32): f64 {
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const length = column<f64>(cell, LENGTH);
  const averages = (length < ADX_READY ? ADX_READY : length) - column<f64>(at, TAKEN);
  const changes = <f64>(windowOf(instance) + 1) - column<f64>(at, layout.SERIES_COUNT);
  const left = averages < changes ? changes : averages;
  return left > 0 ? left : 0;
}

/**
 * Mean, squares, z and the sums of the variance ratio of one cell (f64) or of the two of a block (v128), each with its own
 * series. Bit by lane: the rule may have something to do.
 */
export function reversionScore<T>(cell: usize, series0: usize, series1: usize, window0: usize, window1: usize): i32 {
  const taken = gather<T>(series0 + TAKEN_BYTES, series1 + TAKEN_BYTES);
  const close = gather<T>(series0 + CLOSE_BYTES, series1 + CLOSE_BYTES);
  const length = column<T>(cell, LENGTH);
  const mean = column<T>(cell, MEAN);
  const squares = column<T>(cell, SQUARES);
  const leaving = closeBack<T>(window0, window1, taken, length);
  const step = sub<T>(close, leaving);
  const nextMean = add<T>(mean, div<T>(step, length));
  const change = mul<T>(step, add<T>(sub<T>(close, nextMean), sub<T>(leaving, mean)));
  const nextSquares = larger<T>(splat<T>(0), add<T>(squares, change));
  const rolls = both<T>(
    both<T>(equal<T>(add<T>(column<T>(cell, SEEN), splat<T>(1)), taken), less<T>(length, taken)),
    atMost<T>(mul<T>(splat<T>(LEFT_MIN), squares), nextSquares),
  );
  putColumn<T>(cell, MEAN, nextMean);
  putColumn<T>(cell, SQUARES, nextSquares);
  putColumn<T>(cell, SEEN, taken);
  const rolled = bits<T>(rolls);
  renew(cell, series0, window0, (rolled & 1) != 0);
  if (isVector<T>()) renew(cell + 8, series1, window1, (rolled & 2) != 0);
  const deviation = root<T>(div<T>(column<T>(cell, SQUARES), sub<T>(length, splat<T>(1))));
  const flat = less<T>(deviation, mul<T>(close, splat<T>(FLAT)));
  const score = div<T>(sub<T>(close, column<T>(cell, MEAN)), deviation);
  const z = select2<T>(flat, splat<T>(0), score);
  putColumn<T>(cell, SCORE, z);
  takeRatios<T>(cell, series0, series1, window0, window1);
  const zero = splat<T>(0);
  const ready = both<T>(rolls, equal<T>(column<T>(cell, layout.CELL_MISSING), zero));
  const free = both<T>(equal<T>(column<T>(cell, layout.CELL_SIDE), zero), equal<T>(column<T>(cell, WAITS), zero));
  const small = less<T>(magnitude<T>(z), column<T>(cell, IDLE));
  return ~bits<T>(both<T>(both<T>(ready, free), small));
}
/** The newest log price enters the sums; in step, both at once. */
function takeRatios<T>(cell: usize, series0: usize, series1: usize, window0: usize, window1: usize): void {
  const count0 = column<f64>(series0, layout.SERIES_COUNT);
  const first = column<f64>(cell, layout.CELL_INSTANCE);
  if (isVector<T>()) {
    const count1 = column<f64>(series1, layout.SERIES_COUNT);
    const second = column<f64>(cell + 8, layout.CELL_INSTANCE);
    if (first == second && count0 == count1 && window1 == window0 + 8) {
      const instance = whole(first) - 1;
      const sums = cell + SUMS * layout.COLUMN_BYTES;
      const n = windowOf(instance);
      const slots = layout.HISTORY_SLOTS - 1;
      return ratioTakeBoth(sums, window0, slots, layout.HISTORY_SHIFT, count0, n, stepsOf(instance));
    }
    takeRatio(cell + 8, whole(second) - 1, count1, window1);
  }
  takeRatio(cell, whole(first) - 1, count0, window0);
}
function takeRatio(cell: usize, instance: u32, count: f64, window: usize): void {
  const sums = cell + SUMS * layout.COLUMN_BYTES;
  const n = windowOf(instance);
  ratioTake(sums, window, layout.HISTORY_SLOTS - 1, layout.HISTORY_SHIFT, count, n, stepsOf(instance), 1);
}
/** The variance ratio, 1 where prices stand still. */
function ratioOf(cell: usize, instance: u32, index: u32, at: usize): f64 {
  const count = column<f64>(at, layout.SERIES_COUNT);
  const sums = cell + SUMS * layout.COLUMN_BYTES;
  const window = historyLane(index);
  const n = windowOf(instance);
  const slots = layout.HISTORY_SLOTS - 1;
  const ratio = ratioNow(sums, window, slots, layout.HISTORY_SHIFT, count, n, stepsOf(instance), 1);
  return ratio == ratio ? ratio : 1;
}
const TAKEN_BYTES: usize = TAKEN * layout.COLUMN_BYTES;
const CLOSE_BYTES: usize = layout.SERIES_CLOSE * layout.COLUMN_BYTES;

function closeBack<T>(window0: usize, window1: usize, taken: T, back: T): T {
  const slot = sub<T>(sub<T>(taken, splat<T>(1)), back);
  if (isVector<T>()) {
    const slots = changetype<v128>(slot);
    const first = ringSlot(window0 + CLOSES, whole(f64x2.extract_lane(slots, 0)), CLOSE_SLOTS);
    const second = ringSlot(window1 + CLOSES, whole(f64x2.extract_lane(slots, 1)), CLOSE_SLOTS);
    return gather<T>(first, second);
  }
  return load<T>(ringSlot(window0 + CLOSES, whole(<f64>slot), CLOSE_SLOTS));
}

/** Exact mean and squares of one lane where they did not roll or have rolled long enough. */
function renew(cell: usize, at: usize, window: usize, rolled: bool): void {
  const taken = column<f64>(at, TAKEN);
  if (rolled && (whole(taken) & REFRESH) != REFRESH) return;
  const length = whole(column<f64>(cell, LENGTH));
  const count = <f64>length < taken ? length : u32(taken);
  const origin = column<f64>(at, layout.SERIES_CLOSE);
  let sum: f64 = 0;
  for (let back: u32 = 0; back < count; back++) {
    sum += ringValue(window + CLOSES, CLOSE_SLOTS - 1, layout.HISTORY_SHIFT, taken, back) - origin;
  }
  const shift = sum / <f64>count;
  let squares: f64 = 0;
  for (let back: u32 = 0; back < count; back++) {
    const x = ringValue(window + CLOSES, CLOSE_SLOTS - 1, layout.HISTORY_SHIFT, taken, back) - origin - shift;
    squares += x * x;
  }
  putCell(cell, MEAN, origin + shift);
  putCell(cell, SQUARES, squares);
  if (taken > 1) return;
  // The series began (again): what was known of an earlier one is not known of this.
  putCell(cell, REVIEWED, 0);
  putCell(cell, WAITS, 0);
}

/** Hurst exponent and half-life of the window, unless they are those of the present samples already. */
export function reversionReview(cell: usize): void {
  const index = whole(column<f64>(cell, layout.CELL_SERIES));
  const count = column<f64>(seriesLane(index), layout.SERIES_COUNT);
  const window = windowOf(whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1);
  if (count < <f64>window || count == column<f64>(cell, REVIEWED)) return;
  const samples = scratchArea;
  const out = samples + (window << 3);
  for (let k: u32 = 0; k < window; k++) {
    const value = ringValue(historyLane(index), layout.HISTORY_SLOTS - 1, layout.HISTORY_SHIFT, count, window - 1 - k);
    store<f64>(samples + (k << 3), value);
  }
  const exponent = hurst(samples, window, HURST_LOW, HURST_HIGH);
  const reverts = revert(samples, window, out);
  putCell(cell, HURST, exponent == exponent ? exponent : 0.5);
  putCell(cell, HALF_LIFE, reverts ? load<f64>(out, OU_HALF_LIFE) : 0);
  putCell(cell, REVIEWED, count);
}

/** Entry and exit of one cell whose z is fresh. */
export function reversionRule(cell: usize): void {
  const index = whole(column<f64>(cell, layout.CELL_SERIES));
  const at = seriesLane(index);
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const left = missing(cell, instance);
  putCell(cell, layout.CELL_MISSING, left);
  if (left > 0) return;
  const z = column<f64>(cell, SCORE);
  const entry = parameter(instance, ENTRY_Z);
  const held = hold.heldSide(cell);
  if (column<f64>(cell, WAITS) * z > -entry) putCell(cell, WAITS, 0);
  if (held == 0 && abs(z) < column<f64>(cell, IDLE)) return;
  const price = column<f64>(at, layout.SERIES_CLOSE);
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  const over = held != 0 && ends(cell, instance, price, z);
  if (over) hold.leave(cell, price, z);
  const side: f64 = z > 0 ? -1 : 1;
  if (!(over && side == held)) enters(cell, instance, index, at, side, price, z);
}

function ends(cell: usize, instance: u32, price: f64, z: f64): bool {
  const held = hold.heldSide(cell);
  if (hold.stopReached(cell, price)) return waits(cell, held);
  if (hold.targetReached(cell, price)) return true;
  if (held * z >= 0) return true;
  if (hold.heldSamples(cell) >= parameter(instance, TIME_STOP) * patience(cell, instance)) return waits(cell, held);
  return false;
}
function waits(cell: usize, side: f64): bool {
  putCell(cell, WAITS, side);
  return true;
}
/** Half-life in samples, at most a quarter of the window. */
function patience(cell: usize, instance: u32): f64 {
  const most = 0.25 * <f64>windowOf(instance);
  const found = column<f64>(cell, REVIEWED) > 0 ? column<f64>(cell, HALF_LIFE) : 0;
  return found > 0 && found < most ? found : most;
}

function enters(cell: usize, instance: u32, index: u32, at: usize, side: f64, price: f64, z: f64): void {
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const size = abs(z);
  const factor = regimeFactor(symbol, layout.MEAN_REVERSION);
  if (!(size >= factor * parameter(instance, ENTRY_Z))) return;
  if (hold.cellCools(cell)) return;
  if (column<f64>(cell, WAITS) == side) return;
  const rsi = rsi14(at);
  if (!(side > 0 ? rsi < parameter(instance, RSI_LOW) : rsi > parameter(instance, RSI_HIGH))) return;
  const ratio = ratioOf(cell, instance, index, at);
  const persists = !(column<f64>(cell, REVIEWED) > 0 && column<f64>(cell, HURST) < 0.5);
  if (!(ratio < 1) && persists) return;
  if (!(readyAdx(at) < parameter(instance, ADX_MAX))) return;
  if (hold.slowerDisagrees(cell, side, column<f64>(cell, LENGTH))) return;
  const length = column<f64>(cell, LENGTH);
  const squares = column<f64>(cell, SQUARES);
  const mean = column<f64>(cell, MEAN);
  const deviation = sqrt(squares / (length - 1.0));
  const byAtr = parameter(instance, STOP_MODE) != 0;
  const stop = byAtr
    ? hold.stopDistance(instance, price, readyAtr(at), parameter(instance, STOP_ATR))
    : hold.tolerance(instance) * parameter(instance, STOP_Z) * deviation;
  const target = hold.tolerance(instance) * abs(price - mean);
  const percent = 0.5 + (price - mean) / (4.0 * sqrt(squares / length));
  const doubt = 1.5 - ratio;
  const sure = (2.0 * normalCdf(size) - 1.0) * (doubt > 1 ? 1 : doubt > 0 ? doubt : 0);
  const half = column<f64>(cell, REVIEWED) > 0 ? column<f64>(cell, HALF_LIFE) : 0;
  hold.enter(cell, side, price, price - side * stop, price + side * target, sure, z, percent, ratio, half);
}
