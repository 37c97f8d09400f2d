// What live ticks have made of a symbol so far, by the series that takes longest to fill: of those in which a bar has closed
// the one with the longest. Whether a history is worth beginning the symbol's windows again is asked of it. Racy by nature while workers run.
import * as layout from "../../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";

export interface Grown {
  /** Length of the bars; 0: each trade is a sample. */
  readonly barUs: number;
  /** Samples that it has had. */
  readonly samples: number;
}

export function longestBars(memory: WebAssembly.Memory, plan: MemoryPlan, symbol: number): Grown {
  const view = new DataView(memory.buffer);
  const series = plan.bases[layout.PLAN_SERIES] ?? 0;
  const at = (index: number, column: number): number => {
    const block = series + (index >> 1) * layout.SERIES_COLUMNS * layout.COLUMN_BYTES;
    return view.getFloat64(block + (index & 1) * 8 + column * layout.COLUMN_BYTES, true);
  };
  const longest = (first: number, known: Grown): Grown => {
    let found = known;
    for (let next = first; next !== 0; next = at(next - 1, layout.SERIES_NEXT)) {
      const own = { barUs: at(next - 1, layout.SERIES_BAR_US), samples: at(next - 1, layout.SERIES_COUNT) };
      found = longest(at(next - 1, layout.SERIES_FIRST_FED), own.samples > 0 && own.barUs >= found.barUs ? own : found);
    }
    return found;
  };
  const row = (plan.bases[layout.PLAN_SYMBOLS] ?? 0) + symbol * layout.SYMBOL_BYTES;
  return longest(view.getUint32(row + layout.SYMBOL_FIRST_SERIES, true), { barUs: 0, samples: 0 });
}
