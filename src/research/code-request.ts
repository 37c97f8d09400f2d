// What a run of a user's strategy is asked for, and the same with everything filled in. Parameters come as they are stored:
// those that the strategy declares are its own, some say how its decisions are traded, and the rest means nothing here.
import { ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { CompiledStrategy, Given } from "../sandbox/sandbox.ts";
import { DEFAULT_POLICY, executionPolicy, limitPolicy, type Policy } from "../simulation/simulation.ts";
import { limitsOf, numberOf, shown, textual, wrong } from "./limits.ts";
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

const CAPITAL_MIN = 1e-6;
const CAPITAL_MAX = 1e9;
/** Symbols that one run may have. */
const SYMBOLS_MAX = 64;

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
    policy: {
      ...DEFAULT_POLICY,
      positionSize: trading.value.position_size,
      allowShort: trading.value.allow_short !== 0,
      ...limitPolicy(limits.value),
      ...execution.value,
    },
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
