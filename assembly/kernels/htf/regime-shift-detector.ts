// regime_shift_detector: three detectors vote whether the returns of a symbol come from another regime than before.
//   state posterior above 0.8 in another state than the last such (Hamilton 1989)
//   S = max(0, S + x - k) above h, either side (Page 1954)
//   P(run < 5) above one half (Adams & MacKay 2007)
// Two votes that count at the same time are a shift. Numbers and memory: regime-state.ts. Published into the symbol's
// row, by the engine's own default instance only, after every review:
//   volatile p = posterior of the state with the largest sigma
//   trending p = max(0, 4 Phi(|t|) - 3), t = drift / (0.2294 sqrt(sum of posterior x sigma^2))
// which lowers the entry thresholds of the other strategies (emit.regimeFactor); this one's own are not lowered by what
// it publishes. The regime map gives a side to each state: -1, 0, 1, 2 along the drift, -2 against it (a drift with
// |t| below drift_min has no side). Confidence = largest posterior x votes / 3.
// A sample costs O(1). The detectors run in the review, spread over fast beats: the bars of 60 s never wait there, ticks
// can; when the ring is full, each further sample reviews the oldest observation itself, so none is lost.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { setSampleTime } from "../../emit";
import {
  enter,
  heldSide,
  leave,
  slowerDisagrees,
  stopDistance,
  stopReached,
  targetDistance,
  targetReached,
} from "../../hold";
import { instanceRow, parameter, symbolRow } from "../../plan";
import { column, historyLane, lnBack, readyAtr, seriesLane } from "../../windows/series";
import { noteVolume, publishNoRegime, publishRegime } from "./regime-class";
import {
  acceptShift,
  closeReview,
  driftStatistic,
  ENTERED,
  likeliest,
  missingReturns,
  openReview,
  posterior,
  REFERENCE,
  restart,
  reviewOne,
  RING,
  statesOf,
  takeReturn,
  trendingP,
  volatileP,
  waiting,
} from "./regime-state";
import { whole } from "../../math/whole";

const EXIT_POSTERIOR: u32 = 18;
const VOTES: u32 = 19;
const SIDE_FIRST: u32 = 21;
const DRIFT_MIN: u32 = 24;
const STOP_ATR: u32 = 26;
const TARGET_ATR: u32 = 27;
const CONFIRM_BACK: f64 = 12;

export function regimeConfigure(cell: usize, instance: u32): void {
  putCell(cell, layout.CELL_MISSING, missingReturns(cell) + 1);
  if (disabled(instance)) publish(cell, instance, 0, 0);
}

function disabled(instance: u32): bool {
  return load<f64>(instanceRow(instance), layout.INSTANCE_ENABLED) == 0;
}

/** A new sample of the cell's series. */
export function regimeRule(cell: usize): void {
  const series = whole(column<f64>(cell, layout.CELL_SERIES));
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const at = seriesLane(series);
  const count = column<f64>(at, layout.SERIES_COUNT);
  const close = column<f64>(at, layout.SERIES_CLOSE);
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  if (heldSide(cell) != 0 && stopReached(cell, close)) leave(cell, close, 0);
  if (heldSide(cell) != 0 && targetReached(cell, close)) leave(cell, close, 0);
  if (count < 1.5) {
    restart(cell);
    publish(cell, instance, 0, 0);
  } else {
    if (waiting(cell) == RING) digest(cell, instance, 1);
    const window = historyLane(series);
    noteVolume(cell, column<f64>(at, layout.SERIES_VOLUME), parameter(instance, REFERENCE));
    takeReturn(cell, instance, column<f64>(at, layout.SERIES_LN) - lnBack<f64>(window, window, count, 1));
  }
  putCell(cell, layout.CELL_MISSING, missingReturns(cell));
}

/** Strategic work: every observation that waits. */
export function regimeReview(cell: usize): void {
  const left = waiting(cell);
  if (left == 0) return;
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  setSampleTime(column<f64>(at, layout.SERIES_TIME), column<f64>(at, layout.SERIES_BAR_US));
  digest(cell, whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1, left);
}

function digest(cell: usize, instance: u32, count: u32): void {
  if (!openReview(cell, instance)) return;
  for (let done: u32 = 0; done < count; done++) {
    const votes = reviewOne(cell, instance);
    if (heldSide(cell) != 0) considerExit(cell, instance);
    if (<f64>votes >= parameter(instance, VOTES)) shift(cell, instance, votes);
  }
  if (missingReturns(cell) == 0 && !disabled(instance)) {
    publish(cell, instance, volatileP(instance), trendingP(driftStatistic(cell, instance)));
  }
  closeReview(cell);
}

/** What emit.regimeFactor reads. */
function publish(cell: usize, instance: u32, volatile: f64, trending: f64): void {
  if (instance != u32(layout.REGIME_SHIFT_DETECTOR)) return;
  const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
  store<f64>(row, volatile, layout.SYMBOL_VOLATILE_P);
  store<f64>(row, trending, layout.SYMBOL_TRENDING_P);
  if (disabled(instance)) publishNoRegime(row);
  else publishRegime(row, cell);
}

function closeOf(cell: usize): f64 {
  return column<f64>(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))), layout.SERIES_CLOSE);
}

/** The position was opened in a state: it ends when that state has become doubtful. */
function considerExit(cell: usize, instance: u32): void {
  const state = u32(column<f64>(cell, ENTERED));
  const left = state < statesOf(instance) ? posterior(state) : 0;
  if (left < parameter(instance, EXIT_POSTERIOR)) leave(cell, closeOf(cell), <f64>state);
}

function shift(cell: usize, instance: u32, votes: u32): void {
  const state = likeliest(instance);
  acceptShift(cell, state);
  const t = driftStatistic(cell, instance);
  const side = mapped(instance, state, t);
  const price = closeOf(cell);
  if (side == 0) return leave(cell, price, <f64>state);
  if (slowerDisagrees(cell, side, CONFIRM_BACK)) return;
  const atr = readyAtr(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))));
  const stop = stopDistance(instance, price, atr, parameter(instance, STOP_ATR));
  const target = targetDistance(instance, price, atr, parameter(instance, TARGET_ATR));
  const confidence = (posterior(state) * <f64>votes) / 3;
  const low = price - side * stop;
  const high = price + side * target;
  const volatile = volatileP(instance);
  if (!enter(cell, side, price, low, high, confidence, <f64>state, volatile, trendingP(t), <f64>votes)) return;
  putCell(cell, ENTERED, <f64>state);
}

/** -1, 0 or 1 by the regime map. */
function mapped(instance: u32, state: u32, t: f64): f64 {
  const wanted = parameter(instance, SIDE_FIRST + state);
  if (abs(wanted) < 1.5) return wanted > 0.5 ? 1 : wanted < -0.5 ? -1 : 0;
  if (!(abs(t) >= parameter(instance, DRIFT_MIN))) return 0;
  return (wanted > 0 ? 1.0 : -1.0) * (t > 0 ? 1.0 : -1.0);
}
