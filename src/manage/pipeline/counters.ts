// What is counted of pipelines: since the start of the process for Prometheus, over all that are kept for the rest.
// Durations in microseconds, as all histograms.
import { LatencyHistogram } from "../../telemetry/histogram.ts";
import type { PipelineHead, PipelineRecord } from "../../store/pipelines.ts";
import { STAGE_NAMES, type StageName } from "./stage.ts";

export type DeploymentType = PipelineRecord["deploymentType"];
export const DEPLOYMENT_TYPES: readonly DeploymentType[] = ["direct", "blue_green", "canary", "rolling"];
/** Where a pipeline can fail. */
export const FAILING = [...STAGE_NAMES, "rollout"] as const;

const HOUR_US = 3_600e6;
const US_PER_MS = 1_000;
/** Pipelines take milliseconds to minutes. */
const RESOLUTION_US = 1_000;

export interface Totals {
  readonly finished: number;
  readonly completed: number;
  /** Completed over finished; 1 while none has finished. */
  readonly successRate: number;
  readonly deploymentsPerHour: number;
  readonly pipelinesPerHour: number;
}

export class Counters {
  readonly deployments: Record<DeploymentType, number> = { direct: 0, blue_green: 0, canary: 0, rolling: 0 };
  readonly errors: Readonly<Record<string, number>> & Record<(typeof FAILING)[number], number>;
  readonly pipelineDuration = new LatencyHistogram(RESOLUTION_US);
  readonly testDuration: Readonly<Record<StageName, LatencyHistogram>>;
  /** Stages and tests that came to an answer, since the start. */
  tests = 0;
  private finishedCount = 0;
  private completedCount = 0;
  /** Of the last hour, oldest first. */
  private ends: { readonly at: number; readonly completed: boolean }[] = [];
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
    const histograms = STAGE_NAMES.map((name) => [name, new LatencyHistogram(RESOLUTION_US)] as const);
    this.testDuration = Object.fromEntries(histograms) as Record<StageName, LatencyHistogram>;
    this.errors = Object.fromEntries(FAILING.map((name) => [name, 0])) as Counters["errors"];
  }

  /** Those of earlier runs of the engine. */
  load(heads: readonly PipelineHead[]): void {
    const ended = heads.filter(({ endedAt }) => endedAt !== null);
    for (const { status, endedAt } of ended.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)))
      this.note(status === "completed", endedAt ?? 0);
  }

  tested(stage: StageName, ms: number): void {
    this.tests++;
    this.testDuration[stage].record(ms * US_PER_MS);
  }

  completed({ deploymentType }: PipelineRecord, ms: number): void {
    this.deployments[deploymentType]++;
    this.ended(true, ms);
  }

  /** `stage`: where; approval is part of the rollout. */
  failed(stage: string, ms: number): void {
    const place = FAILING.find((name) => name === stage) ?? "rollout";
    this.errors[place]++;
    this.ended(false, ms);
  }

  totals(): Totals {
    this.prune();
    const { finishedCount: finished, completedCount: completed, ends } = this;
    return {
      finished,
      completed,
      successRate: finished === 0 ? 1 : completed / finished,
      deploymentsPerHour: ends.filter((end) => end.completed).length,
      pipelinesPerHour: ends.length,
    };
  }

  private ended(completed: boolean, ms: number): void {
    this.pipelineDuration.record(ms * US_PER_MS);
    this.note(completed, this.now());
  }

  private note(completed: boolean, at: number): void {
    this.finishedCount++;
    if (completed) this.completedCount++;
    if (at > this.now() - HOUR_US) this.ends.push({ at, completed });
  }

  private prune(): void {
    const since = this.now() - HOUR_US;
    const first = this.ends.findIndex(({ at }) => at > since);
    if (first !== 0) this.ends = first < 0 ? [] : this.ends.slice(first);
  }
}
