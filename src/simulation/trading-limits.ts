// The limits of trading that are given by name, the same for an execution and for a run over history: a verdict is about
// what would trade. Returns at which a position is closed are parameters; what bounds the whole may stand among the risk
// limits, which go before parameters of the same name. 0, false and null stand for none. Whatever else cannot be meant is
// no limit anywhere, and is named: a run over history is refused; an execution goes on without it where it is a parameter,
// and opens nothing where it is a risk limit (src/manage/risk-limits.ts). A name that one of the 18 declares as a parameter is that type's own: its signals follow from it, and its positions have no such limit. Pure.
import { STRATEGIES } from "../domain/strategies.ts";
import type { Policy } from "./policy.ts";

type Given = Readonly<Record<string, unknown>>;

interface Rule {
  readonly usable: (value: number) => boolean;
  readonly meaning: string;
  /** May stand among the risk limits. */
  readonly whole: boolean;
}

const COUNT = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
const RULES = {
  stop_loss: {
    usable: (value) => Math.abs(value) <= 1,
    meaning: "a return such as -0.05, at most 1 without its sign",
    whole: false,
  },
  take_profit: {
    usable: (value) => value > 0 && value <= 1_000,
    meaning: "a return such as 0.1, above 0 and at most 1000",
    whole: false,
  },
  max_position_size: { usable: (value) => value > 0, meaning: "an amount of money above 0", whole: true },
  max_open_positions: { usable: COUNT, meaning: "a whole number from 1", whole: true },
  max_trades_per_day: { usable: COUNT, meaning: "a whole number from 1", whole: true },
} as const satisfies Readonly<Record<string, Rule>>;
type LimitName = keyof typeof RULES;
export const TRADING_LIMITS: readonly string[] = Object.keys(RULES);
/** Those that may stand among the risk limits, with what each has to be. */
export const BOUNDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries<Rule>(RULES).flatMap(([name, { meaning, whole }]) => (whole ? [[name, meaning]] : [])),
);

export interface TradingLimits {
  /** Those that count, by name; a loss is negative. */
  readonly limits: Readonly<Record<string, number>>;
  /** Names that the risk limits decide, whatever the parameters say. */
  readonly fixed: readonly string[];
  /** What is given and is none. */
  readonly faults: readonly { readonly field: string; readonly issue: string }[];
}

export function tradingLimits(parameters: Given, riskLimits: Given): TradingLimits {
  const limits: [string, number][] = [];
  const fixed: string[] = [];
  const faults: { field: string; issue: string }[] = [];
  for (const [name, { usable, meaning, whole }] of Object.entries<Rule>(RULES)) {
    const isFixed = whole && (riskLimits[name] ?? null) !== null;
    if (isFixed) fixed.push(name);
    const value = (isFixed ? riskLimits : parameters)[name] ?? null;
    if (value === null || value === 0 || value === false) continue;
    if (typeof value === "number" && Number.isFinite(value) && usable(value))
      limits.push([name, name === "stop_loss" ? -Math.abs(value) : value]);
    else faults.push({ field: `${isFixed ? "risk_limits" : "parameters"}.${name}`, issue: `must be ${meaning}` });
  }
  return { limits: Object.fromEntries(limits), fixed, faults };
}

/** Of one of the 18; a strategy with code has none. */
function ownNames(type: string): readonly string[] {
  return STRATEGIES.find(({ name }) => name === type)?.parameters.map(({ name }) => name) ?? [];
}

/** The limits of a registered strategy, as far as the positions of this type of it have them. */
export function limitsOfType(type: string, limits: TradingLimits["limits"]): TradingLimits["limits"] {
  const own = ownNames(type);
  return Object.fromEntries(Object.entries(limits).filter(([name]) => !own.includes(name)));
}

/** The same in a policy. */
export function policyOfType(type: string, policy: Partial<Policy>): Partial<Policy> {
  const own = ownNames(type);
  return {
    ...policy,
    ...(own.includes("stop_loss") ? { stopLoss: null } : {}),
    ...(own.includes("take_profit") ? { takeProfit: null } : {}),
  };
}

/** In the words of the trader. */
export function limitPolicy(
  limits: TradingLimits["limits"],
): Pick<Policy, "stopLoss" | "takeProfit" | "maxPositionSize" | "maxOpenPositions" | "maxTradesPerDay"> {
  const limit = (name: LimitName): number | null => limits[name] ?? null;
  return {
    stopLoss: limit("stop_loss"),
    takeProfit: limit("take_profit"),
    maxPositionSize: limit("max_position_size"),
    maxOpenPositions: limit("max_open_positions"),
    maxTradesPerDay: limit("max_trades_per_day"),
  };
}
