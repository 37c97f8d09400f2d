// What a strategy's parameters and limits mean for an execution: sizes, levels, costs, symbols, when it has to stop. Pure.
// A number that is given and cannot be meant is left out, as if it had not been given: parameters are the author's own,
// and only these names are the engine's. Limits of trading are judged by the function that runs over history ask as well.
// With a risk limit that cannot be meant nothing is opened: the registry takes none, but may have stored one before.
import {
  type Costs,
  DEFAULT_POLICY,
  executionPolicy,
  inventoryOf,
  limitPolicy,
  NO_COSTS,
  type Policy,
  rolePolicy,
  sizeOf,
  tradingLimits,
} from "../../simulation/simulation.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { limitOf, riskLimitIssues } from "../risk-limits.ts";

/** Units of account that each execution begins with. */
export const CAPITAL = 100_000;

/** Losses are negative; 0 allows none at all. */
export interface Limits {
  /** Of one day, UTC, in units of account. */
  readonly dailyLoss: number | null;
  /** From the highest equity so far, as a share. */
  readonly drawdown: number | null;
}

/** Plain data: it is posted to the thread. */
export interface Terms {
  readonly capital: number;
  readonly policy: Partial<Policy>;
  readonly costs: Costs;
  readonly limits: Limits;
  /** Of a strategy that is one of the 18 or a family of them: most inventory by market maker, in full quotes. */
  readonly inventories: Readonly<Record<string, number>>;
}

export interface TermsInput {
  readonly parameters: JsonObject;
  readonly riskLimits: JsonObject;
  readonly executionConfig: JsonObject;
  /** One of the 18, or a family of them; null: code, whose parameters are its author's own. */
  readonly implementation?: string | null;
}

const MARKET_MAKERS = STRATEGIES.filter(({ name }) => rolePolicy(name).role === "quotes").map(({ name }) => name);

const BPS_MAX = 1_000;
const OPENS_NOTHING: Partial<Policy> = { maxTradesPerDay: 0 };
const LEARNED_WEIGHT = "learned_weight";
/** Learning may halve positions three times over and double them, whatever its weight says. */
const WEIGHT_LEAST = 0.125;
const WEIGHT_MOST = 2;

export function termsFor({ parameters, riskLimits, executionConfig, implementation = null }: TermsInput): Terms {
  const share = (value: unknown): number | null => within(value, 0, 1);
  const asked = share(executionConfig["position_size"]) ?? share(parameters["position_size"]);
  const learned = weighted(asked, executionConfig[LEARNED_WEIGHT]);
  const size = implementation === null ? learned : sizeOf(learned ?? DEFAULT_POLICY.positionSize, parameters);
  // A real venue is sent whole orders: parameters may have been given it since the start.
  const onlyWhole = executionConfig["mode"] === "live";
  const execution = executionPolicy(onlyWhole ? undefined : (executionConfig["execution"] ?? parameters["execution"]));
  const trades = executionConfig["max_trades_per_day"] ?? riskLimits["max_trades_per_day"];
  const { limits } = tradingLimits(parameters, { ...riskLimits, max_trades_per_day: trades });
  return {
    capital: CAPITAL,
    policy: {
      ...(size === null ? {} : { positionSize: size }),
      allowShort: parameters["allow_short"] === true || parameters["allow_short"] === 1,
      ...limitPolicy(limits),
      ...(riskLimitIssues(riskLimits).length > 0 ? OPENS_NOTHING : {}),
      ...(execution.ok ? execution.value : {}),
    },
    costs: costsOf(parameters),
    limits: { dailyLoss: limitOf(riskLimits, "daily_loss_limit"), drawdown: limitOf(riskLimits, "max_drawdown") },
    inventories:
      implementation === null
        ? {}
        : Object.fromEntries(MARKET_MAKERS.map((name) => [name, inventoryOf(name, parameters)])),
  };
}

/** As it is sized: by the weight it started with, never beyond the capital. */
function weighted(size: number | null, weight: unknown): number | null {
  const by = within(weight, WEIGHT_LEAST, WEIGHT_MOST, true);
  return by === null ? size : Math.min(1, (size ?? DEFAULT_POLICY.positionSize) * by);
}

/** What an execution is started with, `weight` being what learning gives its implementation; null: it gives none. */
export function withLearnedWeight(config: JsonObject, weight: number | null): JsonObject | null {
  const { [LEARNED_WEIGHT]: _, ...rest } = config;
  if (rest["allocation"] !== "learned") return rest;
  if (weight === null) return null;
  return { ...rest, [LEARNED_WEIGHT]: Math.min(WEIGHT_MOST, Math.max(WEIGHT_LEAST, weight)) };
}

/** Of an account that has a share of the capital: what is bounded in units of account is bounded by the same share. */
export function partOf(terms: Terms, share: number): Terms {
  const { maxPositionSize = null } = terms.policy;
  const most = maxPositionSize === null ? null : maxPositionSize * share;
  return { ...terms, capital: terms.capital * share, policy: { ...terms.policy, maxPositionSize: most } };
}

/** Upper-cased names of `parameters.symbols`; null: all that there are. */
export function symbolsOf(parameters: JsonObject): readonly string[] | null {
  const { symbols } = parameters;
  if (!Array.isArray(symbols)) return null;
  const names = symbols.filter((name) => typeof name === "string").map((name) => name.toUpperCase());
  return names.length === 0 ? null : [...new Set(names)];
}

/** On paper, and nothing is stated of fees or slippage. */
export function tradesFree(executionConfig: JsonObject, parameters: JsonObject): boolean {
  const { takerBps, slippageBps } = costsOf(parameters);
  return executionConfig["mode"] !== "live" && takerBps + slippageBps === 0;
}

function costsOf(parameters: JsonObject): Costs {
  const fee = within(parameters["fee_bps"], 0, BPS_MAX, true) ?? 0;
  const slippage = within(parameters["slippage_bps"], 0, BPS_MAX, true) ?? 0;
  return { ...NO_COSTS, makerBps: fee, takerBps: fee, slippageBps: slippage };
}

/** Above `low` (or at it) and at most `high`. */
function within(value: unknown, low: number, high: number, atLow = false): number | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  return (value > low || (atLow && value === low)) && value <= high ? value : null;
}
