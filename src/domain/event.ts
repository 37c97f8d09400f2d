// Events as senders know them: kinds and fields by wire name, and why a tick is refused, in words. The numbers are the
// core's (assembly/layout.ts, assembly/wire.ts); the lists below stand in the order of those codes.
import * as layout from "../../assembly/layout.ts";
import * as wire from "../../assembly/wire.ts";

export type EventKind = "trade" | "quote" | "bar" | "funding" | "news" | "earnings" | "macro" | "rates";

/** Wire kinds by KIND_ code. */
export const EVENT_KINDS: ReadonlyMap<number, EventKind> = new Map([
  [layout.KIND_TRADE, "trade"],
  [layout.KIND_QUOTE, "quote"],
  [layout.KIND_BAR, "bar"],
  [layout.KIND_FUNDING, "funding"],
  [layout.KIND_NEWS, "news"],
  [layout.KIND_EARNINGS, "earnings"],
  [layout.KIND_MACRO, "macro"],
  [layout.KIND_RATES, "rates"],
]);

const POSITIVE = "must be a positive finite number (1e-12 to 1e15)";
const NOT_NEGATIVE = "must be a finite number not below 0 (at most 1e30)";
const FINITE = "must be a finite number";
const NAME = "must be 1 to 32 characters of A-Z a-z 0-9 . _ / - and begin with a letter or digit";
const TIME =
  "must be a time after 1970 and before 2100, as a number of seconds, milliseconds, microseconds or nanoseconds";

/** Every field of a tick: its wire name and what it must be. By FIELD_ code. */
export const FIELDS: readonly (readonly [name: string, rule: string])[] = [
  ["symbol", NAME],
  ["price", POSITIVE],
  ["close", POSITIVE],
  ["volume", NOT_NEGATIVE],
  ["timestamp", TIME],
  ["available_at", TIME],
  ["asset_type", "must be one of crypto, forex, indices, commodities, stocks"],
  ["kind", `must be one of ${[...EVENT_KINDS.values()].join(", ")}`],
  ["venue", NAME],
  ["open", POSITIVE],
  ["high", POSITIVE],
  ["low", POSITIVE],
  ["bid", POSITIVE],
  ["ask", POSITIVE],
  ["bid_size", NOT_NEGATIVE],
  ["ask_size", NOT_NEGATIVE],
  ["funding_rate", FINITE],
  ["sentiment", "must be a number from -1 to 1"],
  ["liquidity_index", FINITE],
  ["interval_s", "must be a number of seconds from 0.001 to 4294967"],
  ["rate", FINITE],
  ["interval_hours", POSITIVE],
  ["score", "must be a number from -1 to 1 (or left out where text is given)"],
  ["source_weight", "must be a number from 0 to 1"],
  ["hash", "must be a string of at most 256 bytes"],
  ["actual", FINITE],
  ["announced_at", TIME],
  ["expected", FINITE],
  ["series", NAME],
  ["value", FINITE],
  ["unit", "must be a string of at most 256 bytes"],
  ["before", FINITE],
  ["after", FINITE],
  ["day", "must be a whole number from 1 to days_in_month"],
  ["days_in_month", "must be a whole number from 28 to 31"],
  ["contract", NAME],
  ["bids", "must be a list of at most 10 [price, size], best first, beginning with the bid"],
  ["asks", "must be a list of at most 10 [price, size], best first, beginning with the ask"],
  ["symbols", "must be a list of 1 to 32 symbols"],
  ["text", "must be a string of at most 65536 bytes"],
];

/** Label of a refusal in metrics. By REASON_ code. */
export const REASONS = [
  "none",
  "missing",
  "mistyped",
  "not_positive",
  "negative",
  "not_finite",
  "out_of_range",
  "bad_name",
  "unknown_value",
  "bad_timestamp",
  "available_before",
  "crossed",
  "high_low",
  "bad_levels",
  "too_long",
  "duplicate_key",
  "forbidden_key",
  "not_a_tick",
  "array_length",
  "overloaded",
  "capacity",
  "held_full",
  "truncated",
  "trailing_bytes",
  "too_deep",
  "too_many_ticks",
  "too_large",
  "syntax",
  "invalid_utf8",
  "not_market_data",
  "defect", // the engine's own: the core has no code for it
] as const;

export type Reason = (typeof REASONS)[number];

export function reasonName(code: number): Reason {
  return REASONS[code] ?? "none";
}

/** What a refused tick is told: the end of the sentence that its path begins. `found` is empty when nothing was. */
export function refusal(reason: Reason, field: number, found: string): string {
  const rule = FIELDS[field]?.[1] ?? "is not understood";
  switch (reason) {
    case "missing":
      return `is required and ${rule}`;
    case "available_before":
      return "must not be before timestamp";
    case "crossed":
      return `must not be above ask${found}`;
    case "high_low":
      return `must not contradict the other prices of the tick (low <= open, close, price <= high)${found}`;
    case "duplicate_key":
      return "stands twice";
    case "forbidden_key":
      return "has a key __proto__, which is not allowed";
    case "not_a_tick":
      return "must be an object or [symbol, price, volume, timestamp, asset_type?]";
    case "array_length":
      return "must have 4 or 5 elements: [symbol, price, volume, timestamp, asset_type?]";
    case "overloaded":
      return "was refused because the engine is overloaded; send it again in a moment";
    case "capacity":
      return "would be one name more than there is room for; raise MAX_SYMBOLS or MAX_INSTANCES";
    case "held_full":
      return "lies ahead, and as many events as fit already wait for their time; send it when it is due";
    default:
      return `${rule}${found}`;
  }
}

/** Why a whole message was refused, as a sentence about the message. */
export function messageRefusal(reason: Reason): string {
  switch (reason) {
    case "truncated":
      return "it ends too early";
    case "trailing_bytes":
      return "something follows its end";
    case "too_deep":
      return `it is nested more than ${wire.DEPTH_MAX} deep`;
    case "invalid_utf8":
      return "it is not valid UTF-8";
    case "duplicate_key":
      return "market_data stands twice";
    default:
      return "its syntax is wrong";
  }
}
