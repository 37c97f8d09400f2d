// Whether a pipeline that failed can be tried again, and what the new one begins with. The old one stays final: what watches
// it is told nothing new. Passed stages count for the same version, as long as everything that they read is the same
// (inputs.ts) and the operator has put no other stage in front of them. Risk limits can change without a new version, so
// risk_validation and what stands behind it are asked again in any case. Pure.
import type { Failure } from "../../domain/failure.ts";
import type { PipelineHead, PipelineRecord } from "../../store/pipelines.ts";
import { type Strategy, unknownStrategy } from "../registry/registry.ts";
import { type Current, inputsHash } from "./inputs.ts";
import type { PipelineSettings } from "./settings.ts";
import type { StageName } from "./stage.ts";

type Demanded = Pick<PipelineSettings, "stages" | "approval" | "rollback">;
type Retried = Pick<
  PipelineRecord,
  "version" | "deploymentType" | "stages" | "stagesCompleted" | "results" | "currentStage" | "soakMs" | "retryOf"
> &
  Pick<PipelineRecord, "approvalRequired" | "rollbackOnFailure">;

/** What does not depend on the risk limits stands in front of it. */
const AT_LATEST: StageName = "risk_validation";

/** `newest`: of its strategy, which is null when it was deleted. */
export function retryFault(record: PipelineHead, strategy: Strategy | null, newest: PipelineHead): Failure | null {
  const { pipelineId, status, strategyId, version } = record;
  const wanted = { kind: "pipeline", id: pipelineId, wanted: "a retry", legal: ["reading it"] } as const;
  if (status !== "failed") return { code: "invalid_state", state: status, allowed: ["failed"], ...wanted };
  if (strategy === null) return unknownStrategy(strategyId);
  if (newest.pipelineId !== pipelineId) {
    const state = `failed, and ${newest.pipelineId} came behind it`;
    return { code: "invalid_state", state, allowed: ["the newest of its strategy"], ...wanted };
  }
  if (strategy.version === version) return null;
  const issue = `the strategy is at version ${strategy.version} now, this was for ${version}; deploy it anew instead`;
  return { code: "conflict", issue };
}

/** What of the old one goes into the new one; what the operator has set since then counts. */
export function retryOf(record: PipelineRecord, now: Current, settings: Demanded): Retried {
  const { version, deploymentType, soakMs, pipelineId: retryOf } = record;
  const { stages } = settings;
  const latest = stages.indexOf(AT_LATEST);
  const differs = stages.findIndex((name, place) => {
    if (record.stages[place] !== name) return true;
    const result = record.results[name] as { readonly inputs_hash?: unknown } | undefined;
    return result?.inputs_hash !== inputsHash(name, now, soakMs);
  });
  const bounds = [record.stagesCompleted, latest, differs, stages.length];
  const from = Math.min(...bounds.filter((place) => place >= 0));
  const passed = stages.slice(0, from).map((name) => [name, record.results[name]] as const);
  return {
    version,
    deploymentType,
    stages,
    stagesCompleted: from,
    results: Object.fromEntries(passed),
    currentStage: stages[from] ?? stages.at(-1) ?? "",
    approvalRequired: record.approvalRequired || settings.approval,
    rollbackOnFailure: record.rollbackOnFailure && settings.rollback,
    soakMs,
    retryOf,
  };
}
