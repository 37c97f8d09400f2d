// The storage worker as the main thread sees it. A thread that dies is replaced. One that does not answer in time is given
// up, but never ended: ending a thread inside a native call would abort the whole process. When it answers after all, it
// is taken back. What was on its way is in doubt then: commits are answered as such, a query is asked once
// more of the next thread or refused. Between two attempts to open the database, pauses grow up to RETRY_MS_MAX.
import { Worker } from "node:worker_threads";
import type { Log } from "../../telemetry/log.ts";
import type { Batch, Done, StoreAnswer, StoreWorkerData } from "./messages.ts";
import type { Migrated } from "./migrate.ts";
import { explainOpen, MEMORY, type OpenFailure } from "./open.ts";

const HANG_MS = 30_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 10_000;
/** A thread that worked this long before it ended has earned a replacement at once. */
const SOUND_MS = 60_000;

export type StoreLog = Pick<Log, "info" | "warn" | "error">;

export interface ThreadOptions {
  readonly file: string;
  readonly log: StoreLog;
  readonly hangMs?: number;
  /** Also of a thread that takes another's place. */
  readonly onOpened: (checked: boolean) => void;
  /** A batch may be sent. */
  readonly onIdle: () => void;
  readonly onDone: (done: Done) => void;
  /** What was on its way is in doubt. With `replacing` a new thread is at hand in a moment, otherwise it may take long. */
  readonly onLost: (reason: string, replacing: boolean) => void;
}

/** replacing: commits are refused, queries may wait a moment; down: both are refused until it is said to be idle. */
export type ThreadState = "working" | "replacing" | "down";

export class StoreThread {
  private readonly options: ThreadOptions;
  private worker: Worker | null = null;
  private exited: Promise<void> = Promise.resolve();
  private idle = false;
  private closing = false;
  private openedAt = 0;
  private failures = 0;
  private hang: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  state: ThreadState = "working";
  /** Why nothing can be stored at the moment; null while all is well. */
  trouble: string | null = null;

  constructor(options: ThreadOptions) {
    this.options = options;
  }

  /** The first opening: a refusal is the caller's to tell. */
  async open(): Promise<Migrated | OpenFailure> {
    const first = await this.launch();
    if ("code" in first) this.closing = true;
    return first;
  }

  get isIdle(): boolean {
    return this.idle;
  }

  send(batch: Batch): void {
    this.idle = false;
    this.hang = setTimeout(() => this.giveUp(), this.options.hangMs ?? HANG_MS);
    this.worker?.postMessage(batch);
  }

  /** What was found of the whole file, or of a part of it. */
  judged(whole: boolean): void {
    this.worker?.postMessage({ kind: "judged", whole });
  }

  /** Nothing may be on its way. */
  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.retry);
    this.worker?.postMessage({ kind: "close" });
    const patience = new Promise<void>((done) => setTimeout(done, this.options.hangMs ?? HANG_MS).unref());
    await Promise.race([this.exited, patience]);
    this.worker?.unref();
  }

  private launch(): Promise<Migrated | OpenFailure> {
    const workerData: StoreWorkerData = { file: this.options.file };
    const worker = new Worker(new URL("./store-worker.js", import.meta.url), { name: "store", workerData });
    this.worker = worker;
    this.exited = new Promise((done) => worker.once("exit", () => done()));
    return new Promise((resolve) => {
      let opened = false;
      let reason = "its thread ended";
      worker.on("message", (answer: StoreAnswer) => {
        if (answer.kind === "done") return this.done(answer);
        opened = answer.kind === "opened";
        if (answer.kind === "opened") this.opened();
        if (answer.kind === "opened") this.options.onOpened(answer.checked);
        resolve(answer.kind === "opened" ? answer.migrated : answer.failure);
      });
      worker.on("error", (error) => (reason = error.message));
      worker.on("exit", () => {
        resolve({ code: "store_disk", file: this.options.file, reason });
        if (opened) this.ended(reason);
      });
    });
  }

  private opened(): void {
    this.openedAt = performance.now();
    this.trouble = null;
    this.state = "working";
    this.idle = true;
  }

  private done(answer: Done): void {
    if (this.state !== "working") return this.takenBack();
    clearTimeout(this.hang);
    this.idle = true;
    this.options.onDone(answer);
    this.options.onIdle();
  }

  /** Its answer comes too late: who asked has been told that the outcome is in doubt. */
  private takenBack(): void {
    this.opened();
    this.options.log.warn("the store answers again");
    this.options.onIdle();
  }

  private giveUp(): void {
    this.lost("the storage thread does not answer", false);
  }

  private ended(reason: string): void {
    if (this.closing) return;
    if (this.options.file === MEMORY) {
      return this.lost(`${reason}; what it held in memory is gone, start the engine again`, false);
    }
    if (this.state === "working") this.lost(reason, true);
    if (performance.now() - this.openedAt > SOUND_MS) this.failures = 0;
    this.reopenLater();
  }

  private lost(reason: string, replacing: boolean): void {
    clearTimeout(this.hang);
    this.idle = false;
    this.state = replacing ? "replacing" : "down";
    this.trouble = reason;
    this.options.log.error("the store does not work", { reason });
    this.options.onLost(reason, replacing);
  }

  private reopenLater(): void {
    const pause = this.failures === 0 ? 0 : Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.failures);
    this.failures += 1;
    this.retry = setTimeout(() => void this.reopen(), pause);
  }

  private async reopen(): Promise<void> {
    const again = await this.launch();
    if (this.closing) return;
    if ("code" in again) {
      this.lost(explainOpen(again), false);
      return this.reopenLater();
    }
    this.options.log.warn("the store works again", { attempts: this.failures });
    this.options.onIdle();
  }
}
