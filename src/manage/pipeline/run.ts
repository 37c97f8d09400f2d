// One pipeline on its way: stage after stage, then approval where it is asked for, then the rollout, each step written
// ahead. It ends in one place: completed together with its strategy being deployed, in one transaction, or failed with a
// reason that its strategy is moved for in one transaction as well. What cannot be stored is tried again until it can.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { Statement } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Registry } from "../registry/registry.ts";
import type { JobResult } from "../backtests/backtests.ts";
import { type Attempt, Attempts, type Open } from "./attempts.ts";
import { type Certified, viewOf } from "./certificate.ts";
import type { Counters } from "./counters.ts";
import type { Delivery, DeliveryRun } from "./delivery.ts";
import { Deadline } from "./deadline.ts";
import { Ended, type Reason } from "./ending.ts";
import { ACTOR, endPipeline, untilStored } from "./final.ts";
import type { Ledger } from "./ledger.ts";
import type { News } from "./news.ts";
import { rollOut } from "./rollout.ts";
import type { PipelineSettings } from "./settings.ts";
import type { PipelineSpans } from "./spans.ts";
import type { StageContext, StageName } from "./stage.ts";
import type { Turns } from "./turns.ts";
import { orEnd, within } from "./waits.ts";

export interface RunOptions {
  readonly spans: PipelineSpans;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly news: News;
  readonly counters: Counters;
  /** Places for those whose stages run. */
  readonly turns: Turns;
  readonly settings: PipelineSettings;
  readonly log: Log;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly delivery: () => Delivery | null;
  /** The backtest of a version that passed its stages. */
  readonly onBacktest: (result: JobResult) => void;
  /** A count of milliseconds that goes up while users' code is made to wait for the processor. */
  readonly heldBack: () => number;
  readonly context: (record: PipelineRecord, ...open: Parameters<Open>) => ReturnType<Open>;
}

const APPROVAL_MS = 24 * 3_600_000;
const US_PER_MS = 1_000;

export class PipelineRun {
  readonly pipelineId: string;
  readonly strategyId: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  private readonly options: RunOptions;
  private readonly abort = new AbortController();
  /** Of all stages: stands still while the strategy is paused. */
  private readonly deadline: Deadline;
  private readonly attempts: Attempts;
  private readonly begunMs = performance.now();
  private resolveEnded: () => void = () => undefined;
  /** As it was stored last. */
  private record: PipelineRecord;
  private ending: Ended | null = null;
  /** How its place among those that run is given back; null: it has none. */
  private leave: (() => void) | null = null;
  private decide: ((approved: Result<string, string>) => void) | null = null;
  private resumed: (() => void) | null = null;
  private closed = false;

  constructor(record: PipelineRecord, options: RunOptions) {
    this.options = options;
    this.record = record;
    this.pipelineId = record.pipelineId;
    this.strategyId = record.strategyId;
    const open: Open = (...by) => options.context(this.record, ...by);
    const { log, heldBack } = options;
    this.deadline = new Deadline(heldBack);
    this.attempts = new Attempts(open, (work) => this.resting(work), this.abort.signal, log, heldBack);
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  /** To its end; one that waited for an approval when the engine ended goes on waiting for it. */
  async go(): Promise<void> {
    try {
      const waited = this.record.askedAt !== null;
      if (!waited) await this.stages();
      const question = waited
        ? "the engine was restarted; the rollout still waits"
        : "every stage was passed; it waits";
      if (this.record.approvalRequired) await this.ask(`${question} for approval`);
      await this.rollout();
      this.options.spans.end(null);
    } catch (error) {
      if (!(error instanceof Ended) && !this.closed)
        this.options.log.error("a pipeline broke", { pipeline_id: this.pipelineId, error });
      const ended = this.ending ?? endedBy(error, this.record.currentStage);
      await this.fail(ended);
      this.options.spans.end(ended.message);
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

  /** From the first one that is not passed yet. */
  private async stages(): Promise<void> {
    const { settings, spans, log } = this.options;
    const { stages, stagesCompleted: from } = this.record;
    try {
      await this.enter();
      this.deadline.start(settings.timeoutMs, () => {
        const seconds = settings.timeoutMs / 1000;
        void this.end("timeout", `its stages were not done within ${seconds} s (STRATEGY_TIMEOUT)`);
      });
      await this.put({ status: "running" });
      for (const name of stages.slice(from)) await spans.stage(name, () => this.stage(name as StageName));
      await this.certify();
      await this.move("stages_pass", null, {});
      if (stages.slice(from).includes("backtest")) await this.remember();
    } finally {
      this.deadline.clear();
      this.giveBack();
    }
    log.debug("all stages of a pipeline are passed", { pipeline_id: this.pipelineId });
  }

  private async certify(): Promise<void> {
    const { ledger, news } = this.options;
    const context = await this.attempts.context();
    const made = context.ok ? await this.orEnd(context.value.certified()) : context;
    if (made.ok && made.value === null) return; // one of the engine's own
    const { agrees, fields, said } = viewOf(made as Result<Certified, string>);
    await this.put({ certificate: fields });
    ledger.say(this.pipelineId, this.record.currentStage, agrees === true ? "info" : "warning", said);
    if (agrees === false) news.unlike(this.record, said);
  }

  private async remember(): Promise<void> {
    const context = await this.attempts.context();
    const ran = context.ok ? await context.value.ran("backtest") : context;
    if (ran.ok) this.options.onBacktest(ran.value);
  }

  private async stage(name: StageName): Promise<void> {
    const { ledger, news, counters, log } = this.options;
    const say: StageContext["log"] = (level, message) => ledger.say(this.pipelineId, name, level, message);
    await this.ready();
    await this.put({ currentStage: name });
    news.tell(this.record, "stage_started", name);
    say("info", "begins");
    const begun = performance.now();
    let tried: Attempt = await this.attempts.stage(name, say);
    let [attempts, spentMs] = [1, tried.spentMs];
    if (tried.lost !== null) {
      attempts++;
      say("warning", `${tried.lost}: it is tried once more`);
      log.warn("pipeline stage retried", { pipeline_id: this.pipelineId, stage: name, cause: tried.lost });
      this.attempts.renew();
      await this.ready();
      news.tell(this.record, "stage_started", name);
      tried = await this.attempts.stage(name, say);
      spentMs += tried.spentMs;
    }
    const { answer, inputsHash } = tried;
    const [durationMs, waitedMs] = [hundredths(spentMs), hundredths(performance.now() - begun)];
    counters.tested(name, durationMs);
    say(answer.passed ? "info" : "error", `${answer.error ?? "passed"} (${durationMs} ms)`);
    const error = answer.error === null ? {} : { error: answer.error };
    const again = attempts === 1 ? {} : { attempts };
    const read = inputsHash === null ? {} : { inputs_hash: inputsHash };
    const took = { duration_ms: durationMs, waited_ms: waitedMs };
    const result = { ...answer.fields, ...again, ...read, passed: answer.passed, ...took, ...error };
    const { results, stagesCompleted } = this.record;
    await this.put({
      results: { ...results, [name]: result },
      stagesCompleted: stagesCompleted + Number(answer.passed),
    });
    news.stageEnded(this.record, name, answer, durationMs);
    if (!answer.passed)
      throw new Ended(tried.late ? "timeout" : "stage_failed", name, answer.error ?? "it did not pass");
  }

  /** Null: the answer is yes. What comes before there is an answer is all that counts then. */
  private async ask<T>(question: string, sooner = new Promise<T>(() => undefined)): Promise<T | null> {
    const { ledger } = this.options;
    const decided = new Promise<Result<string, string>>((resolve) => {
      this.decide = resolve;
    });
    const first = Promise.race([decided.then((answer) => ({ answer })), sooner.then((came) => ({ came }))]);
    const seen = await this.asked(question, first).finally(() => {
      this.decide = null;
    });
    if ("came" in seen) return seen.came;
    const { answer } = seen;
    if (!answer.ok) throw new Ended("rejected", "approval", answer.failure);
    ledger.say(this.pipelineId, "approval", "info", answer.value);
    await this.put({ status: "running", askedAt: null });
    return null;
  }

  private async asked<T>(question: string, decided: Promise<T>): Promise<T> {
    const { ledger, news, now } = this.options;
    const askedAt = this.record.askedAt ?? now();
    await this.put({ status: "awaiting_approval", askedAt });
    ledger.say(this.pipelineId, "approval", "info", question);
    news.tell(this.record, "awaiting_approval");
    const expired = new Ended("timeout", "approval", `nobody approved within ${APPROVAL_MS / 3_600_000} hours`);
    const ms = Math.min(APPROVAL_MS, Math.max(0, APPROVAL_MS - (now() - askedAt) / US_PER_MS));
    return this.orEnd(decided, { ms, error: expired });
  }

  private async rollout(): Promise<void> {
    const { settings, ledger, now, news, counters } = this.options;
    const { version } = this.record;
    await this.unpaused();
    const log = (level: "info" | "warning" | "error", message: string): void =>
      ledger.say(this.pipelineId, "rollout", level, message);
    await rollOut({
      type: this.record.deploymentType,
      stepMs: settings.stepMs,
      evidence: settings.evidence,
      run: await this.delivered(log),
      now,
      wait: (ms, sooner) => this.orEnd(within(ms, sooner)),
      show: async (steps) => {
        await this.put({ rollout: steps });
      },
      log,
      ask: (question, sooner) => this.ask(question, sooner),
      unpaused: (sooner) => this.unpaused(sooner),
      deployed: () => this.move("rollout_done", version, { status: "completed", endedAt: now() }),
    });
    counters.completed(this.record, performance.now() - this.begunMs);
    log("info", `version ${version} is deployed`);
    news.completed(this.record);
  }

  private async delivered(log: StageContext["log"]): Promise<DeliveryRun | null> {
    const port = this.options.delivery();
    if (port === null) return null;
    const compiled = await this.attempts.compiled(log);
    if (!compiled.ok) throw new Ended("stage_failed", "rollout", compiled.failure);
    if (compiled.value === null) return null; // one of the engine's own: its instances follow by themselves
    const begun = await port.begin(this.strategyId, "beside", this.record.version, compiled.value);
    if (begun.ok) return begun.value;
    const message = `the new version cannot be opened beside the one that trades: ${begun.failure}`;
    throw new Ended("stage_failed", "rollout", message);
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
  ): Promise<void> {
    const { registry, ledger } = this.options;
    await (move === "stages_pass" ? this.ready() : this.unpaused());
    const record = { ...this.record, ...change };
    const also: readonly Statement[] = [ledger.putting(record)];
    const order = { actor: ACTOR, also, ...(deployed === null ? {} : { deployed }) };
    const moved = await this.untilStored(() => registry.move(this.strategyId, move, order));
    if (!moved.ok && moved.failure.code === "invalid_state" && moved.failure.state === "paused")
      return this.move(move, deployed, change); // it was paused a moment ago
    if (!moved.ok) throw this.ending ?? new Ended("cancelled", this.record.currentStage, "its strategy was stopped");
    ledger.add(record);
    this.record = record;
  }

  private async put(change: Partial<PipelineRecord>): Promise<void> {
    const record = { ...this.record, ...change };
    const stored = await this.untilStored(() => this.options.ledger.put(record));
    if (stored.ok) this.record = record;
  }

  private untilStored<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    return untilStored(work, () => this.closed);
  }

  private async resting<T>(work: () => Promise<T>): Promise<T> {
    const release = this.deadline.hold();
    this.giveBack();
    try {
      const done = await work();
      await this.enter();
      return done;
    } finally {
      release();
    }
  }

  /** Not paused, and with a place among those that run. A pause gives the place back, and no time of it counts. */
  private async ready(): Promise<void> {
    const release = this.deadline.hold();
    try {
      do {
        if (this.paused) this.giveBack();
        await this.unpaused();
        await this.enter();
      } while (this.paused);
    } finally {
      release();
    }
  }

  private async enter(): Promise<void> {
    if (this.leave !== null) return;
    const { signal } = this.abort;
    this.leave = await this.options.turns.take(signal);
    signal.throwIfAborted();
  }

  private giveBack(): void {
    this.leave?.();
    this.leave = null;
  }

  private get paused(): boolean {
    return this.options.registry.get(this.strategyId)?.status === "paused";
  }

  /** A paused strategy holds its pipeline between two steps; what comes `sooner` than it goes on is not held. */
  private async unpaused<T = never>(sooner = new Promise<T>(() => undefined)): Promise<T | null> {
    while (this.paused) {
      const release = this.deadline.hold();
      const resumed = new Promise<null>((resolve) => {
        this.resumed = () => resolve(null);
      });
      const came = await this.orEnd(Promise.race([resumed, sooner])).finally(release);
      if (came !== null) return came;
    }
    this.abort.signal.throwIfAborted();
    return null;
  }

  private orEnd<T>(work: Promise<T>, late?: { readonly ms: number; readonly error: Ended }): Promise<T> {
    return orEnd(this.abort.signal, work, late);
  }
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function endedBy(error: unknown, stage: string): Ended {
  if (error instanceof Ended) return error;
  return new Ended("stage_failed", stage, "the pipeline itself broke; the log of the engine names the cause");
}
