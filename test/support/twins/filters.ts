// The recursive filters the plain way: matrices written out, probabilities without logarithms, no floors.
import { at, dot } from "./regression.ts";

export interface KalmanRow {
  readonly beta: number;
  readonly alpha: number;
  readonly error: number;
  readonly variance: number;
}

/** Kalman regression by the short update P = R - K h' R; the prior of the first observation is N(0, I). */
export function kalmanTwin(y: readonly number[], x: readonly number[], q: number, v: number): KalmanRow[] {
  let [beta, alpha] = [0, 0];
  let r: number[][] = [
    [1, 0],
    [0, 1],
  ];
  return y.map((value, t) => {
    const h = [x[t] ?? Number.NaN, 1];
    const error = value - dot(h, [beta, alpha]);
    const rh = r.map((row) => dot(row, h));
    const variance = dot(rh, h) + v;
    if (Number.isFinite(error) && Number.isFinite(variance)) {
      const gain = rh.map((entry) => entry / variance);
      beta += (gain[0] ?? 0) * error;
      alpha += (gain[1] ?? 0) * error;
      r = r.map((row, i) => row.map((entry, j) => entry - (gain[i] ?? 0) * (rh[j] ?? 0) + (i === j ? q : 0)));
    }
    return { beta, alpha, error, variance };
  });
}

export interface Chain {
  readonly mean: readonly number[];
  readonly sigma: readonly number[];
  readonly move: readonly (readonly number[])[];
}

/** The distribution that the chain keeps, by letting it run for a long time. */
export function stationaryTwin({ move }: Chain): number[] {
  let power = move.map((row) => [...row]);
  for (let squaring = 0; squaring < 60; squaring++) {
    power = power.map((row) => row.map((_, j) => row.reduce((sum, entry, k) => sum + entry * at(power, k, j), 0)));
    power = power.map((row) => row.map((entry) => entry / row.reduce((sum, other) => sum + other, 0)));
  }
  return power[0] ?? [];
}

export function densityTwin({ mean, sigma }: Chain, j: number, r: number): number {
  const [mu, sd] = [mean[j] ?? 0, sigma[j] ?? 1];
  return Math.exp(-0.5 * ((r - mu) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI));
}

export interface FilterRun {
  readonly filtered: number[][];
  readonly predicted: number[][];
  readonly likelihood: number;
}

export function hamiltonTwin(chain: Chain, values: readonly number[]): FilterRun {
  let next = stationaryTwin(chain);
  let likelihood = 0;
  const [filtered, predicted]: [number[][], number[][]] = [[], []];
  for (const r of values) {
    predicted.push(next);
    const joint = next.map((p, j) => p * densityTwin(chain, j, r));
    const sum = joint.reduce((total, p) => total + p, 0);
    likelihood += Math.log(sum);
    const now = joint.map((p) => p / sum);
    filtered.push(now);
    next = now.map((_, j) => now.reduce((total, p, i) => total + p * at(chain.move, i, j), 0));
  }
  return { filtered, predicted, likelihood };
}

/** Rows of S+, S-, alarm; both sums start again after an alarm. */
export function cusumTwin(x: readonly number[], k: number, h: number): number[][] {
  let [up, down] = [0, 0];
  return x.map((value) => {
    if (Number.isFinite(value)) {
      up = Math.max(0, up + value - k);
      down = Math.max(0, down - value - k);
    }
    const alarm = Math.max(up, down) > h ? (up >= down ? 1 : -1) : 0;
    const row = [up, down, alarm];
    if (alarm !== 0) [up, down] = [0, 0];
    return row;
  });
}
