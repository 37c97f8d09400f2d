// Statistics of columns straight from their definitions: every window and every pair of intervals looked at anew.
import { dot, mean } from "./regression.ts";

export function steps(values: readonly number[], by = 1): number[] {
  return values.slice(by).map((value, index) => value - (values[index] ?? Number.NaN));
}

/** VR, z, z* of Lo & MacKinlay over all changes of a column of log prices. */
export function varianceRatioTwin(x: readonly number[], q: number): readonly [number, number, number] {
  const changes = steps(x);
  const n = changes.length;
  const mu = mean(changes);
  const centred = changes.map((value) => value - mu);
  const short = dot(centred, centred) / (n - 1);
  const long = steps(x, q).reduce((sum, value) => sum + (value - q * mu) ** 2, 0) / (q * (n - q + 1) * (1 - q / n));
  const ratio = long / short;
  const squares = centred.map((value) => value * value);
  let theta = 0;
  for (let j = 1; j < q; j++) {
    theta += ((2 * (q - j)) / q) ** 2 * (dot(squares.slice(j), squares.slice(0, n - j)) / dot(centred, centred) ** 2);
  }
  return [ratio, (ratio - 1) / Math.sqrt((2 * (2 * q - 1) * (q - 1)) / (3 * q * n)), (ratio - 1) / Math.sqrt(theta)];
}

export interface Path {
  readonly times: readonly number[];
  readonly values: readonly number[];
}
interface Move {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}
function moves({ times, values }: Path, shift: number): Move[] {
  const last = new Map(times.map((time, index) => [time, values[index] ?? Number.NaN] as const));
  const points = [...last].sort(([a], [b]) => a - b);
  return points.slice(1).map(([to, value], index) => {
    const [from, before] = points[index] ?? [0, 0];
    return { from: from - shift, to: to - shift, size: value - before };
  });
}

/** Hayashi-Yoshida correlation of a with b `lag` later: every pair of moves whose intervals (from, to] meet. */
export function asynchronousTwin(a: Path, b: Path, lag: number): number {
  const [left, right] = [moves(a, 0), moves(b, lag)];
  let covariance = 0;
  for (const one of left) {
    for (const other of right) {
      if (Math.max(one.from, other.from) < Math.min(one.to, other.to)) covariance += one.size * other.size;
    }
  }
  const energy = (all: readonly Move[]): number => all.reduce((sum, { size }) => sum + size * size, 0);
  return covariance / Math.sqrt(energy(left) * energy(right));
}

export function correlationTwin(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a, b].map((column) => column.map((value) => value - mean(column))) as [number[], number[]];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** mean, variance (n - 1), skew and excess kurtosis (biased). */
export function momentsTwin(x: readonly number[]): readonly [number, number, number, number] {
  const center = mean(x);
  const power = (k: number): number => mean(x.map((value) => (value - center) ** k));
  const two = power(2);
  return [center, (two * x.length) / (x.length - 1), power(3) / two ** 1.5, power(4) / two ** 2 - 3];
}

/** Isotonic regression by the min-max formula: the greatest of the least means of the stretches around each place. */
export function isotonicTwin(y: readonly number[], w: readonly number[]): number[] {
  return y.map((_, place) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let from = 0; from <= place; from++) {
      let least = Number.POSITIVE_INFINITY;
      for (let to = place; to < y.length; to++) {
        const weights = w.slice(from, to + 1);
        least = Math.min(least, dot(weights, y.slice(from, to + 1)) / weights.reduce((sum, value) => sum + value, 0));
      }
      best = Math.max(best, least);
    }
    return best;
  });
}

export function quantileTwin(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = p * (sorted.length - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  return (sorted[low] ?? Number.NaN) * (1 - (place - low)) + (sorted[high] ?? Number.NaN) * (place - low);
}
