// The first call on every instance of the core: reads the plan, and for a fresh memory sets the starting thresholds.
import * as layout from "./layout";
import { globals, readPlan } from "./plan";

/** Binds this instance to worker `index` of the memory; the host's own instance uses 0 and only decodes. */
export function attach(index: u32): void {
  readPlan(index);
}

/** Starting values of the learned thresholds; once per worker copy, before the first event. */
export function resetGlobals(): void {
  memory.fill(globals, 0, layout.GLOBALS_BYTES);
  for (let row: u32 = 0; row < u32(layout.THRESHOLD_ROWS); row++) {
    put(layout.THRESHOLD_QUALITY, row, 0.1);
    put(layout.THRESHOLD_OPPORTUNITY, row, 0.05);
    put(layout.THRESHOLD_VOLATILITY, row, 3.0);
    put(layout.THRESHOLD_TREND, row, 2.0);
  }
}
function put(column: u32, row: u32, value: f64): void {
  store<f64>(globals + layout.GLOBALS_THRESHOLDS + ((column * layout.THRESHOLD_ROWS + row) << 3), value);
}

/** First byte behind asc's constant tables: must stay below HEADER. */
export function heapBase(): usize {
  return __heap_base;
}
