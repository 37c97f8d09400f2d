// From what was asked over the API to a run: names become types, parameters of strategy and request are merged and judged,
// and everything that is wrong is named before anything is queued.
import { invalid, type Failure, type FieldIssue } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import { limitsOf, RUN_LIMITS, SIZING, TRADING } from "../../research/research.ts";
import { CAPITAL_MAX, executionPolicy, tradingLimits } from "../../simulation/simulation.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { builtinIssues, choiceOf, leftOut } from "../registry/registry.ts";
import type { Asked, Where } from "./asked.ts";
import { codeSpecOf } from "./code-spec.ts";
import type { JobSpec } from "./job.ts";

export type { Asked } from "./asked.ts";

/** Money is counted to the millionth. */
const CAPITAL_MIN = 1e-6;

export function specOf(asked: Asked, where: Where): Result<JobSpec, Failure> {
  const { strategy, kind, spanMs, capital, compiled = null } = asked;
  if (typeof strategy !== "string" && compiled !== null) return codeSpecOf(asked, strategy, compiled, where);
  const { parameters: own, riskLimits } = typeof strategy === "string" ? NOTHING : strategy;
  const name = typeof strategy === "string" ? strategy : strategy.implementation;
  const choice = name === null ? null : choiceOf(name);
  if (choice === null) return failed({ code: "not_available", what: "running the code of a strategy (its sandbox)" });
  const given: JsonObject = { ...own, ...asked.parameters, ...(asked.symbols ? { symbols: asked.symbols } : {}) };
  const parameters: JsonObject = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const named = parameters["symbols"] !== undefined;
  const issues = [
    // Who names no symbols leaves the choice of the legs to the run.
    ...builtinIssues(choice, parameters).filter(({ field }) => named || field !== "parameters.symbols"),
    ...tradingIssues(parameters),
  ];
  const [first, ...others] = issues;
  if (first) return failed({ code: "validation_error", issues: [first, ...others] });
  if (!(capital >= CAPITAL_MIN && capital <= CAPITAL_MAX))
    return failed(
      invalid("initial_capital", `must be a number from ${CAPITAL_MIN} to ${CAPITAL_MAX}, found ${capital}`),
    );
  const several = choice.types.length > 1;
  const out = new Set(several || named ? leftOut(choice, parameters) : []);
  const types = choice.types.map((type) => type.name).filter((type) => !out.has(type));
  if (types.length === 0)
    return failed(
      invalid(
        "symbols",
        `fit none of the strategy's types, which are ${choice.types.map(({ name }) => name).join(", ")}; GET /strategy-types says what each needs`,
      ),
    );
  const limits = limitsOf(parameters, riskLimits);
  if (!limits.ok) return failed(invalid(limits.failure.field, limits.failure.issue));
  const execution = executionPolicy(parameters["execution"]);
  if (!execution.ok) return failed(invalid("parameters.execution", execution.failure));
  const { symbols, bar_ms: barMs } = parameters;
  return ok({
    kind,
    types,
    parameters: numbers(parameters),
    limits: limits.value,
    execution: execution.value,
    code: null,
    frames: [],
    symbols: Array.isArray(symbols) ? symbols.map((symbol) => String(symbol).toUpperCase()) : null,
    barMs: typeof barMs === "number" ? barMs : null,
    spanMs,
    capital,
    dataDir: where.dataDir,
    engineVersion: where.engineVersion,
    now: where.now(),
    part: null,
  });
}

const NOTHING: { readonly parameters: JsonObject; readonly riskLimits: JsonObject } = {
  parameters: {},
  riskLimits: {},
};

export interface ParameterNames {
  /** Whose they are. */
  readonly of: string;
  readonly names: readonly string[];
  /** Those whose values change nothing, because the strategy's risk limits go before them. */
  readonly fixed: readonly string[];
}

/** What the parameters of such a run are called. */
export function parameterNames({ strategy }: Asked, { types, code }: JobSpec): ParameterNames {
  const own =
    code?.compiled.parameters.map(({ name }) => name) ??
    STRATEGIES.filter(({ name }) => types.includes(name)).flatMap(({ parameters }) =>
      parameters.map(({ name }) => name),
    );
  const names = [
    ...own,
    ...Object.keys(TRADING),
    ...RUN_LIMITS,
    ...(code === null ? [...Object.keys(SIZING), "bar_ms"] : []),
  ];
  const { riskLimits } = typeof strategy === "string" ? NOTHING : strategy;
  const fixed = tradingLimits({}, riskLimits).fixed.filter((name) => !own.includes(name));
  return { of: code?.name ?? types.join(", "), names, fixed };
}

function tradingIssues(parameters: JsonObject): readonly FieldIssue[] {
  return Object.entries(numbers(parameters)).flatMap(([name, value]) => {
    const rule = Object.entries(TRADING).find(([one]) => one === name)?.[1];
    if (!rule || (value >= rule.min && value <= rule.max)) return [];
    return [{ field: `parameters.${name}`, issue: `must be a number from ${rule.min} to ${rule.max}, found ${value}` }];
  });
}

function numbers(parameters: JsonObject): Readonly<Record<string, number>> {
  const entries = Object.entries(parameters).flatMap(([name, value]): [string, number][] => {
    if (typeof value === "boolean") return [[name, value ? 1 : 0]];
    return typeof value === "number" && name !== "bar_ms" ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}
