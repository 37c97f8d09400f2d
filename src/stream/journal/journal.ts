// The journal: every accepted event on disk, snapshots of the state, and what a restart needs of both. This is the
// main thread's side; journal-loop.ts does the writing, on a thread of its own. Order of use:
//   open      locks the folder, checks it, cuts a torn tail; `recovery` says what is there
//   restore   applySnapshot(memory, plan, recovery.snapshot), then tail() through the kernels; the journal only reads
//   start     from here on every event that enters the ring is written
//   close     writes and syncs what is left, releases the folder
// An event is durable when its sequence is below status().durableNext; nothing may be acknowledged before that.
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import * as layout from "../../../assembly/layout.ts";
import type { Result } from "../../domain/result.ts";
import { failed, ok } from "../../domain/result.ts";
import { makeFolder } from "../../store/folder.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { stateRegions } from "../rings/state-regions.ts";
import type { JournalState } from "./control.ts";
import { JournalControl } from "./control.ts";
import type { JournalFailure } from "./failure.ts";
import { JournalError } from "./failure.ts";
import { FolderLock } from "./lock.ts";
import type { JournalMessage, JournalWorkerData, SnapshotRequest, Spare, State } from "./messages.ts";
import type { Recovery } from "./recovery.ts";
import { recover } from "./recovery.ts";
import type { Retention } from "./retention.ts";
import type { EventBlock } from "./segment-reader.ts";
import type { JournalSync } from "./segment-writer.ts";
import { describeState } from "./snapshot.ts";
import { readEvents } from "./walk.ts";

export type { EventBlock, JournalFailure, JournalState, JournalSync, Recovery, Retention };
export { JournalError, explainJournal } from "./failure.ts";
export { EventPrinter } from "./event-printer.ts";
export { numberedFiles, numberedPath, SEGMENT_SUFFIX } from "./files.ts";
export { FolderLock } from "./lock.ts";
export { SegmentReader } from "./segment-reader.ts";
export { applySnapshot } from "./restore.ts";
export type { Snapshot } from "./snapshot.ts";
export { readEvents } from "./walk.ts";
export { listSnapshots, readableFrom } from "./span.ts";

const DURABLE_MS = 10_000;
const SEGMENT_BYTES = 256 * 1024 * 1024;
const RETENTION: Retention = { bytes: 8 * 1024 ** 3, ageMs: 7 * 86_400_000 };
const CLOSE_MS = 5_000;
const JOURNAL_LINE = layout.CONSUMERS + layout.JOURNAL_CONSUMER * layout.LINE;

/** The part of a logger that the journal uses. */
export interface JournalLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface JournalOptions {
  readonly dir: string;
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  readonly coreHash: string;
  readonly sync: JournalSync;
  /** A segment ends with the write that reaches this size; default 256 MiB. */
  readonly segmentBytes?: number;
  readonly retention?: Retention;
  readonly log?: JournalLog;
  /** How long close waits for a disk that refuses; default 5 s. */
  readonly closeMs?: number;
}

export interface JournalStatus {
  readonly state: JournalState;
  /** Every event below is safe; see JournalSync for what that means. */
  readonly durableNext: number;
  readonly writtenNext: number;
  readonly segments: number;
  readonly bytes: number;
  readonly syncs: number;
  readonly snapshots: number;
  readonly lastSnapshot: number | null;
  /** Events that were cut with a torn tail at open, and snapshots that failed their check. */
  readonly tornEvents: number;
  readonly damagedSnapshots: number;
  readonly diskErrors: number;
  /** Why the disk refuses, or why the thread has ended; null while all is well. */
  readonly failing: string | null;
}

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface PendingSnapshot {
  readonly id: number;
  readonly nextSequence: number;
  readonly spare: Spare | undefined;
  readonly resolve: (outcome: Result<number, JournalFailure>) => void;
}

export class Journal {
  readonly recovery: Recovery;
  private readonly options: JournalOptions;
  private readonly dir: string;
  private readonly lock: FolderLock;
  private readonly control = new JournalControl();
  private readonly words: Int32Array;
  private worker: Worker | null = null;
  private exited: Promise<void> = Promise.resolve();
  private closing = false;
  private failing: string | null = null;
  private waiters: Waiter[] = [];
  private pending: PendingSnapshot | null = null;
  private requests = 0;
  private snapshots = 0;
  private lastSnapshot: number | null;

  private constructor(options: JournalOptions, dir: string, lock: FolderLock, recovery: Recovery) {
    this.options = options;
    this.dir = dir;
    this.lock = lock;
    this.recovery = recovery;
    this.words = new Int32Array(options.memory.buffer);
    this.lastSnapshot = recovery.snapshot?.nextSequence ?? null;
    this.control.durableNext = recovery.nextSequence;
    this.control.writtenNext = recovery.nextSequence;
  }

  /** Rejects with a JournalError when the folder is in use, damaged, or of another version. */
  static open(options: JournalOptions): Promise<Journal> {
    return Promise.resolve().then(() => {
      const dir = resolve(options.dir);
      makeFolder(dir);
      const lock = FolderLock.take(dir);
      try {
        const recovery = recover(dir);
        report(options.log, recovery);
        return new Journal(options, dir, lock, recovery);
      } catch (error) {
        lock.release();
        throw error;
      }
    });
  }

  get folder(): string {
    return this.dir;
  }

  /** Says in the log why the journal is read another way than usual. */
  explain(reason: string): void {
    this.options.log?.warn({ reason }, "the snapshot is passed over; all events are computed again");
  }

  /** Sequence of the last event in the journal; one below the first sequence when there is none. */
  get lastSequence(): number {
    return this.control.writtenNext - 1;
  }

  /** The events from a sequence on (default: those after the newest good snapshot), each checked. */
  tail(
    from: number = this.recovery.snapshot?.nextSequence ?? this.recovery.firstSequence,
  ): Generator<EventBlock, void> {
    return readEvents(this.dir, from);
  }

  /** Starts the thread. The next event that enters the ring is number `firstSequence`. */
  async start(firstSequence: number = this.recovery.nextSequence): Promise<void> {
    const { nextSequence } = this.recovery;
    if (this.worker !== null || this.closing) throw new Error("a journal is started once");
    if (firstSequence !== nextSequence) {
      throw new RangeError(`the journal goes on with event ${nextSequence}, not ${firstSequence}`);
    }
    this.register(firstSequence);
    const { memory, plan, coreHash, sync, segmentBytes = SEGMENT_BYTES, retention = RETENTION } = this.options;
    const events = plan.bases[layout.PLAN_EVENTS] ?? 0;
    const workerData: JournalWorkerData = {
      memory: sharedBytes(memory),
      events,
      control: this.control.buffer,
      dir: this.dir,
      sync,
      segmentBytes,
      retention,
      coreHash,
      firstSequence,
    };
    const worker = new Worker(new URL("./journal-worker.js", import.meta.url), { name: "journal", workerData });
    this.worker = worker;
    this.exited = new Promise((done) => worker.once("exit", () => done()));
    await new Promise<void>((ready, reject) => {
      worker.on("message", (message: JournalMessage) => (message.kind === "ready" ? ready() : this.hear(message)));
      worker.on("error", (error) => this.ended(error.message));
      worker.on("exit", () => {
        this.ended("its thread ended");
        reject(this.stoppedError());
      });
    });
  }

  /**
   * Writes a snapshot of `state` (copyState) as it was before event `nextSequence`. The buffer is transferred: the
   * caller's array is empty afterwards, and `spare` gets the buffer back once it is written. One at a time; a failure leaves
   * the journal and older snapshots as they are.
   */
  snapshot(nextSequence: number, state: State, spare?: Spare): Promise<Result<number, JournalFailure>> {
    const worker = this.worker;
    if (worker === null || this.closing || this.control.state === "stopped") {
      const reason = this.failing ?? "it is not running";
      return Promise.resolve(failed({ code: "journal_stopped", reason }));
    }
    if (this.pending !== null) return Promise.resolve(failed({ code: "snapshot_busy" }));
    const { plan, coreHash } = this.options;
    const { clock, extents } = describeState(state);
    const description = { nextSequence, clock, coreHash, extents, plan, regions: stateRegions(plan, extents) };
    const request: SnapshotRequest = { id: ++this.requests, description, state };
    return new Promise((done) => {
      this.pending = { id: request.id, nextSequence, spare, resolve: done };
      worker.postMessage(request, [state.buffer]);
      this.control.countRequest();
      this.wake();
    });
  }

  /** Resolves when every event below `sequence` is durable; rejects when the journal stops before that. */
  waitDurable(sequence: number): Promise<void> {
    return this.wait(sequence).done;
  }

  private wait(sequence: number): { readonly done: Promise<void>; readonly leave: () => void } {
    let leave = (): void => undefined;
    const done = new Promise<void>((resolve, reject) => {
      if (sequence <= this.control.durableNext) return resolve();
      if (this.worker === null || this.control.state === "stopped") return reject(this.stoppedError());
      const waiter = { sequence, resolve, reject };
      leave = () => void (this.waiters = this.waiters.filter((other) => other !== waiter));
      this.waiters.push(waiter);
      this.settle();
    });
    return { done, leave };
  }

  /**
   * True at once, or with JOURNAL_SYNC=always when what lies before `sequence` is durable. False: it is not after `ms`;
   * the disk may be hung, and who asked must hear something.
   */
  async mayAnswer(sequence: number, ms = DURABLE_MS): Promise<boolean> {
    if (this.options.sync !== "always") return true;
    let timer: NodeJS.Timeout | undefined;
    const { done, leave } = this.wait(sequence);
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    try {
      return await Promise.race([done.then(() => true), late]);
    } finally {
      clearTimeout(timer);
      leave(); // others wait for the same event, and longer
    }
  }

  status(): JournalStatus {
    const { control, recovery } = this;
    return {
      state: control.state,
      durableNext: control.durableNext,
      writtenNext: control.writtenNext,
      segments: control.segments,
      bytes: control.totalBytes,
      syncs: control.syncs,
      snapshots: this.snapshots,
      lastSnapshot: this.lastSnapshot,
      tornEvents: recovery.torn?.eventsLost ?? 0,
      damagedSnapshots: recovery.damagedSnapshots.length,
      diskErrors: control.diskErrors,
      failing: this.failing,
    };
  }

  /** Writes and syncs what is in the ring. `lost`: events that a refusing disk did not take in time, normally 0. */
  async close(): Promise<{ readonly lost: number }> {
    if (this.closing) return this.exited.then(() => ({ lost: this.unwritten() }));
    this.closing = true;
    const worker = this.worker;
    if (worker !== null) {
      Atomics.store(this.words, (JOURNAL_LINE + layout.CONSUMER_STOP) >> 2, 1);
      this.wake();
      const patience = setTimeout(() => void worker.terminate(), this.options.closeMs ?? CLOSE_MS);
      await this.exited;
      clearTimeout(patience);
      this.words[(JOURNAL_LINE + layout.CONSUMER_ACTIVE) >> 2] = 0;
    }
    const lost = this.unwritten();
    if (lost > 0) this.options.log?.error({ lost, reason: this.failing }, "journal closed without its last events");
    this.lock.release();
    return { lost };
  }

  /** Makes the journal a consumer of the ring, from the next event on. */
  private register(firstSequence: number): void {
    const line = JOURNAL_LINE >> 2;
    const longs = new BigUint64Array(this.options.memory.buffer);
    const put = (word: number, value: number): void => void Atomics.store(this.words, line + (word >> 2), value);
    put(layout.CONSUMER_TAIL, Atomics.load(this.words, layout.EVENT_HEAD >> 2));
    Atomics.store(longs, (JOURNAL_LINE + layout.CONSUMER_SEQUENCE) >> 3, BigInt(firstSequence));
    put(layout.CONSUMER_SLEEPING, 0);
    put(layout.CONSUMER_STOP, 0);
    put(layout.CONSUMER_STATE, 0);
    put(layout.CONSUMER_ACTIVE, 1);
  }

  private unwritten(): number {
    if (this.worker === null) return 0;
    const tail = Atomics.load(this.words, (JOURNAL_LINE + layout.CONSUMER_TAIL) >> 2);
    return (Atomics.load(this.words, layout.EVENT_HEAD >> 2) - tail) >>> 0;
  }

  private wake(): void {
    const sleeping = (JOURNAL_LINE + layout.CONSUMER_SLEEPING) >> 2;
    Atomics.store(this.words, sleeping, 0);
    Atomics.notify(this.words, sleeping, 1);
  }

  private hear(message: JournalMessage): void {
    const { log } = this.options;
    switch (message.kind) {
      case "ready":
        return;
      case "durable":
        return this.settle();
      case "failing":
        this.failing = message.reason;
        return log?.error({ reason: message.reason }, "journal cannot write; ingest is refused once the ring is full");
      case "recovered":
        this.failing = null;
        return log?.info({}, "journal writes again; nothing was lost");
      case "kept":
        this.snapshots = message.kept.snapshots;
        if (message.kept.removed > 0) log?.info({ ...message.kept }, "journal removed old events");
        return;
      case "retention_failed":
        return log?.warn({ reason: message.reason }, "journal could not remove old files");
      case "snapshot":
        return this.snapshotDone(message);
    }
  }

  private snapshotDone({ id, failure, room }: Extract<JournalMessage, { readonly kind: "snapshot" }>): void {
    const { pending } = this;
    if (pending === null || pending.id !== id) return;
    this.pending = null;
    pending.spare?.(room);
    if (failure === null) this.lastSnapshot = pending.nextSequence;
    else this.options.log?.warn({ ...failure }, "snapshot failed");
    pending.resolve(failure === null ? ok(pending.nextSequence) : failed(failure));
  }

  /** Resolves who waits for what is durable now, and asks for the next move if somebody still waits. */
  private settle(): void {
    if (this.waiters.length === 0) return;
    this.control.wantDurable();
    const durable = this.control.durableNext; // after the wish: a move before it is seen here, one after it is told
    const served = this.waiters.filter((waiter) => waiter.sequence <= durable);
    if (served.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => waiter.sequence > durable);
    for (const waiter of served) waiter.resolve();
  }

  private ended(reason: string): void {
    this.settle();
    this.control.state = "stopped";
    if (!this.closing) {
      this.failing ??= reason;
      this.options.log?.error({ reason: this.failing }, "journal has stopped; ingest is refused once the ring is full");
    }
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.stoppedError());
    this.pending?.resolve(failed({ code: "journal_stopped", reason: this.failing ?? reason }));
    this.pending = null;
  }

  private stoppedError(): JournalError {
    return new JournalError({ code: "journal_stopped", reason: this.failing ?? "it is not running" });
  }
}

function sharedBytes(memory: WebAssembly.Memory): SharedArrayBuffer {
  const buffer: unknown = memory.buffer;
  if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError("the journal needs a shared memory");
  return buffer;
}

function report(log: JournalLog | undefined, recovery: Recovery): void {
  for (const damaged of recovery.damagedSnapshots)
    log?.warn({ ...damaged }, "snapshot is damaged, an older one is used");
  if (recovery.torn !== null) log?.warn({ ...recovery.torn }, "journal ended in a torn write, which was cut");
  if (recovery.unfinished !== null)
    log?.info({ ...recovery.unfinished }, "journal ended within entries of the input stream, which will come again");
  const snapshot = recovery.snapshot?.nextSequence ?? null;
  log?.info({ snapshot, nextSequence: recovery.nextSequence }, "journal opened");
}
