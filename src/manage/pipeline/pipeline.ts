// The door of the deployment pipeline: who asks for a deployment gets a pipeline at once; at most `concurrent` of them run
// their stages, further ones wait, and beyond QUEUE_MAX they are refused. A strategy has one pipeline at a time. What is
// acknowledged here is in the store; a pipeline that the process did not live to end is `failed` after the restart.
// Main thread; what takes long is done by threads and the compiler's process.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Budget, StrategyCompiler } from "../../sandbox/sandbox.ts";
import type { PipelineHead, PipelineRecord } from "../../store/pipelines.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Backtests } from "../backtests/backtests.ts";
import type { Move } from "../lifecycle.ts";
import type { Audit } from "../oversight/oversight.ts";
import { type Registry, statusBelow, type Strategy, unknownStrategy } from "../registry/registry.ts";
import { Counters } from "./counters.ts";
import { Company } from "./company.ts";
import type { Delivery } from "./delivery.ts";
import { Headway } from "./headway.ts";
import { type Deployment, newRecord } from "./record.ts";
import { Ledger, type LogPage, type LogQuery } from "./ledger.ts";
import { type Listener, News, type NewsOptions } from "./news.ts";
import type { Reason } from "./ending.ts";
import { endPipeline } from "./final.ts";
import { askStage } from "./one-stage.ts";
import { notIn, unknownPipeline } from "./refusals.ts";
import { retryFault, retryOf } from "./retry.ts";
import { PipelineRun } from "./run.ts";
import { type RollbackOrder, Rollbacks, type RolledBack, versionBefore } from "./rollback.ts";
import { DEFAULT_SETTINGS, type PipelineSettings } from "./settings.ts";
import type { StageName } from "./stage.ts";
import { Trials } from "./trial/trials.ts";
import { Turns } from "./turns.ts";
import type { Progress, SoakPort } from "./soak.ts";
import { PipelineSpans } from "./spans.ts";
import { NO_WAITS, openWorkshop, type Version, type Waits } from "./workshop.ts";

export type { Delivery, DeliveryRun, Evidence, ShareOf, Switched, Way } from "./delivery.ts";
export { type Counters, DEPLOYMENT_TYPES, type DeploymentType, FAILING } from "./counters.ts";
export type { PipelineSettings } from "./settings.ts";
export type { LiveSoak, SoakSeen } from "./soak.ts";
export { STAGE_NAMES } from "./stage.ts";
export { unknownPipeline } from "./refusals.ts";
export { pipelineView, type PipelineView } from "./view.ts";

export interface PipelinesOptions extends Omit<NewsOptions, "registry"> {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly registry: Registry;
  readonly audit: Audit;
  readonly backtests: Backtests;
  readonly compiler: StrategyCompiler;
  readonly settings?: PipelineSettings;
  /** Over all users' code; without it there is none. */
  readonly budget?: Budget;
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
  private readonly threads: Trials;
  private found: readonly PipelineRecord[] = [];
  private readonly company = new Company();
  /** Of strategies whose pipeline is not final. */
  private readonly active = new Map<string, PipelineRun>();
  private readonly turns: Turns;
  /** Of soaks on live events, which give the place of their pipeline back. */
  private readonly soaks: Turns;
  /** Being stored, not in the queue yet. */
  private arriving = 0;
  private emergency: () => boolean = () => false;
  private delivery: Delivery | null = null;
  private live: SoakPort | null = null;
  private readonly headway: Headway;
  private readonly rollbacks = new Rollbacks();
  private closed = false;
  /** Runs work that outlives the request that asked for it, outside of that request. */
  private readonly apart = AsyncLocalStorage.snapshot();

  constructor(options: PipelinesOptions) {
    const { now } = options;
    this.options = options;
    this.settings = options.settings ?? DEFAULT_SETTINGS;
    this.threads = new Trials(options.budget);
    this.turns = new Turns(this.settings.concurrent);
    this.soaks = new Turns(this.settings.concurrent);
    this.ledger = new Ledger(options);
    this.counters = new Counters(now);
    this.news = new News(options);
    this.headway = new Headway(this.ledger, this.news);
  }

  /** After the registry: what was under way when the process ended failed; what waited for an approval waits on. */
  async load(): Promise<void> {
    await this.ledger.load();
    const { registry, now } = this.options;
    for (const { pipelineId } of this.ledger.all()) {
      const record = this.ledger.underway(pipelineId);
      if (record === null) continue;
      if (this.waitsOn(record)) {
        this.launch(record);
        continue;
      }
      const change = { status: "failed", error: LOST, reason: "cancelled", endedAt: now() } as const;
      await endPipeline({ registry, ledger: this.ledger }, record, change);
      this.ledger.say(record.pipelineId, record.currentStage, "error", LOST);
    }
    this.counters.load(this.ledger.all());
    // None where the store cannot be read: it is logged.
    const last = await this.read(this.ledger.all().slice(-SHOWN_AT_START));
    if (last.ok) this.found = last.value;
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
  /** Who runs versions on live events that are not deployed yet; without it none can be soaked. */
  soakBy(live: SoakPort): void {
    this.live = live;
  }
  /** Of a stage that lasts; null: none does. */
  progress(pipelineId: string): Progress | null {
    return this.headway.of(pipelineId);
  }
  /** Those that a start found last, oldest first, given once: what a snapshot shows after a restart. */
  recent(): readonly PipelineRecord[] {
    const { found } = this;
    this.found = [];
    return found;
  }

  get(pipelineId: string): PipelineHead | null {
    return this.ledger.get(pipelineId);
  }
  /** With what their stages found, in this order; what is forgotten meanwhile is left out. */
  read(heads: readonly PipelineHead[]): Promise<Result<readonly PipelineRecord[], Failure>> {
    return this.ledger.read(heads.map(({ pipelineId }) => pipelineId));
  }
  /** Oldest first. */
  list({ status, strategyId }: PipelineQuery): readonly PipelineHead[] {
    const wanted = (one: PipelineHead): boolean =>
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
    // One that waits for its approval, or is being rolled out, gives way to the newer wish.
    const gone = async (): Promise<void> => {
      if (strategy.status !== "approved") return;
      await this.end(strategyId, "cancelled", "a newer deployment took its place");
    };
    return this.begin(() => this.recordOf(registry.get(strategyId) ?? strategy, wanted), "deploy", actor, gone);
  }

  /** One that failed, again from the stage at which it did, as a new pipeline. */
  async retry(
    pipelineId: string,
    { approver, comment }: Decision,
    actor: string,
  ): Promise<Result<PipelineRecord, Failure>> {
    const { registry, audit } = this.options;
    const found = await this.ledger.read([pipelineId]);
    if (!found.ok) return found;
    const [old] = found.value;
    if (old === undefined) return failed(unknownPipeline(pipelineId));
    const strategy = registry.get(old.strategyId);
    const fault = retryFault(old, strategy, this.list({ strategyId: old.strategyId }).at(-1) ?? old);
    if (fault !== null || strategy === null) return failed(fault ?? unknownStrategy(old.strategyId));
    const next = (now: Strategy) => ({ ...this.recordOf(now), ...retryOf(old, now, this.settings) });
    const begun = await this.begin(() => next(registry.get(old.strategyId) ?? strategy), "retry", actor);
    if (!begun.ok) return begun;
    const { pipelineId: made, currentStage } = begun.value;
    const who = approver ?? actor;
    this.ledger.say(made, currentStage, "info", `${pipelineId} is tried again from ${currentStage} by ${who}`);
    const to = { status: "queued", pipeline_id: made, approver: who, comment: comment ?? null };
    await audit.note({ actor, action: "pipeline.retry", target: pipelineId, from: { status: old.status }, to });
    return begun;
  }

  private async begin(
    recordOf: () => PipelineRecord,
    move: "deploy" | "retry",
    actor: string,
    before: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Result<PipelineRecord, Failure>> {
    if (this.closed) return failed({ code: "shutting_down" });
    if (this.emergency()) return failed({ code: "emergency_stop_active" });
    if (this.turns.waiting + this.soaks.waiting + this.arriving >= QUEUE_MAX)
      return failed({ code: "queue_full", what: "deployments", limit: QUEUE_MAX });
    this.arriving++;
    try {
      await before();
      const record = recordOf();
      const insertion = this.ledger.inserting(record);
      const moved = await this.options.registry.move(record.strategyId, move, { actor, also: insertion.statements });
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
    await this.end(
      run.strategyId,
      "cancelled",
      `cancelled by ${to.approver}${comment === undefined ? "" : `: ${comment}`}`,
    );
    return ok(null);
  }

  /** To the version that was deployed before, or to any that ever was. */
  rollback(strategyId: string, order: RollbackOrder, actor: string): Promise<Result<RolledBack, Failure>> {
    const { registry, compiler } = this.options;
    return this.rollbacks.run({ registry, compiler, delivery: this.delivery }, strategyId, order, actor);
  }

  /** Where one without `to` leads; null: nowhere. */
  readonly rollbackTo = (strategy: Strategy): string | null => versionBefore(this.options.registry, strategy);

  /** One stage by itself, in any state of the strategy and without changing it. */
  async test(strategyId: string, stage: StageName): Promise<Result<JsonObject, Failure>> {
    const strategy = this.options.registry.get(strategyId);
    if (strategy === null) return failed(unknownStrategy(strategyId));
    const runs = RUNNING.has(stage) && this.options.backtests.full;
    if (runs || this.threads.full) return failed({ code: "queue_full", what: "tests", limit: QUEUE_MAX });
    const { counters, settings } = this;
    const open = (signal: AbortSignal) => this.workshop(strategy, signal);
    return askStage({ open, counters, timeoutMs: settings.timeoutMs }, stage);
  }

  /** Every pipeline under way fails; new ones are refused while `emergency` says so. */
  emergencyStop(reason: string): void {
    for (const id of this.active.keys()) void this.end(id, "emergency_stop", `emergency stop: ${reason}`);
  }

  /** Something else moved the strategy; null: it was deleted. */
  noticed(strategyId: string, move: Move | null): void {
    if (move === "stop") void this.end(strategyId, "cancelled", "its strategy was stopped");
    else if (move === null) {
      this.company.forget(strategyId);
      void this.end(strategyId, "cancelled", "its strategy was deleted");
    } else this.active.get(strategyId)?.wake();
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const run of this.active.values()) run.close();
    await Promise.all([this.threads.close(), this.ledger.close()]);
  }

  /** Whether it goes on waiting for its approval; one that asked in the middle of its rollout has nothing to go on with. */
  private waitsOn({ status, askedAt, rollout, strategyId }: PipelineRecord): boolean {
    const strategy = this.options.registry.get(strategyId);
    const ready = strategy !== null && statusBelow(strategy) === "approved";
    return status === "awaiting_approval" && askedAt !== null && rollout.length === 0 && ready;
  }

  private recordOf(strategy: Strategy, wanted: Deployment = { type: "direct" }): PipelineRecord {
    return newRecord(strategy, wanted, this.settings, this.options.now());
  }

  private enqueue(record: PipelineRecord): void {
    const spans = new PipelineSpans(record); // part of the request, which what follows is not
    this.apart(() => {
      this.news.tell(record, "queued");
      this.ledger.say(record.pipelineId, record.currentStage, "info", `version ${record.version} waits for its turn`);
      this.launch(record, spans);
      if (this.emergency())
        void this.end(record.strategyId, "emergency_stop", "the emergency stop came while it was asked for");
    });
  }

  private launch(record: PipelineRecord, spans = new PipelineSpans(record)): void {
    const { registry, now, log } = this.options;
    const { settings, ledger, news, counters, turns } = this;
    const run = new PipelineRun(record, {
      spans,
      registry,
      now,
      log,
      settings,
      ledger,
      news,
      counters,
      turns,
      delivery: () => this.delivery,
      heldBack: () => this.options.budget?.board.heldBackMs ?? 0,
      context: (one, signal, queued, rest) =>
        this.workshop(one, signal, {
          queued,
          rest,
          progress: (told) => this.headway.note(one.pipelineId, told),
          place: (ended, onQueued) => this.soaks.take(ended, onQueued),
        }),
      onBacktest: (result) => this.company.remember(record.strategyId, result),
    });
    this.active.set(record.strategyId, run);
    void run
      .go()
      .catch((error: unknown) => log.error("the end of a pipeline broke", { pipeline_id: run.pipelineId, error }))
      .finally(() => {
        if (this.active.get(run.strategyId) === run) this.active.delete(run.strategyId);
      });
  }

  private workshop(version: Version, signal: AbortSignal, waits: Waits = NO_WAITS) {
    const { registry, backtests, compiler } = this.options;
    const { threads, company, settings, live } = this;
    const trials = (strategyId: string): number => new Set(this.list({ strategyId }).map((one) => one.version)).size;
    const tools = { registry, backtests, compiler, threads, company, live, trials };
    return openWorkshop({ ...tools, mode: settings.validation, ...waits }, version, signal);
  }

  /** Resolves when the pipeline of the strategy has ended. */
  private async end(strategyId: string, reason: Reason, message: string): Promise<void> {
    await this.active.get(strategyId)?.end(reason, message);
  }

  private runOf(
    pipelineId: string,
  ): Result<{ readonly run: PipelineRun | null; readonly record: PipelineHead }, Failure> {
    const record = this.ledger.get(pipelineId);
    if (record === null) return failed(unknownPipeline(pipelineId));
    const run = this.active.get(record.strategyId);
    return ok({ run: run?.pipelineId === pipelineId ? run : null, record });
  }
}
