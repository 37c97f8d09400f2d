// Stage 2: tests. The author's own come first, then those that every strategy has to pass (research/code-tests.ts); they run in a thread of
// their own, each tick on its own fuel, so what loops or grows fails here and disturbs nobody.
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";

const BUDGET_MS = 120_000;
const SHOWN = 5;

export const unitTestsStage: Stage = { name: "unit_tests", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const compiled = await context.compiled();
  if (!compiled.ok) return refused(compiled.failure, { tests_passed: 0 });
  if (compiled.value === null) {
    context.log("info", "one of the engine's own strategies: its kernel is tested with the engine");
    return passed({ tests_passed: 0 });
  }
  const own = await context.ownTests();
  if (!own.ok) return refused(own.failure, { tests_passed: 0 });
  const { symbols, strategy } = context;
  const options = { symbols, given: strategy.parameters, own: own.value };
  const testing = context.tried("tests", { compiled: compiled.value, options, dataDir: context.dataDir });
  context.ahead(); // behind the tests in their thread, beside them in the others
  const report = await testing;
  if (!report.ok) return refused(report.failure, { tests_passed: 0 });
  const { tests, notes } = report.value;
  const broken = tests.filter((one) => !one.passed).map(({ name, reason }) => `${name}: ${reason ?? "no reason"}`);
  const counts = { tests_passed: tests.length - broken.length, tests: tests.length, notes };
  for (const sentence of broken) context.log("error", sentence);
  for (const note of notes) context.log("warning", note);
  context.log("info", `${counts.tests_passed} of ${counts.tests} tests passed`);
  if (broken.length === 0) return passed(counts);
  const rest = broken.length > SHOWN ? `; and ${broken.length - SHOWN} more` : "";
  return refused(`${broken.slice(0, SHOWN).join("; ")}${rest}`, counts);
}
