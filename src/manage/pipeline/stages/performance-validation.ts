// Stage 6: are the figures of the backtest good enough to deserve capital? The gates of the strategy's class (gates.ts), and
// beside them what a careful reader asks: how probably the Sharpe ratio is more than the best of so many tries by luck, and
// whether the parameters next to its own do as well (neighbours.ts). In a synthetic market the gates are shown and fail
// nobody (validation.ts).
import { deflatedSharpe } from "../../../research/research.ts";
import type { JobResult, Stakes } from "../../backtests/backtests.ts";
import { figureOf } from "../figures.ts";
import { answer, type GateName, gatesOf, profileOf, sentenceOf } from "../gates.ts";
import { type Neighbours, neighboursOf } from "../neighbours.ts";
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { countsAgainst } from "../validation.ts";

const BUDGET_MS = 180_000;
/** Share of the Sharpe ratio that the middle one of the neighbours keeps. */
const KEPT_MIN = 0.5;

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
  const around = strict ? await neighboursOf(context, result) : null;
  const needle = around === null ? null : needleOf(context, around);
  const more = { ...honest, neighbours: around };
  const shown = { advisory: !strict, profile, gates, ...more, data_source: result["data_source"] };
  const broken = gates.filter((gate) => !gate.passed).map(sentenceOf);
  if (needle !== null) broken.push(needle);
  if (broken.length > 0 && strict) return refused(broken.join("; "), shown);
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

/** Why the parameters stand on a needle; null: they do not, or nobody can tell. */
function needleOf(context: StageContext, { sets, kept, overfitting }: Neighbours): string | null {
  if (overfitting !== null)
    context.log("info", `probability of overfitting ${overfitting.toFixed(2)} among ${sets + 1} sets of parameters`);
  if (kept === null) return null;
  const said = `${sets} sets of parameters around it keep ${Math.round(100 * kept)} % of its Sharpe ratio`;
  context.log(kept < KEPT_MIN ? "error" : "info", said);
  return kept < KEPT_MIN ? `${said}, it must be at least ${100 * KEPT_MIN} %: it is fitted to the data` : null;
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
