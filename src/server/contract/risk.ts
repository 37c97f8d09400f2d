// Limits, exposure, the emergency stop: /risk.
import { count, done, strategyId, symbol, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { defaulted, dictionary, flag, list, nullable, number, object, oneOf, optional, text } from "./schema.ts";

/** Optional: stopping must never fail for want of words. */
const reason = object({
  reason: defaulted(text("Why; kept in the log.", { maxLength: 512, examples: ["exchange outage"] }), ""),
});

export const emergencyStop = endpoint({
  method: "POST",
  path: "/risk/emergency-stop",
  tag: "risk",
  summary: "Stops everything",
  description: "Latched: all executions stop and no signal leaves until it is released by `/risk/resume`.",
  body: reason,
  answer: object({ status: done("emergency_stopped"), executions_stopped: count("Executions that it ended.") }),
  idempotent: true,
});

export const resumeRisk = endpoint({
  method: "POST",
  path: "/risk/resume",
  tag: "risk",
  summary: "Releases the emergency stop",
  description: "Signals leave again. Executions stay stopped until they are started.",
  body: reason,
  answer: object({ status: done("resumed") }),
  idempotent: true,
});

const figure = (description: string, example: number) => number(description, { examples: [example] });
const scope = oneOf(["book", "family", "strategy", "symbol"], "What the limit is about.");

const limitFields = {
  scope,
  name: optional(
    text("Which family, strategy or symbol; left out for the book and for all of a kind.", { examples: ["BTCUSD"] }),
  ),
  metric: text("What is limited.", { minLength: 1, maxLength: 64, examples: ["gross_exposure"] }),
  limit: figure("Beyond it, nothing is placed.", 100_000),
  warn: optional(figure("Beyond it, an alert.", 80_000)),
};
const limit = titled("RiskLimit", object(limitFields));
const limits = object({ limits: list(limit, "In force.") });

export const getRiskStatus = endpoint({
  method: "GET",
  path: "/risk/status",
  tag: "risk",
  summary: "Exposure, loss and limits of the book",
  description: "What is breached stands in `breaches`.",
  answer: titled(
    "RiskStatus",
    object({
      emergency_stop: flag("Whether it is latched."),
      gross_exposure: figure("Sum of the values of all positions.", 35_000),
      daily_pnl: figure("Since midnight UTC.", -120.5),
      drawdown: figure("From the highest capital; not above 0.", -0.02),
      var_95: figure("Loss of a day that 95 of 100 stay within.", 900),
      max_correlation: figure("Of any two strategies.", 0.4),
      limits: dictionary(limit, "By name.", {
        examples: [{ book: { scope: "book", metric: "drawdown", limit: -0.2 } }],
      }),
      breaches: list(
        object({ scope, metric: limitFields.metric, value: figure("Now.", 120_000), limit: limitFields.limit }),
        "Limits that are passed.",
      ),
    }),
  ),
});

export const getRiskLimits = endpoint({
  method: "GET",
  path: "/risk/limits",
  tag: "risk",
  summary: "Limits in force",
  description: "By scope.",
  answer: limits,
});

export const putRiskLimits = endpoint({
  method: "PUT",
  path: "/risk/limits",
  tag: "risk",
  summary: "Replaces the limits",
  description: "They take effect at once.",
  body: object({ limits: list(limit, "All of them.", { maxItems: 1000 }) }),
  answer: limits,
  errors: ["storage_unavailable"],
});

export const checkOrder = endpoint({
  method: "POST",
  path: "/risk/check",
  tag: "risk",
  summary: "Would this order pass",
  description: "Nothing is placed.",
  body: object({
    strategy_id: strategyId,
    symbol,
    side: oneOf(["BUY", "SELL"], "Side."),
    quantity: number("Units of the symbol.", { exclusiveMinimum: 0, examples: [100] }),
    price: optional(nullable(number("Limit; the last price when left out.", { exclusiveMinimum: 0, examples: [150] }))),
  }),
  answer: object({
    approved: flag("Whether it would pass."),
    reasons: list(
      text("Why not.", { examples: ["gross_exposure would be 120000, limit 100000"] }),
      "Empty when approved.",
    ),
    headroom: dictionary(number("Left."), "By limit.", { examples: [{ gross_exposure: 65_000 }] }),
  }),
  errors: ["not_found"],
  idempotent: true,
});
