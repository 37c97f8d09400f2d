// Stage 1: does the code become a strategy? Parsed, checked for types and for what it may not reach, compiled, metered and
// begun once. What is wrong is said with the author's line and column, and with a hint where one is known.
import { limitUnread, namesOf, parameterUnread, unreadLimits, unreadParameters } from "../../../domain/unread.ts";
import { passed, refused, type Stage, type StageAnswer, type StageContext } from "../stage.ts";

const BUDGET_MS = 90_000;

export const syntaxStage: Stage = { name: "syntax_check", budgetMs: BUDGET_MS, run };

async function run(context: StageContext): Promise<StageAnswer> {
  const compiled = await context.compiled();
  if (!compiled.ok) return refused(compiled.failure);
  if (compiled.value === null) {
    context.log("info", "one of the engine's own strategies: its kernel is part of the engine");
    return passed();
  }
  const { language, hash, codeHash, parameters, reads } = compiled.value;
  const names = parameters.map(({ name }) => name);
  context.log("info", `${language}, runs as ${hash.slice(0, 12)}, declares ${names.length} parameters`);
  const { parameters: given, riskLimits } = context.strategy;
  const unused = unreadParameters(given, reads);
  const limits = unreadLimits(riskLimits);
  for (const sentence of [...unused.map(parameterUnread), ...limits.map(limitUnread)]) context.log("warning", sentence);
  const told = {
    ...(unused.length === 0 ? {} : { unused_parameters: namesOf(unused) }),
    ...(limits.length === 0 ? {} : { unused_risk_limits: namesOf(limits) }),
  };
  return passed({ language, code_hash: codeHash, artefact_hash: hash, parameters: names, ...told });
}
