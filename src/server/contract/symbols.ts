// Symbols that were seen, and what was paid for them lately: /symbols.
import { assetType, count, epochSeconds, page, pageOf, symbol, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { defaulted, integer, list, nullable, number, object, oneOf } from "./schema.ts";

const seen = titled(
  "Symbol",
  object({
    symbol,
    asset_type: assetType,
    last_price: nullable(number("Of the last trade or quote; null before the first.", { examples: [50_000] })),
    last_timestamp: nullable(number("Event time, epoch seconds.", { examples: [1_640_995_200] })),
    bars: count("Closed since the symbol is known, over all of its series."),
    ticks: count("Accepted so far."),
  }),
);

export const listSymbols = endpoint({
  method: "GET",
  path: "/symbols",
  tag: "symbols",
  summary: "Every symbol seen",
  description: "The last one seen for the first time comes first.",
  query: page,
  answer: pageOf("symbols", seen),
});

export const getSymbol = endpoint({
  method: "GET",
  path: "/symbols/{symbol}",
  tag: "symbols",
  summary: "One symbol",
  description: "A slash in the name is written %2F.",
  params: { symbol },
  answer: seen,
});

const BAR_LENGTHS = ["1s", "5s", "15s", "1m", "5m", "15m", "1h"] as const;
const interval = oneOf(BAR_LENGTHS, "Length of a bar.", { examples: ["1m"] });
const BARS_MAX = 720;

const bar = titled(
  "Bar",
  object({
    timestamp: epochSeconds("Where it begins; bars in which nothing was paid are left out."),
    open: number("First price.", { examples: [50_000] }),
    high: number("Highest price.", { examples: [50_040] }),
    low: number("Lowest price.", { examples: [49_990] }),
    close: number("Last price.", { examples: [50_010] }),
    volume: number("Sum of what was traded.", { minimum: 0, examples: [1.5] }),
  }),
);

export const listBars = endpoint({
  method: "GET",
  path: "/symbols/{symbol}/bars",
  tag: "symbols",
  summary: "What was paid for a symbol lately",
  description:
    "Since the engine began, oldest first; the last one is not over yet. Lengths below a minute are made of the last 300 seconds in which something was paid, the others of the last 720 minutes. With quotes alone it is the middle of the best. Of 1,024 symbols bars are kept all the time; one more has them from the first time it is asked for.",
  params: { symbol },
  query: {
    interval: defaulted(interval, "1m"),
    limit: defaulted(integer("Most bars, the newest.", { minimum: 1, maximum: BARS_MAX }), 200),
  },
  answer: object({ symbol, interval, bars: list(bar, "Oldest first."), count: count("Bars.") }),
});
