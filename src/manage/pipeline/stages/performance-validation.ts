// Stage 6: are the figures of the backtest good enough to deserve capital? The gates of the strategy's class (gates.ts), and
// beside them what a careful reader asks: how probably the Sharpe ratio is more than the best of so many tries by luck. In a
// synthetic market the gates are shown and fail nobody (validation.ts).
import { deflatedSharpe } from "../../../research/research.ts";
import type { JobResult, Stakes } from "../../backtests/backtests.ts";
import { figureOf } from "../figures.ts";
import { answer, type GateName, gatesOf, profileOf, sentenceOf } from "../gates.ts";
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { countsAgainst } from "../validation.ts";

const BUDGET_MS = 60_000;

export const performanceStage: Stage = { name: "performance_validation", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const done = await context.ran("backtest");
  if (!done.ok) return refused(done.failure);
  const result = done.value;
  const { strategy } = context;
  const profile = profileOf(strategy.strategyType ?? strategy.parameters["strategy_class"]);
  const gates = gatesOf(profile).map((gate) => answer(gate, valueOf(result, gate.name)));
  const strict = countsAgainst(context, result);
  for (const gate of gates) context.log(gate.passed ? "info" : strict ? "error" : "warning", sentenceOf(gate));
  const honest = honesty(context, result);
  const shown = { advisory: !strict, profile, gates, ...honest, data_source: result["data_source"] };
  const broken = gates.filter((gate) => !gate.passed);
  if (broken.length > 0 && strict) return refused(broken.map(sentenceOf).join("; "), shown);
  if (!strict)
    context.log("info", "advisory: these figures fail nothing (VALIDATION_MODE, and whether there is history)");
  return passed(shown);
}

/** Figures of the contract stand at 0 where there is no number; those of the run itself know the difference. */
function valueOf(result: JobResult, name: GateName): number | null {
  switch (name) {
    case "sharpe_ratio":
      return figureOf(result, "sharpe");
    case "max_drawdown":
      return figureOf(result, "maxDrawdown");
    case "win_rate":
      return figureOf(result, "winRate");
    case "alpha":
      return figureOf(result, "alpha");
  }
}

/** How probably the Sharpe ratio is more than what the best of so many tries without skill comes to. */
function honesty(context: StageContext, result: JobResult): Readonly<Record<string, unknown>> {
  const { moments } = result["stakes"] as Stakes;
  const { trials } = context;
  const deflated = moments === null ? null : deflatedSharpe(moments, trials, 1 / Math.max(1, moments.count - 1));
  if (deflated !== null)
    context.log(
      "info",
      `deflated Sharpe ratio ${deflated.toFixed(3)}, as the best of ${trials} versions put to the test`,
    );
  return { deflated_sharpe: deflated, trials };
}
