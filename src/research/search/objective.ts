// What is best: one figure, or a weighted sum of several, and what a trial must hold to count at all. Higher is better;
// null: not available, because a figure is missing or a constraint is not met.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Figures } from "../outcome.ts";

/** The figures that objectives and constraints look at; the fast path has these and no others. */
export type Scorable = Pick<
  Figures,
  "totalReturn" | "sharpe" | "sortino" | "calmar" | "profitFactor" | "maxDrawdown" | "winRate" | "trades"
>;

export const OBJECTIVES = {
  sharpe_ratio: (figures: Scorable) => figures.sharpe,
  total_return: (figures: Scorable) => figures.totalReturn,
  calmar: (figures: Scorable) => figures.calmar,
  sortino: (figures: Scorable) => figures.sortino,
  profit_factor: (figures: Scorable) => figures.profitFactor,
  /** Shallower is higher: the figure is from -1 to 0. */
  max_drawdown: (figures: Scorable) => figures.maxDrawdown,
  win_rate: (figures: Scorable) => figures.winRate,
} as const;
export type ObjectiveName = keyof typeof OBJECTIVES;
export type Weights = Readonly<Partial<Record<ObjectiveName, number>>>;

export interface Constraints {
  /** Deepest drawdown that is accepted, a share above 0. */
  readonly maxDrawdown?: number;
  readonly minTrades?: number;
}

function isObjective(name: string): name is ObjectiveName {
  return Object.hasOwn(OBJECTIVES, name);
}

/** "sharpe_ratio", or weights such as "sharpe_ratio:0.7,max_drawdown:0.3". */
export function parseObjective(text: string): Result<Weights, string> {
  const weights: Partial<Record<ObjectiveName, number>> = {};
  for (const part of text.split(",")) {
    const [name = "", weight = "1"] = part.trim().split(":");
    if (!isObjective(name))
      return failed(`${JSON.stringify(name)} is no objective; there are ${Object.keys(OBJECTIVES).join(", ")}`);
    const value = weight.trim() === "" ? Number.NaN : Number(weight);
    if (!Number.isFinite(value)) return failed(`the weight of ${name} is ${JSON.stringify(weight)}; give a number`);
    weights[name] = value;
  }
  return ok(weights);
}

export function scoreOf(figures: Scorable, weights: Weights, constraints: Constraints): number | null {
  if (refusalOf(figures, constraints) !== null) return null;
  let sum = 0;
  for (const [name, weight] of Object.entries(weights)) {
    const value = isObjective(name) ? OBJECTIVES[name](figures) : null;
    if (value === null || !Number.isFinite(value)) return null;
    sum += weight * value;
  }
  return sum;
}

/** Which constraint a trial does not meet, as a sentence; null: none. */
export function refusalOf(figures: Scorable, { maxDrawdown, minTrades }: Constraints): string | null {
  if (maxDrawdown !== undefined && -figures.maxDrawdown > maxDrawdown)
    return `its drawdown of ${(-figures.maxDrawdown).toPrecision(3)} is deeper than ${maxDrawdown}`;
  if (minTrades !== undefined && figures.trades < minTrades)
    return `it has ${figures.trades} trades, at least ${minTrades} are wanted`;
  return null;
}
