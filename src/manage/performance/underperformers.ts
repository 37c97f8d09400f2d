// Which strategies do worse than they may, by the newest results that are tracked of each: a strategy begins to be one
// when a figure is beyond its threshold, and ends to be one when all of them are better than that by the margin, so that
// one that moves along a threshold is not told of again and again. Fewer than `min_trades` results say nothing. The
// figures are those of metrics.ts over the window alone.
import type { Numbers } from "../settings/settings.ts";
import { metricsOf, NOTHING, type Totals, type TrackedResult, withResult } from "./metrics.ts";

/** Results of a strategy that are looked at, at most. */
export const WINDOW_MAX = 200;

export interface Underperforming {
  /** Microseconds. */
  readonly since: number;
  /** For people, one for each threshold that was passed. */
  readonly reasons: readonly string[];
}

export interface Judgement {
  readonly strategyId: string;
  /** Null: it is one no more. */
  readonly begun: Underperforming | null;
}

export class Underperformers {
  private readonly thresholds: () => Numbers;
  private readonly now: () => number;
  private readonly recent = new Map<string, TrackedResult[]>();
  private readonly flagged = new Map<string, Underperforming>();

  constructor(thresholds: () => Numbers, now: () => number) {
    this.thresholds = thresholds;
    this.now = now;
  }

  of(strategyId: string): Underperforming | null {
    return this.flagged.get(strategyId) ?? null;
  }

  /** Results in their order; it is not judged yet. */
  add(strategyId: string, result: TrackedResult): void {
    const known = this.recent.get(strategyId) ?? [];
    known.push(result);
    if (known.length > WINDOW_MAX) known.shift();
    this.recent.set(strategyId, known);
  }

  forget(strategyId: string): void {
    this.recent.delete(strategyId);
    this.flagged.delete(strategyId);
  }

  /** Null: it stays what it was. */
  judge(strategyId: string): Judgement | null {
    const thresholds = this.thresholds();
    const of = (name: string): number => thresholds[name] ?? 0;
    const results = (this.recent.get(strategyId) ?? []).slice(-of("window"));
    const known = this.of(strategyId);
    const margin = known === null ? 0 : of("margin");
    const reasons = results.length < of("min_trades") ? [] : faults(results, thresholds, margin);
    if (reasons.length > 0 === (known !== null)) return null;
    if (reasons.length === 0) {
      this.flagged.delete(strategyId);
      return { strategyId, begun: null };
    }
    const begun = { since: this.now(), reasons };
    this.flagged.set(strategyId, begun);
    return { strategyId, begun };
  }

  /** All that there are results of: thresholds have changed. */
  judgeAll(): readonly Judgement[] {
    return [...this.recent.keys()].flatMap((strategyId) => this.judge(strategyId) ?? []);
  }
}

/** `margin`: by how much better than its threshold a figure has to be, as a share of it. */
function faults(results: readonly TrackedResult[], thresholds: Numbers, margin: number): readonly string[] {
  const totals = results.reduce<Totals>((sum, result) => withResult(sum, result), NOTHING);
  const metrics = metricsOf(totals);
  const least = (name: string): number => {
    const threshold = thresholds[`min_${name}`] ?? 0;
    return threshold + margin * Math.abs(threshold);
  };
  const reasons: string[] = [];
  for (const [name, shown, found] of [
    ["sharpe", "Sharpe ratio", metrics.sharpe_ratio],
    ["win_rate", "win rate", metrics.win_rate],
  ] as const)
    if (found < least(name)) reasons.push(`${shown} ${found.toFixed(3)}, at least ${least(name).toFixed(3)} is wanted`);
  const deepest = (thresholds["max_drawdown"] ?? -1) * (1 - margin);
  const { max_drawdown: fallen } = metrics;
  if (fallen < deepest) reasons.push(`drawdown ${fallen.toFixed(3)}, no deeper than ${deepest.toFixed(3)} is allowed`);
  return reasons;
}
