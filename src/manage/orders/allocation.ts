// How capital could be divided among the strategies of the book: risk parity over the returns that their executions made,
// beside what they actually have. Only told; nothing is moved. Returns are read off the equity curves at common times,
// STEPS of them back from the newest point, at least STEP_MIN_US apart. Computed at most once in FRESH_US and for each set
// of executions, for the STRATEGIES_MAX strategies with the most capital. Main thread; times are microseconds.
import { allocate, type AllocationMethod, type Series } from "../../learning/allocation.ts";
import type { Holder } from "./portfolio.ts";

export interface PortfolioAllocation {
  readonly method: AllocationMethod;
  /** By strategy; they add up to 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** By strategy: its capital as a share of that of all. */
  readonly actual: Readonly<Record<string, number>>;
  /** By strategy: why it has an equal share. */
  readonly unmeasured: Readonly<Record<string, string>>;
  readonly shrinkage: number;
}
export interface CurvePoint {
  readonly time: number;
  readonly equity: number;
}

const METHOD: AllocationMethod = "hierarchical";
const STEPS = 240;
const STEP_MIN_US = 1_000_000;
const FRESH_US = 10_000_000;
const STRATEGIES_MAX = 64;

export class Allocator {
  private made: Promise<PortfolioAllocation> | null = null;
  private madeAt = -Infinity;
  private madeFor = "";

  /** `curveOf`: of an open execution, oldest point first. */
  of(
    holders: readonly Holder[],
    curveOf: (executionId: string) => Promise<readonly CurvePoint[]>,
    now: number,
  ): Promise<PortfolioAllocation> {
    const asked = holders.map(({ executionId }) => executionId).join();
    if (this.made !== null && asked === this.madeFor && Math.abs(now - this.madeAt) < FRESH_US) return this.made;
    const made = Promise.all(
      largest(holders)
        .flat()
        .map(async ({ executionId }) => [executionId, await curveOf(executionId)] as const),
    )
      .then((curves) => new Map(curves))
      .then((curves) => allocationOf(holders, (executionId) => curves.get(executionId) ?? []));
    [this.made, this.madeFor, this.madeAt] = [made, asked, now];
    // What could not be read is asked for again.
    made.catch(() => {
      if (this.made === made) this.made = null;
    });
    return made;
  }
}

export function allocationOf(
  holders: readonly Holder[],
  curveOf: (executionId: string) => readonly CurvePoint[],
): PortfolioAllocation {
  const strategies = largest(holders).map((own) => {
    const curves = own.map(({ executionId }) => curveOf(executionId));
    return { name: own[0]?.strategyId ?? "", capital: capitalOf(own), curves };
  });
  const times = gridOf(strategies.flatMap(({ curves }) => curves));
  const series = strategies.map(({ name, curves }): Series => ({ name, returns: returnsAt(curves, times) }));
  const total = strategies.reduce((sum, { capital }) => sum + capital, 0);
  const { weights, reasons, shrinkage } = allocate(series, METHOD);
  return {
    method: METHOD,
    weights: Object.fromEntries(weights),
    actual: Object.fromEntries(strategies.map(({ name, capital }) => [name, total > 0 ? capital / total : 0])),
    unmeasured: Object.fromEntries(reasons),
    shrinkage,
  };
}

/** By strategy, the one with the most capital first. */
function largest(holders: readonly Holder[]): readonly (readonly Holder[])[] {
  const byStrategy = new Map<string, Holder[]>();
  for (const holder of holders) {
    const own = byStrategy.get(holder.strategyId);
    if (own === undefined) byStrategy.set(holder.strategyId, [holder]);
    else own.push(holder);
  }
  return [...byStrategy]
    .toSorted(([a, one], [b, other]) => capitalOf(other) - capitalOf(one) || (a < b ? -1 : 1))
    .slice(0, STRATEGIES_MAX)
    .map(([, own]) => own);
}

function capitalOf(own: readonly Holder[]): number {
  return own.reduce((sum, { equity }) => sum + Math.max(0, equity), 0);
}

function gridOf(curves: readonly (readonly CurvePoint[])[]): readonly number[] {
  let [first, last] = [Infinity, -Infinity];
  for (const curve of curves) {
    first = Math.min(first, curve[0]?.time ?? Infinity);
    last = Math.max(last, curve.at(-1)?.time ?? -Infinity);
  }
  if (!(last > first)) return [];
  const step = Math.max(STEP_MIN_US, (last - first) / STEPS);
  const steps = Math.floor((last - first) / step);
  return Array.from({ length: steps + 1 }, (_, at) => last - (steps - at) * step);
}

/** Of all curves together, by the equity that each had at that time; no number before the first of them began. */
function returnsAt(curves: readonly (readonly CurvePoint[])[], times: readonly number[]): readonly number[] {
  const places = curves.map(() => -1);
  let before: readonly (number | null)[] = curves.map(() => null);
  return times
    .map((time) => {
      const now = curves.map((curve, at): number | null => {
        let place = places[at] ?? -1;
        while (place + 1 < curve.length && (curve[place + 1]?.time ?? Infinity) <= time) place++;
        places[at] = place;
        return curve[place]?.equity ?? null;
      });
      // Capital that came with a new execution is no return: only those count that were there a step before.
      let [from, to] = [0, 0];
      for (const [at, equity] of now.entries()) {
        const earlier = before[at] ?? null;
        if (earlier === null || equity === null) continue;
        from += earlier;
        to += equity;
      }
      before = now;
      return from > 0 ? to / from - 1 : Number.NaN;
    })
    .slice(1);
}
