// Filters of the signals channel. Values in one list are OR-ed, lists are AND-ed, a missing or empty list means all.
// A filter is normalised (upper case, canonical families, sorted, no doubles), and two filters are equal when their
// normal forms are: equal subscriptions then share one name and one encoded frame on every connection.
import { createHash } from "node:crypto";
import { TIERS } from "../../domain/strategies.ts";
import { failed, ok } from "../../domain/result.ts";
import { isObject } from "../json-body.ts";
import { familyOf } from "../names.ts";
import type { Result } from "../../domain/result.ts";
import type { Signal } from "../../domain/signal.ts";

export const FILTER_VALUES_MAX = 100;
const VALUE_LENGTH_MAX = 128;

type ListName = "symbols" | "strategies" | "families" | "tiers";

/** The normal form, as acknowledgements show it. */
export interface SignalFilter {
  readonly symbols?: readonly string[];
  readonly strategies?: readonly string[];
  readonly families?: readonly string[];
  readonly tiers?: readonly string[];
  readonly min_confidence?: number;
}

const LISTS: Readonly<Record<ListName, (value: string) => string | null>> = {
  symbols: (value) => value.toUpperCase(),
  strategies: (value) => value,
  families: familyOf,
  tiers: (value) => TIERS.find((tier) => tier === value) ?? null,
};
const LIST_NAMES: readonly ListName[] = ["symbols", "strategies", "families", "tiers"];

export function parseSignalFilter(value: unknown): Result<SignalFilter, string> {
  if (value === undefined || value === null) return ok({});
  if (!isObject(value)) return failed("filter must be an object");
  const unknown = Object.keys(value).find((key) => key !== "min_confidence" && !Object.hasOwn(LISTS, key));
  if (unknown !== undefined) {
    return failed(
      `the channel has no filter ${JSON.stringify(unknown.slice(0, 64))}; it has ${LIST_NAMES.join(", ")}, min_confidence`,
    );
  }
  const filter: { -readonly [K in keyof SignalFilter]: SignalFilter[K] } = {};
  for (const name of LIST_NAMES) {
    const list = parseList(name, value[name]);
    if (!list.ok) return list;
    if (list.value.length > 0) filter[name] = list.value;
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
  if (value.length > FILTER_VALUES_MAX) return failed(`${name} takes at most ${FILTER_VALUES_MAX} values`);
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
export function subscriptionName(channel: string, filter: SignalFilter): string {
  const text = filterText(filter);
  if (text === "{}") return channel;
  return `${channel}#${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/** One text per normal form: keys are always set in the same order. */
export function filterText(filter: SignalFilter): string {
  return JSON.stringify(filter);
}

export function compileFilter(filter: SignalFilter): (signal: Signal) => boolean {
  const symbols = setOf(filter.symbols);
  const strategies = setOf(filter.strategies);
  const families = setOf(filter.families);
  const tiers = setOf(filter.tiers);
  const floor = filter.min_confidence ?? 0;
  return (signal) =>
    signal.confidence >= floor &&
    (symbols === null || symbols.has(signal.symbol)) &&
    (families === null || families.has(signal.family)) &&
    (tiers === null || tiers.has(signal.tier)) &&
    (strategies === null ||
      strategies.has(signal.type) ||
      strategies.has(signal.strategy) ||
      (signal.strategyId !== null && strategies.has(signal.strategyId)));
}

function setOf(values: readonly string[] | undefined): ReadonlySet<string> | null {
  return values === undefined ? null : new Set(values);
}
