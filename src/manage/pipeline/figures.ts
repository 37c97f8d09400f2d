// Single figures out of a run's result. A result of several types has figures of each and of all together: the latter where
// the result names them, else the mean over the parts.
import type { JobResult } from "../backtests/backtests.ts";

interface Part {
  readonly figures: Readonly<Record<string, number | null>>;
}

/** By the name that the run gives it; null: not available. */
export function figureOf(result: JobResult, name: string): number | null {
  const parts = (result["runs"] ?? []) as readonly Part[];
  const [only] = parts;
  if (parts.length === 1) return finite(only?.figures[name]);
  const together = TOGETHER.get(name);
  if (together !== undefined && typeof result[together] === "number") return finite(result[together]);
  const values = parts.flatMap(({ figures }) => finite(figures[name]) ?? []);
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}

const TOGETHER = new Map([
  ["sharpe", "sharpe_ratio"],
  ["maxDrawdown", "max_drawdown"],
  ["winRate", "win_rate"],
]);

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
