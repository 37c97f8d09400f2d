// Whether an approval has its pipeline already, and the pipeline of one that has none. One that failed does not count: after
// a crash the next start ends every pipeline that was under way, and what was approved would never be carried out.
import type { Failure } from "../../domain/failure.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { PipelineHead } from "../../store/pipelines.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Pipelines } from "../pipeline/pipeline.ts";
import type { Strategy } from "../registry/registry.ts";

/** Code that the engine wrote trades when somebody has said so once more. */
const HOW = { type: "direct", approvalRequired: true } as const;

/** `pipelines`: of the version that was approved, oldest first; `decidedAt`: microseconds of the wall clock. */
export function begunFor(pipelines: readonly PipelineHead[], decidedAt: number | null): PipelineHead | undefined {
  return pipelines.findLast(
    ({ endedAt, status, startedAt }) =>
      endedAt === null || (status === "completed" && decidedAt !== null && startedAt >= decidedAt),
  );
}

/** The version as it is stored is on its way through the stages, and waits there for an approval; what is kept of that. */
export async function onItsWay(
  pipelines: Pick<Pipelines, "deploy" | "list">,
  { strategyId, version }: Strategy,
  { actor, decidedAt }: { readonly actor: string; readonly decidedAt: number | null },
): Promise<Result<JsonObject, Failure>> {
  const ofVersion = pipelines.list({ strategyId }).filter((one) => one.version === version);
  const begun = begunFor(ofVersion, decidedAt);
  const pipeline = begun === undefined ? await pipelines.deploy(strategyId, HOW, actor) : ok(begun);
  if (!pipeline.ok) return pipeline;
  return ok({ strategy_id: strategyId, version, pipeline_id: pipeline.value.pipelineId });
}
