// Figures about a column, from the core: performance of returns, mean and deviation of anything. Offsets are those of
// assembly/math/performance.ts, in f64.
import { GoldenError } from "./format.ts";
import type { Engine } from "./engine.ts";

const FIELDS = 15;
const STATE = 10; // f64 of rolling moments

/** Of simple returns r, `periods` of them a year, with a yearly risk-free rate. */
export interface Performance {
  readonly total: number;
  readonly cagr: number;
  readonly volatility: number;
  readonly sharpe: number;
  readonly sortino: number;
  readonly downside: number;
  readonly drawdown: number;
  readonly calmar: number;
  readonly skew: number;
  readonly kurtosis: number;
  readonly positive: number;
  readonly omega: number;
  readonly mean: number;
  readonly deviation: number;
  readonly stability: number;
}

export function performanceOf({ core, arena }: Engine, r: readonly number[], periods: number, rate = 0): Performance {
  const out = arena.take(FIELDS);
  if (core.performance(arena.put(r), r.length, periods, rate, out) !== 1) {
    throw new GoldenError(`the engine refuses these ${r.length} returns`);
  }
  const [total = 0, cagr = 0, volatility = 0, sharpe = 0, sortino = 0, downside = 0, drawdown = 0, calmar = 0] =
    arena.read(out, 8);
  const [skew = 0, kurtosis = 0, positive = 0, omega = 0, mean = 0, deviation = 0, stability = 0] = arena.read(
    out + 64,
    FIELDS - 8,
  );
  return {
    total,
    cagr,
    volatility,
    sharpe,
    sortino,
    downside,
    drawdown,
    calmar,
    skew,
    kurtosis,
    positive,
    omega,
    mean,
    deviation,
    stability,
  };
}

/** Mean and deviation (count - 1) of a whole column: the rolling moments whose window is all of it. */
export function momentsOf({ core, arena }: Engine, x: readonly number[]): { mean: number; deviation: number } {
  const rows = arena.take(4 * x.length);
  core.momentsColumn(arena.put(x), x.length, x.length, arena.take(STATE), rows);
  const [mean = Number.NaN, variance = Number.NaN] = arena.read(rows + 32 * (x.length - 1), 2);
  return { mean, deviation: Math.sqrt(variance) };
}
