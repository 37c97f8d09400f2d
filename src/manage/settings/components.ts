// Components of the configuration that take effect in the engine: their fields, ranges and units. Every field is a
// number. One that is not given stays as it is, at first its default. A field of another name changes nothing,
// so whoever sends one is told.
import type { Failure, FieldIssue } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";

export type Numbers = Readonly<Record<string, number>>;
/** Of the fields whose default is a setting of the process. */
export type ConfigDefaults = Readonly<Record<"tiers" | "risk", Numbers>>;
export type EffectiveName = (typeof EFFECTIVE)[number];

interface Field {
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
  /** Absent: a setting of the process. */
  readonly default?: number;
}

const DAY_MS = 86_400_000;
const TIER: Field = { min: 10, max: DAY_MS, whole: true };

export const EFFECTIVE = ["thresholds", "tiers", "risk", "performance"] as const;

const FIELDS: Readonly<Record<EffectiveName, Readonly<Record<string, Field>>>> = {
  // Of every strategy; learning goes on from there. The range of the first is also the one that learning keeps.
  thresholds: {
    min_signal_quality: { min: 0.01, max: 0.95, default: 0.1 },
    opportunity_threshold: { min: 0, max: 1, default: 0.05 },
    volatility_multiplier: { min: 1, max: 10, default: 3 },
    trend_multiplier: { min: 1, max: 10, default: 2 },
  },
  // Milliseconds from beat to beat.
  tiers: { fast_ms: TIER, tactical_ms: TIER, strategic_ms: TIER, learning_ms: TIER },
  risk: {
    confidence_floor: { min: 0, max: 1, default: 0 },
    signal_cooldown_ms: { min: 0, max: DAY_MS, whole: true },
  },
  // When a strategy is an underperformer, by its newest tracked results; margin: how much better it has to be to be none
  // any more, as a share of each threshold.
  performance: {
    min_trades: { min: 1, max: 200, whole: true, default: 20 },
    window: { min: 1, max: 200, whole: true, default: 100 },
    min_sharpe: { min: -10, max: 10, default: -0.1 },
    max_drawdown: { min: -1, max: 0, default: -0.2 },
    min_win_rate: { min: 0, max: 1, default: 0.25 },
    margin: { min: 0, max: 1, default: 0.1 },
  },
};

export function isEffective(component: string): component is EffectiveName {
  return EFFECTIVE.some((name) => name === component);
}

/** With what was sent in its place. */
export function changedComponent(
  component: EffectiveName,
  now: Numbers,
  given: Readonly<Record<string, unknown>>,
  defaults: ConfigDefaults,
): Result<Numbers, Failure> {
  const names = Object.keys(FIELDS[component]);
  const issue = `is no setting of ${component}; those are ${names.join(", ")}`;
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const [first, ...others] = unknown.map((field): FieldIssue => ({ field, issue }));
  if (first !== undefined) return failed({ code: "validation_error", issues: [first, ...others] });
  return readComponent(component, { ...now, ...given }, defaults);
}

/** The component's fields, each given or by default. */
export function readComponent(
  component: EffectiveName,
  value: Readonly<Record<string, unknown>>,
  defaults: ConfigDefaults,
): Result<Numbers, Failure> {
  const issues: FieldIssue[] = [];
  const numbers: Record<string, number> = {};
  for (const [name, field] of Object.entries(FIELDS[component])) {
    const fallback =
      field.default ?? (component === "tiers" || component === "risk" ? defaults[component][name] : undefined);
    const given = Object.hasOwn(value, name) ? value[name] : fallback;
    if (isIn(field, given)) numbers[name] = given;
    else
      issues.push({
        field: name,
        issue: `must be ${field.whole ? "an integer" : "a number"} from ${field.min} to ${field.max}`,
      });
  }
  const [first, ...others] = issues;
  return first === undefined ? ok(numbers) : failed({ code: "validation_error", issues: [first, ...others] });
}

function isIn({ min, max, whole }: Field, value: unknown): value is number {
  return typeof value === "number" && value >= min && value <= max && (whole !== true || Number.isInteger(value));
}
