// What a search may choose from, as it is typed. `--grid NAME=5,10,20` or NAME=LOW:HIGH:STEP lists values; `--range
// NAME=LOW..HIGH[:STEP][:log]` is a stretch, and `--range NAME` alone all that the catalogue allows: of whole numbers where
// the parameter is one.
import { STRATEGIES } from "../domain/strategies.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { type Dimension, ruleOf, type Space } from "../research/research.ts";

interface KnownParameter {
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

function parseGrid(text: string): Result<Dimension, string> {
  const wrong = (why: string) =>
    failed(`--grid ${text} is not understood${why}; write --grid NAME=5,10,20 or NAME=LOW:HIGH:STEP`);
  const match = NAMED.exec(text.trim());
  if (match === null) return wrong("");
  const [, name = "", wanted = ""] = match;
  const range = wanted.split(":");
  const numbers = (range.length > 1 ? range : wanted.split(",")).map(numberOf);
  if (numbers.some((one) => !Number.isFinite(one))) return wrong(": it holds something that is not a number");
  if (range.length === 1) return ok({ name, values: numbers });
  const [low = 0, high = 0, step = 0] = numbers;
  if (range.length !== 3 || !(step > 0)) return wrong("");
  return ok({ name, low, high, step, scale: "linear", integer: numbers.every(Number.isInteger) });
}
const NAMED = /^([a-z_][a-z0-9_]*)=(.*)$/i;

function parseRange(text: string, known: readonly KnownParameter[]): Result<Dimension, string> {
  const wrong = failed(
    `--range ${text} is not understood; write --range fast=5..50, fast=5..50:5 or fee=0.0001..0.01:log`,
  );
  const [name = "", rest] = text.split("=");
  const parameter = known.find((one) => one.name === name);
  if (parameter === undefined)
    return failed(`--range: there is no parameter ${name}; there are ${known.map((one) => one.name).join(", ")}`);
  const [ends = "", ...more] = (rest ?? `${parameter.min}..${parameter.max}`).split(":");
  const [low = Number.NaN, high = Number.NaN] = ends.split("..").map(numberOf);
  const scale = more.includes("log") ? "log" : "linear";
  const steps = more.filter((word) => word !== "log").map(Number);
  if (steps.length > 1 || [low, high, ...steps].some((value) => !Number.isFinite(value))) return wrong;
  const integer = parameter.integer && Number.isInteger(low) && Number.isInteger(high);
  return ok({ name, low, high, scale, integer, step: steps[0] ?? 0 });
}

/** NAME=VALUE pairs: parameters that are the same in all sets. */
export function parseValues(texts: readonly string[]): Result<Readonly<Record<string, number>>, string> {
  const values: Record<string, number> = {};
  for (const text of texts) {
    const match = NAMED.exec(text.trim());
    const value = numberOf(match?.[2] ?? "");
    if (match === null || !Number.isFinite(value))
      return failed(`--set ${text} is not understood; write --set NAME=VALUE, such as fee_bps=5`);
    values[match[1] ?? ""] = value;
  }
  return ok(values);
}

function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
