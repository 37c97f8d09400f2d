// How alike a strategy is to those that are deployed already: the correlation of the changes of their equity, run over the
// same history. Two that are nearly the same are one risk taken twice. What is compared are the points of the curves that
// results show, where both have one at the same time; curves of other histories have none in common and are not compared.
// Of a curve two rows of numbers are kept: as the points that results show it would be five times as large.
import type { JobResult } from "../backtests/backtests.ts";

export interface Likeness {
  readonly strategy_id: string;
  /** -1 to 1. */
  readonly correlation: number;
}

interface Point {
  readonly timestamp: number;
  readonly equity: number;
}
/** Both of one length. */
interface Curve {
  readonly timestamps: Float64Array;
  readonly equity: Float64Array;
}

const PAIRS_MIN = 30;
const KEPT = 500;

export class Company {
  /** By strategy; the oldest goes first. */
  private readonly curves = new Map<string, Curve>();

  remember(strategyId: string, result: JobResult): void {
    this.curves.delete(strategyId);
    this.curves.set(strategyId, curveOf(result));
    const [oldest] = this.curves.keys();
    if (this.curves.size > KEPT && oldest !== undefined) this.curves.delete(oldest);
  }

  /** It was deleted. */
  forget(strategyId: string): void {
    this.curves.delete(strategyId);
  }

  /** The one that it is most alike to among those that count, itself not among them; null: nothing can be compared. */
  nearest(strategyId: string, result: JobResult, counts: (strategyId: string) => boolean): Likeness | null {
    const own = curveOf(result);
    let nearest: Likeness | null = null;
    for (const [other, curve] of this.curves) {
      if (other === strategyId || !counts(other)) continue;
      const correlation = correlationOf(own, curve);
      if (correlation !== null && correlation > (nearest?.correlation ?? -2))
        nearest = { strategy_id: other, correlation };
    }
    return nearest;
  }
}

/** Pearson's, over the changes between times that both have; null: too few, or one of them does not move. */
export function correlationOf(one: Curve, other: Curve): number | null {
  const values = new Map(Array.from(other.timestamps, (timestamp, index) => [timestamp, other.equity[index]]));
  const shared = Array.from(one.timestamps).flatMap((timestamp, index) => {
    const [first, second] = [one.equity[index], values.get(timestamp)];
    return first === undefined || second === undefined ? [] : [[first, second] as const];
  });
  const changes = shared.slice(1).map(([a, b], index) => {
    const [before, behind] = shared[index] ?? [a, b];
    return [a / before - 1, b / behind - 1] as const;
  });
  const count = changes.length;
  if (count < PAIRS_MIN) return null;
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (const [x, y] of changes) {
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const spread = (aa - (a * a) / count) * (bb - (b * b) / count);
  const found = (ab - (a * b) / count) / Math.sqrt(spread);
  return Number.isFinite(found) ? Math.max(-1, Math.min(1, found)) : null;
}

export function curveOf(result: JobResult): Curve {
  const points = (result["equity_curve"] ?? []) as readonly Point[];
  return {
    timestamps: Float64Array.from(points, ({ timestamp }) => timestamp),
    equity: Float64Array.from(points, ({ equity }) => equity),
  };
}
