// One stage by itself, for who wants to know whether it would be passed: in any state of the strategy and without changing it.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Counters } from "./counters.ts";
import { refused, type StageAnswer, type StageContext, type StageName } from "./stage.ts";
import { STAGES } from "./stages/stages.ts";

export interface OneStage {
  readonly open: (signal: AbortSignal) => Promise<Result<StageContext, string>>;
  readonly counters: Counters;
  readonly timeoutMs: number;
}

export async function askStage(
  { open, counters, timeoutMs }: OneStage,
  stage: StageName,
): Promise<Result<JsonObject, Failure>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  const begun = performance.now();
  try {
    const context = await open(abort.signal);
    if (!context.ok) return failed({ code: "conflict", issue: context.failure });
    const late = new Promise<StageAnswer>((resolve) => {
      const seconds = timeoutMs / 1000;
      abort.signal.addEventListener("abort", () => resolve(refused(`it was not done within ${seconds} s`)));
    });
    const answer = await Promise.race([STAGES[stage].run(context.value), late]);
    const durationMs = Math.round((performance.now() - begun) * 100) / 100;
    counters.tested(stage, durationMs);
    const error = answer.error === null ? {} : { error: answer.error };
    return ok({ ...answer.fields, passed: answer.passed, duration_ms: durationMs, ...error });
  } finally {
    clearTimeout(timer);
    abort.abort(); // what nobody waits for any more is given up
  }
}
