// Sweeps whose truth is known: all sets are noise, or a few of them have a real edge. Correlated as the sets of a real
// sweep are: each is a part of the market's noise and a part of its own.
import { Random } from "../../../src/domain/random.ts";
import type { Trial } from "../../../src/research/outcome.ts";
import { FIGURES } from "./outcomes.ts";

export interface SweepShape {
  readonly seed: number;
  readonly sets: number;
  readonly steps: number;
  /** Share of the variance that all sets have in common, 0 to 1. */
  readonly common?: number;
  /** Sets with an edge, and their true Sharpe ratio of a step. */
  readonly skilled?: number;
  readonly edge?: number;
}

const DEVIATION = 0.01;

export function sweepOf({ seed, sets, steps, common = 0, skilled = 0, edge = 0 }: SweepShape): readonly Trial[] {
  const random = new Random(seed);
  const market = Float64Array.from({ length: steps }, () => random.normal());
  const [shared, own] = [Math.sqrt(common), Math.sqrt(1 - common)];
  return Array.from({ length: sets }, (_, set): Trial => {
    const mean = set < skilled ? edge : 0;
    const returns = market.map((one) => DEVIATION * (mean + shared * one + own * random.normal()));
    return { parameters: { set }, score: sharpeOf(returns), figures: FIGURES, returns };
  });
}

function sharpeOf(returns: Float64Array): number {
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
  const squares = returns.reduce((sum, r) => sum + (r - mean) * (r - mean), 0);
  return mean / Math.sqrt(squares / (returns.length - 1));
}

export function bestOf(trials: readonly Trial[]): Trial {
  return trials.reduce((best, one) => ((one.score ?? -Infinity) > (best.score ?? -Infinity) ? one : best));
}
