// Risk limits of one strategy as requests and answers have them, and what answers say of names that nothing reads.
import { dictionary, integer, list, nullable, number, object, optional, text } from "./schema.ts";

const limits = {
  max_position_size: optional(number("Most value of a position.", { exclusiveMinimum: 0, examples: [10_000] })),
  daily_loss_limit: optional(
    number("Loss of a day at which it is paused; not above 0, which allows no loss at all.", {
      maximum: 0,
      examples: [-500],
    }),
  ),
  max_drawdown: optional(
    number("Drawdown at which it is paused; -1 to 0, which allows no loss at all.", {
      minimum: -1,
      maximum: 0,
      examples: [-0.15],
    }),
  ),
  max_open_positions: optional(integer("Most positions at a time.", { minimum: 1, examples: [5] })),
  var_95: optional(
    number("Value at risk of one step of its backtest, asked before it is deployed.", {
      minimum: -1,
      maximum: 0,
      examples: [-0.02],
    }),
  ),
  expected_shortfall_95: optional(
    number("Mean of the worst twentieth of steps, asked before it is deployed.", {
      minimum: -1,
      maximum: 0,
      examples: [-0.03],
    }),
  ),
  max_correlation: optional(
    number("With what is deployed, asked before it is deployed.", { minimum: -1, maximum: 1, examples: [0.8] }),
  ),
};
/** Other keys are kept and ignored. */
export const riskLimits = object(limits, {
  title: "RiskLimits",
  "x-others": "kept",
  description:
    "Losses are negative. Other keys are kept; max_trades_per_day of them, which executions keep, has to be a whole number from 1.",
});
export const riskLimitsPatch = object(
  Object.fromEntries(Object.entries(limits).map(([key, { optional: limit }]) => [key, optional(nullable(limit))])),
  { description: "Merged key by key, null deletes.", "x-others": "kept" },
);

/** Said where it is so: names that are kept, as all are, and that nothing reads. */
export const unread = {
  unused_risk_limits: optional(
    list(
      text("A name.", { examples: ["daily_los_limit"] }),
      "Risk limits that are none: they are kept and bind nobody.",
    ),
  ),
  unused_parameters: optional(
    list(text("A name.", { examples: ["fast"] }), "Parameters that nothing reads; of code its pipeline tells."),
  ),
  did_you_mean: optional(
    dictionary(
      text("The name that was probably meant.", { examples: ["daily_loss_limit"] }),
      "By name that nothing reads.",
      {
        examples: [{ daily_los_limit: "daily_loss_limit" }],
      },
    ),
  ),
};
