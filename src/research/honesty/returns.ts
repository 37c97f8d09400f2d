// Simple returns of an equity curve from step to step; the first one is from the capital.
import type { EquityCurve } from "../outcome.ts";

/** Null when an equity is not a number, or when a return would be over nothing: what follows a ruin has no return. */
export function returnsOf({ equity }: EquityCurve, capital: number): Float64Array | null {
  const returns = new Float64Array(equity.length);
  let before = capital;
  for (const [index, value] of equity.entries()) {
    if (!(before > 0) || !Number.isFinite(value)) return null;
    returns[index] = value / before - 1;
    before = value;
  }
  return returns;
}
