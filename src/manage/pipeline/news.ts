// What is told of a pipeline while it goes its way: to the sockets (channel `pipeline`), to the bus, to the log of the
// process, which deployments search for the words "pipeline stage", and to the alerts.
import { announce, type Bus, TOPICS } from "../../bus/bus.ts";
import type { PipelineUpdate } from "../../domain/live-protocol.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Alerts } from "../oversight/oversight.ts";
import type { Registry } from "../registry/registry.ts";
import type { Progress } from "./soak.ts";
import type { StageAnswer, StageName } from "./stage.ts";
import { pipelineView, type PipelineView } from "./view.ts";

export type PipelineEvent = PipelineUpdate["event"];
/** `strategyName`: the implementation's name where the strategy is a built-in one. */
export type Listener = (news: { readonly data: PipelineUpdate; readonly strategyName: string | null }) => void;

export interface NewsOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly alerts: Alerts;
  readonly now: () => number;
  readonly registry: Pick<Registry, "implementationOf" | "nameOf">;
}

type Change = Pick<PipelineUpdate, "event" | "stage"> & { readonly progress?: Omit<Progress, "stage"> };

/** Joined to the view: a copy of so many members has a hidden class of its own, and thousands are kept for replays. */
function pipelineUpdate(record: PipelineRecord, name: string | null, change: Change): PipelineUpdate {
  const view: Pick<PipelineView, keyof PipelineView> = pipelineView(record, name);
  return Object.assign(view, change);
}

export class News {
  private readonly options: NewsOptions;
  private readonly listeners: Listener[] = [];

  constructor(options: NewsOptions) {
    this.options = options;
  }

  onUpdate(listener: Listener): void {
    this.listeners.push(listener);
  }

  tell(record: PipelineRecord, event: PipelineEvent, stage: string | null = null): void {
    this.update(record, { event, stage });
  }

  progress(record: PipelineRecord, { stage, ...progress }: Progress): void {
    this.update(record, { event: "progress", stage, progress });
  }

  private update(record: PipelineRecord, change: Change): void {
    const { registry } = this.options;
    const data = pipelineUpdate(record, registry.nameOf(record.strategyId), change);
    const strategyName = registry.implementationOf(record.strategyId);
    for (const listener of this.listeners) listener({ data, strategyName });
  }

  private idsOf({ pipelineId, strategyId }: PipelineRecord) {
    const name = this.options.registry.nameOf(strategyId);
    return { pipeline_id: pipelineId, strategy_id: strategyId, strategy_name: name };
  }

  stageEnded(record: PipelineRecord, stage: StageName, answer: StageAnswer, durationMs: number): void {
    const { stages, stagesCompleted } = record;
    const ids = { ...this.idsOf(record), stage };
    const ended = { ...ids, passed: answer.passed, duration_ms: durationMs };
    this.options.log.info("pipeline stage", answer.error === null ? ended : { ...ended, error: answer.error });
    if (!answer.passed) return;
    this.tell(record, "stage_completed", stage);
    const progress = { stages_completed: stagesCompleted, total_stages: stages.length };
    const payload = { ...ids, passed: true, duration_ms: durationMs, ...progress } as const;
    announce(this.options.bus, TOPICS.stageCompleted, payload);
  }

  completed(record: PipelineRecord): void {
    const { version, deploymentType } = record;
    this.tell(record, "completed");
    const timestamp = new Date(this.options.now() / 1000).toISOString();
    const ids = { ...this.idsOf(record), version, deployment_type: deploymentType };
    announce(this.options.bus, TOPICS.deployed, { ...ids, timestamp });
    this.options.log.info("deployed", ids);
  }

  /** Its certificate does not agree. */
  unlike(record: PipelineRecord, said: string): void {
    const { pipelineId, strategyId, version } = record;
    this.options.log.warn("parity broken", { pipeline_id: pipelineId, strategy_id: strategyId, version, said });
    const message = `parity of version ${version}: ${said}`;
    this.options.alerts.raise({ level: "critical", type: "pipeline", strategyId, message });
  }

  /** `stage`: where it failed; a stage, or `rollout`. */
  failed(record: PipelineRecord, stage: string): void {
    const { strategyId, version, reason, rolledBack } = record;
    const error = record.error ?? "no reason was given";
    if (rolledBack) this.tell(record, "rolled_back", stage);
    this.tell(record, "failed", stage);
    const ids = { ...this.idsOf(record), stage };
    announce(this.options.bus, TOPICS.pipelineFailed, { ...ids, error, rolled_back: rolledBack });
    this.options.log.warn("deployment failed", { ...ids, version, reason, error, rolled_back: rolledBack });
    if (reason === "cancelled" || reason === "rejected") return; // somebody wanted it
    const message = `deployment of version ${version} failed at ${stage}: ${error}`;
    this.options.alerts.raise({ level: "warning", type: "pipeline", strategyId, message });
  }
}
