// The trading rules of the fast path: what each is told, which combinations make sense, and which columns it reads. The
// rules themselves are in assembly/sweep/ and, as plain code, in plain.ts.
import * as layout from "../../../assembly/sweep/sweep-layout.ts";

export type RuleName = "ma_cross" | "ma_momentum" | "donchian" | "ma_stop";
export type ParameterSet = Readonly<Record<string, number>>;

export interface RuleParameter {
  readonly name: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  readonly meaning: string;
}

/** Columns that sets share, by what they are and their length in bars. */
export type RowKind = "mean" | "past" | "upper" | "lower";
export interface RowWanted {
  readonly kind: RowKind;
  readonly length: number;
}

export interface SweepRule {
  readonly name: RuleName;
  readonly code: number;
  readonly meaning: string;
  readonly parameters: readonly RuleParameter[];
  /** In the order of the rule's ROW_ places. */
  readonly rows: (set: ParameterSet) => readonly RowWanted[];
  /** Why the rule makes no sense with these values, each of which is in its range; null: it does. */
  readonly conflict: (set: ParameterSet) => string | null;
}

export const LENGTH_MAX = 10_000;
const length = (name: string, value: number, meaning: string): RuleParameter => ({
  name,
  default: value,
  min: 1,
  max: LENGTH_MAX,
  integer: true,
  meaning,
});
const SHORT: RuleParameter = {
  name: "short",
  default: 0,
  min: 0,
  max: 1,
  integer: true,
  meaning: "1: short where the rule points down, 0: flat",
};
const rate = (name: string, value: number, max: number, meaning: string): RuleParameter => ({
  name,
  default: value,
  min: 0,
  max,
  integer: false,
  meaning,
});
const FEE = rate("fee", 0, 0.1, "share of the value of each fill");
const AVERAGES = [length("fast", 20, "bars of the fast average"), length("slow", 50, "bars of the slow average")];

const means = (set: ParameterSet): readonly RowWanted[] => [
  { kind: "mean", length: valueOf(set, "fast") },
  { kind: "mean", length: valueOf(set, "slow") },
];
const ordered = (set: ParameterSet): string | null =>
  valueOf(set, "fast") < valueOf(set, "slow")
    ? null
    : `fast is ${valueOf(set, "fast")} and slow ${valueOf(set, "slow")}; the fast average must be the shorter one`;

export const RULES: readonly SweepRule[] = [
  {
    name: "ma_cross",
    code: layout.SWEEP_MA_CROSS,
    meaning: "long while the fast moving average of the closes is above the slow one",
    parameters: [...AVERAGES, SHORT, FEE],
    rows: means,
    conflict: ordered,
  },
  {
    name: "ma_momentum",
    code: layout.SWEEP_MA_MOMENTUM,
    meaning: "as ma_cross, but a side is taken only where the close has moved the same way over some bars",
    parameters: [...AVERAGES, length("momentum", 10, "bars over which the close has to have moved"), SHORT, FEE],
    rows: (set) => [...means(set), { kind: "past", length: valueOf(set, "momentum") }],
    conflict: ordered,
  },
  {
    name: "donchian",
    code: layout.SWEEP_DONCHIAN,
    meaning: "long above the highest high of the bars before, out below the lowest low of fewer",
    parameters: [
      length("entry", 20, "bars of the entry channel"),
      length("exit", 10, "of the exit channel"),
      SHORT,
      FEE,
    ],
    rows: (set) => [
      { kind: "upper", length: valueOf(set, "entry") },
      { kind: "lower", length: valueOf(set, "entry") },
      { kind: "upper", length: valueOf(set, "exit") },
      { kind: "lower", length: valueOf(set, "exit") },
    ],
    conflict: () => null,
  },
  {
    name: "ma_stop",
    code: layout.SWEEP_MA_STOP,
    meaning: "long after an upward cross of the averages, out after a downward one, at the stop or at the target",
    parameters: [
      ...AVERAGES,
      rate("stop", 0.02, 0.99, "distance of the stop, a share of the entry price"),
      rate("take", 0.03, 100, "distance of the target, a share of the entry price"),
      FEE,
    ],
    rows: means,
    conflict: ordered,
  },
];

export function ruleOf(name: string): SweepRule | undefined {
  return RULES.find((rule) => rule.name === name);
}

/** The value of a set that has passed `refusedSet`. */
export function valueOf(set: ParameterSet, name: string): number {
  return set[name] ?? Number.NaN;
}

/** What the caller left out comes from the defaults. */
export function withDefaults(rule: SweepRule, set: ParameterSet): ParameterSet {
  return { ...Object.fromEntries(rule.parameters.map((each) => [each.name, each.default])), ...set };
}

/** Why a complete set is refused: what was found and what is allowed; null: it is good. */
export function refusedSet(rule: SweepRule, set: ParameterSet): string | null {
  const names = rule.parameters.map(({ name }) => name);
  const unknown = Object.keys(set).find((name) => !names.includes(name));
  if (unknown !== undefined) return `${rule.name} has no parameter ${unknown}; it has ${names.join(", ")}`;
  for (const { name, min, max, integer } of rule.parameters) {
    const value = set[name];
    const good = value !== undefined && value >= min && value <= max && (!integer || Number.isInteger(value));
    if (!good)
      return `${name} is ${value}; it must be ${integer ? "a whole number" : "a number"} from ${min} to ${max}`;
  }
  return rule.conflict(set);
}
