// The kernel workers: starts them over a plane, hears their wake-ups, releases signals in order, tells when a sequence
// has been evaluated by all, collects snapshots, and stops them. Main never waits for a worker, except to stop it.
import { Worker } from "node:worker_threads";
import * as layout from "../../../assembly/layout.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { SignalRings, type SignalRecord, type SignalTotals } from "../rings/signal-ring.ts";
import type { SnapshotMessage, WorkerStart } from "./worker.ts";

export interface KernelsOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  readonly start: SignalTotals;
  readonly onSignals: (signals: readonly SignalRecord[], totals: SignalTotals) => void;
  readonly onSnapshot: (snapshot: SnapshotMessage) => void;
  readonly onFailure: (worker: number, error: Error) => void;
}

interface Waiter {
  readonly sequence: number;
  readonly done: () => void;
  readonly fail: (error: Error) => void;
}

export class Kernels {
  private readonly options: KernelsOptions;
  private readonly words: Int32Array;
  private readonly rings: SignalRings;
  private workers: Worker[] = [];
  private waiters: Waiter[] = [];
  private stopping = false;
  private failure: Error | null = null;

  constructor(options: KernelsOptions) {
    this.options = options;
    this.words = new Int32Array(options.memory.buffer);
    this.rings = new SignalRings(options.memory, options.plan, options.start);
  }

  /** Resolves when every worker has attached and waits for events. */
  async start(): Promise<void> {
    const { memory, module, plan, start } = this.options;
    const sequences = new BigUint64Array(memory.buffer);
    const ready: Promise<void>[] = [];
    for (let index = 0; index < plan.workers; index++) {
      const line = this.line(index);
      sequences[(line * 4 + layout.CONSUMER_SEQUENCE) / 8] = BigInt(start.sequence);
      this.words[line + (layout.CONSUMER_STOP >> 2)] = 0;
      Atomics.store(this.words, line + (layout.CONSUMER_ACTIVE >> 2), 1);
      const workerData: WorkerStart = { module, memory, plan, index };
      const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
      this.workers.push(worker);
      ready.push(
        new Promise((resolve, reject) => {
          worker.once("message", () => resolve());
          worker.once("error", reject);
        }),
      );
      worker.on("message", (message: SnapshotMessage | 0) => this.heard(index, message));
      worker.on("error", (error) => this.fail(index, error));
      worker.on("exit", (code) => {
        if (!this.stopping && code !== 0)
          this.fail(index, new Error(`kernel worker ${index} exited with code ${code}`));
      });
    }
    await Promise.all(ready);
  }

  /** Sequence below which everything has been evaluated, by all workers. */
  get watermark(): number {
    return this.rings.watermark();
  }

  /**
   * Resolves once every event below `sequence` has been evaluated and its signals were released; rejects when a worker
   * has failed, because that will not come any more.
   */
  evaluated(sequence: number): Promise<void> {
    if (this.pump() >= sequence) return Promise.resolve();
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiters.push({ sequence, done: resolve, fail: reject });
      Atomics.store(this.words, layout.WATCH >> 2, 1);
      // A worker may have caught up between the look and the flag, and would then stay silent.
      this.pump();
    });
  }

  /** Releases what is ready and returns the sequence up to which; called on wake-ups, harmless at any other time. */
  pump(): number {
    const { signals, totals } = this.rings.take();
    this.options.onSignals(signals, totals);
    if (this.waiters.length === 0) return totals.sequence;
    const due = this.waiters.filter((waiter) => waiter.sequence <= totals.sequence);
    this.waiters = this.waiters.filter((waiter) => waiter.sequence > totals.sequence);
    if (this.waiters.length === 0) Atomics.store(this.words, layout.WATCH >> 2, 0);
    for (const waiter of due) waiter.done();
    return totals.sequence;
  }

  /** Passes of worker loops so far; a worker that waits still passes once a second. */
  beats(): number[] {
    return this.workers.map((_, index) => this.words[this.line(index) + (layout.CONSUMER_BEAT >> 2)] ?? 0);
  }

  /** Ends a worker that does not move any more; it then counts as failed. */
  terminate(index: number): void {
    void this.workers[index]?.terminate();
  }

  /** Lets every worker leave its loop behind the event it works on. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ended = this.workers.map(
      (worker) =>
        new Promise<void>((resolve) => {
          if (worker.threadId < 0)
            resolve(); // it has ended already
          else worker.once("exit", () => resolve());
        }),
    );
    this.workers.forEach((_, index) => {
      const line = this.line(index);
      Atomics.store(this.words, line + (layout.CONSUMER_STOP >> 2), 1);
      Atomics.store(this.words, line + (layout.CONSUMER_SLEEPING >> 2), 0);
      Atomics.notify(this.words, line + (layout.CONSUMER_SLEEPING >> 2));
      Atomics.notify(this.words, (layout.SIGNAL_COUNTERS + index * layout.SIGNAL_COUNTERS_BYTES + layout.LINE) >> 2);
    });
    await Promise.all(ended);
    this.workers = [];
  }

  private heard(index: number, message: SnapshotMessage | 0): void {
    if (message !== 0) {
      this.options.onSnapshot(message);
      return;
    }
    Atomics.store(this.words, this.line(index) + (layout.CONSUMER_POSTED >> 2), 0);
    this.pump();
  }

  private fail(index: number, error: Error): void {
    if (this.stopping || this.failure) return;
    this.failure = error;
    for (const waiter of this.waiters.splice(0)) waiter.fail(error);
    this.options.onFailure(index, error);
  }

  private line(index: number): number {
    return (layout.CONSUMERS + index * layout.LINE) >> 2;
  }
}
