// What runs now or ran: /executions.
import {
  count,
  executionId,
  idOf,
  nextCursor,
  page,
  pageOf,
  share,
  strategyId,
  strategyName,
  symbol,
  time,
  titled,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { executionConfig } from "./execution-config.ts";
import { stopped, version } from "./strategies.ts";
import { defaulted, integer, list, nullable, number, object, oneOf, optional, text } from "./schema.ts";

const figure = (description: string, example: number) => number(description, { examples: [example] });

const performance = object(
  {
    sharpe_ratio: figure("0 without trades.", 1.2),
    max_drawdown: number("Not above 0.", { maximum: 0, examples: [-0.05] }),
    win_rate: share("0 without trades."),
    total_return: figure("On the capital.", 0.04),
    alpha: figure("Beyond the benchmark.", 0.01),
    beta: figure("With the benchmark.", 0.3),
    volatility: figure("Of a year.", 0.2),
    information_ratio: figure("Against the benchmark.", 0.4),
    calmar_ratio: figure("Yearly growth over drawdown.", 0.8),
    avg_trade_duration: figure("Minutes.", 35),
    sortino_ratio: nullable(figure("Mean over the deviation of losses; null while there is too little.", 1.6)),
    profit_factor: nullable(number("Profits over losses; null without a loss.", { minimum: 0, examples: [1.8] })),
    samples: object({ returns: count("Steps of equity."), trades: count("Closed trades.") }),
    not_available: list(text("Field.", { examples: ["calmar_ratio"] }), "What there is too little for as yet."),
  },
  { title: "PerformanceMetrics", description: "0 for a number that there is too little for: see not_available." },
);

const STATES = ["running", "paused", "stopped", "error"] as const;

const sequence = (description: string, example: number) => integer(description, { minimum: 0, examples: [example] });
/** Versions join without gap and overlap. */
const eventRange = object(
  {
    version,
    first_sequence: sequence("Number of the first event that it was given.", 1_204),
    last_sequence: sequence("And of the last one so far.", 8_810),
    events: count("How many, of the symbols of the execution."),
  },
  { title: "EventRange" },
);

const fields = {
  execution_id: executionId,
  strategy_id: strategyId,
  strategy_name: strategyName,
  status: oneOf(STATES, "State."),
  start_time: time("When it began."),
  end_time: nullable(time("Null while it runs.")),
  trade_count: count("Trades."),
  pnl: figure("Profit or loss.", 120.5),
  performance_metrics: performance,
  version,
  execution_config: executionConfig,
  stop_reason: nullable(text("Why it ended.", { examples: ["requested"] })),
  error: nullable(text("What went wrong; null otherwise.", { examples: ["line 12: division by zero"] })),
  open_positions: count("Symbols that it holds."),
  orders_refused: count(
    "Orders that risk refused since the start of the engine, and entries that the pause behind one kept here that the venue did not take.",
  ),
  last_refusal: nullable(text("Why the last one was.", { examples: ["gross_exposure would be 120000, limit 100000"] })),
  event_ranges: list(eventRange, "Which events each version of the code has seen; oldest first."),
};
const execution = titled("Execution", object(fields));
const oneExecution = titled(
  "OneExecution",
  object({
    ...fields,
    readiness: nullable(oneOf(["ready", "warming", "no_input"], "Whether it can speak; null when it is over.")),
    why_silent: nullable(text("What it waits for; null when ready.", { examples: ["30 more samples needed"] })),
    samples_missing: optional(integer("While it is warming.", { minimum: 0 })),
  }),
);

export const listExecutions = endpoint({
  method: "GET",
  path: "/executions",
  tag: "executions",
  summary: "Executions",
  description: "Newest first; those that run or are paused, unless asked otherwise.",
  query: {
    status: defaulted(oneOf(["active", "all", ...STATES], "active: running and paused."), "active"),
    strategy_id: optional(strategyId),
    ...page,
  },
  answer: pageOf("executions", execution),
});

const params = { execution_id: executionId } as const;
const at = <const S extends string>(rest: S) =>
  ({ path: `/executions/{execution_id}${rest}`, tag: "executions", params }) as const;

export const getExecution = endpoint({
  ...at(""),
  method: "GET",
  summary: "One execution",
  description: "Running or past. What a built-in strategy of several types waits for is that of the nearest one.",
  answer: oneExecution,
});

export const stopExecution = endpoint({
  ...at("/stop"),
  method: "POST",
  summary: "Stops one execution",
  description: "As stopping its strategy, for this execution only.",
  answer: stopped,
  errors: ["storage_unavailable"],
  idempotent: true,
});

const trade = titled(
  "Trade",
  object({
    trade_id: idOf("trade", "a trade"),
    execution_id: executionId,
    symbol,
    side: oneOf(["BUY", "SELL"], "Side."),
    quantity: number("Units of the symbol.", { exclusiveMinimum: 0, examples: [100] }),
    price: number("Fill.", { exclusiveMinimum: 0, examples: [150.25] }),
    timestamp: time("When."),
    pnl: figure("Profit that it closed; 0 when it opened.", 0),
  }),
);

export const listTrades = endpoint({
  ...at("/trades"),
  method: "GET",
  summary: "Trades of an execution",
  description: "Newest first.",
  query: { symbol: optional(symbol), ...page },
  answer: pageOf("trades", trade),
});

const amount = (description: string, example: number) => integer(`${description} Millionths.`, { examples: [example] });
const accounts = {
  cash: amount("Into cash; negative: out of it.", -9_976_000_000),
  positions: amount("Into positions, at cost.", 9_971_000_000),
  fees: amount("Fees.", 5_000_000),
  realised: amount("Profit of leaving positions: negative where it earned, positive where it lost.", -250_000_000),
  carry: amount("Funding and borrowing: negative where they earned, positive where they cost.", 0),
  capital: amount("What it began with: negative.", 0),
};
const posting = object(
  {
    entry: integer("Counts from 0.", { minimum: 0, examples: [1] }),
    kind: oneOf(["capital", "fill", "funding", "borrowing", "recall"], "What was posted."),
    timestamp: time("When."),
    symbol: nullable(symbol),
    ...accounts,
  },
  { title: "Posting" },
);

export const getLedger = endpoint({
  ...at("/ledger"),
  method: "GET",
  summary: "Double-entry ledger",
  description:
    "Every fill and payment as a balanced set of postings in whole millionths, debits positive: the six amounts of an entry add up to 0, and so do the totals. Newest first.",
  query: page,
  answer: object({
    execution_id: executionId,
    totals: object(accounts, { title: "Balances" }),
    ledger: list(posting, "Newest first."),
    count: count("Items in this page."),
    next_cursor: nextCursor,
  }),
});

const equityPoint = object(
  {
    timestamp: time("When."),
    equity: number("Capital with open profit.", { examples: [50_120.5] }),
    drawdown: number("Below the highest so far, as a share of it.", { minimum: -1, maximum: 0, examples: [-0.05] }),
  },
  { title: "EquityPoint" },
);

export const getEquityCurve = endpoint({
  ...at("/equity-curve"),
  method: "GET",
  summary: "Capital over time",
  description: "Oldest first, thinned out to the number of points.",
  query: { points: defaulted(integer("Most points.", { minimum: 2, maximum: 5000 }), 500) },
  answer: object({ execution_id: executionId, points: list(equityPoint, "Oldest first."), count: count("Points.") }),
});
