// Limits, exposure, the emergency stop: /risk.
import { count, done, share, strategyId, strategyName, symbol, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { ACTIONS, LEVELS, METRIC_ALIASES, METRICS, SCOPES } from "../../domain/risk-words.ts";
import { defaulted, dictionary, flag, list, nullable, number, object, oneOf, optional, text } from "./schema.ts";

/** Stopping must never fail for its words: there may be none, and of a long text the beginning is kept. */
export const REASON_MAX = 512;
const reason = object({
  reason: defaulted(
    nullable(
      text(`Why; its first ${REASON_MAX} characters are kept. null: not said.`, { examples: ["exchange outage"] }),
    ),
    "",
  ),
});

const recorded = (otherwise: string) =>
  optional(
    flag(`false: ${otherwise}, because the disk does not take it; it is tried again. Not there: it is recorded.`),
  );

export const emergencyStop = endpoint({
  method: "POST",
  path: "/risk/emergency-stop",
  tag: "risk",
  summary: "Stops everything",
  description:
    "Latched: all executions stop and no signal leaves until it is released by `/risk/resume`. It acts each time that " +
    "it is asked, with an `Idempotency-Key` that was used before as well, and needs no store: an answer of 200 is " +
    "never an earlier one.",
  body: reason,
  answer: object({
    status: done("emergency_stopped"),
    executions_stopped: count("Executions that it ended."),
    recorded: recorded("In force, and a restart would forget it"),
  }),
  idempotent: true,
  actsAlways: true,
});

export const resumeRisk = endpoint({
  method: "POST",
  path: "/risk/resume",
  tag: "risk",
  summary: "Releases the emergency stop",
  description: "Signals leave again. Executions stay stopped until they are started.",
  body: reason,
  answer: object({ status: done("resumed"), recorded: recorded("Lifted, and a restart would bring it back") }),
  idempotent: true,
});

const figure = (description: string, example: number) => number(description, { examples: [example] });
const scope = oneOf(SCOPES, "What the limit is about.", { examples: ["symbol"] });

const limitFields = {
  scope,
  name: optional(
    text("Which family, strategy or symbol; left out for the book and for all of a kind.", { examples: ["BTCUSD"] }),
  ),
  metric: oneOf(METRICS, "What is limited.", { examples: ["gross_exposure"] }),
  limit: figure("Beyond it, nothing is placed. Losses are negative.", 100_000),
  warn: optional(nullable(figure("Beyond it, an alert.", 80_000))),
  action: optional(
    oneOf(ACTIONS, "What is done when it is passed by what is held; without it pause for losses, alert for the rest."),
  ),
  level: optional(oneOf(LEVELS, "warning: it does not bind executions that were started with risk_override.")),
  hysteresis: optional(
    share("Share by which the value has to come back before a breach or a warning is over; 0.1 without it."),
  ),
};
const limit = titled("RiskLimit", object(limitFields));
/** Where it is not sent back. */
const shownLimit = titled("ShownRiskLimit", object({ ...limitFields, strategy_name: strategyName }));
const ALIASES = Object.keys(METRIC_ALIASES);
const givenLimit = titled(
  "GivenRiskLimit",
  object({
    ...limitFields,
    metric: oneOf(
      [...METRICS, ...ALIASES],
      `What is limited; ${ALIASES.join(", ")} are other words for some of them.`,
      {
        examples: ["gross_exposure"],
      },
    ),
  }),
);
const passed = object({
  scope,
  name: limitFields.name,
  strategy_name: strategyName,
  metric: limitFields.metric,
  value: figure("Now.", 120_000),
  limit: limitFields.limit,
  action: oneOf(ACTIONS, "What is done while it is passed."),
});
const money = (description: string, example: number) => figure(`${description} Units of account.`, example);
const valueAtRisk = object({
  steps: count("Steps of ten seconds that are known, of at most a day; before 30 the rest is 0."),
  historical: money("Loss of a day that 95 of 100 stay within, by the quantile of the steps; not below 0.", 900),
  historical_shortfall: money("Mean loss of the days beyond it; not below 0.", 1_200),
  cornish_fisher: money("The same by mean, deviation, skew and kurtosis of the steps.", 950),
  cornish_fisher_shortfall: money("Mean loss beyond that.", 1_300),
  kupiec: nullable(
    object({
      forecasts: count("Steps that there was a forecast of."),
      passed: count("Steps that lost more than their forecast."),
      ratio: number("Likelihood ratio of the test.", { minimum: 0 }),
      probability: share("Of a ratio at least as high if the forecasts are right."),
    }),
  ),
});
const limits = object({
  limits: list(limit, "In force."),
  revision: text("Of exactly these; also the ETag.", { examples: ["9f2c41ab9f2c41ab"] }),
});

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
      gross_exposure: money("Values of all positions, long and short added.", 35_000),
      net_exposure: money("Long less short; negative: short.", -5_000),
      claimed_exposure: money("Positions with all open orders, as limits count them before an order.", 48_000),
      daily_pnl: money("Since midnight in the timezone of risk; a loss is negative.", -120.5),
      drawdown: figure("Fall from the highest capital as a share of it; not above 0.", -0.02),
      var_95: money("Loss of a day that 95 of 100 stay within, the larger of both forms; not below 0.", 900),
      expected_shortfall_95: money("Mean loss of the days beyond it; not below 0.", 1_200),
      correlation: figure("The highest of any two strategies; 0 where there is none.", 0.4),
      cluster_exposure: share("Of the exposure that the largest cluster of strategies holds."),
      concentration: share("Of the exposure that the largest symbol is."),
      max_correlation: figure("As correlation.", 0.4),
      value_at_risk: valueAtRisk,
      clusters: list(list(strategyId), "Strategies that move alike, groups of two and more."),
      orders_today: count("Orders of the day that might open something."),
      orders_refused: count("Since the start of the process."),
      limits: dictionary(shownLimit, "By name.", {
        examples: [{ book: { scope: "book", metric: "drawdown", limit: -0.2 } }],
      }),
      usage: list(
        object({
          key: text("As in limits.", { examples: ["book:drawdown"] }),
          name: optional(text("Who uses most of a limit that is for all of a kind.", { examples: ["BTCUSD"] })),
          strategy_name: strategyName,
          value: figure("Now.", -0.05),
          used: number("Share of the limit; 1 is the limit itself, a gain uses nothing.", {
            minimum: 0,
            examples: [0.1],
          }),
        }),
        "Of every limit that is looked at while something is held.",
      ),
      breaches: list(passed, "Limits that are passed."),
      warnings: list(passed, "Warnings that are passed."),
    }),
  ),
});

export const getRiskLimits = endpoint({
  method: "GET",
  path: "/risk/limits",
  tag: "risk",
  summary: "Limits in force",
  description: "By scope. ETag names what is in force, for the If-Match of a change.",
  answer: limits,
});

export const putRiskLimits = endpoint({
  method: "PUT",
  path: "/risk/limits",
  tag: "risk",
  summary: "Replaces the limits",
  description:
    "They take effect at once. With `If-Match` only while the ETag of `GET /risk/limits` is the one that is named.",
  body: object({ limits: list(givenLimit, "All of them.", { maxItems: 1000 }) }),
  answer: limits,
  errors: ["storage_unavailable"],
  takesIfMatch: true,
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
  errors: ["not_found", "conflict"],
  idempotent: true,
});
