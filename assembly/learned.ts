// What was learned of each strategy beyond its thresholds (learned-layout.ts): where it lies, the quality that a regime
// asks for, and the map from the confidence that a rule gives to the one that is published. Every worker has a copy, which
// changes by control events and learning beats only, so every worker reads the same at the same event.
import * as layout from "./layout";
import * as learning from "./learned-layout";
import * as regimes from "./regimes";
import { globals, ownsSymbol, symbolRow } from "./plan";
import { whole } from "./math/whole";

export function learnedAddress(column: u32, strategy: u32): usize {
  return globals + learning.GLOBALS_LEARNED + ((column * layout.THRESHOLD_ROWS + strategy) << 3);
}
export function learned(column: u32, strategy: u32): f64 {
  return load<f64>(learnedAddress(column, strategy));
}

/** CLASS_ of a symbol. Legs of a group belong to several workers, of which none knows all, so they have none. */
function classOf(symbol: u32, strategy: u32): u32 {
  if (ofGroups(strategy)) return learning.CLASS_OTHER;
  assert(ownsSymbol(symbol)); // another worker's regime is of another moment
  const regime = u32(load<u8>(symbolRow(symbol), regimes.SYMBOL_REGIME));
  if (regime == regimes.REGIME_VOLATILE) return learning.CLASS_VOLATILE;
  return regime == regimes.REGIME_TRENDING ? learning.CLASS_TRENDING : learning.CLASS_OTHER;
}
function ofGroups(strategy: u32): bool {
  return (
    strategy == layout.PAIRS_TRADING ||
    strategy == layout.COINTEGRATION_MODEL ||
    strategy == layout.TRIANGULAR_ARBITRAGE
  );
}

/** min_signal_quality of a strategy on a symbol: that of its regime, once it has learned one of its own. */
export function qualityOn(symbol: u32, strategy: u32, quality: f64): f64 {
  const regime = classOf(symbol, strategy);
  if (regime == learning.CLASS_OTHER) return quality;
  const own = learned(learning.LEARNED_CLASS + (regime - 1) * learning.LEARNED_CLASS_COLUMNS, strategy);
  return own > 0 ? own : quality;
}

/** What a raw confidence is worth by the outcomes so far: straight lines between the points, level beyond the outer ones. */
export function calibrated(strategy: u32, raw: f64): f64 {
  const points = whole(learned(learning.LEARNED_POINTS, strategy));
  if (points == 0 || !(raw == raw)) return raw;
  let x = learned(learning.LEARNED_RAW, strategy);
  let y = learned(learning.LEARNED_WORTH, strategy);
  if (raw <= x) return y;
  for (let point: u32 = 1; point < points; point++) {
    const nextX = learned(learning.LEARNED_RAW + point, strategy);
    const nextY = learned(learning.LEARNED_WORTH + point, strategy);
    if (raw <= nextX) return y + ((nextY - y) * (raw - x)) / (nextX - x);
    x = nextX;
    y = nextY;
  }
  return y;
}

/** One point more of a strategy's map; point 0 begins a new one, which is in force as far as it goes. */
export function takePoint(strategy: u32, points: u32, raw: f64, worth: f64): void {
  if (strategy >= u32(layout.STRATEGY_COUNT) || points > u32(learning.CALIBRATION_POINTS)) return;
  if (points > 0) {
    store<f64>(learnedAddress(learning.LEARNED_RAW + points - 1, strategy), raw);
    store<f64>(learnedAddress(learning.LEARNED_WORTH + points - 1, strategy), worth);
  } else forget(strategy);
  store<f64>(learnedAddress(learning.LEARNED_POINTS, strategy), <f64>points);
}
/** So that the state does not depend on the map before. */
function forget(strategy: u32): void {
  for (let point: u32 = 0; point < 2 * u32(learning.CALIBRATION_POINTS); point++) {
    store<f64>(learnedAddress(learning.LEARNED_RAW + point, strategy), 0);
  }
}
