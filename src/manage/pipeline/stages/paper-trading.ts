// Stage 4: the strategy over the latest recorded hours on a simulated clock, in a ledger of paper money: a day of market
// in as long as it takes to compute it. Where it was asked for, some minutes of live events in real time follow (soak.ts).
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { judgeSoak } from "../soak.ts";
import { shownOf } from "./shown.ts";

const BUDGET_MS = 120_000;

export const paperTradingStage: Stage = { name: "paper_trading", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const done = await context.ran("paper_trading");
  if (!done.ok) return refused(done.failure);
  const result = done.value;
  const { trades_executed: trades, duration_hours: hours, data_source: source } = result;
  context.log("info", `${String(trades)} closed trades in the last ${String(hours)} hours of ${String(source)} data`);
  const soaked = await context.soaked();
  if (!soaked.ok) return refused(`live events: ${soaked.failure}`, shownOf(result));
  const soak = soaked.value;
  const broken = soak === null ? null : judgeSoak(soak, context.mode, (level, message) => context.log(level, message));
  const shown = soak === null ? shownOf(result) : { ...shownOf(result), soak };
  return broken === null ? passed(shown) : refused(broken, shown);
}
