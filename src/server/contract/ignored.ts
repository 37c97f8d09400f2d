// Fields of a request that its declaration does not name. They are ignored, as the API says, and the answer names them:
// somebody who misspelt one would believe that it counts. Pure.
import { meantBy, type Unread } from "../../domain/unread.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Keywords } from "./schema.ts";

/** Named at most, of a request. */
const IGNORED_MAX = 20;
const NAME_MAX = 64;
/** Of a list: what follows is like what stands at its beginning. */
const ITEMS_MAX = 20;
const NONE: readonly Unread[] = [];

export function ignoredFields(
  { query, body }: Pick<Endpoint, "query" | "body">,
  rawQuery: string,
  given: unknown,
): readonly Unread[] {
  if (rawQuery === "" && body === null) return NONE;
  const found: Unread[] = [];
  if (rawQuery !== "") look(query, Object.fromEntries(new URLSearchParams(rawQuery)), "", found);
  if (body !== null) look(body, given, "", found);
  return found;
}

/** Objects that name their fields say what they take; those that keep whatever comes leave nothing out. */
function look(schema: Keywords, value: unknown, path: string, found: Unread[]): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined)
      for (const [index, item] of value.slice(0, ITEMS_MAX).entries()) look(items, item, `${path}[${index}]`, found);
    return;
  }
  const { properties, "x-others": others } = schema.anyOf?.find((one) => one.properties !== undefined) ?? schema;
  if (properties === undefined || typeof value !== "object" || value === null) return;
  const named = path === "" ? "" : `${path}.`;
  for (const [name, inner] of Object.entries(value)) {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (field !== undefined) look(field, inner, `${named}${name}`, found);
    else if (others !== "kept" && found.length < IGNORED_MAX)
      found.push({ name: `${named}${name.slice(0, NAME_MAX)}`, meant: meant(name, properties, named) });
  }
}

/** A name of the same object, or the very name one level below: a size that stands beside the object that it is part of. */
function meant(name: string, properties: Readonly<Record<string, Keywords>>, named: string): string | null {
  const near = meantBy(name, Object.keys(properties));
  if (near !== null) return `${named}${near}`;
  const inside = Object.entries(properties).find(
    ([, field]) => field.properties !== undefined && Object.hasOwn(field.properties, name),
  );
  return inside === undefined ? null : `${named}${inside[0]}.${name}`;
}
