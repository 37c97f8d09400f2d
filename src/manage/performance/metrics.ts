// What tracked results come to. Sums over all results ever tracked, so adding one costs the same whatever their number.
//   volatility     standard deviation of the results (n - 1)          sharpe_ratio   mean / volatility, per result
//   max_drawdown   deepest fall of CAPITAL + running sum below its peak, as a share of the peak, -1 .. 0
//   calmar_ratio   total / CAPITAL over the size of max_drawdown      profit_factor  profits / losses, null without losses
// Every figure is finite: results and ratios are at most RESULT_MAX in size. Variance after Welford (1962).

/** What the shares refer to, in the currency of the results: the capital of an execution on paper. */
export const CAPITAL = 100_000;
export const RESULT_MAX = 1e15;
export const EXECUTION_MS_MAX = 1e12;

export interface Totals {
  readonly count: number;
  readonly successes: number;
  readonly wins: number;
  readonly sum: number;
  readonly mean: number;
  /** Sum of the squared distances from the mean. */
  readonly squares: number;
  readonly profits: number;
  readonly losses: number;
  /** Results that came with their execution time, and the sum of these. */
  readonly timed: number;
  readonly timeMs: number;
  /** Highest running sum so far. */
  readonly peak: number;
  readonly maxDrawdown: number;
}

export interface TrackedMetrics {
  readonly total_pnl: number;
  readonly success_rate: number;
  readonly total_trades: number;
  readonly avg_execution_time_ms: number;
  readonly win_rate: number;
  readonly sharpe_ratio: number;
  readonly max_drawdown: number;
  readonly profit_factor: number | null;
  readonly volatility: number;
  readonly calmar_ratio: number;
}

export interface TrackedResult {
  readonly pnl: number;
  readonly success: boolean;
  readonly executionTimeMs: number | null;
}

export const NOTHING: Totals = {
  count: 0,
  successes: 0,
  wins: 0,
  sum: 0,
  mean: 0,
  squares: 0,
  profits: 0,
  losses: 0,
  timed: 0,
  timeMs: 0,
  peak: 0,
  maxDrawdown: 0,
};

export function withResult(before: Totals, { pnl, success, executionTimeMs }: TrackedResult): Totals {
  const count = before.count + 1;
  const sum = before.sum + pnl;
  const mean = before.mean + (pnl - before.mean) / count;
  const peak = Math.max(before.peak, sum);
  const fall = Math.max(-1, (sum - peak) / (CAPITAL + peak));
  return {
    count,
    successes: before.successes + (success ? 1 : 0),
    wins: before.wins + (pnl > 0 ? 1 : 0),
    sum,
    mean,
    squares: before.squares + (pnl - before.mean) * (pnl - mean),
    profits: before.profits + Math.max(0, pnl),
    losses: before.losses - Math.min(0, pnl),
    timed: before.timed + (executionTimeMs === null ? 0 : 1),
    timeMs: before.timeMs + (executionTimeMs ?? 0),
    peak,
    maxDrawdown: Math.min(before.maxDrawdown, fall),
  };
}

export function metricsOf(totals: Totals): TrackedMetrics {
  const { count, successes, wins, sum, mean, squares, profits, losses, timed, timeMs, maxDrawdown } = totals;
  const volatility = count > 1 ? Math.sqrt(Math.max(0, squares) / (count - 1)) : 0;
  // A deviation that rounding alone has left is none.
  const varies = volatility > Math.abs(mean) * 1e-12;
  return {
    total_pnl: sum,
    success_rate: count > 0 ? successes / count : 0,
    total_trades: count,
    avg_execution_time_ms: timed > 0 ? timeMs / timed : 0,
    win_rate: count > 0 ? wins / count : 0,
    sharpe_ratio: varies ? mean / volatility : 0,
    max_drawdown: maxDrawdown,
    profit_factor: losses > 0 ? bounded(profits / losses) : null,
    volatility,
    calmar_ratio: maxDrawdown < 0 ? bounded(sum / CAPITAL / -maxDrawdown) : 0,
  };
}

/** A ratio to something next to nothing says no more than that. */
function bounded(ratio: number): number {
  return Math.max(-RESULT_MAX, Math.min(RESULT_MAX, ratio));
}
