// Builders of schemas: JSON Schema 2020-12, which is what OpenAPI 3.1 speaks, with the static type beside it.
// A schema is written once and used four ways: check.ts judges requests by it, `Static` gives the handler its types,
// openapi.ts shows it, and tests make examples, faults and comparisons from it.
// The type has the form of typebox's TUnsafe, so that typebox's own compiler reads the same objects; tests let the two
// judge the same values. Nothing of typebox is needed otherwise: not at run time, where its modules alone would more than
// double the time of a start, and not by programs that compile against the client's types.

/** What our schemas use of JSON Schema, and `x-must`: the sentence for a rule that keywords cannot say to people. */
export interface Keywords {
  readonly type?: "string" | "number" | "integer" | "boolean" | "null" | "array" | "object";
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly (string | null)[];
  readonly const?: string | boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: Keywords;
  readonly prefixItems?: readonly Keywords[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Keywords>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Keywords;
  readonly propertyNames?: Keywords;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly anyOf?: readonly Keywords[];
  readonly "x-must"?: string;
  /** Fields that an object does not name are kept as they are given. */
  readonly "x-others"?: "kept";
}

/** Bears the static type of what a schema describes; there is no such field. */
interface Typed<T> {
  "~unsafe": T;
}
export type Schema<T = unknown> = Typed<T> & Keywords;
export type Static<S> = S extends { readonly "~unsafe": infer T } ? T : never;

/** A field that may be left out. With a default, the handler finds the default. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}
export interface Defaulted<T> {
  readonly optional: Schema<T>;
  readonly defaulted: true;
}
export type Fields = Readonly<Record<string, Schema | Optional<unknown> | Defaulted<unknown>>>;
type OptionalKeys<F> = {
  [K in keyof F]: F[K] extends Defaulted<unknown> ? never : F[K] extends Optional<unknown> ? K : never;
}[keyof F];
type ValueOf<F> = F extends { readonly optional: Schema<infer T> } ? T : F extends Schema<infer T> ? T : never;
type Flat<T> = { readonly [K in keyof T]: T[K] };
export type ObjectOf<F> = Flat<
  { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
    readonly [K in OptionalKeys<F>]?: ValueOf<F[K]>;
  }
>;

function schema<T>(keywords: Keywords): Schema<T> {
  return keywords as Schema<T>;
}

type More = Omit<Keywords, "type">;

export function text(description: string, more: More = {}): Schema<string> {
  return schema({ type: "string", description, ...more });
}
export function number(description: string, more: More = {}): Schema<number> {
  return schema({ type: "number", description, ...more });
}
export function integer(description: string, more: More = {}): Schema<number> {
  return schema({ type: "integer", description, ...more });
}
export function flag(description: string, more: More = {}): Schema<boolean> {
  return schema({ type: "boolean", description, ...more });
}
/** One of these words. */
export function oneOf<const T extends string>(words: readonly T[], description: string, more: More = {}): Schema<T> {
  return schema({ type: "string", enum: words, description, ...more });
}
/** Always this word. */
export function exactly<const T extends string | boolean>(value: T, description = ""): Schema<T> {
  const type = typeof value === "string" ? "string" : "boolean";
  return schema({ type, const: value, ...(description === "" ? {} : { description }) });
}
export function list<T>(items: Schema<T>, description = "", more: More = {}): Schema<readonly T[]> {
  return schema({ type: "array", items, ...(description === "" ? {} : { description }), ...more });
}
/** Exactly these, in this order. */
export function pair<A, B>(first: Schema<A>, second: Schema<B>, description: string): Schema<readonly [A, B]> {
  return schema({ type: "array", prefixItems: [first, second], minItems: 2, maxItems: 2, description });
}
/** Named fields; others may stand beside them. */
export function object<F extends Fields>(fields: F, more: More = {}): Schema<ObjectOf<F>> {
  const required = Object.keys(fields).filter((name) => !("optional" in (fields[name] ?? {})));
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, "optional" in field ? field.optional : field]),
  );
  return schema({ type: "object", properties, ...(required.length > 0 ? { required } : {}), ...more });
}
/** Any names, each with a value of this form. */
export function dictionary<T>(
  values: Schema<T>,
  description: string,
  more: More = {},
): Schema<Readonly<Record<string, T>>> {
  return schema({ type: "object", additionalProperties: values, description, ...more });
}
/** Any JSON object. */
export function anyObject(description: string, more: More = {}): Schema<Readonly<Record<string, unknown>>> {
  return schema({ type: "object", description, ...more });
}
export function anything(description: string, more: More = {}): Schema {
  return schema({ description, ...more });
}
export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  const { description, examples, ...rest } = inner;
  return schema({
    anyOf: [rest, { type: "null" }],
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
  });
}
export function either<A, B>(first: Schema<A>, second: Schema<B>, description: string): Schema<A | B> {
  return schema({ anyOf: [first, second], description });
}
/** The same with other or further keywords. */
export function refine<T>(inner: Schema<T>, more: More): Schema<T> {
  return schema({ ...inner, ...more });
}
export function optional<T>(inner: Schema<T>): Optional<T> {
  return { optional: inner };
}
/** What is left out is taken for this value. */
export function defaulted<T>(inner: Schema<T>, value: T): Defaulted<T> {
  return { optional: refine(inner, { default: value }), defaulted: true };
}
/** The fields of two objects in one. */
export function joined<A, B>(first: Schema<A>, second: Schema<B>, more: More = {}): Schema<Flat<A & B>> {
  const required = [...(first.required ?? []), ...(second.required ?? [])];
  const properties = { ...first.properties, ...second.properties };
  return schema({ type: "object", properties, ...(required.length > 0 ? { required } : {}), ...more });
}
