// What operators may say of adaptation, as the component `adaptation` of the run-time configuration:
//   automatic   off: only when somebody asks; thresholds (default): thresholds, by itself when the market's regime changes;
//               all: parameters of the engine's own instances as well
//   sets        factors by family, regime and setting (not min_signal_quality), 0.9 to 1.1, in place of the engine's
// What cannot be read keeps its default and is named in `ignored`. Pure.
import { REGIMES } from "../domain/regime.ts";
import { FAMILIES } from "../domain/strategies.ts";
import {
  ADAPTED,
  type Adapted,
  DEFAULT_SETS,
  FACTOR_MAX,
  FACTOR_MIN,
  type Factors,
  type ParameterSets,
  SETS_VERSION,
} from "./adaptation.ts";

export const AUTOMATIC = ["off", "thresholds", "all"] as const;
export type Automatic = (typeof AUTOMATIC)[number];

export interface AdaptationSettings {
  readonly automatic: Automatic;
  readonly sets: ParameterSets;
  /** Of the engine's own sets, or when operators last set theirs. */
  readonly version: string;
  readonly ignored: readonly string[];
}

/** `setAt`: microseconds of the wall clock; 0: never. */
export function readAdaptation(given: Readonly<Record<string, unknown>>, setAt: number): AdaptationSettings {
  const ignored: string[] = [];
  for (const key of Object.keys(given)) if (key !== "automatic" && key !== "sets") ignored.push(key);
  const automatic = AUTOMATIC.find((one) => one === given["automatic"]);
  if (given["automatic"] !== undefined && automatic === undefined) ignored.push("automatic");
  const own = dictionaryOf(given["sets"]);
  if (given["sets"] !== undefined && own === null) ignored.push("sets");
  const sets = own === null ? DEFAULT_SETS : readSets(own, ignored);
  const version = own === null ? `engine-${SETS_VERSION}` : `operator-${setAt}`;
  return { automatic: automatic ?? "thresholds", sets, version, ignored };
}

function readSets(given: Readonly<Record<string, unknown>>, ignored: string[]): ParameterSets {
  const sets = structuredClone(DEFAULT_SETS) as Record<string, Record<string, Factors>>;
  for (const [family, byRegime] of Object.entries(given)) {
    const regimes = dictionaryOf(byRegime);
    const known = FAMILIES.some((one) => one === family) ? sets[family] : undefined;
    if (regimes === null || known === undefined) {
      ignored.push(`sets.${family}`);
      continue;
    }
    for (const [regime, factors] of Object.entries(regimes)) {
      const listed = dictionaryOf(factors);
      if (listed === null || !REGIMES.some((one) => one === regime)) ignored.push(`sets.${family}.${regime}`);
      else known[regime] = readFactors(listed, `sets.${family}.${regime}`, ignored);
    }
  }
  return sets as ParameterSets;
}

function readFactors(given: Readonly<Record<string, unknown>>, path: string, ignored: string[]): Factors {
  const factors: Partial<Record<Adapted, number>> = {};
  for (const [name, value] of Object.entries(given)) {
    // The least quality is learned by regime itself: a factor on it would be learned away, and taken out twice.
    const setting = ADAPTED.find((one) => one === name && one !== "min_signal_quality");
    if (setting === undefined || typeof value !== "number" || !(value >= FACTOR_MIN && value <= FACTOR_MAX)) {
      ignored.push(`${path}.${name}`);
    } else factors[setting] = value;
  }
  return factors;
}

function dictionaryOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
