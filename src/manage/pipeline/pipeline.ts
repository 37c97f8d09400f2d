// The door of the deployment pipeline: who asks for a deployment gets a pipeline at once; at most `concurrent` of them run
// their stages, further ones wait, and beyond QUEUE_MAX they are refused. A strategy has one pipeline at a time. What is
// acknowledged here is in the store; a pipeline that the process did not live to end is `failed` after the restart.
// Main thread; what takes long is done by threads and the compiler's process.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { StrategyCompiler } from "../../sandbox/sandbox.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Backtests } from "../backtests/backtests.ts";
import { newId } from "../ids.ts";
import type { Move } from "../lifecycle.ts";
import type { Audit } from "../oversight/oversight.ts";
import { type Registry, type Strategy, unknownStrategy } from "../registry/registry.ts";
import { Counters } from "./counters.ts";
import { Company } from "./company.ts";
import type { Delivery } from "./delivery.ts";
import { Ledger, type LogPage, type LogQuery } from "./ledger.ts";
import { type Listener, News, type NewsOptions } from "./news.ts";
import type { Reason } from "./ending.ts";
import { endPipeline, PipelineRun } from "./run.ts";
import { rollBack, type RolledBack } from "./rollback.ts";
import { DEFAULT_SETTINGS, type PipelineSettings } from "./settings.ts";
import { refused, type StageAnswer, type StageName } from "./stage.ts";
import { STAGES } from "./stages/stages.ts";
import { Trials } from "./trial/trials.ts";
import { openWorkshop, type Queued, type Version } from "./workshop.ts";

export type { Delivery, DeliveryRun, Evidence, ShareOf, Switched } from "./delivery.ts";
export { type Counters, DEPLOYMENT_TYPES, type DeploymentType, FAILING } from "./counters.ts";
export type { PipelineSettings } from "./settings.ts";
export { STAGE_NAMES } from "./stage.ts";
export { pipelineView, type PipelineView } from "./view.ts";

export interface PipelinesOptions extends Omit<NewsOptions, "strategyName"> {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly registry: Registry;
  readonly audit: Audit;
  readonly backtests: Backtests;
  readonly compiler: StrategyCompiler;
  readonly settings?: PipelineSettings;
}
export interface Deployment {
  readonly type: PipelineRecord["deploymentType"];
  readonly approvalRequired?: boolean;
  readonly rollbackOnFailure?: boolean;
}
export interface Decision {
  readonly approver?: string;
  readonly comment?: string;
}
export interface PipelineQuery {
  readonly status?: PipelineRecord["status"];
  readonly strategyId?: string;
}

export const QUEUE_MAX = 100;
const LOST = "the engine ended before the pipeline did; deploy again";
const SHOWN_AT_START = 20;
/** Stages that ask for a run over history. */
const RUNNING: ReadonlySet<StageName> = new Set([
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
]);

export class Pipelines {
  readonly counters: Counters;
  private readonly options: PipelinesOptions;
  private readonly settings: PipelineSettings;
  private readonly ledger: Ledger;
  private readonly news: News;
  private readonly threads = new Trials();
  private readonly company = new Company();
  /** Of strategies whose pipeline is not final. */
  private readonly active = new Map<string, PipelineRun>();
  private waiting: PipelineRun[] = [];
  private busy = 0;
  /** Being stored, not in the queue yet. */
  private arriving = 0;
  private emergency: () => boolean = () => false;
  private delivery: Delivery | null = null;
  private closed = false;
  /** Runs work that outlives the request that asked for it, outside of that request. */
  private readonly apart = AsyncLocalStorage.snapshot();

  constructor(options: PipelinesOptions) {
    const { registry, now } = options;
    this.options = options;
    this.settings = options.settings ?? DEFAULT_SETTINGS;
    this.ledger = new Ledger(options);
    this.counters = new Counters(now);
    this.news = new News({ ...options, strategyName: (id) => registry.get(id)?.implementation ?? null });
  }

  /** After the registry: what was under way when the process ended failed. */
  async load(): Promise<void> {
    await this.ledger.load();
    const { registry, now } = this.options;
    for (const record of this.ledger.all()) {
      if (record.endedAt !== null) continue;
      const change = { status: "failed", error: LOST, reason: "cancelled", endedAt: now() } as const;
      await endPipeline({ registry, ledger: this.ledger }, record, change);
      this.ledger.say(record.pipelineId, record.currentStage, "error", LOST);
    }
    this.counters.load(this.ledger.all());
  }

  /** What only those to the right know: whether the emergency stop is latched, and who listens. */
  join(emergency: () => boolean, listener: Listener): void {
    this.emergency = emergency;
    this.news.onUpdate(listener);
  }
  /** Who brings versions to running executions; without one every step of a rollout is advisory. */
  deliverBy(delivery: Delivery): void {
    this.delivery = delivery;
  }
  /** The last ones, oldest first: what a snapshot shows after a restart. */
  recent(): readonly PipelineRecord[] {
    return this.ledger.all().slice(-SHOWN_AT_START);
  }

  get(pipelineId: string): PipelineRecord | null {
    return this.ledger.get(pipelineId);
  }
  /** Oldest first. */
  list({ status, strategyId }: PipelineQuery): readonly PipelineRecord[] {
    const wanted = (one: PipelineRecord): boolean =>
      (status === undefined || one.status === status) && (strategyId === undefined || one.strategyId === strategyId);
    return this.ledger.all().filter(wanted);
  }
  lines(pipelineId: string, query: LogQuery): Promise<LogPage> {
    return this.ledger.lines(pipelineId, query);
  }

  async deploy(strategyId: string, wanted: Deployment, actor: string): Promise<Result<PipelineRecord, Failure>> {
    const { registry } = this.options;
    const strategy = registry.get(strategyId);
    if (strategy === null) return failed(unknownStrategy(strategyId));
    if (this.closed) return failed({ code: "shutting_down" });
    if (this.emergency()) return failed({ code: "emergency_stop_active" });
    if (this.waiting.length + this.arriving >= QUEUE_MAX)
      return failed({ code: "queue_full", what: "deployments", limit: QUEUE_MAX });
    this.arriving++;
    try {
      // One that waits for its approval, or is being rolled out, gives way to the newer wish.
      if (strategy.status === "approved")
        await this.end(this.active.get(strategyId), "cancelled", "a newer deployment took its place");
      const record = this.recordOf(registry.get(strategyId) ?? strategy, wanted);
      const insertion = this.ledger.inserting(record);
      const moved = await registry.move(strategyId, "deploy", { actor, also: insertion.statements });
      if (!moved.ok) return moved;
      insertion.stored();
      this.enqueue(record);
      return ok(record);
    } finally {
      this.arriving--;
    }
  }

  async decide(
    pipelineId: string,
    approved: boolean,
    { approver, comment }: Decision,
    actor: string,
  ): Promise<Result<null, Failure>> {
    const found = this.runOf(pipelineId);
    const wanted = approved ? "an approval" : "a rejection";
    if (!found.ok) return found;
    if (approved && this.emergency()) return failed({ code: "emergency_stop_active" });
    const { run, record } = found.value;
    if (run?.awaits !== true) return failed(notIn(record, wanted, ["awaiting_approval"]));
    const who = approver ?? actor;
    const action = approved ? "pipeline.approve" : "pipeline.reject";
    const to = { status: approved ? "approved" : "rejected", approver: who, comment: comment ?? null };
    const told = { actor, action, target: pipelineId, from: { status: record.status }, to };
    const stored = await this.options.audit.record(told);
    if (!stored.ok) return stored;
    const said = `${to.status} by ${who}${comment === undefined ? "" : `: ${comment}`}`;
    if (!run.answer(approved, said))
      return failed(notIn(this.ledger.get(pipelineId) ?? record, wanted, ["awaiting_approval"]));
    if (!approved) await run.ended;
    return ok(null);
  }

  async cancel(pipelineId: string, { approver, comment }: Decision, actor: string): Promise<Result<null, Failure>> {
    const found = this.runOf(pipelineId);
    if (!found.ok) return found;
    const { run, record } = found.value;
    if (run === null) return failed(notIn(record, "a cancellation", ["queued", "running", "awaiting_approval"]));
    const to = { status: "cancelled", approver: approver ?? actor, comment: comment ?? null };
    const told = { actor, action: "pipeline.cancel", target: pipelineId, from: { status: record.status }, to };
    const stored = await this.options.audit.record(told);
    if (!stored.ok) return stored;
    await this.end(run, "cancelled", `cancelled by ${to.approver}${comment === undefined ? "" : `: ${comment}`}`);
    return ok(null);
  }

  /** To the version that was deployed before, or to any that ever was. */
  rollback(strategyId: string, to: string | undefined, actor: string): Promise<Result<RolledBack, Failure>> {
    const { registry, compiler } = this.options;
    return rollBack({ registry, compiler, delivery: this.delivery }, strategyId, to, actor);
  }

  /** One stage by itself, in any state of the strategy and without changing it. */
  async test(strategyId: string, stage: StageName): Promise<Result<JsonObject, Failure>> {
    const strategy = this.options.registry.get(strategyId);
    if (strategy === null) return failed(unknownStrategy(strategyId));
    const runs = RUNNING.has(stage) && this.options.backtests.full;
    if (runs || this.threads.full) return failed({ code: "queue_full", what: "tests", limit: QUEUE_MAX });
    const { timeoutMs } = this.settings;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    const begun = performance.now();
    try {
      const context = await this.workshop(strategy, abort.signal);
      if (!context.ok) return failed({ code: "conflict", issue: context.failure });
      const late = new Promise<StageAnswer>((resolve) => {
        const seconds = timeoutMs / 1000;
        abort.signal.addEventListener("abort", () => resolve(refused(`it was not done within ${seconds} s`)));
      });
      const answer = await Promise.race([STAGES[stage].run(context.value), late]);
      const durationMs = Math.round((performance.now() - begun) * 100) / 100;
      this.counters.tested(stage, durationMs);
      const error = answer.error === null ? {} : { error: answer.error };
      return ok({ ...answer.fields, passed: answer.passed, duration_ms: durationMs, ...error });
    } finally {
      clearTimeout(timer);
      abort.abort(); // what nobody waits for any more is given up
    }
  }

  /** Every pipeline under way fails; new ones are refused while `emergency` says so. */
  emergencyStop(reason: string): void {
    for (const run of this.active.values()) void this.end(run, "emergency_stop", `emergency stop: ${reason}`);
  }

  /** Something else moved the strategy; null: it was deleted. */
  noticed(strategyId: string, move: Move | null): void {
    const run = this.active.get(strategyId);
    if (move === "stop") void this.end(run, "cancelled", "its strategy was stopped");
    else if (move === null) void this.end(run, "cancelled", "its strategy was deleted");
    else run?.wake();
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const run of this.active.values()) run.close();
    await Promise.all([this.threads.close(), this.ledger.close()]);
  }

  private recordOf({ strategyId, version }: Strategy, wanted: Deployment): PipelineRecord {
    const { settings } = this;
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
      startedAt: this.options.now(),
      endedAt: null,
    };
  }

  private enqueue(record: PipelineRecord): void {
    const { registry, now, log } = this.options;
    const run = new PipelineRun(record, {
      registry,
      now,
      log,
      settings: this.settings,
      ledger: this.ledger,
      news: this.news,
      counters: this.counters,
      delivery: () => this.delivery,
      context: (one, signal, queued) => this.workshop(one, signal, queued),
      onBacktest: (result) => this.company.remember(record.strategyId, result),
    });
    this.active.set(record.strategyId, run);
    this.waiting.push(run);
    this.apart(() => {
      this.news.tell(record, "queued");
      this.ledger.say(record.pipelineId, record.currentStage, "info", `version ${record.version} waits for its turn`);
      if (this.emergency()) void this.end(run, "emergency_stop", "the emergency stop came while it was asked for");
      this.next();
    });
  }

  private workshop(version: Version, signal: AbortSignal, queued: Queued = () => () => undefined) {
    const { registry, backtests, compiler } = this.options;
    const trials = (strategyId: string): number =>
      new Set(this.list({ strategyId }).map(({ version }) => version)).size;
    const { validation: mode } = this.settings;
    const { company } = this;
    return openWorkshop(
      { registry, backtests, compiler, threads: this.threads, company, mode, trials, queued },
      version,
      signal,
    );
  }

  private next(): void {
    if (this.closed || this.busy >= this.settings.concurrent) return;
    const run = this.waiting.shift();
    if (run === undefined) return;
    this.busy++;
    this.launch(run, () => {
      this.busy--;
      this.next();
    });
    this.next();
  }

  private launch(run: PipelineRun, freed: () => void): void {
    void run
      .go(freed)
      .catch((error: unknown) => {
        this.options.log.error("the end of a pipeline broke", { pipeline_id: run.pipelineId, error });
      })
      .finally(() => {
        if (this.active.get(run.strategyId) === run) this.active.delete(run.strategyId);
      });
  }

  /** Resolves when it has ended; one that waits for its turn need not get it for that. */
  private async end(run: PipelineRun | undefined, reason: Reason, message: string): Promise<void> {
    const ended = run?.end(reason, message);
    if (run !== undefined && this.waiting.includes(run)) {
      this.waiting = this.waiting.filter((one) => one !== run);
      this.apart(() => this.launch(run, () => undefined));
    }
    await ended;
  }

  private runOf(
    pipelineId: string,
  ): Result<{ readonly run: PipelineRun | null; readonly record: PipelineRecord }, Failure> {
    const record = this.ledger.get(pipelineId);
    if (record === null) return failed({ code: "not_found", kind: "pipeline", id: pipelineId });
    const run = this.active.get(record.strategyId);
    return ok({ run: run?.pipelineId === pipelineId ? run : null, record });
  }
}

function notIn({ pipelineId, status }: PipelineRecord, wanted: string, allowed: readonly string[]): Failure {
  return {
    code: "invalid_state",
    kind: "pipeline",
    id: pipelineId,
    state: status,
    wanted,
    allowed,
    legal: ["reading it"],
  };
}
