// The limits of a strategy that the engine knows; other keys are kept and mean nothing to it. Losses are negative. Those
// that trading keeps by name are judged by the one function that executions and runs over history ask as well. What cannot
// be meant is refused where it is sent. One that was stored before it was judged stays as it is and is told of: no
// execution starts with it, and one that goes on after a restart opens nothing, for nobody may trade without a limit that
// he believes in. Pure.
import { explain, type Failure, type FieldIssue } from "../domain/failure.ts";
import { BOUNDS, tradingLimits } from "../simulation/simulation.ts";
import type { JsonObject } from "../store/strategies.ts";

interface Rule {
  readonly fits: (value: number) => boolean;
  readonly must: string;
}

const RULES: Readonly<Record<string, Rule>> = {
  daily_loss_limit: { fits: (value) => value <= 0, must: "must be a number of at most 0: losses are negative" },
  max_drawdown: { fits: (value) => value >= -1 && value <= 0, must: "must be a number from -1 to 0" },
  var_95: { fits: (value) => value >= -1 && value <= 0, must: "must be a number from -1 to 0" },
  expected_shortfall_95: { fits: (value) => value >= -1 && value <= 0, must: "must be a number from -1 to 0" },
  max_correlation: { fits: (value) => value >= -1 && value <= 1, must: "must be a number from -1 to 1" },
};
/** By the API these are limits where they are given; of the others 0, false and null say that there is none. */
const NEVER_NONE: ReadonlySet<string> = new Set(["max_position_size", "max_open_positions"]);
/** Characters of a value that a sentence repeats. */
const SHOWN = 40;

export function riskLimitIssues(given: JsonObject): readonly FieldIssue[] {
  const { limits, faults } = tradingLimits({}, given);
  const unmeant = new Set(faults.map(({ field }) => field));
  const bounds = Object.entries(BOUNDS).flatMap(([name, meaning]) => {
    const none = given[name] !== undefined && limits[name] === undefined && NEVER_NONE.has(name);
    return none || unmeant.has(`risk_limits.${name}`) ? [issueOf(given, name, `must be ${meaning}`)] : [];
  });
  const others = Object.entries(RULES).flatMap(([name, { fits, must }]) => {
    const value = given[name];
    return value === undefined || (typeof value === "number" && fits(value)) ? [] : [issueOf(given, name, must)];
  });
  return [...bounds, ...others];
}

/** A limit as it is meant, of a loss or another of these; 0 is one: no loss at all. Null: there is none. */
export function limitOf(given: JsonObject, name: "daily_loss_limit" | "max_drawdown"): number | null {
  const value = given[name];
  return typeof value === "number" && RULES[name]?.fits(value) === true ? value : null;
}

function issueOf(given: JsonObject, name: string, must: string): FieldIssue {
  const found = (JSON.stringify(given[name]) ?? "nothing").slice(0, SHOWN);
  return { field: `risk_limits.${name}`, issue: `${must}, found ${found}` };
}

interface Limited {
  readonly strategyId: string;
  readonly riskLimits: JsonObject;
}

/** What is stored of a strategy and cannot be meant; null: nothing. */
export function limitsFault({ strategyId, riskLimits }: Limited): Failure | null {
  const advice = `no position is opened until PUT /strategies/${strategyId} gives another value, or null for none`;
  const [first, ...rest] = riskLimitIssues(riskLimits).map(({ field, issue }) => ({
    field,
    issue: `${issue}: ${advice}`,
  }));
  return first === undefined ? null : { code: "validation_error", issues: [first, ...rest] };
}

/** The same as a sentence. */
export function limitsTrouble(strategy: Limited): string | null {
  const fault = limitsFault(strategy);
  return fault === null ? null : explain(fault);
}
