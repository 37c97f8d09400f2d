// Runs over history as jobs: accepted at once, made in threads of their own, kept in the store, so that a result outlives
// the process. A run that the process did not live to end is `failed` after the restart, with that reason. The newest
// KEPT are kept. `test` runs without keeping anything: what POST /strategies/{id}/test asks for.
import { explain, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  type BacktestRecord,
  type BacktestStatus,
  backtestPageTable,
  backtestTable,
  forgetBacktests,
  readBacktestHeads,
  readBacktestPage,
  readBacktests,
} from "../../store/backtests.ts";
import type { Budget } from "../../sandbox/sandbox.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import { newId } from "../ids.ts";
import { etaOf, type OnResearch, Pace, type ResearchUpdate, subjectNames } from "../progress.ts";
import type { JobLine } from "../../bus/bus.ts";
import type { ReadFrames } from "./frames.ts";
import { type JobQueue, type PoolJob, QUEUE_MAX, type RunFailure } from "./job-queue.ts";
import type { JobSpec } from "./job.ts";
import { type Asked, type ParameterNames, parameterNames, specOf } from "./spec.ts";
import { Pool } from "./pool.ts";
import { RemoteQueue } from "./remote-queue.ts";
import type { JobResult } from "./result.ts";
import { RunWorker } from "./run-worker.ts";
import { type Page, readTearsheet } from "./tearsheet.ts";
import type { SweepPart } from "./verdict.ts";
import { waitedFor } from "./waited-for.ts";

export type { JobResult } from "./result.ts";
export type { RunFailure } from "./job-queue.ts";
export type { Stakes } from "./stakes.ts";
export type { SweepTrial } from "./verdict.ts";
export { workOff } from "./run-worker.ts";
export { framesFrom } from "./frames.ts";
export type { Asked } from "./spec.ts";

export interface BacktestsOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly timeoutMs: number;
  /** Told of every test that was asked for by itself and came to a result. */
  readonly onTested?: (kind: JobSpec["kind"], ms: number) => void;
  /** Where recorded history lies; null: there is none. */
  readonly dataDir: string | null;
  readonly engineVersion: string;
  readonly onResearch: OnResearch;
  /** What lies in Redis of the symbols of a run; without it nothing does. */
  readonly frames?: ReadFrames;
  /** Over all users' code; without it there is none. */
  readonly budget?: Budget;
  /** Runs go to any process that takes them from there, this one among them; without it they stay in this one. */
  readonly line?: JobLine | null;
}

export interface Backtest {
  readonly backtestId: string;
  /** As it came. */
  readonly request: JsonObject;
  readonly status: BacktestStatus;
  /** 0 to 1. */
  readonly progress: number;
  readonly etaS: number | null;
  /** Why it waits beyond its turn; null: for nothing. */
  readonly waitsFor: string | null;
  readonly result: JsonObject | null;
  readonly error: string | null;
  readonly createdAt: number;
}

interface Entry {
  record: BacktestRecord;
  progress: number;
  startedAt: number;
  job: PoolJob | null;
}

/** With their pages: some 230 KB each for 180 days, so 230 MB of engine.db (docs/commands.md). */
const KEPT = 1_000;
const FINAL: ReadonlySet<BacktestStatus> = new Set(["completed", "failed", "cancelled"]);
const INTERRUPTED = "the engine ended before the run did; send it again";

export class Backtests {
  private readonly options: BacktestsOptions;
  private readonly pool: Pool;
  private readonly queue: JobQueue;
  private readonly worker: RunWorker | null;
  /** In the order in which they were asked for; results of final ones lie in the store. */
  private readonly entries = new Map<string, Entry>();
  private position = 0;
  /** Being stored, not in the queue yet. */
  private arriving = 0;
  private readonly writes = new Set<Promise<unknown>>();
  private readonly pace = new Pace();

  constructor(options: BacktestsOptions) {
    this.options = options;
    this.pool = new Pool(options.timeoutMs, options.budget);
    const { line = null, dataDir } = options;
    this.queue = line === null ? this.pool : new RemoteQueue(line.send());
    this.worker = line === null ? null : new RunWorker(line, this.pool, dataDir);
  }

  /** Where recorded history lies; null: there is none. */
  get dataDir(): string | null {
    return this.options.dataDir;
  }

  /** As many runs wait as anybody should wait behind. */
  get full(): boolean {
    return this.queue.full();
  }

  async load(): Promise<void> {
    const { store, now } = this.options;
    for (const head of await readBacktestHeads(store)) {
      const lost = !FINAL.has(head.status);
      const ended = { status: "failed", error: INTERRUPTED, endedAt: now() } as const;
      const record = lost ? { ...head, ...ended } : head;
      if (lost) await store.commit([backtestTable.put(record)]);
      this.entries.set(record.backtestId, { record, progress: lost ? 0 : 1, startedAt: 0, job: null });
      this.position = record.position;
    }
  }

  /** `request`: the body as it came, kept beside the result. */
  async ask(asked: Asked, request: JsonObject): Promise<Result<string, Failure>> {
    const spec = specOf(asked, this.options);
    if (!spec.ok) return spec;
    const filled = await this.withFrames(spec.value);
    if (this.queue.full(this.arriving)) return failed({ code: "queue_full", what: "backtests", limit: QUEUE_MAX });
    const { store, now } = this.options;
    const backtestId = newId("bt");
    const position = ++this.position;
    const blank = { result: null, error: null, createdAt: now(), endedAt: null };
    const record: BacktestRecord = { position, backtestId, status: "queued", request, ...blank };
    this.arriving++;
    const stored = await store.commit([
      backtestTable.insert(record),
      ...(position > KEPT ? forgetBacktests(position - KEPT) : []),
    ]);
    this.arriving--;
    if (!stored.ok) return stored;
    const entry: Entry = { record, progress: 0, startedAt: 0, job: null };
    this.entries.set(backtestId, entry);
    for (const [id, { record: old }] of this.entries) if (old.position <= position - KEPT) this.entries.delete(id);
    entry.job = this.jobOf(entry, { ...filled, part: { kind: "judged" } });
    this.tell(entry, "queued");
    this.queue.add(entry.job);
    return ok(backtestId);
  }

  has(backtestId: string): boolean {
    return this.entries.has(backtestId);
  }

  async get(backtestId: string): Promise<Backtest | null> {
    const entry = this.entries.get(backtestId);
    return entry === undefined ? null : ((await this.views([entry]))[0] ?? null);
  }

  /** The page of one that is completed, as HTML. */
  async tearsheet(backtestId: string): Promise<Result<Uint8Array, Failure>> {
    const entry = this.entries.get(backtestId);
    if (!entry) return failed({ code: "not_found", kind: "backtest", id: backtestId });
    const { status, position } = entry.record;
    if (status !== "completed") {
      const legal = FINAL.has(status) ? ["reading it"] : ["reading it", "a cancellation"];
      const wanted = { wanted: "a tearsheet", allowed: ["completed"], legal };
      return failed({ code: "invalid_state", kind: "backtest", id: backtestId, state: status, ...wanted });
    }
    await Promise.all(this.writes); // what was confirmed to nobody yet is there to be read
    const kept = await readBacktestPage(this.options.store.reads, position);
    if (kept === null) {
      const again = "the same request sent again has one, unless the log says why none could be made";
      return failed({ code: "conflict", issue: `no tearsheet was kept of backtest ${backtestId}; ${again}` });
    }
    const page = await readTearsheet(kept);
    if (page.ok) return page;
    this.options.log.error("a tearsheet cannot be read", { backtest_id: backtestId, reason: page.failure });
    const but = `its result can, at GET /backtests/${backtestId}`;
    const issue = `the tearsheet that was kept of backtest ${backtestId} cannot be read (${page.failure}); ${but}`;
    return failed({ code: "internal_error", issue });
  }

  /** Oldest first, without results: what a page is cut from. */
  list(status?: BacktestStatus): readonly string[] {
    const all = [...this.entries.values()].map(({ record }) => record);
    return all.filter((one) => status === undefined || one.status === status).map(({ backtestId }) => backtestId);
  }

  async page(backtestIds: readonly string[]): Promise<readonly Backtest[]> {
    return this.views(backtestIds.flatMap((id) => this.entries.get(id) ?? []));
  }

  /** Of one that is not final. */
  async cancel(backtestId: string): Promise<Result<null, Failure>> {
    const entry = this.entries.get(backtestId);
    if (!entry) return failed({ code: "not_found", kind: "backtest", id: backtestId });
    const { status } = entry.record;
    if (FINAL.has(status) || !entry.job) {
      const wanted = { wanted: "a cancellation", allowed: ["queued", "running"], legal: ["reading it"] };
      return failed({ code: "invalid_state", kind: "backtest", id: backtestId, state: status, ...wanted });
    }
    this.queue.cancel(entry.job);
    return this.finish(entry, { status: "cancelled" });
  }

  /** The names of a run's parameters and whose they are, or what its request would be refused for. */
  namesOf(asked: Asked): Result<ParameterNames, Failure> {
    const spec = specOf(asked, this.options);
    return spec.ok ? ok(parameterNames(asked, spec.value)) : spec;
  }

  /** One run through the queue, whose result nobody keeps. Who calls waits before the next. */
  async once(asked: Asked, part: SweepPart, onStart: () => void): Promise<Result<JobResult, RunFailure>> {
    const spec = specOf(asked, this.options);
    const changed = "the strategy is no longer what it was when the run was asked for";
    if (!spec.ok) return failed({ reason: changed, lost: false });
    const filled = await this.withFrames(spec.value);
    return new Promise((resolve) => {
      let lost = false;
      this.queue.add({
        spec: { ...filled, part },
        onStart,
        onProgress: () => undefined,
        onLost: () => (lost = true),
        onDone: (result) => resolve(result.ok ? result : failed({ reason: result.failure ?? "cancelled", lost })),
      });
    });
  }

  /** One run of a pipeline: it waits its turn however long the queue is, and not for a Redis that is away. The failure is a sentence. */
  async stage(
    asked: Asked,
    signal: AbortSignal,
    { onStart, onLost }: Required<Pick<PoolJob, "onStart" | "onLost">>,
  ): Promise<Result<JobResult, string>> {
    const spec = specOf(asked, this.options);
    if (!spec.ok) return failed(explain(spec.failure));
    const filled = await this.withFrames(spec.value);
    if (signal.aborted) return failed("cancelled");
    return new Promise((resolve) => {
      const job: PoolJob = {
        spec: filled,
        onStart,
        onLost,
        onProgress: () => undefined,
        onDone: (result) => resolve(result.ok ? result : failed(result.failure ?? "cancelled")),
      };
      const waiting = waitedFor(job, this.queue, this.pool);
      signal.addEventListener("abort", () => waiting.cancel(), { once: true });
    });
  }

  async test(asked: Asked): Promise<Result<JobResult, Failure>> {
    const spec = specOf(asked, this.options);
    if (!spec.ok) return spec;
    const filled = await this.withFrames(spec.value);
    if (this.queue.full() || this.pool.full()) return failed({ code: "queue_full", what: "runs", limit: QUEUE_MAX });
    const begun = this.options.now();
    return new Promise((resolve) => {
      const job: PoolJob = {
        spec: filled,
        onStart: () => undefined,
        onProgress: () => undefined,
        onDone: (result, issue) => {
          if (result.ok) this.options.onTested?.(asked.kind, (this.options.now() - begun) / 1_000);
          if (result.ok) resolve(result);
          else if (issue !== null && issue !== undefined) resolve(failed({ code: "code_error", issues: [issue] }));
          else resolve(failed({ code: "conflict", issue: result.failure ?? "cancelled" }));
        },
      };
      waitedFor(job, this.queue, this.pool);
    });
  }

  /** Runs that one who has many may ask for before the first is done. */
  get width(): number {
    return this.queue.width;
  }

  async close(): Promise<void> {
    if (this.queue !== this.pool) await this.queue.close();
    await this.worker?.close();
    await this.pool.close();
    await Promise.all(this.writes);
  }

  private async withFrames(spec: JobSpec): Promise<JobSpec> {
    const { frames } = this.options;
    return spec.symbols === null || frames === undefined ? spec : { ...spec, frames: await frames(spec.symbols) };
  }

  private jobOf(entry: Entry, spec: JobSpec): PoolJob {
    return {
      spec,
      onStart: () => {
        entry.startedAt = this.options.now();
        void this.write(entry, { status: "running" });
        this.tell(entry, "started");
      },
      onProgress: (share) => {
        entry.progress = share;
        if (this.pace.due(entry.record.backtestId, this.options.now())) this.tell(entry, "progress");
      },
      onDone: (result, _issue, page) => {
        if (FINAL.has(entry.record.status)) return; // it was cancelled meanwhile
        const cancelled = !result.ok && result.failure === null;
        const done = result.ok
          ? { status: "completed", result: result.value }
          : { status: cancelled ? "cancelled" : "failed", error: result.failure };
        void this.finish(entry, done as Partial<BacktestRecord>, page);
      },
    };
  }

  private async finish(
    entry: Entry,
    change: Partial<BacktestRecord>,
    page: Page | null = null,
  ): Promise<Result<null, Failure>> {
    entry.job = null;
    if (change.status === "completed") entry.progress = 1;
    const { log, now } = this.options;
    const write = this.write(entry, { ...change, endedAt: now() }, page?.ok === true ? page.value : null);
    const { status, backtestId } = entry.record;
    if (page?.ok === false) log.warn("no tearsheet could be made", { backtest_id: backtestId, reason: page.failure });
    if (status !== "queued" && status !== "running") this.tell(entry, status);
    this.pace.end(backtestId);
    const stored = await write;
    return stored.ok ? ok(null) : stored;
  }

  private tell({ record, progress, startedAt }: Entry, event: ResearchUpdate["event"]): void {
    const { backtestId: id, status, error, request } = record;
    const eta = status === "running" ? etaOf(startedAt, this.options.now(), progress) : null;
    const about = { event, kind: "backtest", id, status, ...subjectNames(request) } as const;
    this.options.onResearch({ ...about, progress, eta_s: eta, best: null, error });
  }

  private write(
    entry: Entry,
    change: Partial<BacktestRecord>,
    page: Uint8Array | null = null,
  ): Promise<Result<void, Failure>> {
    const record = { ...entry.record, ...change };
    entry.record = record;
    const pages = page === null ? [] : [backtestPageTable.put({ position: record.position, page })];
    const stored = this.options.store.commit([backtestTable.put(record), ...pages]).then((done) => {
      if (done.ok) {
        if (entry.record === record) entry.record = { ...record, result: null }; // the store has it
      } else this.options.log.error("a backtest could not be stored", { backtest_id: record.backtestId });
      return done;
    });
    this.writes.add(stored);
    void stored.finally(() => this.writes.delete(stored));
    return stored;
  }

  private async views(entries: readonly Entry[]): Promise<readonly Backtest[]> {
    const seen = entries.map(({ record, progress, startedAt }) => ({ record, progress, startedAt })); // they go on
    const done = seen.filter(({ record }) => record.status === "completed" && record.result === null);
    const positions = done.map(({ record }) => record.position);
    const stored = await readBacktests(this.options.store.reads, positions);
    const results = new Map(stored.map(({ backtestId, result }) => [backtestId, result]));
    return seen.map(({ record, progress, startedAt }) => {
      const { backtestId, request, status, error, createdAt } = record;
      const etaS = status === "running" ? etaOf(startedAt, this.options.now(), progress) : null;
      const result = record.result ?? results.get(backtestId) ?? null;
      const waitsFor = status === "queued" ? this.queue.trouble : null;
      return { backtestId, request, status, progress, etaS, waitsFor, result, error, createdAt };
    });
  }
}
