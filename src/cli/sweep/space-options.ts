// `--grid NAME=A,B,C` and `--range NAME=LOW..HIGH[:STEP][:log]` become the space of a search. What a range leaves out comes
// from the catalogue: `--range NAME` alone is the parameter's whole range; it is of whole numbers where the parameter is.
import { STRATEGIES } from "../../domain/strategies.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Dimension, ruleOf, type Space } from "../../research/research.ts";

export interface KnownParameter {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

/** Parameters of a reference rule or of one of the 18; null: there is neither. */
export function parametersOf(name: string): readonly KnownParameter[] | null {
  const rule = ruleOf(name);
  if (rule !== undefined) return rule.parameters;
  const type = STRATEGIES.find((one) => one.name === name);
  if (type === undefined) return null;
  return type.parameters.map(({ name: own, min, max, default: value, unit }) => {
    const whole = [min, max, value].every((each) => Number.isInteger(each)) && max > 1 && unit !== "";
    return { name: own, min, max, integer: whole };
  });
}

export function parseGrid(text: string): Result<Dimension, string> {
  const [name = "", list = ""] = text.split("=");
  const words = list.split(",").map((word) => word.trim());
  const values = words.map((word) => (word === "" ? Number.NaN : Number(word)));
  if (name === "" || values.some((value) => !Number.isFinite(value)))
    return failed(`--grid ${text} is not understood; write --grid fast=5,10,20`);
  return ok({ name, values });
}

export function parseRange(text: string, known: readonly KnownParameter[]): Result<Dimension, string> {
  const wrong = failed(
    `--range ${text} is not understood; write --range fast=5..50, fast=5..50:5 or fee=0.0001..0.01:log`,
  );
  const [name = "", rest] = text.split("=");
  const parameter = known.find((one) => one.name === name);
  if (parameter === undefined)
    return failed(`--range: there is no parameter ${name}; there are ${known.map((one) => one.name).join(", ")}`);
  const [ends = "", ...more] = (rest ?? `${parameter.min}..${parameter.max}`).split(":");
  const [low = Number.NaN, high = Number.NaN] = ends.split("..").map((end) => (end === "" ? Number.NaN : Number(end)));
  const scale = more.includes("log") ? "log" : "linear";
  const steps = more.filter((word) => word !== "log").map(Number);
  if (steps.length > 1 || [low, high, ...steps].some((value) => !Number.isFinite(value))) return wrong;
  const integer = parameter.integer && Number.isInteger(low) && Number.isInteger(high);
  return ok({ name, low, high, scale, integer, step: steps[0] ?? 0 });
}

export function parseSpace(
  grids: readonly string[],
  ranges: readonly string[],
  known: readonly KnownParameter[],
): Result<Space, string> {
  const space: Dimension[] = [];
  for (const parsed of [...grids.map(parseGrid), ...ranges.map((text) => parseRange(text, known))]) {
    if (!parsed.ok) return parsed;
    space.push(parsed.value);
  }
  return ok(space);
}
