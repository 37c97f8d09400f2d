// Approved signals: /signals.
import { epochSeconds, family, familyOrAlias, page, pageOf, share, symbol, tier, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { flag, integer, nullable, number, object, oneOf, optional, text } from "./schema.ts";

const price = (description: string, example: number) =>
  number(description, { exclusiveMinimum: 0, examples: [example] });

export const signal = titled(
  "Signal",
  object({
    id: text("The same events give the same ids.", { pattern: "^sig_[A-Za-z0-9]{6,}$", examples: ["sig_8f3kq2"] }),
    type: text("Implementation.", { examples: ["momentum_rider"] }),
    strategy: text("Segment of Redis keys.", { examples: ["momentum"] }),
    strategy_type: family,
    timing_tier: tier,
    symbol,
    action: oneOf(["buy", "sell"], "What to do."),
    entry_price: price("Quote currency.", 50_000),
    stop_loss: price("Below the entry of a buy, above that of a sell.", 49_000),
    take_profit: price("Above the entry of a buy, below that of a sell.", 51_500),
    confidence: share("After the cap of the strategy."),
    confidence_raw: number("Before the cap."),
    strategy_id: nullable(
      text("The registered strategy that spoke; null for a default instance.", { examples: ["strat_abc123"] }),
    ),
    event_time: number("Epoch seconds of the event that caused it.", { examples: [1_640_995_200.25] }),
    timestamp: integer("Engine clock, whole epoch seconds.", { examples: [1_640_995_200] }),
    momentum_strength: optional(number("Momentum only: |M|.", { examples: [1.62] })),
    trend_direction: optional(
      number(
        "Momentum only: mean one-step log return over the longest filled horizon. Its sign is the side's, unless shorter horizons outweigh a longest one that points the other way.",
        { examples: [0.002] },
      ),
    ),
    volume_confirmation: optional(flag("Momentum only: the volume is high for its last 20 samples.")),
    bid_price: optional(number("Market makers only.", { examples: [49_990] })),
    ask_price: optional(number("Market makers only.", { examples: [50_010] })),
    bid_size: optional(number("Market makers only: units to buy.", { examples: [1.5] })),
    ask_size: optional(number("Market makers only: units to sell.", { examples: [1.5] })),
    demo: optional(flag("True for what the demo feed caused; absent otherwise.")),
  }),
  "What a strategy says. Strategies may add fields of their own.",
);

export const listSignals = endpoint({
  method: "GET",
  path: "/signals",
  tag: "signals",
  summary: "The last approved signals",
  description: "Newest first; the last 10,000 are kept. Live ones come on the WebSocket `/ws`, channel `signals`.",
  query: {
    symbol: optional(text("Only of this symbol.", { maxLength: 128, examples: ["BTCUSD"] })),
    strategy: optional(
      text("Implementation, short name, or id of a registered strategy.", {
        maxLength: 128,
        examples: ["momentum_rider"],
      }),
    ),
    family: optional(familyOrAlias),
    tier: optional(tier),
    min_confidence: optional(share("Least confidence.")),
    since: optional(epochSeconds("Not before; epoch seconds.")),
    until: optional(epochSeconds("Not after; epoch seconds.")),
    ...page,
  },
  answer: pageOf("signals", signal),
});
