// History in, result out: /backtests, /sweeps.
import {
  count,
  done,
  idOf,
  page,
  pageOf,
  share,
  strategyId,
  strategyName,
  strategyTypeName,
  symbol,
  titled,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { backtestResult } from "./results.ts";
import {
  anyObject,
  anything,
  defaulted,
  dictionary,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
} from "./schema.ts";

const backtestId = idOf("bt", "a backtest");
const sweepId = idOf("sw", "a sweep");
const STATES = ["queued", "running", "completed", "failed", "cancelled"] as const;
const status = oneOf(STATES, "completed, failed and cancelled are final.");
const error = nullable(text("Null unless failed.", { examples: ["no history for BTCUSD"] }));

const run = {
  strategy_id: optional(strategyId),
  strategy_type: optional(strategyTypeName),
  parameters: defaulted(anyObject("Over the strategy's own.", { examples: [{ lookback: 20 }] }), {}),
  symbols: optional(list(symbol, "All with history when left out.", { maxItems: 500 })),
  duration_days: defaulted(integer("Days of history.", { minimum: 1, maximum: 3650 }), 180),
  initial_capital: defaulted(number("Capital.", { exclusiveMinimum: 0 }), 50_000),
};
const EITHER = "One of `strategy_id` and `strategy_type` must be given.";

const etaSeconds = optional(
  number("Seconds that are left, while it runs and they are known.", { minimum: 0, examples: [12.5] }),
);

/** Of what it is: a strategy, or one of the 18 or a family of them. */
const subject = {
  strategy_id: optional(strategyId),
  strategy_name: strategyName,
  strategy_type: optional(strategyTypeName),
};

const backtest = titled(
  "Backtest",
  object({
    backtest_id: backtestId,
    ...subject,
    status,
    progress: share("Done."),
    result: nullable(backtestResult),
    error,
    eta_seconds: etaSeconds,
    waits_for: optional(
      text("Why it waits beyond its turn.", { examples: ["Redis is away; the job waits until it is back"] }),
    ),
  }),
);

export const createBacktest = endpoint({
  method: "POST",
  path: "/backtests",
  tag: "backtests",
  summary: "Starts a backtest",
  description: EITHER,
  body: object(run),
  answer: object({ status: done("queued"), backtest_id: backtestId }),
  errors: ["not_found", "code_error", "queue_full"],
});

export const listBacktests = endpoint({
  method: "GET",
  path: "/backtests",
  tag: "backtests",
  summary: "Backtests",
  description: "Newest first.",
  query: { status: optional(status), ...page },
  answer: pageOf("backtests", backtest),
});

export const getBacktest = endpoint({
  method: "GET",
  path: "/backtests/{backtest_id}",
  tag: "backtests",
  summary: "One backtest",
  description: "The result is there once it is completed.",
  params: { backtest_id: backtestId },
  answer: backtest,
});

export const getTearsheet = endpoint({
  method: "GET",
  path: "/backtests/{backtest_id}/tearsheet",
  tag: "backtests",
  summary: "The tearsheet of a backtest",
  description:
    "One HTML page that needs nothing else, as a download: verdict, figures, equity, months, trades on the price, costs, " +
    "and what it rests upon. Once the backtest is completed; what `strategy-engine report --html` writes.",
  params: { backtest_id: backtestId },
  otherForms: [
    { contentType: "text/html; charset=utf-8", description: "HTML, as an attachment.", example: "<!doctype html>" },
  ],
  errors: ["conflict", "invalid_state", "internal_error"],
});

export const cancelBacktest = endpoint({
  method: "DELETE",
  path: "/backtests/{backtest_id}",
  tag: "backtests",
  summary: "Cancels a backtest",
  description: "One that is not final.",
  params: { backtest_id: backtestId },
  answer: object({ status: done("cancelled") }),
  errors: ["invalid_state"],
});

const scored = object(
  {
    parameters: anyObject("The combination.", { examples: [{ lookback: 20 }] }),
    score: number("The objective.", { examples: [1.4] }),
  },
  { title: "SweepScore" },
);
const combinations = integer("In all.", { minimum: 1, maximum: 1000, examples: [12] });

const sweep = titled(
  "Sweep",
  object({
    sweep_id: sweepId,
    ...subject,
    status,
    progress: share("Done."),
    completed: count("Combinations that are done."),
    combinations,
    best: nullable(scored),
    results: list(scored, "Best first."),
    verdict: nullable(
      anyObject("Over the best one, once it is completed: whether luck and choice explain it.", {
        examples: [{ judgement: "refused", trials: 12, checks: [] }],
      }),
    ),
    error,
    eta_seconds: etaSeconds,
  }),
);

export const createSweep = endpoint({
  method: "POST",
  path: "/sweeps",
  tag: "backtests",
  summary: "Starts a sweep over parameters",
  description: `A backtest for every combination of the grid, at most 1000. ${EITHER}`,
  body: object({
    ...run,
    grid: dictionary(
      list(anything("A value.", { examples: [20] }), "Values.", { minItems: 1 }),
      "Values by parameter.",
      {
        minProperties: 1,
        examples: [{ lookback: [10, 20, 40] }],
      },
    ),
    objective: defaulted(text("What is best.", { maxLength: 64, examples: ["sharpe_ratio"] }), "sharpe_ratio"),
  }),
  answer: object({ status: done("queued"), sweep_id: sweepId, combinations }),
  errors: ["not_found", "code_error", "queue_full"],
});

export const listSweeps = endpoint({
  method: "GET",
  path: "/sweeps",
  tag: "backtests",
  summary: "Sweeps",
  description: "Newest first.",
  query: { status: optional(status), ...page },
  answer: pageOf("sweeps", sweep),
});

export const getSweep = endpoint({
  method: "GET",
  path: "/sweeps/{sweep_id}",
  tag: "backtests",
  summary: "One sweep",
  description: "Results come in as combinations are done.",
  params: { sweep_id: sweepId },
  answer: sweep,
});

export const cancelSweep = endpoint({
  method: "DELETE",
  path: "/sweeps/{sweep_id}",
  tag: "backtests",
  summary: "Cancels a sweep",
  description: "One that is not final; what is done is kept.",
  params: { sweep_id: sweepId },
  answer: object({ status: done("cancelled") }),
  errors: ["invalid_state"],
});
