// Rows of the tables `pipelines`, `pipeline_logs` and `ab_tests`.
import type { JsonObject } from "./strategies.ts";
import type { Reader, Statement } from "./store.ts";
import { bool, integer, json, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

const head = {
  pipelineId: text("pipeline_id"),
  strategyId: text("strategy_id"),
  version: text("version"),
  status: word<"queued" | "running" | "awaiting_approval" | "completed" | "failed">("status"),
  startedAt: integer("started_at"),
  endedAt: nullable(integer("ended_at")),
} as const;

/** What lists choose by and counts count: small, whatever the stages found. */
const pipelineHeads = new Table("pipelines", head, ["pipelineId"]);
export type PipelineHead = RecordOf<typeof pipelineHeads>;

export const pipelineTable = new Table(
  "pipelines",
  {
    ...head,
    deploymentType: word<"direct" | "blue_green" | "canary" | "rolling">("deployment_type"),
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
    /** The pipeline whose failed stage it began with. */
    retryOf: nullable(text("retry_of")),
    /** Since when it waits for an approval. */
    askedAt: nullable(integer("asked_at")),
    /** Of live events behind the simulated paper trading; 0: none. */
    soakMs: integer("soak_ms"),
    /** Whether live and backtest agree about it; null: nobody has looked. */
    certificate: nullable(json<JsonObject>("certificate")),
  },
  ["pipelineId"],
);
export type PipelineRecord = RecordOf<typeof pipelineTable>;

/** Named one by one: a copy without the others has a hidden class of its own. */
export function headOf({ pipelineId, strategyId, version, status, startedAt, endedAt }: PipelineHead): PipelineHead {
  return { pipelineId, strategyId, version, status, startedAt, endedAt };
}

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

/** Of all, oldest first. */
export function readPipelineHeads(store: Reader): Promise<readonly PipelineHead[]> {
  return pipelineHeads.load(store, "ORDER BY started_at, pipeline_id");
}

/** Whole, in any order; without those that there are not. */
export function readPipelines(store: Reader, pipelineIds: readonly string[]): Promise<readonly PipelineRecord[]> {
  const these = "WHERE pipeline_id IN (SELECT value FROM json_each(?))";
  return pipelineTable.load(store, these, [JSON.stringify(pipelineIds)]);
}

/** Of one pipeline, newest first. */
export function readPipelineLogs(
  store: Reader,
  wanted: {
    readonly pipelineId: string;
    /** Null: of all stages. */
    readonly stage: string | null;
    readonly before: number;
    readonly limit: number;
  },
): Promise<readonly PipelineLogRecord[]> {
  const { pipelineId, stage, before, limit } = wanted;
  const rest = "WHERE pipeline_id = ? AND log_id < ? AND (? IS NULL OR stage = ?) ORDER BY log_id DESC LIMIT ?";
  return pipelineLogTable.load(store, rest, [pipelineId, before, stage, stage, limit]);
}

export async function lastLogId(store: Reader): Promise<number> {
  const rows = await store.query("SELECT max(log_id) AS last FROM pipeline_logs", []);
  return Number(rows[0]?.["last"] ?? 0);
}

/** These, with what they said. */
export function forgetPipelines(pipelineIds: readonly string[]): readonly Statement[] {
  const these = "pipeline_id IN (SELECT value FROM json_each(?))";
  const params = [JSON.stringify(pipelineIds)];
  return [
    { sql: `DELETE FROM pipeline_logs WHERE ${these}`, params },
    { sql: `DELETE FROM pipelines WHERE ${these}`, params },
  ];
}

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

/** How the versions of a strategy share its symbols. */
export const trafficTable = new Table(
  "traffic",
  {
    strategyId: text("strategy_id"),
    weights: json<Readonly<Record<string, number>>>("weights"),
    updatedAt: integer("updated_at"),
  },
  ["strategyId"],
);
export type TrafficRecord = RecordOf<typeof trafficTable>;
