// What a search may choose from, as it is typed: NAME=5,10,20 or NAME=LOW:HIGH:STEP, one text a parameter.
import { failed, ok, type Result } from "../domain/result.ts";
import type { Space } from "../research/research.ts";

export function parseSpace(texts: readonly string[]): Result<Space, string> {
  const space: Space[number][] = [];
  for (const text of texts) {
    const match = /^([a-z_][a-z0-9_]*)=(.+)$/i.exec(text.trim());
    if (match === null)
      return failed(`${JSON.stringify(text)} is no parameter with values; write NAME=5,10,20 or NAME=LOW:HIGH:STEP`);
    const [, name = "", wanted = ""] = match;
    const range = wanted.split(":");
    const numbers = (range.length > 1 ? range : wanted.split(",")).map((one) =>
      one.trim() === "" ? NaN : Number(one),
    );
    const bad = numbers.findIndex((one) => !Number.isFinite(one));
    if (bad >= 0) return failed(`${name} has ${JSON.stringify(wanted)}, which holds something that is not a number`);
    if (range.length === 1) {
      space.push({ name, values: numbers });
      continue;
    }
    const [low = 0, high = 0, step = 0] = numbers;
    if (range.length !== 3 || !(step > 0))
      return failed(`${name} has ${JSON.stringify(wanted)}; a range is LOW:HIGH:STEP with a step above 0`);
    const integer = [low, high, step].every(Number.isInteger);
    space.push({ name, low, high, step, scale: "linear", integer });
  }
  return ok(space);
}

/** NAME=VALUE pairs. */
export function parseValues(texts: readonly string[]): Result<Readonly<Record<string, number>>, string> {
  const values: Record<string, number> = {};
  for (const text of texts) {
    const match = /^([a-z_][a-z0-9_]*)=([^,:]+)$/i.exec(text.trim());
    const value = match === null ? NaN : Number(match[2]);
    if (match === null || !Number.isFinite(value))
      return failed(`${JSON.stringify(text)} is no parameter with a value; write NAME=VALUE`);
    values[match[1] ?? ""] = value;
  }
  return ok(values);
}
