// What the catalogue says of one strategy. Every entry feeds the instance table, validation, GET /strategy-types, the
// command line and the docs, so each fact stands here once.
import * as layout from "../../../assembly/layout.ts";

export type Family = "arbitrage" | "statistical" | "trend_following" | "market_making" | "news_driven" | "htf";
export type Tier = "fast" | "tactical" | "strategic" | "learning";

/** One parameter of a strategy; its index is its place in the instance row. */
export interface Parameter {
  readonly name: string;
  readonly index: number;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly meaning: string;
}

export interface StrategyType {
  readonly code: number;
  readonly name: string;
  /** The `strategy` field of its signals and the segment of its Redis keys (api: `momentum` for momentum_rider). */
  readonly signalName: string;
  readonly family: Family;
  readonly tier: Tier;
  /** Default length of its samples; 0: every tick. */
  readonly barMs: number;
  /** False until its kernel is in the core: no instance can be made of it. */
  readonly built: boolean;
  /** Event kinds that it needs. */
  readonly inputs: readonly string[];
  /** Least and most symbols of one set of legs; [1, 1]: every symbol stands for itself. */
  readonly legs: readonly [least: number, most: number];
  readonly description: string;
  /** Formula, entry, exits and confidence in words. */
  readonly formula: string;
  readonly entry: string;
  readonly exit: string;
  readonly confidence: string;
  readonly reference: string;
  /** What it waits for, in the order in which it happens. */
  readonly readiness: string;
  /** Wire names of its signals' own values; null: not published. */
  readonly values: readonly (string | null)[];
  readonly parameters: readonly Parameter[];
  /** Parameters of which the first must be the smaller one. */
  readonly relations: readonly Relation[];
}

export interface Relation {
  readonly smaller: string;
  readonly larger: string;
  /** Whether they may also be the same. */
  readonly orEqual: boolean;
}

type RelationRow = readonly [smaller: string, sign: "<" | "<=", larger: string];

type ParameterRow = readonly [name: string, value: number, min: number, max: number, unit: string, meaning: string];

export interface Entry extends Omit<
  StrategyType,
  "parameters" | "relations" | "signalName" | "built" | "legs" | "barMs"
> {
  readonly signalName?: string;
  readonly barMs?: number;
  readonly legs?: readonly [number, number];
  readonly built?: false;
  readonly parameters: readonly ParameterRow[];
  readonly relations?: readonly RelationRow[];
}

const BAR_MS: Readonly<Record<Tier, number>> = { fast: 0, tactical: 1_000, strategic: 60_000, learning: 0 };

const COMMON: readonly (readonly [index: number, row: ParameterRow])[] = [
  [layout.PARAMETER_CONFIDENCE_THRESHOLD, ["confidence_threshold", 0, 0, 1, "", "least confidence that is published"]],
  [
    layout.PARAMETER_RISK_TOLERANCE,
    [
      "risk_tolerance",
      0.5,
      0,
      1,
      "",
      "scales stop and target distance and the size of positions: 0 half, 0.5 as tabled, 1 one and a half times",
    ],
  ],
  [
    layout.PARAMETER_CONFIRM_BAR_MS,
    [
      "confirm_bar_ms",
      0,
      0,
      2_592_000_000,
      "ms",
      "a slower timeframe that must not disagree, 0: off; strategies of several legs or venues and market makers have none",
    ],
  ],
];

/** A catalogue entry with its defaults; parameters take their index from their place, the common ones follow. */
export function strategy(entry: Entry): StrategyType {
  return {
    signalName: entry.name,
    barMs: BAR_MS[entry.tier],
    legs: [1, 1],
    built: true,
    ...entry,
    parameters: [
      ...entry.parameters.map((row, index) => parameter(index, row)),
      ...COMMON.map(([index, row]) => parameter(index, row)),
    ],
    relations: (entry.relations ?? []).map(([smaller, sign, larger]) => ({ smaller, larger, orEqual: sign === "<=" })),
  };
}

function parameter(index: number, [name, value, min, max, unit, meaning]: ParameterRow): Parameter {
  return { name, index, default: value, min, max, unit, meaning };
}
