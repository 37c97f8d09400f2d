// The record with which a pipeline begins: what was asked for, and where that is silent, what the operator has set. Pure.
import type { PipelineRecord } from "../../store/pipelines.ts";
import { newId } from "../ids.ts";
import type { Strategy } from "../registry/registry.ts";
import type { PipelineSettings } from "./settings.ts";

export interface Deployment {
  readonly type: PipelineRecord["deploymentType"];
  readonly approvalRequired?: boolean;
  readonly rollbackOnFailure?: boolean;
  /** Of live events behind the simulated paper trading; 0: none. */
  readonly soakMs?: number;
}

/** `startedAt`: integer microseconds. */
export function newRecord(
  { strategyId, version }: Pick<Strategy, "strategyId" | "version">,
  wanted: Deployment,
  settings: PipelineSettings,
  startedAt: number,
): PipelineRecord {
  const rollback = wanted.rollbackOnFailure ?? settings.rollback;
  return {
    pipelineId: newId("pipe"),
    strategyId,
    version,
    deploymentType: wanted.type,
    status: "queued",
    currentStage: settings.stages[0] ?? "",
    stages: settings.stages,
    stagesCompleted: 0,
    results: {},
    rollout: [],
    approvalRequired: settings.approval || wanted.approvalRequired === true,
    rollbackOnFailure: settings.rollback && rollback,
    rolledBack: false,
    error: null,
    reason: null,
    startedAt,
    endedAt: null,
    retryOf: null,
    askedAt: null,
    soakMs: wanted.soakMs ?? settings.soakMs,
    certificate: null,
  };
}
