// A pipeline by the names of the API.
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Progress } from "./soak.ts";

export interface PipelineView {
  readonly pipeline_id: string;
  readonly strategy_id: string;
  readonly strategy_name: string | null;
  readonly version: string;
  readonly deployment_type: PipelineRecord["deploymentType"];
  readonly current_stage: string;
  readonly status: PipelineRecord["status"];
  readonly started_at: string;
  readonly stages_completed: number;
  readonly total_stages: number;
  readonly results: JsonObject;
  readonly stages: readonly string[];
  readonly ended_at: string | null;
  readonly error: string | null;
  readonly reason: string | null;
  readonly rolled_back: boolean;
  readonly rollout: readonly JsonObject[];
  readonly approval_required: boolean;
  readonly rollback_on_failure: boolean;
  readonly retry_of: string | null;
  readonly soak_minutes: number;
  readonly certificate: JsonObject | null;
  readonly progress: Progress | null;
}

const MINUTE_MS = 60_000;

/** `strategyName`: as people know it. `progress`: of a stage that lasts. */
export function pipelineView(
  record: PipelineRecord,
  strategyName: string | null,
  progress: Progress | null = null,
): PipelineView {
  return {
    pipeline_id: record.pipelineId,
    strategy_id: record.strategyId,
    strategy_name: strategyName,
    version: record.version,
    deployment_type: record.deploymentType,
    current_stage: record.currentStage,
    status: record.status,
    started_at: iso(record.startedAt),
    stages_completed: record.stagesCompleted,
    total_stages: record.stages.length,
    results: record.results,
    stages: record.stages,
    ended_at: record.endedAt === null ? null : iso(record.endedAt),
    error: record.error,
    reason: record.reason,
    rolled_back: record.rolledBack,
    rollout: record.rollout,
    approval_required: record.approvalRequired,
    rollback_on_failure: record.rollbackOnFailure,
    retry_of: record.retryOf,
    soak_minutes: record.soakMs / MINUTE_MS,
    certificate: record.certificate,
    progress,
  };
}

/** From integer microseconds. */
export function iso(timeUs: number): string {
  return new Date(timeUs / 1000).toISOString();
}
