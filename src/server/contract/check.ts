// Judges values by a schema: all faults at once, up to FAULTS_MAX, each with the path of its field and a sentence.
// A schema is turned into a chain of closures once, at its first use; a judgement then only calls them, so that a wrong
// body costs no more than a right one. Objects may hold fields that the schema does not name; they are left alone.
// Values come from json-body.ts: every number is finite, nothing is deeper than its limit.
import { found, mustBe } from "./sentence.ts";
import type { FieldIssue } from "../../domain/failure.ts";
import type { Keywords } from "./schema.ts";

export const FAULTS_MAX = 20;

type Faults = FieldIssue[];
/** Adds what is wrong with the value at the path; "" is the body itself. */
type Judge = (value: unknown, path: string, faults: Faults) => void;

const JUDGES = new WeakMap<Keywords, Judge>();

/** Empty when the value is what the schema says. */
export function faultsOf(schema: Keywords, value: unknown, path = ""): readonly FieldIssue[] {
  const faults: Faults = [];
  judgeOf(schema)(value, path, faults);
  return faults.length > FAULTS_MAX ? faults.slice(0, FAULTS_MAX) : faults;
}

function judgeOf(schema: Keywords): Judge {
  const known = JUDGES.get(schema);
  if (known !== undefined) return known;
  const made = judge(schema);
  JUDGES.set(schema, made);
  return made;
}

function judge(schema: Keywords): Judge {
  if (schema.anyOf) return anyJudge(schema, schema.anyOf.map(judgeOf));
  if (schema.const !== undefined) return simple(schema, (value) => value === schema.const);
  if (schema.enum) {
    const words = new Set<unknown>(schema.enum);
    return simple(schema, (value) => words.has(value));
  }
  switch (schema.type) {
    case "string":
      return simple(schema, textTest(schema));
    case "number":
    case "integer":
      return simple(schema, numberTest(schema));
    case "boolean":
      return simple(schema, (value) => typeof value === "boolean");
    case "null":
      return simple(schema, (value) => value === null);
    case "array":
      return listJudge(schema);
    case "object":
      return objectJudge(schema);
    default:
      return () => undefined;
  }
}

function simple(schema: Keywords, test: (value: unknown) => boolean): Judge {
  const sentence = mustBe(schema);
  return (value, path, faults) => {
    if (!test(value)) faults.push({ field: named(path), issue: sentence + found(value) });
  };
}

function textTest({ minLength = 0, maxLength = Infinity, pattern, format }: Keywords): (value: unknown) => boolean {
  const matches = pattern === undefined ? null : new RegExp(pattern, "u");
  return (value) => {
    if (typeof value !== "string" || value.length < minLength) return false;
    if (value.length > maxLength && Array.from(value).length > maxLength) return false;
    if (matches !== null && !matches.test(value)) return false;
    return format !== "date-time" || isTime(value);
  };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
function isTime(value: string): boolean {
  return TIME.test(value) && !Number.isNaN(Date.parse(value));
}

function numberTest(schema: Keywords): (value: unknown) => boolean {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  const { exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
  const whole = schema.type === "integer";
  return (value) =>
    typeof value === "number" &&
    value >= minimum &&
    value <= maximum &&
    value > exclusiveMinimum &&
    value < exclusiveMaximum &&
    (!whole || Number.isInteger(value));
}

/** Of several forms one must fit. When none does, the faults of the only one that is of the value's kind are told. */
function anyJudge(schema: Keywords, judges: readonly Judge[]): Judge {
  const sentence = mustBe(schema);
  const forms = schema.anyOf ?? [];
  return (value, path, faults) => {
    const like: Faults[] = [];
    for (const [index, judgeForm] of judges.entries()) {
      const own: Faults = [];
      judgeForm(value, path, own);
      if (own.length === 0) return;
      if (forms[index]?.type === kindOf(value)) like.push(own);
    }
    const [only, ...others] = like;
    if (only !== undefined && others.length === 0 && typeof value === "object") faults.push(...only);
    else faults.push({ field: named(path), issue: sentence + found(value) });
  };
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function listJudge(schema: Keywords): Judge {
  const { minItems = 0, maxItems = Infinity, prefixItems } = schema;
  const sentence = mustBe(schema);
  const places = prefixItems?.map(judgeOf);
  const every = schema.items === undefined ? undefined : judgeOf(schema.items);
  return (value, path, faults) => {
    if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) {
      const counted = Array.isArray(value) ? `, found ${value.length}` : found(value);
      faults.push({ field: named(path), issue: sentence + counted });
      return;
    }
    for (let index = 0; index < value.length && faults.length < FAULTS_MAX; index += 1) {
      (places?.[index] ?? every)?.(value[index], `${path}[${index}]`, faults);
    }
  };
}

interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly judge: Judge;
  readonly sentence: string;
}

function objectJudge(schema: Keywords): Judge {
  const { minProperties = 0, maxProperties = Infinity, propertyNames, additionalProperties } = schema;
  const sentence = mustBe(schema);
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]): Field => {
    const required = schema.required?.includes(name) ?? false;
    return { name, required, judge: judgeOf(field), sentence: `is required and ${mustBe(field)}` };
  });
  const namesToo = propertyNames === undefined ? undefined : textTest(propertyNames);
  const others = additionalProperties === undefined ? undefined : judgeOf(additionalProperties);
  const counts = minProperties > 0 || maxProperties < Infinity;
  return (value, path, faults) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      faults.push({ field: named(path), issue: sentence + found(value) });
      return;
    }
    const given = value as Readonly<Record<string, unknown>>;
    for (const field of fields) {
      if (faults.length >= FAULTS_MAX) return;
      const inner = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
      const where = below(path, field.name);
      if (inner !== undefined) field.judge(inner, where, faults);
      else if (field.required) faults.push({ field: where, issue: field.sentence });
    }
    if (namesToo === undefined && others === undefined && !counts) return;
    const names = Object.keys(given);
    if (names.length < minProperties || names.length > maxProperties) {
      faults.push({ field: named(path), issue: `${sentence}, found ${names.length}` });
    }
    for (const name of names) {
      if (faults.length >= FAULTS_MAX) return;
      if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) continue;
      const where = below(path, name);
      if (namesToo?.(name) === false) {
        faults.push({
          field: named(path),
          issue: `has a field whose name ${mustBe(propertyNames ?? {})}${found(name)}`,
        });
      } else others?.(given[name], where, faults);
    }
  };
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
function named(path: string): string {
  return path === "" ? "body" : path;
}
