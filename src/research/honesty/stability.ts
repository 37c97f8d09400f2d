// How the score falls when one parameter moves by one step of its grid: an optimum on a needle's point is one of noise.
// The neighbours are taken from trials that are there already; what is missing is evaluated.
import type { Trial } from "../outcome.ts";

export type Parameters = Readonly<Record<string, number>>;
/** The values that each parameter may take, ascending. */
export type Grid = Readonly<Record<string, readonly number[]>>;

export interface Neighbour {
  readonly parameter: string;
  readonly value: number;
  readonly score: number | null;
  /** Score over the score of the optimum; null where one of the two has none, or the optimum is not above 0. */
  readonly kept: number | null;
}

export interface StabilityMap {
  readonly optimum: Parameters;
  readonly score: number;
  readonly neighbours: readonly Neighbour[];
  /** Median and least of `kept`; null without one. */
  readonly medianKept: number | null;
  readonly worstKept: number | null;
}

type Scored = Pick<Trial, "parameters" | "score">;

/** Same parameters, whatever the order of their names. */
export function parameterKey(parameters: Parameters): string {
  const names = Object.keys(parameters).sort();
  return JSON.stringify(names.map((name) => [name, parameters[name]]));
}

export function stepsAround(optimum: Parameters, grid: Grid): readonly { parameter: string; value: number }[] {
  return Object.entries(grid).flatMap(([parameter, values]) => {
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    const own = optimum[parameter];
    if (own === undefined) return [];
    const below = sorted.findLast((value) => value < own);
    const above = sorted.find((value) => value > own);
    return [below, above].filter((value) => value !== undefined).map((value) => ({ parameter, value }));
  });
}

/**
 * Null when the optimum has no score. Neighbours that no trial has stay without a score where `evaluate` is not there, or
 * answers null: parameters that do not fit each other make no run.
 */
export async function stabilityMap(
  optimum: Scored,
  trials: readonly Scored[],
  grid: Grid,
  evaluate?: (parameters: Parameters) => Promise<Scored> | null,
): Promise<StabilityMap | null> {
  const { parameters, score } = optimum;
  if (score === null || !Number.isFinite(score)) return null;
  const known = new Map(trials.map((trial) => [parameterKey(trial.parameters), trial.score]));
  const neighbours: Neighbour[] = [];
  for (const { parameter, value } of stepsAround(parameters, grid)) {
    const moved = { ...parameters, [parameter]: value };
    const found = known.get(parameterKey(moved));
    const there = found === undefined ? ((await evaluate?.(moved))?.score ?? null) : found;
    const kept = there === null || !(score > 0) ? null : there / score;
    neighbours.push({ parameter, value, score: there, kept });
  }
  const shares = neighbours.flatMap(({ kept }) => (kept === null ? [] : [kept])).sort((a, b) => a - b);
  const middle = shares.length >> 1;
  const median = shares.length === 0 ? null : ((shares[middle] ?? 0) + (shares[shares.length - 1 - middle] ?? 0)) / 2;
  return { optimum: parameters, score, neighbours, medianKept: median, worstKept: shares[0] ?? null };
}
