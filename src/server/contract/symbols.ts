// Symbols that were seen: /symbols.
import { assetType, count, page, pageOf, symbol, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { nullable, number, object } from "./schema.ts";

const seen = titled(
  "Symbol",
  object({
    symbol,
    asset_type: assetType,
    last_price: nullable(number("Of the last trade or quote; null before the first.", { examples: [50_000] })),
    last_timestamp: nullable(number("Event time, epoch seconds.", { examples: [1_640_995_200] })),
    bars: count("Held now."),
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
