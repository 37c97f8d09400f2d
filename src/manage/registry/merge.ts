// How a change of a JSON object is read: key by key, null deletes, objects inside are merged the same way, everything
// else (lists as well) takes the place of what was there. Neither side is changed; keys keep their order, new ones follow.
export type JsonObject = Readonly<Record<string, unknown>>;

export function merge(base: JsonObject, change: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else if (isObject(value)) merged.set(key, merge(asObject(merged.get(key)), value));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Equal keys in equal order with equal values, which is what a merge without effect gives. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
