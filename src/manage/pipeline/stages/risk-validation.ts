// Stage 5: does the strategy stay within its limits, and within the engine's where it names none? Asked of the backtest:
// what it put at stake at once, what its worst day, its deepest fall, and the deepest fall of its trades in another order
// came to. Limits on what it does (sizes, positions) count in every market; those on what the market did to it count where
// the figures do (validation.ts).
import { answerLimit, type LimitAnswer, limitsOf, sentenceOf } from "../limits.ts";
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { countsAgainst } from "../validation.ts";
import { figureOf } from "../figures.ts";
import type { Stakes } from "../../backtests/backtests.ts";

const BUDGET_MS = 60_000;

export const riskStage: Stage = { name: "risk_validation", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const done = await context.ran("backtest");
  if (!done.ok) return refused(done.failure);
  const { moments, ...stakes } = done.value["stakes"] as Stakes;
  const fall = figureOf(done.value, "maxDrawdown");
  const answers = limitsOf(context.strategy.riskLimits).map((limit) =>
    answerLimit(limit, { ...stakes, moments }, fall),
  );
  const strict = countsAgainst(context, done.value);
  const counts = ({ kind }: LimitAnswer): boolean => strict || kind === "conduct";
  for (const one of answers) context.log(one.passed ? "info" : counts(one) ? "error" : "warning", sentenceOf(one));
  const broken = answers.filter((one) => !one.passed && counts(one));
  const tails = { var_95: figureOf(done.value, "var95"), expected_shortfall_95: figureOf(done.value, "cvar95") };
  const data = { data_source: done.value["data_source"] };
  const shown = { advisory: !strict, limits: answers, max_drawdown: fall, ...stakes, ...tails, ...data };
  return broken.length > 0 ? refused(broken.map(sentenceOf).join("; "), shown) : passed(shown);
}
