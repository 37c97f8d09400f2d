// Filters of the channels. Values in one list are OR-ed, lists are AND-ed, a missing or empty list means all. A filter
// is normalised (upper case, canonical families, sorted, no doubles), and two filters are equal when their normal forms
// are: equal subscriptions then share one name and one encoded frame on every connection.
import { createHash } from "node:crypto";
import { CHANNEL_FILTERS, LIMITS } from "../../domain/live-protocol.ts";
import { TIERS } from "../../domain/strategies.ts";
import { failed, ok } from "../../domain/result.ts";
import { isObject } from "../json-body.ts";
import { familyOf } from "../../domain/names.ts";
import type { ChannelName, Filter } from "../../domain/live-protocol.ts";
import type { Result } from "../../domain/result.ts";

const VALUE_LENGTH_MAX = 128;

/** What filters look at in an event. An event without a symbol matches no list of symbols. */
export interface Facets {
  readonly symbol: string | null;
  /** Every name that the strategy goes by: implementation, short name, registered id. */
  readonly strategies: readonly string[];
  readonly family: string | null;
  readonly tier: string | null;
  readonly confidence: number;
}

export const NO_FACETS: Facets = { symbol: null, strategies: [], family: null, tier: null, confidence: 1 };

type ListName = "symbols" | "strategies" | "families" | "tiers";
type Mutable = { -readonly [K in keyof Filter]: Filter[K] };

const LISTS: Readonly<Record<ListName, (value: string) => string | null>> = {
  symbols: (value) => value.toUpperCase(),
  strategies: (value) => value,
  families: familyOf,
  tiers: (value) => TIERS.find((tier) => tier === value) ?? null,
};
const LIST_NAMES: readonly ListName[] = ["symbols", "strategies", "families", "tiers"];

export function parseFilter(channel: ChannelName, value: unknown): Result<Filter, string> {
  if (value === undefined || value === null) return ok({});
  if (!isObject(value)) return failed("filter must be an object");
  const known: readonly string[] = CHANNEL_FILTERS[channel];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const has = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
    return failed(`the channel ${channel} has no filter ${JSON.stringify(unknown.slice(0, 64))}; ${has}`);
  }
  const filter: Mutable = {};
  for (const name of LIST_NAMES) {
    const list = parseList(name, value[name]);
    if (!list.ok) return list;
    if (list.value.length > 0) Object.assign(filter, { [name]: list.value });
  }
  const floor = value["min_confidence"] ?? 0;
  if (typeof floor !== "number" || !(floor >= 0 && floor <= 1))
    return failed("min_confidence must be a number from 0 to 1");
  if (floor > 0) filter.min_confidence = floor;
  return ok(filter);
}

function parseList(name: ListName, value: unknown): Result<readonly string[], string> {
  if (value === undefined || value === null) return ok([]);
  if (!Array.isArray(value)) return failed(`${name} must be a list of strings`);
  if (value.length > LIMITS.max_filter_values)
    return failed(`${name} takes at most ${LIMITS.max_filter_values} values`);
  const normal = new Set<string>();
  for (const item of value as readonly unknown[]) {
    if (typeof item !== "string" || item === "" || item.length > VALUE_LENGTH_MAX) {
      return failed(`${name} must be a list of strings of 1 to ${VALUE_LENGTH_MAX} characters`);
    }
    const known = LISTS[name](item);
    if (known === null) return failed(`${name} has no ${JSON.stringify(item)}`);
    normal.add(known);
  }
  return ok([...normal].sort());
}

/** Opaque to clients; the channel alone when nothing is filtered. */
export function subscriptionName(channel: ChannelName, filter: Filter): string {
  const text = filterText(filter);
  if (text === "{}") return channel;
  return `${channel}#${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/** One text per normal form: keys are always set in the same order. */
export function filterText(filter: Filter): string {
  return JSON.stringify(filter);
}

export function compileFilter(filter: Filter): (facets: Facets) => boolean {
  const symbols = setOf(filter.symbols);
  const strategies = setOf(filter.strategies);
  const families = setOf(filter.families);
  const tiers = setOf(filter.tiers);
  const floor = filter.min_confidence ?? 0;
  return ({ confidence, symbol, family, tier, strategies: names }) =>
    confidence >= floor &&
    (symbols === null || (symbol !== null && symbols.has(symbol))) &&
    (families === null || (family !== null && families.has(family))) &&
    (tiers === null || (tier !== null && tiers.has(tier))) &&
    (strategies === null || names.some((name) => strategies.has(name)));
}

function setOf(values: readonly string[] | undefined): ReadonlySet<string> | null {
  return values === undefined ? null : new Set(values);
}
