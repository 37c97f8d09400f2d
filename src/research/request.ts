// What a run is asked for, and the same with everything filled in: the type with all of its parameters, and what trading
// is assumed to be like. Parameters of the strategy and of trading come in one object, as users write them.
import { failed, ok, type Result } from "../domain/result.ts";
import { misfits } from "../domain/parameter-rules.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import { DEFAULT_POLICY, type Policy, SIZE_WEIGHT } from "../simulation/simulation.ts";

export type Numbers = Readonly<Record<string, number>>;

export interface RunRequest {
  /** One of the 18. */
  readonly strategy: string;
  /** By the names of the type's parameters, and TRADING ones; what is missing has its default. */
  readonly parameters: Numbers;
  /** In the order of the legs. */
  readonly symbols: readonly string[];
  readonly barMs?: number;
  /** Bars of the history; without it the finest there are. */
  readonly intervalMs?: number;
  readonly from?: EpochUs;
  readonly to?: EpochUs;
  readonly capital: number;
  /** That executions of the strategy keep, as limitsOf gives them; without them there are none. */
  readonly limits?: Numbers;
  /** How orders of signals are filled; without it at once. */
  readonly execution?: Partial<Policy>;
}

/** Parameters that are not the strategy's: how its signals are traded. */
export const TRADING = {
  position_size: { default: DEFAULT_POLICY.positionSize, min: 0.000_001, max: 1, meaning: "share of the capital" },
  allow_short: { default: 0, min: 0, max: 1, meaning: "0: a sell signal only ends a long position" },
  fee_bps: { default: 0, min: -100, max: 1_000, meaning: "fee of every fill, basis points of its value" },
  slippage_bps: { default: 0, min: 0, max: 1_000, meaning: "by how much market orders are worse than the market" },
  careful_costs: {
    default: 0,
    min: 0,
    max: 1,
    meaning: "1: fees, slippage, impact, liquidity, latency and borrowing as usual for the asset type",
  },
  latency_ms: { default: 0, min: 0, max: 3_600_000, meaning: "time from a signal to its order in the market" },
} as const;
export type TradingName = keyof typeof TRADING;
/** The same of the 18 alone: code may have a parameter of that name itself. */
export const SIZING = { weight: SIZE_WEIGHT } as const;

/** SIGNAL_COOLDOWN_MS of an engine without settings. */
const COOLDOWN_US = 1_000_000;
const CAPITAL_MIN = 1e-6;

export interface CompleteRequest extends RunRequest {
  readonly type: StrategyType;
  /** Of the type, all of them. */
  readonly values: Numbers;
  readonly trading: Readonly<Record<TradingName, number>>;
  readonly weight: number;
  readonly cooldownUs: number;
}

/** A field of the request and what is wrong with it, the end of the sentence that the field begins. */
export interface RequestFault {
  readonly code: "invalid";
  readonly field: string;
  readonly issue: string;
}

/** A request of one run: as `completeRequest`, and its parameters fit each other. */
export function runnableRequest(request: RunRequest): Result<CompleteRequest, RequestFault> {
  const complete = completeRequest(request);
  if (!complete.ok) return complete;
  const [misfit] = misfits(complete.value.type, (name) => request.parameters[name]);
  if (misfit === undefined) return complete;
  return failed({ code: "invalid", field: `parameters.${misfit.name}`, issue: misfit.issue });
}

/** Why a set of parameters makes no run of the strategy, for a search that chooses some of them; null: it does. */
export function conflictOf(strategy: string, fixed: Numbers): (set: Numbers) => string | null {
  const type = STRATEGIES.find(({ name }) => name === strategy);
  return (set) => {
    const [misfit] = type === undefined ? [] : misfits(type, (name) => set[name] ?? fixed[name]);
    return misfit === undefined ? null : `${misfit.name} ${misfit.issue}`;
  };
}

/** What a search begins with as well: parameters that it will set are not there yet, so nothing has to fit. */
export function completeRequest(request: RunRequest): Result<CompleteRequest, RequestFault> {
  const wrong = (field: string, issue: string) => failed({ code: "invalid", field, issue } as const);
  const type = STRATEGIES.find(({ name }) => name === request.strategy);
  if (!type?.built) return wrong("strategy_type", `must be one of ${STRATEGIES.map(({ name }) => name).join(", ")}`);
  const { parameters, symbols, capital } = request;
  const known = new Map<string, { readonly min: number; readonly max: number }>([
    ...type.parameters.map((one) => [one.name, one] as const),
    ...Object.entries(TRADING),
    ...Object.entries(SIZING),
  ]);
  for (const [name, value] of Object.entries(parameters)) {
    const one = known.get(name);
    if (!one)
      return wrong(`parameters.${name}`, `is not a parameter of ${type.name}; it has ${[...known.keys()].join(", ")}`);
    if (!(value >= one.min && value <= one.max))
      return wrong(`parameters.${name}`, `must be a number from ${one.min} to ${one.max}, not ${value}`);
  }
  const [least, most] = type.legs;
  const range = least === most ? String(least) : `${least} to ${most}`;
  if (most > 1 && (symbols.length < least || symbols.length > most))
    return wrong("symbols", `must name ${range} symbols for ${type.name}, not ${symbols.length}`);
  if (symbols.length === 0) return wrong("symbols", "must name at least one symbol");
  if (new Set(symbols).size !== symbols.length) return wrong("symbols", "must name each symbol once");
  if (!(capital >= CAPITAL_MIN && capital <= 1e9))
    return wrong("initial_capital", `must be above 0 and at most 1e9, not ${capital}`);
  const { from, to } = request;
  if (from !== undefined && to !== undefined && from >= to) return wrong("from", "must be before the end");
  const value = (name: string, fallback: number): number => parameters[name] ?? fallback;
  const values = Object.fromEntries(type.parameters.map((one) => [one.name, value(one.name, one.default)]));
  const trading = Object.fromEntries(
    Object.entries(TRADING).map(([name, one]) => [name, value(name, one.default)]),
  ) as Record<TradingName, number>;
  return ok({
    ...request,
    type,
    values,
    trading,
    weight: value("weight", SIZE_WEIGHT.default),
    cooldownUs: COOLDOWN_US,
  });
}
