// A schema in words, for people who sent something else: the end of the sentence that a field's path begins.
// "must be a number above 0 and at most 1". What was found is quoted, shortened, so that the sender knows which value is meant.
import type { Keywords } from "./schema.ts";

const FOUND_CHARACTERS = 40;

export function mustBe(schema: Keywords): string {
  if (schema["x-must"] !== undefined) return `must ${schema["x-must"]}`;
  return `must be ${described(schema)}`;
}

function described(schema: Keywords): string {
  if (schema["x-must"]?.startsWith("be ") === true) return schema["x-must"].slice(3);
  if (schema.anyOf) return schema.anyOf.map(described).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  switch (schema.type) {
    case "number":
      return describedNumber("number", schema);
    case "integer":
      return describedNumber("integer", schema);
    case "string":
      return describedText(schema);
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return `a list${counted(schema.minItems, schema.maxItems, "elements")}`;
    case "object":
      return `an object${counted(schema.minProperties, schema.maxProperties, "fields")}`;
    default:
      return "given";
  }
}

function describedNumber(kind: "number" | "integer", schema: Keywords): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const noun = kind === "integer" ? "an integer" : "a number";
  if (exclusiveMinimum === 0 && maximum === undefined && exclusiveMaximum === undefined) {
    return kind === "integer" ? "a positive integer" : "a positive finite number";
  }
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`;
  const low = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : `not below ${minimum ?? ""}`;
  const high = exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : `at most ${maximum ?? ""}`;
  const hasLow = exclusiveMinimum !== undefined || minimum !== undefined;
  const hasHigh = exclusiveMaximum !== undefined || maximum !== undefined;
  if (!hasLow && !hasHigh) return kind === "integer" ? "an integer" : "a finite number";
  return `${noun} ${[...(hasLow ? [low] : []), ...(hasHigh ? [high] : [])].join(" and ")}`;
}

function describedText({ minLength, maxLength, format, pattern }: Keywords): string {
  if (format === "date-time") return "a time such as 2025-08-24T10:00:00Z";
  if (pattern !== undefined) return `a string that matches ${pattern}`;
  return `a string${counted(minLength, maxLength, "characters")}`;
}

function counted(min: number | undefined, max: number | undefined, what: string): string {
  if (min === undefined && max === undefined) return "";
  if (max === undefined) return ` of at least ${min} ${what}`;
  return min === undefined ? ` of at most ${max} ${what}` : ` of ${min} to ${max} ${what}`;
}

/** ", found ..." for the end of a sentence. */
export function found(value: unknown): string {
  if (Array.isArray(value)) return `, found a list${value.length === 0 ? " without elements" : ""}`;
  if (typeof value === "object" && value !== null) return ", found an object";
  if (typeof value !== "string") return `, found ${String(value)}`;
  const shown = value.slice(0, FOUND_CHARACTERS).replace(/[^\x20-\x7e]/g, "?");
  return `, found ${JSON.stringify(shown)}${shown.length < value.length ? "…" : ""}`;
}
