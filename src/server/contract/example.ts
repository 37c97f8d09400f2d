// An example of a schema: what fields say of themselves by `examples` or `default`, else the least that fits. Always valid.
import type { Keywords, Schema } from "./schema.ts";

/** With `all` false, fields that may be left out are. */
export function exampleOf<T>(schema: Schema<T>, all = true): T {
  return example(schema, all) as T;
}

function example(schema: Keywords, all: boolean): unknown {
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return example(schema.anyOf[0], all);
  switch (schema.type) {
    case "string":
      return schema.format === "date-time" ? "2025-08-24T10:00:00Z" : "x".repeat(schema.minLength ?? 1);
    case "number":
    case "integer":
      return exampleNumber(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return exampleList(schema, all);
    default:
      return exampleObject(schema, all);
  }
}

function exampleNumber({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, type }: Keywords): number {
  if (minimum !== undefined) return minimum;
  if (exclusiveMinimum !== undefined) {
    const top = Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity);
    if (type === "integer" || top === Infinity) return exclusiveMinimum + 1;
    return (exclusiveMinimum + top) / 2;
  }
  return maximum ?? (exclusiveMaximum === undefined ? 0 : exclusiveMaximum - 1);
}

function exampleList({ items, prefixItems, minItems }: Keywords, all: boolean): readonly unknown[] {
  if (prefixItems) return prefixItems.map((item) => example(item, all));
  return Array.from({ length: Math.max(minItems ?? 0, 1) }, () => example(items ?? {}, all));
}

function exampleObject(schema: Keywords, all: boolean): Readonly<Record<string, unknown>> {
  const named = Object.entries(schema.properties ?? {})
    .filter(([name]) => all || schema.required?.includes(name) === true)
    .map(([name, field]) => [name, example(field, all)] as const);
  return Object.fromEntries(named);
}
