// What may be said to one execution when it is started, besides what its strategy says.
import { flag, integer, number, object, oneOf, optional } from "./schema.ts";

export const executionConfig = object(
  {
    position_size: optional(number("Share of the capital.", { exclusiveMinimum: 0, maximum: 1, examples: [0.1] })),
    allocation: optional(
      oneOf(["learned"], "Positions are sized by the weight that learning gives its implementation when it starts."),
    ),
    learned_weight: optional(
      number("With allocation learned: by what positions are multiplied. Only told; what is sent is left out.", {
        minimum: 0,
        examples: [1.2],
      }),
    ),
    max_trades_per_day: optional(integer("Most trades of a day.", { minimum: 1, examples: [50] })),
    execution: optional(
      object(
        {
          slice: optional(
            oneOf(["twap", "participation"], "How entries and exits are filled in parts; without it at once."),
          ),
          seconds: optional(
            number("Of twap: how long it takes.", { exclusiveMinimum: 0, maximum: 86_400, examples: [60] }),
          ),
          share: optional(
            number("Of participation: of each event's volume.", { exclusiveMinimum: 0, maximum: 1, examples: [0.1] }),
          ),
          price_limit_bps: optional(
            number("An entry is not filled at a price worse by more.", {
              exclusiveMinimum: 0,
              maximum: 1_000,
              examples: [20],
            }),
          ),
          target_volatility: optional(
            number("A year, that positions are sized for.", { exclusiveMinimum: 0, maximum: 10, examples: [0.2] }),
          ),
        },
        { title: "ExecutionPolicy", examples: [{ slice: "twap", seconds: 60, price_limit_bps: 20 }] },
      ),
    ),
    risk_override: optional(flag("Lifts limits that only warn, for this execution; audited.")),
    mode: optional(
      oneOf(["paper", "live"], "paper, the default; live sends orders to VENUE, and is 409 where it cannot."),
    ),
  },
  { title: "ExecutionConfig" },
);
