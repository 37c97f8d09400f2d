// What becomes of a proposal of the kind `canary` that was approved: a strategy of its own with the proposed parameters,
// and a pipeline that puts it through every stage and rolls it out as a canary. Until then it is a silent draft. The
// strategy bears the proposal's id in its name, by which one that was interrupted is found again and not made twice.
import { ok } from "../domain/result.ts";
import { begunFor, type Carrier } from "./learning/learning.ts";
import type { Pipelines } from "./pipeline/pipeline.ts";
import type { Registry } from "./registry/registry.ts";

export function canaryCarrier(registry: Registry, pipelines: () => Pipelines): Carrier {
  return async ({ proposalId, strategyType, after, decidedAt }, actor) => {
    const name = `${strategyType} of ${proposalId}`;
    const [known] = registry.named(name);
    const parameters = after as Readonly<Record<string, number>>;
    const made =
      known === undefined
        ? await registry.register({ type: strategyType, name, parameters, silent: true }, actor)
        : ok(known);
    if (!made.ok) return made;
    const { strategyId } = made.value;
    const begun = begunFor(pipelines().list({ strategyId }), decidedAt);
    if (begun !== undefined) return ok({ strategy_id: strategyId, pipeline_id: begun.pipelineId });
    const deployed = await pipelines().deploy(strategyId, { type: "canary" }, actor);
    if (deployed.ok) return ok({ strategy_id: strategyId, pipeline_id: deployed.value.pipelineId });
    // Nobody asked for a strategy without a pipeline; one that was deployed before is not the candidate's any more.
    if (registry.get(strategyId)?.deployedVersion === null) await registry.remove(strategyId, false, actor);
    return deployed;
  };
}
