// The gate of pairs_trading: whether two log prices are cointegrated over the last `window` bars, which of them is y, in
// which scale the filter sees them, and where the filter stands.
//   test     Engle-Granger both ways: Dickey-Fuller t of the residuals of one on the other, lags by AIC; the smaller t
//            decides which is y. Passed when t < -3.33613 - 6.1101 / T - 6.823 / T^2 (MacKinnon 2010, 5 percent),
//            T = window - 1; p after MacKinnon (1994)
//   scale    (ln price - mean) / sd over the window, sd with window - 1 degrees of freedom
//   filter   begun anew and led through the window in that scale, so what follows depends on the window only
// A gate is due `regate_seconds` of event time after the last one. It waits while a position is held, so that nothing
// jumps under it, and for the group's turn: groups take the bars of a cycle of at most SPREAD in turn, because a gate
// costs as much as hundreds of bars. Called by the group's worker.
import * as layout from "../../layout";
import { dickeyFuller, lagsByAic } from "../../math/dickey-fuller";
import { KALMAN_COLUMNS, KALMAN_ERROR, KALMAN_VARIANCE, kalmanInit, kalmanStep } from "../../math/kalman";
import { mackinnonCritical, mackinnonP } from "../../math/mackinnon";
import { CONSTANT, NONE, total } from "../../math/moments";
import { fitLine } from "../../math/regression";
import { parameter, scratchArea } from "../../plan";
import {
  MAX_LAG,
  PAIR_COUNT,
  PAIR_GATE,
  PAIR_KALMAN,
  PAIR_MEAN,
  PAIR_P,
  PAIR_PASSED,
  PAIR_Q,
  PAIR_SCALE,
  PAIR_TIME,
  PAIR_TURNED,
  PAIR_V,
  PAIR_Z,
  REGATE_SECONDS,
  WINDOW,
  get,
  pairSample,
  put,
} from "./pairs-lane";

const SPREAD: f64 = 256;
const SECOND: f64 = 1_000_000;

/** Whether it is the group's turn: bar `over` after its window was filled. `bar`: microseconds, 0: every tick. */
export function gateTurn(group: u32, instance: u32, bar: f64, over: u32): bool {
  const bars = floor((parameter(instance, REGATE_SECONDS) * SECOND) / (bar > 0 ? bar : SECOND));
  const cycle = u32(bars < SPREAD ? (bars > 1 ? bars : 1) : SPREAD);
  const half = u32(layout.SCREEN_GROUPS) / 2;
  const place = group < u32(layout.SCREEN_GROUPS) ? group % half : group - layout.SCREEN_GROUPS;
  return over % cycle == place % cycle;
}

/** Runs the gate on the newest `window` samples. */
export function gatePair(group: u32, at: usize, instance: u32): void {
  const window = u32(parameter(instance, WINDOW));
  const first = u32(get(at, PAIR_COUNT)) - window;
  const logs0 = scratchArea;
  const logs1 = logs0 + (window << 3);
  const scratch = logs1 + (window << 3);
  for (let k: u32 = 0; k < window; k++) {
    const sample = pairSample(group, first + k);
    store<f64>(logs0 + (k << 3), load<f64>(sample));
    store<f64>(logs1 + (k << 3), load<f64>(sample, 8));
  }
  const maxLag = u32(parameter(instance, MAX_LAG));
  const straight = residualStatistic(logs0, logs1, window, maxLag, scratch);
  const crossed = residualStatistic(logs1, logs0, window, maxLag, scratch);
  const turned = crossed < straight || straight != straight;
  const t = turned ? crossed : straight;
  put(at, PAIR_TURNED, turned ? 1 : 0);
  put(at, PAIR_P, t == t ? mackinnonP(t, CONSTANT, 2) : 1);
  put(at, PAIR_PASSED, t < mackinnonCritical(5, CONSTANT, 2, <f64>(window - 1)) ? 1 : 0);
  put(at, PAIR_GATE, get(at, PAIR_TIME) + parameter(instance, REGATE_SECONDS) * SECOND);
  const moves = standardise(at, 0, logs0, window);
  if (standardise(at, 1, logs1, window) && moves)
    leadFilter(at, turned ? logs1 : logs0, turned ? logs0 : logs1, window);
  else standStill(at);
}

/** Dickey-Fuller t of the residuals of y on x; NaN when there is nothing to test. */
function residualStatistic(y: usize, x: usize, count: u32, maxLag: u32, scratch: usize): f64 {
  const residuals = scratch + 64;
  if (!fitLine(y, x, count, residuals, scratch)) return NaN;
  const rest = residuals + (count << 3);
  const lags = maxLag > 0 ? lagsByAic(residuals, count, maxLag, NONE, rest) : 0;
  return dickeyFuller(residuals, count, lags, NONE, rest);
}

/** Mean and scale of a leg; its column becomes standardised. False when it does not move. */
function standardise(at: usize, leg: u32, logs: usize, count: u32): bool {
  const mean = total(logs, count) / <f64>count;
  let squares: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const x = load<f64>(logs + (k << 3)) - mean;
    squares += x * x;
  }
  const scale = 1 / sqrt(squares / <f64>(count - 1));
  put(at, PAIR_MEAN + leg, mean);
  put(at, PAIR_SCALE + leg, scale);
  for (let k: u32 = 0; k < count; k++) {
    store<f64>(logs + (k << 3), (load<f64>(logs + (k << 3)) - mean) * scale);
  }
  // A standard deviation below 1e-9 of the price is rounding.
  return scale < 1e9;
}

function leadFilter(at: usize, y: usize, x: usize, count: u32): void {
  const filter = at + PAIR_KALMAN * layout.COLUMN_BYTES;
  kalmanInit<f64>(filter);
  for (let k: u32 = 0; k < count; k++) {
    kalmanStep<f64>(filter, 1, load<f64>(y + (k << 3)), load<f64>(x + (k << 3)), get(at, PAIR_Q), get(at, PAIR_V));
  }
  put(at, PAIR_Z, get(at, PAIR_KALMAN + KALMAN_ERROR) / sqrt(get(at, PAIR_KALMAN + KALMAN_VARIANCE)));
}

/** A leg without movement has no scale: no filter until the next gate. */
function standStill(at: usize): void {
  for (let leg: u32 = 0; leg < 2; leg++) {
    put(at, PAIR_MEAN + leg, 0);
    put(at, PAIR_SCALE + leg, 0);
  }
  for (let index: u32 = 0; index < KALMAN_COLUMNS; index++) put(at, PAIR_KALMAN + index, 0);
  put(at, PAIR_Z, 0);
  put(at, PAIR_PASSED, 0);
}
