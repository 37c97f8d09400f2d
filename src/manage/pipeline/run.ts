// One pipeline on its way: stage after stage, then approval where it is asked for, then the rollout, each step written
// ahead. It ends in one place: completed together with its strategy being deployed, in one transaction, or failed with a
// reason that its strategy is moved for in one transaction as well. What cannot be stored is tried again until it can.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { Statement } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Status } from "../lifecycle.ts";
import { type Registry, statusBelow } from "../registry/registry.ts";
import type { JobResult } from "../backtests/backtests.ts";
import type { Counters } from "./counters.ts";
import type { Delivery, DeliveryRun } from "./delivery.ts";
import { Deadline } from "./deadline.ts";
import { endMove, Ended, type Reason } from "./ending.ts";
import type { Ledger } from "./ledger.ts";
import type { News } from "./news.ts";
import { rollOut } from "./rollout.ts";
import type { PipelineSettings } from "./settings.ts";
import type { StageAnswer, StageContext, StageName } from "./stage.ts";
import { STAGES } from "./stages/stages.ts";
import type { Queued } from "./workshop.ts";

export interface RunOptions {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly news: News;
  readonly counters: Counters;
  readonly settings: PipelineSettings;
  readonly log: Log;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly delivery: () => Delivery | null;
  /** The backtest of a version that passed its stages. */
  readonly onBacktest: (result: JobResult) => void;
  /** What the stages work on; the failure is a sentence. */
  readonly context: (
    record: PipelineRecord,
    signal: AbortSignal,
    queued: Queued,
  ) => Promise<Result<StageContext, string>>;
}

const APPROVAL_MS = 24 * 3_600_000;
const RETRY_MS = 500;
const ACTOR = "pipeline";

export class PipelineRun {
  readonly pipelineId: string;
  readonly strategyId: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  private readonly options: RunOptions;
  private readonly abort = new AbortController();
  /** Of all stages: stands still while the strategy is paused. */
  private readonly deadline = new Deadline();
  /** Of the stage: stands still while a run waits for its turn. */
  private readonly budget = new Deadline();
  private readonly begunMs = performance.now();
  private resolveEnded: () => void = () => undefined;
  /** As it was stored last. */
  private record: PipelineRecord;
  private ending: Ended | null = null;
  private decide: ((approved: Result<string, string>) => void) | null = null;
  private resumed: (() => void) | null = null;
  private closed = false;

  constructor(record: PipelineRecord, options: RunOptions) {
    this.options = options;
    this.record = record;
    this.pipelineId = record.pipelineId;
    this.strategyId = record.strategyId;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  /** `freed`: called once, when its stages are done and another one's may begin. */
  async go(freed: () => void): Promise<void> {
    try {
      await this.stages().finally(freed);
      if (this.record.approvalRequired) await this.ask("every stage was passed; the rollout waits for approval");
      await this.rollout();
    } catch (error) {
      if (!(error instanceof Ended) && !this.closed)
        this.options.log.error("a pipeline broke", { pipeline_id: this.pipelineId, error });
      await this.fail(this.ending ?? endedBy(error, this.record.currentStage));
    } finally {
      this.abort.abort(new Ended("cancelled", "", "it has ended")); // what it began and nobody waits for any more
      this.resolveEnded();
    }
  }

  /** It ends as soon as it can; resolves when it has. */
  async end(reason: Reason, message: string): Promise<void> {
    this.ending ??= new Ended(reason, this.record.currentStage, message);
    this.abort.abort(this.ending);
    await this.ended;
  }

  /** True: it was waiting for this. `said`: who, and why. */
  answer(approved: boolean, said: string): boolean {
    if (!this.awaits) return false;
    this.decide?.(approved ? ok(said) : failed(said));
    this.decide = null;
    return true;
  }
  /** One that is ending asks nobody any more. */
  get awaits(): boolean {
    return this.decide !== null && !this.abort.signal.aborted;
  }

  /** Its strategy is no longer paused. */
  wake(): void {
    this.resumed?.();
  }

  /** The process ends: nothing is written any more, the next start says that it was interrupted. */
  close(): void {
    this.closed = true;
    this.abort.abort(new Ended("cancelled", "", "the engine ends"));
  }

  private async stages(): Promise<void> {
    const { settings, log } = this.options;
    this.deadline.start(settings.timeoutMs, () => {
      const seconds = settings.timeoutMs / 1000;
      void this.end("timeout", `its stages were not done within ${seconds} s (STRATEGY_TIMEOUT)`);
    });
    try {
      this.abort.signal.throwIfAborted();
      await this.put({ status: "running" });
      const context = await this.context();
      if (!context.ok) throw new Ended("stage_failed", this.record.currentStage, context.failure);
      for (const name of this.record.stages) {
        await this.stage(name as StageName, context.value);
      }
      await this.move("stages_pass", null, {});
      if (this.record.stages.includes("backtest")) {
        const ran = await context.value.ran("backtest");
        if (ran.ok) this.options.onBacktest(ran.value);
      }
    } finally {
      this.deadline.clear();
    }
    log.debug("all stages of a pipeline are passed", { pipeline_id: this.pipelineId });
  }

  private context(): Promise<Result<StageContext, string>> {
    return this.options.context(this.record, this.abort.signal, () => this.budget.hold());
  }

  private async stage(name: StageName, context: StageContext): Promise<void> {
    const { ledger, news, counters } = this.options;
    const say: StageContext["log"] = (level, message) => ledger.say(this.pipelineId, name, level, message);
    await this.unpaused();
    await this.put({ currentStage: name });
    news.tell(this.record, "stage_started", name);
    say("info", "begins");
    const begun = performance.now();
    const answer = await this.within(STAGES[name].budgetMs, name, STAGES[name].run({ ...context, log: say }));
    const durationMs = Math.round((performance.now() - begun) * 100) / 100;
    counters.tested(name, durationMs);
    say(answer.passed ? "info" : "error", `${answer.error ?? "passed"} (${durationMs} ms)`);
    const error = answer.error === null ? {} : { error: answer.error };
    const result = { ...answer.fields, passed: answer.passed, duration_ms: durationMs, ...error };
    const { results, stagesCompleted } = this.record;
    await this.put({
      results: { ...results, [name]: result },
      stagesCompleted: stagesCompleted + Number(answer.passed),
    });
    news.stageEnded(this.record, name, answer, durationMs);
    if (!answer.passed) throw new Ended("stage_failed", name, answer.error ?? "it did not pass");
  }

  /** The answer of the stage, if it comes in time; a stage that breaks fails, with what broke it in the log. */
  private async within(budgetMs: number, name: StageName, working: Promise<StageAnswer>): Promise<StageAnswer> {
    const guarded = working.catch((error: unknown): StageAnswer => {
      this.options.log.error("a stage broke", { pipeline_id: this.pipelineId, stage: name, error });
      return { passed: false, error: "the stage itself broke; the log of the engine names the cause", fields: {} };
    });
    const late = new Ended("timeout", name, `${name} was not done within ${budgetMs / 1000} s`);
    const overdue = new Promise<never>((_, reject) => {
      this.budget.start(budgetMs, () => reject(late));
    });
    return this.orEnd(Promise.race([guarded, overdue])).finally(() => this.budget.clear());
  }

  private async ask(question: string): Promise<void> {
    const { ledger } = this.options;
    const decided = new Promise<Result<string, string>>((resolve) => {
      this.decide = resolve;
    });
    const answer = await this.asked(question, decided).finally(() => {
      this.decide = null;
    });
    if (!answer.ok) throw new Ended("rejected", "approval", answer.failure);
    ledger.say(this.pipelineId, "approval", "info", answer.value);
    await this.put({ status: "running" });
  }

  private async asked<T>(question: string, decided: Promise<T>): Promise<T> {
    const { ledger, news } = this.options;
    await this.put({ status: "awaiting_approval" });
    ledger.say(this.pipelineId, "approval", "info", question);
    news.tell(this.record, "awaiting_approval");
    const expired = new Ended("timeout", "approval", `nobody approved within ${APPROVAL_MS / 3_600_000} hours`);
    return this.orEnd(decided, { ms: APPROVAL_MS, error: expired });
  }

  private async rollout(): Promise<void> {
    const { settings, ledger, now, news, counters } = this.options;
    await this.unpaused();
    const log = (level: "info" | "warning" | "error", message: string): void =>
      ledger.say(this.pipelineId, "rollout", level, message);
    await rollOut({
      type: this.record.deploymentType,
      stepMs: settings.stepMs,
      evidence: settings.evidence,
      run: await this.delivered(),
      now,
      wait: (ms) => this.orEnd(new Promise((resolve) => setTimeout(resolve, ms))),
      show: async (steps) => {
        await this.put({ rollout: steps });
      },
      log,
      ask: (question) => this.ask(question),
    });
    await this.unpaused();
    const { version } = this.record;
    const done = await this.move("rollout_done", version, { status: "completed", endedAt: now() });
    counters.completed(done, performance.now() - this.begunMs);
    log("info", `version ${version} is deployed`);
    news.completed(done);
  }

  private async delivered(): Promise<DeliveryRun | null> {
    const { registry, delivery } = this.options;
    const port = delivery();
    if (port === null) return null;
    const made = await this.context();
    const compiled = made.ok ? await made.value.compiled() : made;
    if (!compiled.ok || compiled.value === null) return null; // one of the engine's own: its instances follow by themselves
    const from = registry.get(this.strategyId)?.deployedVersion ?? null;
    return port.begin(this.strategyId, from, this.record.version, compiled.value);
  }

  private async fail({ reason, stage, message }: Ended): Promise<void> {
    if (this.closed) return;
    const { ledger, registry, news, counters, now } = this.options;
    ledger.say(this.pipelineId, stage, "error", `${reason}: ${message}`);
    const change = { status: "failed", error: message, reason, endedAt: now() } as const;
    const record = await endPipeline({ registry, ledger }, this.record, change, (done) => this.untilStored(done));
    counters.failed(stage, performance.now() - this.begunMs);
    news.failed(record, stage);
  }

  /** The strategy's move and what it changes in the pipeline, in one transaction. */
  private async move(
    move: "stages_pass" | "rollout_done",
    deployed: string | null,
    change: Partial<PipelineRecord>,
  ): Promise<PipelineRecord> {
    const { registry, ledger } = this.options;
    await this.unpaused();
    const record = { ...this.record, ...change };
    const also: readonly Statement[] = [ledger.putting(record)];
    const order = { actor: ACTOR, also, ...(deployed === null ? {} : { deployed }) };
    const moved = await this.untilStored(() => registry.move(this.strategyId, move, order));
    if (!moved.ok && moved.failure.code === "invalid_state" && moved.failure.state === "paused")
      return this.move(move, deployed, change); // it was paused a moment ago
    if (!moved.ok) throw this.ending ?? new Ended("cancelled", this.record.currentStage, "its strategy was stopped");
    ledger.add(record);
    this.record = record;
    return record;
  }

  private async put(change: Partial<PipelineRecord>): Promise<void> {
    const record = { ...this.record, ...change };
    const stored = await this.untilStored(() => this.options.ledger.put(record));
    if (stored.ok) this.record = record;
  }

  /** Tries again while the store is in trouble; other failures are the caller's. */
  private async untilStored<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    for (;;) {
      const done = await work();
      if (done.ok || this.closed || !PASSING.has(done.failure.code)) return done;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** A paused strategy holds its pipeline between two steps. */
  private async unpaused(): Promise<void> {
    while (this.options.registry.get(this.strategyId)?.status === "paused") {
      const release = this.deadline.hold();
      await this.orEnd(
        new Promise<void>((resolve) => {
          this.resumed = resolve;
        }),
      ).finally(release);
    }
    this.abort.signal.throwIfAborted();
  }

  /** What comes first: the work, the end of its time, or the end of the pipeline. */
  private orEnd<T>(work: Promise<T>, late?: { readonly ms: number; readonly error: Ended }): Promise<T> {
    const { signal } = this.abort;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Ended);
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      const timer = late === undefined ? undefined : setTimeout(() => reject(late.error), late.ms);
      timer?.unref();
      void work.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      });
    });
  }
}

const PASSING: ReadonlySet<Failure["code"]> = new Set(["storage_full", "storage_unavailable", "overloaded"]);

type Attempt = <T>(work: () => Promise<Result<T, Failure>>) => Promise<Result<T, Failure>>;

/** The end of a pipeline and the move of its strategy in one transaction; the record as it is then. */
export async function endPipeline(
  { registry, ledger }: Pick<RunOptions, "registry" | "ledger">,
  record: PipelineRecord,
  change: Pick<PipelineRecord, "status" | "error" | "reason" | "endedAt">,
  attempt: Attempt = (work) => work(),
): Promise<PipelineRecord> {
  const { strategyId, rollbackOnFailure } = record;
  const strategy = registry.get(strategyId);
  const status: Status = strategy === null ? "stopped" : statusBelow(strategy);
  const reason = (change.reason ?? "cancelled") as Reason;
  const step = strategy === null ? null : endMove(reason, status, strategy, rollbackOnFailure);
  const ended: PipelineRecord = { ...record, ...change, rolledBack: step?.rolledBack ?? false };
  const error = step?.move === "cancel" || step?.move === "reject" ? {} : { error: change.error ?? "" };
  const order = { actor: ACTOR, underPause: true };
  const moved =
    step === null
      ? null
      : await attempt(() =>
          registry.move(strategyId, step.move, { ...order, to: step.to, ...error, also: [ledger.putting(ended)] }),
        );
  if (moved?.ok === true) ledger.add(ended);
  else await attempt(() => ledger.put(ended)); // it was stopped or deleted meanwhile
  return ended;
}

function endedBy(error: unknown, stage: string): Ended {
  if (error instanceof Ended) return error;
  return new Ended("stage_failed", stage, "the pipeline itself broke; the log of the engine names the cause");
}
