// The course of an execution's equity in memory: a point for each second in which something happened, then fewer, evenly:
// when there are too many, every second one goes, and only every second one that comes is taken.
import type { EpochUs } from "../../domain/units.ts";

export interface EquityPoint {
  readonly time: EpochUs;
  readonly equity: number;
  /** Below the highest so far, as a share; not above 0. */
  readonly drawdown: number;
}

const POINTS_MAX = 8_192;

export class Curve {
  private points: EquityPoint[];
  private every = 1;
  private skipped = 0;
  private newest: EquityPoint;

  constructor(first: EquityPoint) {
    this.points = [first];
    this.newest = first;
  }

  add(point: EquityPoint): void {
    this.newest = point;
    if (++this.skipped < this.every) return;
    this.skipped = 0;
    this.points.push(point);
    if (this.points.length < POINTS_MAX) return;
    this.points = this.points.filter((_, index) => index % 2 === 0);
    this.every *= 2;
  }

  get last(): EquityPoint {
    return this.newest;
  }

  /** Oldest first; the last one is the newest that there is. */
  all(): readonly EquityPoint[] {
    return this.points.at(-1) === this.newest ? this.points : [...this.points, this.newest];
  }
}

/** `most` of them, evenly, the first and the last among them. */
export function thinned<T>(points: readonly T[], most: number): readonly T[] {
  if (points.length <= most) return points;
  const last = points.length - 1;
  return Array.from({ length: most }, (_, index) => points[Math.round((index * last) / (most - 1))] as T);
}
