// Values from schemas, for property tests and the fuzzer: such that fit, and such with one thing broken.
import * as fc from "fast-check";
import type { Keywords } from "../../../src/server/contract/schema.ts";

const ITEMS_MORE = 3;

export function fitting(schema: Keywords): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting));
  switch (schema.type) {
    case "string":
      return fittingText(schema);
    case "number":
      return fc.double({ ...bounds(schema), noNaN: true, noDefaultInfinity: true });
    case "integer":
      return fittingInteger(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fittingList(schema);
    case "object":
      return fittingObject(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function fittingText({ pattern, format, minLength = 0, maxLength = 1_000 }: Keywords): fc.Arbitrary<string> {
  if (format === "date-time") {
    const noInvalidDate = true;
    const [min, max] = [new Date("1970-01-01T00:00:00Z"), new Date("2099-12-31T00:00:00Z")];
    return fc.date({ min, max, noInvalidDate }).map((date) => date.toISOString());
  }
  if (pattern !== undefined)
    return fc.stringMatching(new RegExp(pattern)).filter(({ length }) => length >= minLength && length <= maxLength);
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) });
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Keywords): fc.DoubleConstraints {
  return {
    min: exclusiveMinimum ?? minimum ?? -1e15,
    max: exclusiveMaximum ?? maximum ?? 1e15,
    minExcluded: exclusiveMinimum !== undefined,
    maxExcluded: exclusiveMaximum !== undefined,
  };
}

function fittingInteger({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Keywords): fc.Arbitrary<number> {
  const min = exclusiveMinimum === undefined ? (minimum ?? -1_000_000) : exclusiveMinimum + 1;
  const max = exclusiveMaximum === undefined ? (maximum ?? Math.max(min, 1_000_000)) : exclusiveMaximum - 1;
  return fc.integer({ min, max });
}

function fittingList({ items, prefixItems, minItems = 0, maxItems = Infinity }: Keywords): fc.Arbitrary<unknown> {
  if (prefixItems) return fc.tuple(...prefixItems.map(fitting));
  return fc.array(fitting(items ?? {}), { minLength: minItems, maxLength: Math.min(maxItems, minItems + ITEMS_MORE) });
}

function fittingObject(schema: Keywords): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames, minProperties = 0 } = schema;
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, fitting(field)]));
  const named = fc.record(fields, { requiredKeys: [...required] });
  if (!additionalProperties && Object.keys(properties).length > 0) return named;
  const values = additionalProperties ? fitting(additionalProperties) : fc.jsonValue({ maxDepth: 1 });
  const names = propertyNames ? fittingText(propertyNames) : fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
  return fc.dictionary(names, values, { minKeys: minProperties, maxKeys: minProperties + ITEMS_MORE });
}

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  -0.5,
  1e-320,
  1e308,
  -1e308,
  Number.MAX_SAFE_INTEGER,
  "",
  " ",
  "50000",
  "true",
  "null",
  "NaN",
  "\u0000",
  "\ud83d\ude00",
  "../../../../etc/passwd",
  "<script>alert(1)</script>",
  "'; DROP TABLE strategies; --",
  "x".repeat(300),
  [],
  [[]],
  [null],
  {},
  { toString: 1 },
  { constructor: { prototype: {} } },
];

/** A value of the schema with one place replaced, or one field taken out. Most of these do not fit, some still do. */
export function nearly(schema: Keywords): fc.Arbitrary<unknown> {
  const place = fc.nat(1_000);
  const odd = fc.constantFrom(...ODD);
  return fc
    .tuple(fitting(schema), place, fc.option(odd, { freq: 5, nil: undefined }))
    .map(([value, at, replacement]) => broken(value, at, replacement));
}

interface Slot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Without a replacement, the place is taken out. */
function broken(value: unknown, at: number, replacement: unknown): unknown {
  const root = { value: structuredClone(value) };
  const slots: Slot[] = [];
  const visit = (holder: Record<string, unknown>, key: string): void => {
    slots.push({ holder, key });
    const inner = holder[key];
    if (typeof inner !== "object" || inner === null) return;
    for (const name of Object.keys(inner)) visit(inner as Record<string, unknown>, name);
  };
  visit(root, "value");
  const slot = slots[at % slots.length];
  if (slot === undefined) return value;
  if (replacement !== undefined) slot.holder[slot.key] = replacement;
  else if (Array.isArray(slot.holder)) slot.holder.splice(Number(slot.key), 1);
  else if (slot.holder !== root) Reflect.deleteProperty(slot.holder, slot.key);
  return root.value;
}
