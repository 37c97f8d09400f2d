// What the engine makes of the market, put together when somebody asks: regimes, thresholds in force, which strategies
// have earned, and how often trades turned out well. Pure, but for what its parts read. Times: engine clock, microseconds.
import { STRATEGIES } from "../../domain/strategies.ts";
import type { Basis, Optimal } from "../../learning/selection.ts";
import type { Adaptation } from "./adaptation.ts";
import type { Success } from "./history.ts";
import type { MarketView, MarketWatch } from "./regimes.ts";
import { type LearningTarget, type LearningValue, type ThresholdName, THRESHOLDS } from "./target.ts";

export type ThresholdValues = Readonly<Record<ThresholdName, number>>;

/** A strategy that has earned, by its latest outcomes. */
export interface Earning {
  readonly strategy: string;
  readonly samples: number;
  /** Return after costs, share of the entry. */
  readonly meanNet: number;
  /** Of its 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Outcomes of which regime prove it. */
  readonly basis: Basis;
}

export interface Insights {
  readonly market: MarketView;
  readonly symbols: ReturnType<MarketWatch["symbols"]>;
  readonly optimal: readonly Earning[];
  /** Of most strategies: the median. */
  readonly thresholds: ThresholdValues;
  readonly thresholdsByStrategy: ReadonlyMap<string, ThresholdValues>;
  readonly success: Success;
  readonly adapted: ReturnType<Adaptation["inForce"]>;
}

export interface InsightsParts {
  readonly now: number;
  readonly market: MarketWatch;
  readonly adaptation: Adaptation;
  readonly valueOf: (target: LearningTarget) => LearningValue | null;
  readonly success: Success;
  /** What is proven to earn in the regime of the market, best first. */
  readonly optimal: readonly Optimal[];
}

export function insightsOf({ now, market, adaptation, valueOf, success, optimal }: InsightsParts): Insights {
  const thresholdsByStrategy = new Map<string, ThresholdValues>();
  for (const { name } of STRATEGIES) {
    const values = THRESHOLDS.map((threshold) => {
      const value = valueOf({ kind: "threshold", strategy: name, name: threshold });
      return [threshold, typeof value === "number" ? value : 0] as const;
    });
    thresholdsByStrategy.set(name, Object.fromEntries(values) as ThresholdValues);
  }
  return {
    market: market.view(now),
    symbols: market.symbols(),
    optimal: optimal.map(({ strategy, basis, estimate: { samples, mean: meanNet, low, high } }) => {
      return { strategy, basis, samples, meanNet, low, high };
    }),
    thresholds: medians([...thresholdsByStrategy.values()]),
    thresholdsByStrategy,
    success,
    adapted: adaptation.inForce(),
  };
}

function medians(values: readonly ThresholdValues[]): ThresholdValues {
  const middle = (name: ThresholdName): number => {
    const sorted = values.map((one) => one[name]).toSorted((one, other) => one - other);
    return sorted[sorted.length >> 1] ?? 0;
  };
  return Object.fromEntries(THRESHOLDS.map((name) => [name, middle(name)])) as ThresholdValues;
}
