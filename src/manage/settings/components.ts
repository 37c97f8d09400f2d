// Components of the configuration that take effect in the engine: their fields, ranges and units. Every field is a
// number. One that is not given stays as it is, at first its default; fields of other names are left out, as everywhere
// in the API.
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

export const EFFECTIVE = ["thresholds", "tiers", "risk"] as const;

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
};

export function isEffective(component: string): component is EffectiveName {
  return EFFECTIVE.some((name) => name === component);
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
    const fallback = field.default ?? (component === "thresholds" ? undefined : defaults[component][name]);
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
