// What a run of a user's strategy is asked for, and the same with everything filled in. Parameters come as they are stored:
// those that the strategy declares are its own, some say how its decisions are traded, and the rest means nothing here.
import { ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { CompiledStrategy, Given } from "../sandbox/sandbox.ts";
import { DEFAULT_POLICY, executionPolicy, type Policy } from "../simulation/simulation.ts";
import { type Numbers, type RequestFault, TRADING, type TradingName } from "./request.ts";

export interface CodeRequest {
  /** How the result calls the strategy. */
  readonly name: string;
  readonly parameters: Given;
  /** max_position_size, max_open_positions and max_trades_per_day; the others are no business of a run. */
  readonly riskLimits?: Given;
  /** In the order of the strategy's symbol numbers. */
  readonly symbols: readonly string[];
  readonly intervalMs?: number;
  readonly from?: EpochUs;
  readonly to?: EpochUs;
  readonly capital: number;
}

export interface CompleteCodeRequest extends CodeRequest {
  /** What the strategy declares, as far as it is numbers. */
  readonly values: Numbers;
  readonly trading: Readonly<Record<TradingName, number>>;
  readonly policy: Policy;
  /** Policy in the words of the parameters, without what is not limited. */
  readonly limits: Numbers;
}

/** Returns at which a position is closed, and limits of positions: a sign does not matter, a loss is a loss. */
const LIMITS = {
  stop_loss: { least: 1e-6, most: 1, meaning: "a return such as -0.05" },
  take_profit: { least: 1e-6, most: 1_000, meaning: "a return such as 0.1" },
  max_position_size: { least: 1e-6, most: 1e12, meaning: "an amount of money" },
  max_open_positions: { least: 1, most: 1e6, meaning: "a whole number" },
  max_trades_per_day: { least: 1, most: 1e9, meaning: "a whole number" },
} as const;
type LimitName = keyof typeof LIMITS;
export const CODE_LIMITS = Object.keys(LIMITS);

const CAPITAL_MIN = 1e-6;
const CAPITAL_MAX = 1e9;
/** Symbols that one run may have. */
const SYMBOLS_MAX = 64;

type Fault = { readonly ok: false; readonly failure: RequestFault };

export function completeCodeRequest(
  request: CodeRequest,
  compiled: Pick<CompiledStrategy, "parameters" | "language">,
): Result<CompleteCodeRequest, RequestFault> {
  const { symbols, capital, from, to, parameters, riskLimits = {} } = request;
  if (symbols.length === 0 || symbols.length > SYMBOLS_MAX)
    return wrong("symbols", `must name 1 to ${SYMBOLS_MAX} symbols`);
  if (new Set(symbols).size !== symbols.length) return wrong("symbols", "must name each symbol once");
  if (!(capital >= CAPITAL_MIN && capital <= CAPITAL_MAX))
    return wrong("initial_capital", `must be above 0 and at most 1e9, not ${capital}`);
  if (from !== undefined && to !== undefined && from >= to) return wrong("from", "must be before the end");
  const values = valuesOf(compiled, parameters);
  if (!values.ok) return values;
  const trading = tradingOf(parameters);
  if (!trading.ok) return trading;
  const limits = limitsOf(parameters, riskLimits);
  if (!limits.ok) return limits;
  const execution = executionPolicy(parameters["execution"]);
  if (!execution.ok) return wrong("parameters.execution", execution.failure);
  return ok({
    ...request,
    values: values.value,
    trading: trading.value,
    limits: limits.value,
    policy: { ...policyOf(trading.value, limits.value), ...execution.value },
  });
}

function valuesOf(
  { parameters: declared, language }: Pick<CompiledStrategy, "parameters" | "language">,
  given: Given,
): Result<Numbers, RequestFault> {
  const values: [string, number][] = [];
  for (const { name, standard, least, most } of declared) {
    const value = numberOf(given, name) ?? standard;
    const text = textual(given, name);
    if (language !== "python" && text !== null)
      return wrong(`parameters.${name}`, `must be a number from ${least} to ${most}, not ${text}`);
    if (value < least || value > most)
      return wrong(`parameters.${name}`, `must be a number from ${least} to ${most}, not ${value}`);
    if (Number.isFinite(value)) values.push([name, value]);
  }
  return ok(Object.fromEntries(values));
}

function tradingOf(given: Given): Result<Readonly<Record<TradingName, number>>, RequestFault> {
  const values: [string, number][] = [];
  for (const [name, { default: usual, min, max }] of Object.entries(TRADING)) {
    const value = numberOf(given, name) ?? usual;
    if (textual(given, name) !== null || !(value >= min && value <= max))
      return wrong(`parameters.${name}`, `must be a number from ${min} to ${max}, not ${shown(given[name])}`);
    values.push([name, value]);
  }
  return ok(Object.fromEntries(values) as Record<TradingName, number>);
}

/** The risk limits go before parameters of the same name; 0 and null stand for none. */
function limitsOf(parameters: Given, riskLimits: Given): Result<Numbers, RequestFault> {
  const limits: [string, number][] = [];
  for (const [name, { least, most, meaning }] of Object.entries(LIMITS)) {
    const source = (riskLimits[name] ?? null) === null ? parameters : riskLimits;
    const value = Math.abs(numberOf(source, name) ?? 0);
    const field = `${source === parameters ? "parameters" : "risk_limits"}.${name}`;
    if (textual(source, name) !== null || (value !== 0 && !(value >= least && value <= most)))
      return wrong(field, `must be ${meaning}, at most ${most}, not ${shown(source[name])}`);
    if (value !== 0) limits.push([name, name === "stop_loss" ? -value : value]);
  }
  return ok(Object.fromEntries(limits));
}

function policyOf(trading: Readonly<Record<TradingName, number>>, limits: Numbers): Policy {
  const limit = (name: LimitName): number | null => limits[name] ?? null;
  return {
    ...DEFAULT_POLICY,
    positionSize: trading.position_size,
    allowShort: trading.allow_short !== 0,
    stopLoss: limit("stop_loss"),
    takeProfit: limit("take_profit"),
    maxPositionSize: limit("max_position_size"),
    maxOpenPositions: limit("max_open_positions"),
    maxTradesPerDay: limit("max_trades_per_day"),
  };
}

/** Booleans count as 0 and 1; null: nothing usable is given. */
function numberOf(given: Given, name: string): number | null {
  const value = Object.hasOwn(given, name) ? given[name] : null;
  return typeof value === "number" || typeof value === "boolean" ? Number(value) : null;
}

/** What is given and is no number. */
function textual(given: Given, name: string): string | null {
  const value = Object.hasOwn(given, name) ? given[name] : null;
  return value === null || value === undefined || numberOf(given, name) !== null ? null : shown(value);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 40);
}

function wrong(field: string, issue: string): Fault {
  return { ok: false, failure: { code: "invalid", field, issue } };
}
