// The slope of a series that a few odd values cannot turn: the median of the slopes between all pairs of points (Theil
// 1950, Sen 1968). Up to 29 % of the points may be anything. Points of different lives of a process are not compared,
// because a restart begins with an empty heap.
export interface Point {
  /** Which life of the process. */
  readonly life: number;
  readonly seconds: number;
  readonly value: number;
}

/** Beyond, every k-th point is taken: 500 points are 125,000 pairs. */
const POINTS_MAX = 500;

/** Units of the value per hour; null: no two points of one life. */
export function slopePerHour(points: readonly Point[]): number | null {
  const step = Math.max(1, Math.ceil(points.length / POINTS_MAX));
  const taken = points.filter((_, index) => index % step === 0);
  const slopes: number[] = [];
  for (const [index, one] of taken.entries()) {
    for (const other of taken.slice(index + 1)) {
      const span = other.seconds - one.seconds;
      if (other.life === one.life && span > 0) slopes.push(((other.value - one.value) / span) * 3_600);
    }
  }
  return slopes.length === 0 ? null : median(slopes);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
