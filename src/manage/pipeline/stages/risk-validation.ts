// Stage 5: does the strategy stay within its limits, and within the engine's where it names none? Asked of the backtest:
// what it put at stake at once, what its worst day, its deepest fall, and the deepest fall of its trades in another order
// came to, and of markets that nobody likes (trial/stress.ts). Limits on what it does (sizes, positions) count in every market; those on what the market did to it count where
// the figures do (validation.ts).
import type { StressAnswer } from "../trial/stress.ts";
import { answerLimit, type LimitAnswer, limitsOf, type Measured, sentenceOf } from "../limits.ts";
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";
import { countsAgainst } from "../validation.ts";
import { figureOf } from "../figures.ts";
import type { Stakes } from "../../backtests/backtests.ts";

const BUDGET_MS = 60_000;
/** Correlation beyond which two strategies are one risk taken twice. */
const ALIKE = 0.9;
/** Of a strategy that sets no limit of its own. */
const STRESS_DRAWDOWN = -0.5;

export const riskStage: Stage = { name: "risk_validation", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const done = await context.ran("backtest");
  if (!done.ok) return refused(done.failure);
  const { moments, ...stakes } = done.value["stakes"] as Stakes;
  const likeness = context.nearest(done.value);
  const measured: Measured = {
    maxDrawdown: figureOf(done.value, "maxDrawdown"),
    var95: figureOf(done.value, "var95"),
    expectedShortfall95: figureOf(done.value, "cvar95"),
    correlation: likeness?.correlation ?? null,
  };
  const answers = limitsOf(context.strategy.riskLimits).map((limit) =>
    answerLimit(limit, { ...stakes, moments }, measured),
  );
  const strict = countsAgainst(context, done.value);
  const counts = ({ kind }: LimitAnswer): boolean => strict || kind === "conduct";
  for (const one of answers) context.log(one.passed ? "info" : counts(one) ? "error" : "warning", sentenceOf(one));
  if (likeness !== null) {
    const said = `most like the deployed strategy ${likeness.strategy_id}: correlation ${likeness.correlation.toFixed(2)}`;
    context.log(likeness.correlation > ALIKE ? "warning" : "info", said);
  }
  const stress = await context.stressed();
  if (!stress.ok) return refused(stress.failure);
  const broken = answers.filter((one) => !one.passed && counts(one)).map(sentenceOf);
  broken.push(...fallsOf(context, stress.value, strict));
  const shown = {
    advisory: !strict,
    limits: answers,
    stress: stress.value,
    max_drawdown: measured.maxDrawdown,
    ...stakes,
    var_95: measured.var95,
    expected_shortfall_95: measured.expectedShortfall95,
    most_like: likeness,
    data_source: done.value["data_source"],
  };
  return broken.length > 0 ? refused(broken.join("; "), shown) : passed(shown);
}

/** What a bad market would have made of it, against the limit of its drawdown. */
function fallsOf(context: StageContext, answers: readonly StressAnswer[], strict: boolean): readonly string[] {
  const own = context.strategy.riskLimits["max_drawdown"];
  const limit = typeof own === "number" ? own : STRESS_DRAWDOWN;
  return answers.flatMap(({ name, max_drawdown: fall, error }) => {
    const deep = fall < limit;
    const said = `${name}: ${error ?? `drawdown ${fall.toFixed(4)}, the limit is ${limit}`}`;
    context.log(error !== null || (deep && strict) ? "error" : deep ? "warning" : "info", said);
    return error !== null || (deep && strict) ? [said] : [];
  });
}
