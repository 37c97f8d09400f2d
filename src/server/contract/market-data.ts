// Ticks and typed events in: /api/strategy_engine/process_market_data.
import { EVENT_KINDS } from "../../domain/event.ts";
import { assetType, count, symbol, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { either, integer, list, number, object, oneOf, optional, text } from "./schema.ts";
import { signal } from "./signals.ts";

const above = (description: string, example: number) =>
  optional(number(description, { exclusiveMinimum: 0, examples: [example] }));

const notBelowZero = (description: string, example: number) =>
  optional(number(description, { minimum: 0, examples: [example] }));

const tick = titled(
  "Tick",
  object({
    symbol,
    price: above("Price of the trade; `close` may stand for it.", 50_000),
    close: above("Another name of the price.", 50_000),
    volume: optional(number("Units of the symbol; 0 when left out.", { minimum: 0, examples: [1_000] })),
    timestamp: optional(
      number("Event time in seconds, milliseconds, microseconds or nanoseconds; now when left out.", {
        exclusiveMinimum: 0,
        examples: [1_640_995_200],
      }),
    ),
    asset_type: optional(assetType),
    kind: optional(oneOf([...EVENT_KINDS.values()], "trade when left out; the other kinds have fields of their own.")),
    venue: optional(text("Where it was traded.", { maxLength: 32, examples: ["BINANCE"] })),
    bid: above("Best bid; with ask it updates the quote.", 49_990),
    ask: above("Best ask.", 50_010),
    bid_size: notBelowZero("Units at the best bid.", 1.5),
    ask_size: notBelowZero("Units at the best ask.", 1.5),
    open: above("First price of a bar.", 49_900),
    high: above("Highest price of a bar.", 50_200),
    low: above("Lowest price of a bar.", 49_800),
    available_at: above("Not known before; in the units of timestamp, not before it.", 1_640_995_200),
  }),
  "A trade, or with `kind` a quote, bar, funding, news, earnings, macro or rates event. Also taken as the array " +
    "[symbol, price, volume, timestamp, asset_type?].",
);

export const processMarketData = endpoint({
  method: "POST",
  path: "/api/strategy_engine/process_market_data",
  tag: "market data",
  summary: "Takes ticks and events",
  description:
    "JSON or msgpack (`application/msgpack`): one tick, a list, or `market_data` with either; at most 10,000. Bad ticks " +
    "are refused one by one and named in `errors`; 422 only when all of them are bad. The signals of the fast tier that " +
    "these ticks caused come back in the answer.",
  body: object({ market_data: either(list(tick), tick, "The ticks.") }),
  answer: object({
    strategies_applied: count("Strategies evaluated; of macro and rates events those that read them."),
    processed: count("Ticks taken."),
    rejected: count("Ticks refused."),
    errors: list(
      object({
        index: integer("Place in the batch.", { minimum: 0 }),
        message: text("Why.", { examples: ["market_data[0].price must be a positive finite number"] }),
      }),
      "The first 20 refusals.",
    ),
    signals: list(signal, "Of the fast tier, caused by this batch."),
    processing_time_ms: number("From bytes to signals.", { minimum: 0, examples: [0.4] }),
  }),
  errors: ["capacity_exceeded", "restarting"],
  takesMarketData: true,
});
