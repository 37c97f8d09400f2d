// The stream as learning sees it: what is in force of a target, and the events that change it.
import * as layout from "../../../assembly/layout.ts";
import { codeOf, type Learned, type LearnedSetting, type Stream } from "../../stream/stream.ts";
import type { RegimePlane } from "./regimes.ts";
import { isMap, isParameters, type LearningTarget, type LearningValue, type ThresholdName } from "./target.ts";

export interface LearningPlane {
  readonly learned: Pick<
    Learned,
    | "number"
    | "thresholdsNumber"
    | "isOn"
    | "threshold"
    | "thresholdsOf"
    | "setByHand"
    | "calibration"
    | "instance"
    | "weight"
    | "bring"
    | "allow"
  >;
  readonly regimes: RegimePlane;
  readonly archive: Pick<Stream["archive"], "query">;
  /** Everything written so far was evaluated. */
  evaluated(): Promise<void>;
}

const COLUMNS: Readonly<Record<ThresholdName, number>> = {
  min_signal_quality: layout.THRESHOLD_QUALITY,
  opportunity_threshold: layout.THRESHOLD_OPPORTUNITY,
  volatility_multiplier: layout.THRESHOLD_VOLATILITY,
  trend_multiplier: layout.THRESHOLD_TREND,
};

/** Of the engine's own instance. */
export function parametersOf({ learned }: LearningPlane, strategy: string): Readonly<Record<string, number>> {
  const code = codeOf(strategy);
  return code === undefined ? {} : (learned.instance(code)?.parameters ?? {});
}

/** Null: the strategy has no instance of the engine's own, or not that parameter. */
export function valueIn(plane: LearningPlane, target: LearningTarget): LearningValue | null {
  const { learned } = plane;
  const code = codeOf(target.strategy);
  const instance = code === undefined ? undefined : learned.instance(code);
  if (code === undefined || instance === undefined) return null;
  switch (target.kind) {
    case "threshold":
      return learned.threshold(code, COLUMNS[target.name]);
    case "calibration":
      return learned.calibration(code);
    case "weight":
      return learned.weight(code);
    case "enabled":
      return instance.enabled;
    case "parameters": {
      const known = target.names.flatMap((name) => {
        const value = instance.parameters[name];
        return value === undefined ? [] : [[name, value] as const];
      });
      return known.length === target.names.length ? Object.fromEntries(known) : null;
    }
  }
}

/**
 * Qualities that classes of regimes have by themselves, behind the first class, and then what was set by hand last, to which
 * the core comes back without outcomes; 0: none.
 */
export type OwnQualities = readonly number[];

/** Of a strategy's min_signal_quality; null: there is none such. */
export function ownQualities({ learned }: LearningPlane, target: LearningTarget): OwnQualities | null {
  const code = codeOf(target.strategy);
  if (code === undefined || target.kind !== "threshold" || target.name !== "min_signal_quality") return null;
  const classes = learned.thresholdsOf(code).slice(1);
  return [...classes.map(({ own, quality }) => (own ? quality : 0)), learned.setByHand(code)];
}

/** Null: the value is of another kind than its target, or there is no such strategy. `own`: null, it holds everywhere. */
export function settingOf(
  target: LearningTarget,
  value: LearningValue,
  own: OwnQualities | null = null,
): LearnedSetting | null {
  const code = codeOf(target.strategy);
  if (code === undefined) return null;
  switch (target.kind) {
    case "threshold":
      return typeof value === "number"
        ? { kind: "threshold", strategy: code, column: COLUMNS[target.name], value, ...(own === null ? {} : { own }) }
        : null;
    case "weight":
      return typeof value === "number" ? { kind: "weight", instance: code, weight: value } : null;
    case "enabled":
      return typeof value === "boolean" ? { kind: "enabled", instance: code, enabled: value } : null;
    case "calibration":
      return isMap(value) ? { kind: "calibration", strategy: code, points: value } : null;
    case "parameters":
      return isParameters(value) ? { kind: "parameters", instance: code, values: value } : null;
  }
}
