// Stage 2: tests. Every strategy has to pass those that are made for it (trial/generated-tests.ts); they run in a thread of
// their own, each tick on its own fuel, so what loops or grows fails here and disturbs nobody.
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";

const BUDGET_MS = 60_000;
const SHOWN = 5;

export const unitTestsStage: Stage = { name: "unit_tests", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const compiled = await context.compiled();
  if (!compiled.ok) return refused(compiled.failure, { tests_passed: 0 });
  if (compiled.value === null) {
    context.log("info", "one of the engine's own strategies: its kernel is tested with the engine");
    return passed({ tests_passed: 0 });
  }
  const tests = await context.tested(compiled.value);
  if (!tests.ok) return refused(tests.failure, { tests_passed: 0 });
  const broken = tests.value.filter(({ error }) => error !== null);
  const counts = { tests_passed: tests.value.length - broken.length, tests: tests.value.length };
  for (const { name, error } of broken) context.log("error", `${name}: ${error ?? ""}`);
  context.log("info", `${counts.tests_passed} of ${counts.tests} tests passed`);
  if (broken.length === 0) return passed(counts);
  const told = broken.slice(0, SHOWN).map(({ name, error }) => `${name}: ${error ?? ""}`);
  const rest = broken.length > SHOWN ? `; and ${broken.length - SHOWN} more` : "";
  return refused(`${told.join("; ")}${rest}`, counts);
}
