// How capital is divided among series of returns (strategies, or symbols): the door of allocation. By risk parity or by
// hierarchical risk parity, over shrunk correlations (allocation/correlations.ts), tilted by confidence.
// Series are taken in the order of their names, so the result does not depend on the order in which they come. What cannot
// be measured gets an equal share, and its reason is told; the others share the rest. Weights are at least 0 and add up to 1.
// Pure; sums, products, divisions and square roots only, so the same bits anywhere. Any thread.
import { measure } from "./allocation/correlations.ts";
import { hierarchy } from "./allocation/hierarchy.ts";
import { parity, product } from "./allocation/parity.ts";

export const ALLOCATIONS = ["risk_parity", "hierarchical"] as const;
export type AllocationMethod = (typeof ALLOCATIONS)[number];

export interface Series {
  readonly name: string;
  /** Oldest first; all series end at the same time. */
  readonly returns: readonly number[];
  /** 0..1, one half by default: budgets of risk go from one half to three halves of an equal one. */
  readonly confidence?: number;
}
export interface Allocation {
  readonly weights: ReadonlyMap<string, number>;
  /** Shares of the risk of what is measured, by the shrunk correlations. */
  readonly risks: ReadonlyMap<string, number>;
  /** 0..1. */
  readonly shrinkage: number;
  /** Of those that are not measured. */
  readonly reasons: ReadonlyMap<string, string>;
}

export function allocate(given: readonly Series[], method: AllocationMethod): Allocation {
  const series = given.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const nameAt = (place: number): string => series[place]?.name ?? "";
  const { places, deviations, correlations, shrinkage, unmeasured } = measure(series.map(({ returns }) => returns));
  const budgets = places.map((place) => 0.5 + confidenceOf(series[place]?.confidence));
  const y = method === "risk_parity" ? parity(correlations, shares(budgets)) : tilted(hierarchy(correlations), budgets);
  // Divided by the least of them first: what comes out cannot overflow.
  const least = Math.min(...deviations);
  const own = shares(y.map((value, at) => value * (least / (deviations[at] ?? 1))));
  const measured = series.length === 0 ? 0 : places.length / series.length;
  const total = product(
    y,
    y.map((_, at) => product(correlations[at] ?? [], y)),
  );
  const weights = new Map<string, number>();
  const risks = new Map<string, number>();
  const reasons = new Map<string, string>();
  for (const [place, reason] of unmeasured) {
    weights.set(nameAt(place), 1 / series.length);
    reasons.set(nameAt(place), reason);
  }
  for (const [at, place] of places.entries()) {
    weights.set(nameAt(place), (own[at] ?? 0) * measured);
    risks.set(nameAt(place), ((y[at] ?? 0) * product(correlations[at] ?? [], y)) / total);
  }
  return { weights, risks, shrinkage, reasons };
}

function tilted(y: readonly number[], budgets: readonly number[]): number[] {
  return y.map((value, at) => value * (budgets[at] ?? 1));
}

function confidenceOf(confidence = 0.5): number {
  return Number.isFinite(confidence) ? Math.min(1, Math.max(0, confidence)) : 0.5;
}

function shares(values: readonly number[]): number[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}
