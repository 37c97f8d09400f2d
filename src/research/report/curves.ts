// Columns that a report draws, made from an outcome: drawdown, exposure, rolling Sharpe ratio, distribution of returns.
import type { EquityCurve } from "../outcome.ts";

/** Equity over the highest so far, minus 1; the capital counts. Not a number where the equity is none. */
export function drawdownOf({ equity }: EquityCurve, capital: number): Float64Array {
  let highest = capital;
  return equity.map((value) => {
    if (value > highest) highest = value;
    return highest > 0 ? value / highest - 1 : Number.NaN;
  });
}

/** Gross value of the positions over equity. */
export function exposureOf({ equity, exposure }: EquityCurve): Float64Array {
  return exposure.map((value, index) => ((equity[index] ?? 0) > 0 ? value / (equity[index] ?? 1) : Number.NaN));
}

const WINDOW_MIN = 20;

/** Steps of a rolling window: a quarter of a year, at most a quarter of what there is; 0 when that is too little. */
export function rollingWindow(steps: number, periodsPerYear: number): number {
  const wanted = Math.max(WINDOW_MIN, Math.round(periodsPerYear / 4));
  const window = Math.min(Number.isFinite(wanted) ? wanted : steps, Math.floor(steps / 4));
  return window >= WINDOW_MIN ? window : 0;
}

/**
 * Sharpe ratio of a year over the last `window` returns; not a number before, and where nothing moves. For drawing: running
 * sums of deviations from the mean of all, which keep the digits that a line needs.
 */
export function rollingSharpe(returns: Float64Array, window: number, periodsPerYear: number): Float64Array {
  const out = new Float64Array(returns.length).fill(Number.NaN);
  let mean = 0;
  for (const r of returns) mean += r / returns.length;
  let [sum, squares] = [0, 0];
  for (const [index, r] of returns.entries()) {
    const added = r - mean;
    sum += added;
    squares += added * added;
    if (index >= window) {
      const gone = (returns[index - window] ?? 0) - mean;
      sum -= gone;
      squares -= gone * gone;
    }
    if (index < window - 1) continue;
    const variance = (squares - (sum * sum) / window) / (window - 1);
    if (variance > 1e-12 * mean * mean && variance > 1e-24) {
      out[index] = ((mean + sum / window) / Math.sqrt(variance)) * Math.sqrt(periodsPerYear);
    }
  }
  return out;
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * Counts of the returns in equal bins around 0, so that one edge is 0. What lies beyond the 0.5 % of either end is counted
 * in the outermost bins; steps without a position (exactly 0) are left out and told by the caller.
 */
export function histogram(returns: Float64Array, bins: number): readonly Bin[] {
  const sorted = returns.filter((r) => r !== 0).sort();
  if (sorted.length < 2) return [];
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const reach = Math.max(Math.abs(at(0.005)), Math.abs(at(0.995)));
  const width = (2 * reach) / bins;
  if (!(width > 0)) return [];
  const counts = new Float64Array(bins);
  for (const r of sorted) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(r / width) + bins / 2));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return Array.from(counts, (count, bin) => ({
    from: (bin - bins / 2) * width,
    to: (bin + 1 - bins / 2) * width,
    count,
  }));
}
