// The limits that a strategy is held to before it is deployed: its own, and the engine's where it names none. Pure.
//   conduct   what the strategy does, whatever the market: a broken one always counts
//   outcome   what the market made of it: counts where the market was a real one
import type { JsonObject } from "../../store/strategies.ts";
import type { Stakes } from "../backtests/backtests.ts";

type LimitName =
  | "max_position_size"
  | "max_open_positions"
  | "daily_loss_limit"
  | "max_drawdown"
  | "trade_order_drawdown"
  | "var_95"
  | "expected_shortfall_95"
  | "max_correlation";

/** What is measured of a run besides its stakes; null: not available. */
export interface Measured {
  readonly maxDrawdown: number | null;
  /** Of one step of the run, -1 to 0. */
  readonly var95: number | null;
  readonly expectedShortfall95: number | null;
  /** With the deployed strategy that it is most like. */
  readonly correlation: number | null;
}

export interface Limit {
  readonly name: LimitName;
  readonly kind: "conduct" | "outcome";
  readonly passes: "at_least" | "at_most";
  readonly limit: number;
  /** Whether the strategy's author set it. */
  readonly own: boolean;
}
export interface LimitAnswer extends Limit {
  /** Null: too little to say, which breaks nothing. */
  readonly value: number | null;
  readonly passed: boolean;
}

/** The engine's own, where it has one. */
export const DEFAULTS = {
  max_drawdown: -0.3,
  trade_order_drawdown: -0.5,
  var_95: -0.05,
  expected_shortfall_95: -0.1,
} as const;
/** What is counted to the millionth may be off by a rounding. */
const SLACK = 1e-6;

const FORMS: readonly Pick<Limit, "name" | "kind" | "passes">[] = [
  { name: "max_position_size", kind: "conduct", passes: "at_most" },
  { name: "max_open_positions", kind: "conduct", passes: "at_most" },
  { name: "daily_loss_limit", kind: "outcome", passes: "at_least" },
  { name: "max_drawdown", kind: "outcome", passes: "at_least" },
  { name: "trade_order_drawdown", kind: "outcome", passes: "at_least" },
  { name: "var_95", kind: "outcome", passes: "at_least" },
  { name: "expected_shortfall_95", kind: "outcome", passes: "at_least" },
  { name: "max_correlation", kind: "outcome", passes: "at_most" },
];

export function limitsOf(given: JsonObject): readonly Limit[] {
  return FORMS.flatMap((form): readonly Limit[] => {
    const own = given[form.name];
    if (typeof own === "number") return [{ ...form, limit: own, own: true }];
    const standard = Object.entries(DEFAULTS).find(([name]) => name === form.name)?.[1];
    return standard === undefined ? [] : [{ ...form, limit: standard, own: false }];
  });
}

export function answerLimit(limit: Limit, stakes: Stakes, measured: Measured): LimitAnswer {
  const value = valueOf(limit.name, stakes, measured);
  const slack = SLACK * Math.max(1, Math.abs(limit.limit));
  const within =
    value === null || (limit.passes === "at_most" ? value <= limit.limit + slack : value >= limit.limit - slack);
  return { ...limit, value, passed: within };
}

function valueOf(name: LimitName, stakes: Stakes, measured: Measured): number | null {
  switch (name) {
    case "max_position_size":
      return stakes.largest_position;
    case "max_open_positions":
      return stakes.most_positions;
    case "daily_loss_limit":
      return stakes.worst_day;
    case "trade_order_drawdown":
      return stakes.trade_order_drawdown;
    case "max_drawdown":
      return measured.maxDrawdown;
    case "var_95":
      return measured.var95;
    case "expected_shortfall_95":
      return measured.expectedShortfall95;
    case "max_correlation":
      return measured.correlation;
  }
}

export function sentenceOf({ name, value, limit, passes, own }: LimitAnswer): string {
  const whose = own ? "the strategy's own limit" : "the engine's limit";
  if (value === null) return `${name}: too little to say (${whose} is ${limit})`;
  return `${name} came to ${Number(value.toFixed(6))}, ${whose} is ${passes === "at_most" ? "at most" : "at least"} ${limit}`;
}
