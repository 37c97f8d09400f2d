// Whether the parameters of a strategy stand on a plateau or on a needle: the same backtest with each of its numbers a little
// lower and a little higher. Who found a needle found it by looking at the data. Two figures come of it:
//   kept         median Sharpe ratio of the neighbours over that of the strategy itself; null without a positive one
//   overfitting  how probably the best of all these sets is below their middle on the other half of the data (PBO)
import type { StrategyParameter } from "../../sandbox/sandbox.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { JobResult } from "../backtests/backtests.ts";
import { figureOf } from "./figures.ts";
import type { StageContext } from "./stage.ts";

export interface Neighbours {
  readonly sets: number;
  readonly kept: number | null;
  readonly overfitting: number | null;
}

const SETS_MAX = 12;
const STEPS = [-0.1, 0.1, -0.2, 0.2] as const;

export async function neighboursOf(context: StageContext, own: JobResult): Promise<Neighbours> {
  const compiled = await context.compiled();
  const declared = compiled.ok ? (compiled.value?.parameters ?? []) : [];
  const sets = setsAround(declared, context.strategy.parameters).slice(0, SETS_MAX);
  const runs = await Promise.all(sets.map((set) => context.ranWith(set)));
  const results = runs.flatMap((run) => (run.ok ? [run.value] : []));
  const columns = [own, ...results].map(returnsOf);
  const judged = await context.tried("overfitting", { columns });
  const ratio = figureOf(own, "sharpe");
  const ratios = results.map((result) => figureOf(result, "sharpe") ?? 0).toSorted((a, b) => a - b);
  const middle = ratios[ratios.length >> 1];
  const kept = ratio === null || ratio <= 0 || middle === undefined ? null : middle / ratio;
  return { sets: results.length, kept, overfitting: judged.ok ? judged.value.probability : null };
}

/** One number changed at a time, the smallest steps of all of them first; within what the strategy declares. */
export function setsAround(declared: readonly StrategyParameter[], given: JsonObject): readonly JsonObject[] {
  const seen = new Set<string>();
  return STEPS.flatMap((step) =>
    declared.flatMap(({ name, standard, least, most }): readonly JsonObject[] => {
      const own = given[name];
      const value = typeof own === "number" ? own : standard;
      if (!Number.isFinite(value)) return [];
      const whole = Number.isInteger(value) && Number.isInteger(standard);
      const change = whole ? Math.sign(step) * Math.max(Math.ceil(Math.abs(step) * Math.abs(value)), 1) : step * value;
      const near = Math.min(most, Math.max(least, value + change));
      const key = `${name} ${near}`;
      if (near === value || seen.has(key)) return [];
      seen.add(key);
      return [{ [name]: near }];
    }),
  );
}

/** Of the points of the curve that the result shows; those of all sets are at the same times. */
function returnsOf(result: JobResult): Float64Array {
  const curve = (result["equity_curve"] ?? []) as readonly { readonly equity: number }[];
  return Float64Array.from(curve.slice(1), ({ equity }, index) => equity / (curve[index]?.equity ?? equity) - 1);
}
