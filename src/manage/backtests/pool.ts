// Threads for runs: a few workers, made when they are needed, and a queue in front of them with a limit. A run that is
// cancelled is asked to stop; one that does not answer within STOP_MS loses its thread, and so does one that lasts too long.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { failed, type Result } from "../../domain/result.ts";
import type { Budget, Seat } from "../../sandbox/sandbox.ts";
import type { FromWorker, Order, WorkerData } from "./backtest-worker.ts";
import type { JobEnd } from "./job.ts";
import { type JobQueue, type PoolJob, QUEUE_MAX } from "./job-queue.ts";
import type { JobResult } from "./result.ts";

interface Lane {
  readonly worker: Worker;
  readonly stop: Int32Array;
  readonly seat: Seat | null;
  job: PoolJob<Order> | null;
  timer: NodeJS.Timeout | null;
}

const STOP_MS = 80;
const MANY_CORES = 4;
/** What there is beside the failure of a run that its thread did not end. */
const NO_MORE = { issue: null, page: null };

export class Pool implements JobQueue {
  readonly trouble = null;
  /** One after the other: a sweep holds up nobody for longer than a run of its own. */
  readonly width = 1;
  /** Threads. */
  readonly size = availableParallelism() >= MANY_CORES ? 2 : 1;
  private readonly timeoutMs: number;
  private readonly budget: Budget | null;
  private readonly lanes: Lane[] = [];
  private readonly waiting: PoolJob<Order>[] = [];
  private closed = false;

  constructor(timeoutMs: number, budget: Budget | null = null) {
    this.timeoutMs = timeoutMs;
    this.budget = budget;
  }

  /** Whether there is no room for another one behind those that are on their way into the queue. */
  full(arriving = 0): boolean {
    return this.waiting.length + arriving >= QUEUE_MAX;
  }

  add(job: PoolJob<Order>): void {
    this.waiting.push(job);
    this.next();
  }

  cancel(job: PoolJob<Order>): void {
    const place = this.waiting.indexOf(job);
    if (place >= 0) {
      this.waiting.splice(place, 1);
      job.onDone(failed(null));
      return;
    }
    const lane = this.lanes.find((one) => one.job === job);
    if (!lane) return;
    Atomics.store(lane.stop, 0, 1);
    setTimeout(() => {
      if (lane.job === job) this.end(lane, failed(null));
    }, STOP_MS).unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.waiting.splice(0)) job.onDone(failed("the engine was stopped before it began"));
    const ended = this.lanes.splice(0).map((lane) => {
      this.release(lane, { ...NO_MORE, result: failed("the engine was stopped before it was done") });
      return lane.worker.terminate();
    });
    await Promise.all(ended);
  }

  private next(): void {
    if (this.closed) return;
    const idle = this.lanes.find(({ job }) => job === null);
    const lane = idle ?? (this.lanes.length < this.size ? this.open() : undefined);
    const job = lane && this.waiting.shift();
    if (!lane || !job) return;
    lane.job = job;
    Atomics.store(lane.stop, 0, 0);
    this.allow(lane, this.timeoutMs);
    job.onStart();
    lane.worker.ref();
    lane.worker.postMessage(job.spec);
  }

  /** What users' code is made to wait for the processor is not part of the time that a run has. */
  private allow(lane: Lane, ms: number): void {
    const heldBack = (): number => this.budget?.board.heldBackMs ?? 0;
    const before = heldBack();
    lane.timer = setTimeout(() => {
      const more = heldBack() - before;
      if (more >= 1) this.allow(lane, more);
      else this.end(lane, failed(`it was not done within ${this.timeoutMs / 1000} s`));
    }, ms);
    lane.timer.unref();
  }

  private open(): Lane {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const seat = this.budget?.seat("backtests") ?? null;
    const workerData: WorkerData = { stop, seat };
    const worker = new Worker(new URL("./backtest-worker.js", import.meta.url), { workerData });
    const lane: Lane = { worker, stop, seat, job: null, timer: null };
    this.lanes.push(lane);
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "progress") lane.job?.onProgress(message.share);
      else {
        this.release(lane, message.end);
        this.next();
      }
    });
    worker.on("error", (error) => this.lose(lane, `its thread failed: ${error.message}`));
    worker.on("exit", () => {
      this.budget?.leave(seat);
      this.lose(lane, "its thread ended");
    });
    return lane;
  }

  private lose(lane: Lane, why: string): void {
    if (this.lanes.includes(lane)) lane.job?.onLost?.(why);
    this.end(lane, failed(why));
  }

  /** Gives the thread up, with whatever it is at. */
  private end(lane: Lane, result: Result<JobResult, string | null>): void {
    const place = this.lanes.indexOf(lane);
    if (place < 0) return;
    this.lanes.splice(place, 1);
    void lane.worker.terminate();
    this.release(lane, { ...NO_MORE, result });
    this.next();
  }

  private release(lane: Lane, { result, issue, page }: JobEnd): void {
    const { job, timer } = lane;
    if (timer) clearTimeout(timer);
    lane.job = null;
    lane.timer = null;
    lane.worker.unref(); // an idle thread keeps nothing alive
    job?.onDone(result, issue, page);
  }
}
