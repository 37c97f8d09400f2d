// What Redis answers about streams, as values.
import type { StreamFacts } from "./stream-gauge.ts";

export interface StreamEntry {
  readonly id: string;
  /** The field `data`; empty where the entry has none, or was removed before it was acknowledged. */
  readonly data: Uint8Array;
  readonly removed: boolean;
  /** Its number among all entries that the stream ever had; null: not known. */
  readonly ordinal: number | null;
}

/** [[key, [[id, [field, value, ...] | null], ...]]] or null, all of it in buffers. */
export function entriesOf(reply: unknown): readonly Omit<StreamEntry, "ordinal">[] {
  const streams = (reply ?? []) as readonly (readonly [
    Buffer,
    readonly (readonly [Buffer, readonly Buffer[] | null])[],
  ])[];
  return (streams[0]?.[1] ?? []).map(([id, fields]) => {
    const at = fields?.findIndex((field, place) => place % 2 === 0 && field.toString() === "data") ?? -1;
    const data = at < 0 ? undefined : fields?.[at + 1];
    return { id: id.toString(), data: data ?? new Uint8Array(), removed: fields === null };
  });
}

/** XPENDING with a range: [[id, consumer, idle, deliveries], ...]. */
export function idsOf(reply: unknown): readonly string[] {
  return (reply as readonly (readonly [string])[]).map(([id]) => id);
}

/** XINFO STREAM. */
export function factsOf(reply: unknown): StreamFacts {
  const facts = named(reply);
  const first = facts.get("first-entry") as readonly [string] | null | undefined;
  const added = facts.get("entries-added");
  const last = facts.get("last-generated-id");
  return {
    added: typeof added === "number" ? added : null,
    length: Number(facts.get("length") ?? 0),
    first: first?.[0] ?? null,
    last: typeof last === "string" ? last : "0-0",
  };
}

/** XINFO GROUPS: the newest id that a group was handed; null: there is no such group. */
export function lastDeliveredOf(reply: unknown, group: string): string | null {
  const groups = (reply as readonly unknown[]).map(named);
  const found = groups.find((facts) => facts.get("name") === group)?.get("last-delivered-id");
  return typeof found === "string" ? found : null;
}

/** XINFO GROUPS: their names. */
export function groupsOf(reply: unknown): readonly string[] {
  return (reply as readonly unknown[]).map((group) => String(named(group).get("name")));
}

/** A flat list of names and values. */
function named(reply: unknown): ReadonlyMap<string, unknown> {
  const flat = reply as readonly unknown[];
  const pairs = new Map<string, unknown>();
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.set(String(flat[at]), flat[at + 1]);
  return pairs;
}
