// Whether the synthetic market is over, by what the stream knows of its symbols: also of those of an earlier process.
import type { SymbolState } from "../stream/stream.ts";

/** Whether any event that was not of the synthetic market has ever come. */
export function hasReal(symbols: readonly SymbolState[]): boolean {
  return symbols.some(({ demo, ticks }) => !demo && ticks > 0);
}
