// Words that many resources share: ids, times, pages, names of the domain.
import { ASSET_TYPES } from "../../domain/asset-type.ts";
import { FAMILIES, STRATEGIES, TIERS } from "../../domain/strategies.ts";
import { defaulted, exactly, integer, list, nullable, number, object, oneOf, optional, text } from "./schema.ts";
import type { Keywords, Schema } from "./schema.ts";

export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 500;
const CURSOR_MAX = 256;

/** An id of ours: a prefix that says of what, then letters and digits. */
export function idOf(prefix: string, what: string): Schema<string> {
  return text(`Id of ${what}.`, {
    pattern: `^${prefix}_[A-Za-z0-9]{6,120}$`,
    "x-must": `be the id of ${what}, such as ${prefix}_abc123`,
    examples: [`${prefix}_abc123`],
  });
}

/** Text of people that is kept: the store takes neither U+0000 nor half a surrogate pair. */
export function keptText(
  description: string,
  { minLength = 0, maxLength, ...more }: Omit<Keywords, "pattern"> & { readonly maxLength: number },
): Schema<string> {
  return text(description, {
    ...more,
    ...(minLength === 0 ? {} : { minLength }),
    maxLength,
    pattern: `^[^\\u0000\\ud800-\\udfff]${minLength === 0 ? "*" : "+"}$`,
    "x-must": `be a string of ${minLength} to ${maxLength} characters, without U+0000 and lone surrogates`,
  });
}

export const strategyId = idOf("strat", "a strategy");
/** Beside the id, where people read. */
export const strategyName = optional(
  nullable(
    text("Its name for people, as it is now; null where there is no strategy, or it has been deleted.", {
      examples: ["RSI mean reversion"],
    }),
  ),
);
export const pipelineId = idOf("pipe", "a pipeline");
export const executionId = idOf("exec", "an execution");

/** ISO 8601, UTC. */
export function time(description: string): Schema<string> {
  return text(description, { format: "date-time", examples: ["2025-08-24T10:00:00.000Z"] });
}

export const symbol = text("Name of a symbol; answered in upper case.", {
  pattern: "^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$",
  "x-must": "be 1 to 32 characters of A-Z a-z 0-9 . _ / - and begin with a letter or digit",
  examples: ["BTCUSD"],
});
export const assetType = oneOf(ASSET_TYPES, "Kind of thing that is traded.");
export const family = oneOf(FAMILIES, "Family of strategies.", { examples: ["trend_following"] });
export const tier = oneOf(TIERS, "How often it is evaluated: every 100 ms, second, 10 seconds, minute by default.");

const ALIASES = ["statistical_arbitrage", "arbitrage_based", "high_time_frame"] as const;
/** A family as clients may write it; answers have the canonical name. */
export const familyOrAlias = oneOf(
  [...FAMILIES, ...ALIASES],
  "Family of strategies; statistical_arbitrage, arbitrage_based and high_time_frame are taken for statistical, arbitrage, htf.",
  { examples: ["trend_following"] },
);
/** A family or one of the 18 implementations. */
export const strategyTypeName = oneOf(
  [...FAMILIES, ...ALIASES, ...STRATEGIES.map(({ name }) => name)],
  "A family (or its alias) or the name of one of the 18 strategies.",
  { examples: ["momentum_rider"] },
);

export function count(description: string): Schema<number> {
  return integer(description, { minimum: 0 });
}
export function share(description: string): Schema<number> {
  return number(description, { minimum: 0, maximum: 1, examples: [0.8] });
}
export function epochSeconds(description: string): Schema<number> {
  return number(description, { minimum: 0, examples: [1_756_029_600] });
}

/** Query fields of every list. */
export const page = {
  limit: defaulted(integer("Items of a page.", { minimum: 1, maximum: PAGE_MAX }), PAGE_DEFAULT),
  cursor: optional(text("next_cursor of the page before.", { maxLength: CURSOR_MAX, examples: ["cy41MA"] })),
} as const;

export const nextCursor = nullable(text("Cursor of the next page; null on the last one.", { examples: ["cy41MA"] }));

/** A page of a list: `{"<plural>":[...],"count":n,"next_cursor":...}`, newest first. */
export function pageOf<const N extends string, T>(plural: N, items: Schema<T>) {
  const fields = {
    count: count("Items in this page."),
    next_cursor: nextCursor,
  };
  const named = { [plural]: list(items, "Newest first.") } as Readonly<Record<N, Schema<readonly T[]>>>;
  return object({ ...named, ...fields });
}

/** An answer that only says what was done. */
export function done<const S extends string>(status: S) {
  return exactly(status, "What was done.");
}

/** With a title, the OpenAPI document keeps the schema by that name once. */
export function titled<T>(title: string, schema: Schema<T>, description?: string): Schema<T> {
  const more: Keywords = { title, ...(description === undefined ? {} : { description }) };
  return { ...schema, ...more };
}

/** Beside a strategy and its tracked results. */
export const underperforming = nullable(
  object({
    since: time("Since when."),
    reasons: list(text("Threshold that was passed.", { examples: ["win rate 0.2, at least 0.25 is wanted"] }), "Why."),
  }),
);
