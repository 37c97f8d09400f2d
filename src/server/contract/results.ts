// Results of tests and backtests, by kind.
import { count, share } from "./common.ts";
import { anyObject, either, flag, integer, list, nullable, number, object, optional } from "./schema.ts";

const drawdown = number("Deepest fall from a high; -1 to 0.", { minimum: -1, maximum: 0, examples: [-0.12] });
const costs = optional(
  anyObject("What was assumed of fees and slippage.", { examples: [{ fee_bps: 0, slippage_bps: 0 }] }),
);

const backtestFields = {
  total_return: number("Over the whole time.", { examples: [0.18] }),
  sharpe_ratio: number("Of a year.", { examples: [1.4] }),
  max_drawdown: drawdown,
  win_rate: share("Of closed trades."),
  trade_count: count("Closed trades."),
  duration_days: integer("Days of history.", { minimum: 0, examples: [180] }),
  costs,
};

const backtestOutcome = object(backtestFields, { title: "BacktestOutcome" });

const paperOutcome = object(
  {
    duration_hours: number("Hours played through.", { minimum: 0, examples: [24] }),
    trades_executed: count("Trades."),
    pnl: number("Profit or loss.", { examples: [120.5] }),
    win_rate: share("Of closed trades."),
    avg_trade_duration: number("Minutes.", { minimum: 0, examples: [35] }),
    costs,
  },
  { title: "PaperOutcome" },
);

const checkOutcome = object(
  {
    passed: flag("Whether it passed."),
    duration_ms: number("How long it took.", { minimum: 0, examples: [3] }),
  },
  { title: "CheckOutcome" },
);

/** Of POST /strategies/{id}/test: by test_type. */
export const testResult = either(either(backtestOutcome, paperOutcome, "A run."), checkOutcome, "By test_type.");

const curvePoint = object(
  {
    timestamp: number("Epoch seconds.", { examples: [1_756_029_600] }),
    equity: number("Capital with open profit.", { examples: [50_120.5] }),
    drawdown,
  },
  { title: "CurvePoint" },
);

const bin = object(
  {
    from: number("Least value.", { examples: [-0.002] }),
    to: number("Not reached.", { examples: [0] }),
    count: count("Of them."),
  },
  { title: "Bin" },
);
const bins = (description: string) => optional(list(bin, description));
const yearOfReturns = object(
  {
    year: integer("By UTC.", { examples: [2025] }),
    months: list(nullable(number("A month.", { examples: [0.02] })), "January first; null without a step."),
    total: nullable(number("The year, or what there is of it.", { examples: [0.18] })),
  },
  { title: "YearOfReturns" },
);
const money = (description: string) => number(description, { examples: [120.5] });

/** A backtest asked for at /backtests. */
export const backtestResult = object(
  {
    ...backtestFields,
    equity_curve: list(curvePoint, "Oldest first."),
    months: optional(list(yearOfReturns, "Returns by calendar month, of all steps.")),
    step_bins: bins("How the returns of all steps that moved are distributed."),
    trade_bins: bins("How the profits of all closed trades are distributed."),
    cost_sums: optional(
      object({
        gross: money("Closed trades before costs."),
        fees: money("Of the whole run."),
        slippage: money("Of the whole run."),
        carry: money("Funding and borrowing; negative where it was paid."),
        net: money("Closed trades after costs."),
      }),
    ),
    verdict: optional(
      anyObject("Whether it is to be believed: judgement, sentence, checks. Runs on the same data count.", {
        examples: [{ judgement: "unproven", trials: 1, checks: [] }],
      }),
    ),
  },
  { title: "BacktestResult" },
);
