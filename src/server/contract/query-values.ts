// Query strings -> values by a schema of named fields. All faults are collected; unknown names are ignored, and of a
// repeated name the first counts. An empty text counts as not given; an empty number is a fault.
import { failed, ok } from "../../domain/result.ts";
import { faultsOf } from "./check.ts";
import { found, mustBe } from "./sentence.ts";
import type { Failure, FieldIssue } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { Keywords, Schema } from "./schema.ts";

const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/;

/** No value needs them, and the store takes no text with a zero in it. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

export function readQuery<T>(schema: Schema<T>, rawQuery: string): Result<T, Failure> {
  const given = new URLSearchParams(rawQuery);
  const values: Record<string, unknown> = {};
  const faults: FieldIssue[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const text = given.get(name);
    if (text === null || (text === "" && field.type === "string" && field.enum === undefined)) {
      if (field.default !== undefined) values[name] = field.default;
      else if (schema.required?.includes(name)) faults.push({ field: name, issue: `is required and ${mustBe(field)}` });
      continue;
    }
    if (CONTROL.test(text)) {
      faults.push({ field: name, issue: `must not hold control characters${found(text)}` });
      continue;
    }
    const value = readValue(field, text);
    if (value === undefined) faults.push({ field: name, issue: mustBe(field) + found(text) });
    else {
      faults.push(...faultsOf(field, value, name));
      values[name] = value;
    }
  }
  const [first, ...rest] = faults;
  return first === undefined ? ok(values as T) : failed({ code: "validation_error", issues: [first, ...rest] });
}

/** Undefined when the text cannot be read as a value of the field's kind. */
function readValue(field: Keywords, text: string): unknown {
  switch (field.type) {
    case "number":
    case "integer":
      return NUMBER.test(text) ? Number(text) : undefined;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    default:
      return text;
  }
}
