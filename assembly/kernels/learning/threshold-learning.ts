// threshold_learning: moves min_signal_quality of each strategy by its measured success.
//   enough outcomes (OUTCOMES_MIN) since the last change?  success = wins / outcomes
//   success > 0.8: quality x 0.95;  success < 0.5: quality x 1.05;  clamped to 0.01 .. 0.95; counters start again
// Only closed outcomes count, never the engine's own confidence; between 0.5 and 0.8 nothing moves (hysteresis), and
// the counters start again after a change, so each change needs fresh evidence. Runs at learning beats over all rows,
// two strategies at a time; a strategy without enough outcomes keeps its row to the bit.
import * as layout from "../../layout";
import { add, both, div, larger, less, mul, select2, smaller, splat } from "../../lanes";
import { setting, thresholdAddress } from "../../emit";

const OUTCOMES_MIN: f64 = 20;
const OUTCOMES_MAX: f64 = 200;
const QUALITY_MIN: f64 = 0.01;
const QUALITY_MAX: f64 = 0.95;

export function learnOutcome(strategy: u32, pnl: f64): void {
  if (strategy >= u32(layout.STRATEGY_COUNT)) return;
  const wins = thresholdAddress(layout.THRESHOLD_WINS, strategy);
  const total = thresholdAddress(layout.THRESHOLD_TOTAL, strategy);
  // Old evidence fades, so that a strategy that has changed is noticed.
  if (load<f64>(total) >= OUTCOMES_MAX) {
    store<f64>(wins, 0.5 * load<f64>(wins));
    store<f64>(total, 0.5 * load<f64>(total));
  }
  if (pnl > 0) store<f64>(wins, load<f64>(wins) + 1);
  store<f64>(total, load<f64>(total) + 1);
}

/** One learning beat. */
export function learnThresholds(): void {
  if (setting(layout.SETTING_LEARNING) == 0) return;
  for (let row: u32 = 0; row < u32(layout.THRESHOLD_ROWS); row += 2) learnRows<v128>(row);
}

export function learnRows<T>(row: u32): void {
  const zero = splat<T>(0);
  const quality = load<T>(thresholdAddress(layout.THRESHOLD_QUALITY, row));
  const wins = load<T>(thresholdAddress(layout.THRESHOLD_WINS, row));
  const total = load<T>(thresholdAddress(layout.THRESHOLD_TOTAL, row));
  const enough = less<T>(splat<T>(OUTCOMES_MIN - 0.5), total);
  const success = div<T>(wins, larger<T>(total, splat<T>(1)));
  const well = both<T>(enough, less<T>(splat<T>(0.8), success));
  const badly = both<T>(enough, less<T>(success, splat<T>(0.5)));
  const factor = select2<T>(well, splat<T>(0.95), select2<T>(badly, splat<T>(1.05), splat<T>(1)));
  const bounded = smaller<T>(larger<T>(mul<T>(quality, factor), splat<T>(QUALITY_MIN)), splat<T>(QUALITY_MAX));
  const changed = select2<T>(well, splat<T>(1), select2<T>(badly, splat<T>(1), zero));
  const change = less<T>(zero, changed);
  store<T>(thresholdAddress(layout.THRESHOLD_QUALITY, row), select2<T>(change, bounded, quality));
  store<T>(thresholdAddress(layout.THRESHOLD_WINS, row), select2<T>(change, zero, wins));
  store<T>(thresholdAddress(layout.THRESHOLD_TOTAL, row), select2<T>(change, zero, total));
  const changes = load<T>(thresholdAddress(layout.THRESHOLD_CHANGES, row));
  store<T>(thresholdAddress(layout.THRESHOLD_CHANGES, row), add<T>(changes, changed));
}

/** The same pass one strategy or two at a time, for the test that compares them. */
export function learnRowsScalar(): void {
  for (let row: u32 = 0; row < u32(layout.THRESHOLD_ROWS); row++) learnRows<f64>(row);
}
export function learnRowsLanes(): void {
  for (let row: u32 = 0; row < u32(layout.THRESHOLD_ROWS); row += 2) learnRows<v128>(row);
}
