// What learning may change, and how far. A target names a thing of one of the engine's own strategies; its word is what
// the store tells targets apart by. Every target has a range, and most a longest step from the value of the moment:
//   thresholds    the range that operators have; at most a quarter up or a fifth down in one step
//   parameters    the catalogue's range and its rules between parameters; no step beyond the parameter's own size or its
//                 default's, and never further from the default than three times that (where it is 0: a tenth of the range)
//   weight        0 to 4, at most 1 in one step
//   enabled       on or off
//   calibration   raw confidences and what they are worth, both 0 to 1 and ascending; at most a quarter off in one step
// Registered strategies are not among them: what they are is their owner's word, and goes through proposals. Pure.
import type { Failure } from "../../domain/failure.ts";
import { invalid } from "../../domain/failure.ts";
import { misfits } from "../../domain/parameter-rules.ts";
import { type Parameter, STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import type { Axis } from "../../learning/generation.ts";
import { type CalibrationMap, POINTS_MAX } from "../../stream/stream.ts";

export const THRESHOLDS = [
  "min_signal_quality",
  "opportunity_threshold",
  "volatility_multiplier",
  "trend_multiplier",
] as const;
export type ThresholdName = (typeof THRESHOLDS)[number];

/** `strategy`: name of an implementation, and with it the engine's own instance of it. */
export type LearningTarget =
  | { readonly kind: "threshold"; readonly strategy: string; readonly name: ThresholdName }
  | { readonly kind: "parameters"; readonly strategy: string; readonly names: readonly string[] }
  | { readonly kind: "weight"; readonly strategy: string }
  | { readonly kind: "enabled"; readonly strategy: string }
  | { readonly kind: "calibration"; readonly strategy: string };

/** Of a threshold or weight a number, of parameters their values by name, of a switch true or false, of a calibration its map. */
export type LearningValue = number | boolean | Readonly<Record<string, number>> | CalibrationMap;

export function isMap(value: LearningValue): value is CalibrationMap {
  return Array.isArray(value);
}
export function isParameters(value: LearningValue): value is Readonly<Record<string, number>> {
  return typeof value === "object" && !Array.isArray(value);
}

const RANGES: Readonly<Record<ThresholdName, readonly [min: number, max: number]>> = {
  min_signal_quality: [0.01, 0.95],
  opportunity_threshold: [0, 1],
  volatility_multiplier: [1, 10],
  trend_multiplier: [1, 10],
};
const RATIO_MAX = 1.25;
/** A value near 0 may still move by so much of its range. */
const SMALL_STEP = 0.01;
const WEIGHT_MAX = 4;
const WEIGHT_STEP = 1;
const MAP_STEP = 0.25;
/** Published confidences lie within. */
const REACHED = [0.1, 0.9] as const;
const DEFAULTS_AWAY = 3;
const SHARE_OF_RANGE = 0.1;
/** Decides what an instance is attached to, so it is no matter of tuning. */
const FIXED: ReadonlySet<string> = new Set(["confirm_bar_ms"]);

const CHOICES: ReadonlySet<string> = new Set(["enum", "bool"]);
const WHOLE: ReadonlySet<string> = new Set(["bars", "samples", "ms", "items", "weeks", "days"]);

/** One word for the target. */
export function wordOf(target: LearningTarget): string {
  switch (target.kind) {
    case "threshold":
      return `threshold:${target.strategy}:${target.name}`;
    case "parameters":
      return `parameters:${target.strategy}:${target.names.toSorted().join(",")}`;
    case "weight":
    case "enabled":
    case "calibration":
      return `${target.kind}:${target.strategy}`;
  }
}

/** Null: it is no word of ours. */
export function targetOf(word: string): LearningTarget | null {
  const [kind = "", strategy = "", rest = ""] = word.split(":");
  const name = THRESHOLDS.find((one) => one === rest);
  if (kind === "threshold" && name !== undefined) return { kind, strategy, name };
  if (kind === "parameters" && rest !== "") return { kind, strategy, names: rest.split(",") };
  return kind === "weight" || kind === "enabled" || kind === "calibration" ? { kind, strategy } : null;
}

/** As the API calls it. */
export function whatOf(target: LearningTarget): string {
  if (target.kind === "threshold") return target.name;
  if (target.kind === "parameters") return target.names.join(",");
  return target.kind;
}

/**
 * What speaks against the value; null: nothing. `parameters`: all that the instance has now. `back`: it takes a change
 * back, so its step is not looked at.
 */
export function beyondBounds(
  target: LearningTarget,
  from: LearningValue,
  to: LearningValue,
  parameters: Readonly<Record<string, number>>,
  back = false,
): Failure | null {
  const type = STRATEGIES.find(({ name }) => name === target.strategy);
  if (!type?.built) return invalid("strategy", `must be one of the engine's own, and ${target.strategy} is none`);
  switch (target.kind) {
    case "enabled":
      return typeof to === "boolean" ? null : invalid("to", "must be true or false");
    case "weight":
      return numberFault("weight", from, to, [0, WEIGHT_MAX], back ? Infinity : WEIGHT_STEP);
    case "threshold": {
      const range = RANGES[target.name];
      const size = typeof from === "number" ? Math.abs(from) : 0;
      const factor = typeof to === "number" && Math.abs(to) < size ? 1 - 1 / RATIO_MAX : RATIO_MAX - 1;
      const step = Math.max(size * factor, SMALL_STEP * (range[1] - range[0]));
      return numberFault(target.name, from, to, range, back ? Infinity : step);
    }
    case "calibration":
      return mapFault(from, to, back);
    case "parameters":
      return parametersFault(type, target.names, parameters, to, back);
  }
}

function numberFault(
  name: string,
  from: LearningValue,
  to: LearningValue,
  [min, max]: readonly [number, number],
  step: number,
): Failure | null {
  if (typeof to !== "number" || !(to >= min && to <= max))
    return invalid(name, `must be a number from ${min} to ${max}, and ${JSON.stringify(to)} is not`);
  // A hair more, because the step itself is computed.
  if (typeof from === "number" && Math.abs(to - from) > step * (1 + 1e-9))
    return invalid(name, `may move by ${step} at once, and from ${from} to ${to} is further`);
  return null;
}

function parametersFault(
  type: StrategyType,
  names: readonly string[],
  from: Readonly<Record<string, number>>,
  to: LearningValue,
  back: boolean,
): Failure | null {
  if (!isParameters(to)) return invalid("to", "must have a number for each parameter");
  for (const name of names) {
    const parameter = type.parameters.find((one) => one.name === name);
    if (parameter === undefined || FIXED.has(name))
      return invalid(name, `is no parameter of ${type.name} that learning may change`);
    const { default: standard, min, max } = parameter;
    const [before = standard, after] = [from[name], to[name]];
    const step = stepOf(parameter, before);
    const away = Math.max(DEFAULTS_AWAY * Math.abs(standard), smallStep(parameter, SHARE_OF_RANGE));
    const range = [Math.max(min, standard - away), Math.min(max, standard + away)] as const;
    const fault = numberFault(name, before, after ?? NaN, range, back ? Infinity : step);
    if (fault !== null) return fault;
  }
  const [misfit] = misfits(type, (name) => to[name] ?? from[name]);
  return misfit === undefined ? null : invalid(misfit.name, misfit.issue);
}

function stepOf(parameter: Parameter, before: number): number {
  return Math.max(Math.abs(before), Math.abs(parameter.default), smallStep(parameter, SMALL_STEP));
}
/** Of one that is usually 0. */
function smallStep({ default: standard, min, max }: Parameter, share: number): number {
  return standard === 0 ? share * (max - min) : 0;
}

/** How far parameters of the strategy may be moved at once from what they are; switches and choices stay. */
export function roomOf(type: StrategyType, parameters: Readonly<Record<string, number>>): readonly Axis[] {
  return type.parameters
    .filter(({ name, unit }) => !FIXED.has(name) && !CHOICES.has(unit))
    .map((parameter) => {
      const { name, default: standard, unit, min, max } = parameter;
      const before = parameters[name] ?? standard;
      const away = Math.max(DEFAULTS_AWAY * Math.abs(standard), smallStep(parameter, SHARE_OF_RANGE));
      const step = stepOf(parameter, before);
      const low = Math.max(min, standard - away, before - step);
      return { name, min: low, max: Math.min(max, standard + away, before + step), whole: WHOLE.has(unit) };
    })
    .filter((axis) => axis.max > axis.min);
}

function mapFault(from: LearningValue, to: LearningValue, back: boolean): Failure | null {
  if (!isMap(to) || to.length > POINTS_MAX) return invalid("to", `must be a map of at most ${POINTS_MAX} points`);
  const inside = to.flat().every((value) => value >= 0 && value <= 1);
  const rising = to.every(([raw, worth], index) => {
    const [before, worthBefore] = to[index - 1] ?? [-1, 0];
    return raw > before && worth >= worthBefore;
  });
  if (!inside || !rising) return invalid("to", "must have confidences from 0 to 1, each above the one before");
  if (back || !isMap(from)) return null;
  const raws = [...from, ...to].map(([raw]) => raw);
  const moved = Math.max(0, ...[...REACHED, ...raws].map((raw) => Math.abs(worthOf(to, raw) - worthOf(from, raw))));
  return moved <= MAP_STEP
    ? null
    : invalid("to", `may move a confidence by ${MAP_STEP} at once, and this moves one by ${moved}`);
}

/** As the core reads a map: straight lines between the points, level beyond the outer ones. */
function worthOf(map: CalibrationMap, raw: number): number {
  const next = map.findIndex(([at]) => at >= raw);
  const [first, last] = [map[0], map.at(-1)];
  if (first === undefined || last === undefined) return raw;
  if (next <= 0) return next === 0 ? first[1] : last[1];
  const [[x, y], [nextX, nextY]] = [map[next - 1] ?? first, map[next] ?? last];
  return y + ((nextY - y) * (raw - x)) / (nextX - x);
}
