// Rows of the tables `pipelines`, `pipeline_logs` and `ab_tests`.
import type { JsonObject } from "./strategies.ts";
import { bool, integer, json, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

export const pipelineTable = new Table(
  "pipelines",
  {
    pipelineId: text("pipeline_id"),
    strategyId: text("strategy_id"),
    version: text("version"),
    deploymentType: word<"direct" | "blue_green" | "canary" | "rolling">("deployment_type"),
    status: word<"queued" | "running" | "awaiting_approval" | "completed" | "failed">("status"),
    currentStage: text("current_stage"),
    stages: json<readonly string[]>("stages"),
    stagesCompleted: integer("stages_completed"),
    results: json<JsonObject>("results"),
    rollout: json<readonly JsonObject[]>("rollout"),
    approvalRequired: bool("approval_required"),
    rollbackOnFailure: bool("rollback_on_failure"),
    rolledBack: bool("rolled_back"),
    error: nullable(text("error")),
    reason: nullable(text("reason")),
    startedAt: integer("started_at"),
    endedAt: nullable(integer("ended_at")),
  },
  ["pipelineId"],
);
export type PipelineRecord = RecordOf<typeof pipelineTable>;

export const pipelineLogTable = new Table(
  "pipeline_logs",
  {
    logId: integer("log_id"),
    pipelineId: text("pipeline_id"),
    timestamp: integer("timestamp"),
    stage: text("stage"),
    level: text("level"),
    message: text("message"),
  },
  ["logId"],
);
export type PipelineLogRecord = RecordOf<typeof pipelineLogTable>;

export const abTestTable = new Table(
  "ab_tests",
  {
    abTestId: text("ab_test_id"),
    name: text("name"),
    strategyA: text("strategy_a"),
    strategyB: text("strategy_b"),
    trafficSplit: real("traffic_split"),
    status: word<"running" | "concluded">("status"),
    results: json<JsonObject>("results"),
    winner: nullable(word<"a" | "b">("winner")),
    createdAt: integer("created_at"),
    concludedAt: nullable(integer("concluded_at")),
  },
  ["abTestId"],
);
export type AbTestRecord = RecordOf<typeof abTestTable>;
