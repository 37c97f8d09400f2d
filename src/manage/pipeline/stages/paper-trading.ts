// Stage 4: the strategy over the latest recorded hours on a simulated clock, in a ledger of paper money: a day of market
// in as long as it takes to compute it.
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { shownOf } from "./shown.ts";

const BUDGET_MS = 120_000;

export const paperTradingStage: Stage = { name: "paper_trading", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const done = await context.ran("paper_trading");
  if (!done.ok) return refused(done.failure);
  const result = done.value;
  const { trades_executed: trades, duration_hours: hours, data_source: source } = result;
  context.log("info", `${String(trades)} closed trades in the last ${String(hours)} hours of ${String(source)} data`);
  return passed(shownOf(result));
}
