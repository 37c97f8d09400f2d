// Stage 3: the strategy over history, costs and all. It passes when the run comes to its end; what the figures are worth is
// asked by the stages behind it.
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { shownOf } from "./shown.ts";

const BUDGET_MS = 180_000;

export const backtestStage: Stage = { name: "backtest", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const done = await context.ran("backtest");
  if (!done.ok) return refused(done.failure);
  const result = done.value;
  const { trade_count: trades, data_source: source, duration_days: days } = result;
  context.log("info", `${String(trades)} closed trades in ${String(days)} days of ${String(source)} data`);
  if (trades === 0) context.log("warning", "it did not trade: every figure below is that of holding nothing");
  return passed(shownOf(result));
}
