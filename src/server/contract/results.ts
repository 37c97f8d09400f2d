// Results of tests and backtests, by kind.
import { count, share } from "./common.ts";
import { anyObject, either, flag, integer, list, number, object, optional } from "./schema.ts";

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

/** A backtest asked for at /backtests. */
export const backtestResult = object(
  { ...backtestFields, equity_curve: list(curvePoint, "Oldest first.") },
  { title: "BacktestResult" },
);
