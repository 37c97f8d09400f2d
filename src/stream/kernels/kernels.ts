// The kernel workers: starts them over a plane, hears their wake-ups, releases signals in order, tells when a sequence
// has been evaluated by all, collects snapshots, and stops them. Main never waits for a worker, except to stop it.
// Every wait ends: from start to stop a watchdog looks every LOOK_MS whether each worker moves. One that does not is
// ended and counts as failed, and a failure answers all who wait. So nobody waits for a hung worker beyond two looks.
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
  /** `spare`: takes the state's buffer back once it is not needed any more, for the next one. */
  readonly onSnapshot: (snapshot: SnapshotMessage, spare: (room: ArrayBuffer) => void) => void;
  readonly onFailure: (worker: number, error: Error) => void;
}

/** A worker passes its loop at least once a second, also while it waits for events. */
const LOOK_MS = 10_000;
/**
 * A worker whose signal ring is full waits within its batch, and cannot say so: its signals are fetched unasked, so long
 * after events came that not every worker has passed. At rest nobody looks.
 */
const PUMP_MS = 20;

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
  private watchdog: NodeJS.Timeout | null = null;
  private pumping: NodeJS.Timeout | null = null;
  private seen: readonly number[] = [];
  private stopping = false;
  /** Why nothing is evaluated any more; null while all workers live. */
  failure: Error | null = null;

  constructor(options: KernelsOptions) {
    this.options = options;
    this.words = new Int32Array(options.memory.buffer);
    this.rings = new SignalRings(options.memory, options.plan, options.start);
  }

  /** Resolves when every worker has attached and waits for events; rejects when one ends before. */
  async start(): Promise<void> {
    this.watchdog = setInterval(() => this.look(), LOOK_MS);
    const { memory, plan, start } = this.options;
    const sequences = new BigUint64Array(memory.buffer);
    const ready: Promise<void>[] = [];
    for (let index = 0; index < plan.workers; index++) {
      const line = this.line(index);
      sequences[(line * 4 + layout.CONSUMER_SEQUENCE) / 8] = BigInt(start.sequence);
      this.words[line + (layout.CONSUMER_STOP >> 2)] = 0;
      Atomics.store(this.words, line + (layout.CONSUMER_ACTIVE >> 2), 1);
      ready.push(this.launch(index));
    }
    await Promise.all(ready);
    this.stir();
  }

  /** Events have become visible: they are looked after until all workers have passed them. */
  stir(): void {
    if (this.watchdog === null || this.pumping !== null) return;
    this.pumping = setTimeout(() => {
      this.pumping = null;
      const passed = this.passed; // before the look, so that what comes meanwhile has one of its own
      this.pump();
      if (!passed) this.stir();
    }, PUMP_MS);
  }

  private launch(index: number): Promise<void> {
    const { memory, module, plan } = this.options;
    const workerData: WorkerStart = { module, memory, plan, index };
    const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
    this.workers.push(worker);
    return new Promise((attached, reject) => {
      const ended = (error: Error): void => {
        reject(error);
        this.fail(index, error);
      };
      worker.on("message", (message: SnapshotMessage | 0) => {
        attached();
        this.heard(index, message);
      });
      worker.on("error", ended);
      worker.on("exit", (code) => ended(new Error(`kernel worker ${index} exited with code ${code}`)));
    });
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
      this.stir();
      // A worker may have caught up between the look and the flag, and would then stay silent.
      this.pump();
    });
  }

  /** No worker has an event before it. */
  private get passed(): boolean {
    const head = Atomics.load(this.words, layout.EVENT_HEAD >> 2);
    return this.workers.every((_, index) => {
      return Atomics.load(this.words, this.line(index) + (layout.CONSUMER_TAIL >> 2)) === head;
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

  /** Ends each worker that has not passed its loop since the last look; the watchdog's work, callable by tests. */
  look(): void {
    const beats = this.workers.map((_, index) => this.words[this.line(index) + (layout.CONSUMER_BEAT >> 2)] ?? 0);
    const still = beats.flatMap((beat, index) => (beat === this.seen[index] ? [index] : []));
    this.seen = beats;
    for (const index of still) {
      this.terminate(index);
      this.fail(index, new Error("it does not move any more"));
    }
  }

  /** Ends a worker; it then counts as failed. */
  terminate(index: number): void {
    void this.workers[index]?.terminate();
  }

  /** Lets every worker leave its loop behind the event it works on; the watchdog ends one that does not leave. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.stir();
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
    if (this.watchdog !== null) clearInterval(this.watchdog);
    if (this.pumping !== null) clearTimeout(this.pumping);
    this.watchdog = null;
    this.workers = [];
    this.pump();
    this.failure ??= new Error("the kernel workers have been stopped");
    for (const waiter of this.waiters.splice(0)) waiter.fail(this.failure);
  }

  private heard(index: number, message: SnapshotMessage | 0): void {
    if (message !== 0) {
      this.pump(); // all signals of events before the snapshot are released before it is
      const worker = this.workers[index];
      this.options.onSnapshot(message, (room) => worker?.postMessage(room, [room]));
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
