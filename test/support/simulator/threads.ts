// The engine's threads on one thread, a pass at a time, in the order that the seed gives. A kernel worker is the core's
// own loop (`run`, which never sleeps here); the journal is its own JournalLoop. What they say to main waits until it is
// delivered, so that every interleaving of passes and messages can come up. Stands in for node's Worker while a
// simulation runs; the copy for a snapshot, behind which kernel workers wait for each other, is made as worker.ts makes it.
import { EventEmitter } from "node:events";
import workerThreads from "node:worker_threads";
import { syncBuiltinESMExports } from "node:module";
import * as layout from "../../../assembly/layout.ts";
import { JournalLoop, type LoopPort } from "../../../src/stream/journal/journal-loop.ts";
import type { JournalWorkerData, SnapshotRequest } from "../../../src/stream/journal/messages.ts";
import { instantiateCore, type CoreExports } from "../../../src/stream/kernels/core.ts";
import type { WorkerStart } from "../../../src/stream/kernels/worker.ts";
import { copyState } from "../../../src/stream/rings/state-copy.ts";
import type { Random } from "../random.ts";
import { Ended } from "./disk.ts";
import type { VirtualTime } from "./virtual-time.ts";

const TURN_CONSUMED = 1;
const TURN_SIGNALS = 2;
const TURN_SNAPSHOT = 4;
const TURN_STOP = 8;

type News = readonly [event: "message" | "error" | "exit", value: unknown];

export abstract class SimulatedThread extends EventEmitter {
  threadId: number;
  abstract readonly name: string;
  protected readonly inbox: unknown[] = [];
  readonly outbox: News[] = [];
  private readonly threads: Threads;
  private begun = false;

  constructor(threads: Threads) {
    super();
    this.threads = threads;
    this.threadId = threads.enter(this);
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.inbox.push(structuredClone(message, { transfer }));
  }

  terminate(): Promise<number> {
    this.end(1);
    return Promise.resolve(1);
  }

  get alive(): boolean {
    return this.threads.has(this);
  }

  pass(): void {
    try {
      if (!this.begun) this.begin();
      else if (!this.work()) this.end(0);
    } catch (error) {
      if (error instanceof Ended) return; // the whole process ends
      this.outbox.push(["error", error]);
      this.end(1);
    }
    this.begun = true;
  }

  /** One piece of news reaches main. */
  deliver(): void {
    const news = this.outbox.shift();
    if (news === undefined) return;
    if (news[0] === "exit") this.threadId = -1;
    if (news[0] !== "error" || this.listenerCount("error") > 0) this.emit(news[0], news[1]);
  }

  /** It stops where it is. */
  end(code: number): void {
    if (!this.threads.leave(this)) return;
    this.outbox.push(["exit", code]);
  }

  protected abstract begin(): void;
  /** False: it has ended. */
  protected abstract work(): boolean;
}

export class KernelThread extends SimulatedThread {
  readonly name: string;
  readonly data: WorkerStart;
  waiting = false;
  private readonly onState: (state: Uint8Array) => void;
  private readonly core: CoreExports;
  private readonly words: Int32Array;
  private readonly line: number;

  constructor(threads: Threads, data: WorkerStart) {
    super(threads);
    this.data = data;
    this.onState = (state) => threads.onState(state);
    this.name = `kernel ${data.index}`;
    this.core = instantiateCore(data.module, data.memory);
    this.words = new Int32Array(data.memory.buffer);
    this.line = (layout.CONSUMERS + data.index * layout.LINE) >> 2;
  }

  protected begin(): void {
    this.core.attach(this.data.index);
    this.core.rebuildLists();
    Atomics.store(this.words, this.line + (layout.CONSUMER_STATE >> 2), 1);
    this.post();
  }

  protected work(): boolean {
    if (this.waiting) {
      Atomics.add(this.words, this.line + (layout.CONSUMER_BEAT >> 2), 1);
      return Atomics.load(this.words, this.line + (layout.CONSUMER_STOP >> 2)) === 0;
    }
    const turn = this.core.run(0);
    if ((turn & TURN_SNAPSHOT) !== 0) this.waiting = true;
    const watched = (turn & TURN_CONSUMED) !== 0 && Atomics.load(this.words, layout.WATCH >> 2) !== 0;
    if ((turn & TURN_SIGNALS) !== 0 || watched) this.post();
    return (turn & TURN_STOP) === 0;
  }

  /** All workers of this memory stand behind the same event: worker 0 copies the state, then everyone goes on. */
  snapshot(): void {
    if (this.data.index === 0) {
      const at = this.line * 4 + layout.CONSUMER_SEQUENCE;
      const sequence = Number(new BigUint64Array(this.data.memory.buffer, at, 1)[0]);
      const state = copyState(this.data.memory, this.data.plan);
      this.onState(state);
      this.outbox.push(["message", { sequence, state }]);
    }
    this.waiting = false;
    this.core.snapshotTaken();
  }

  private post(): void {
    if (Atomics.exchange(this.words, this.line + (layout.CONSUMER_POSTED >> 2), 1) === 0)
      this.outbox.push(["message", 0]);
  }
}

class JournalThread extends SimulatedThread {
  readonly name = "journal";
  private readonly loop: JournalLoop;

  constructor(threads: Threads, data: JournalWorkerData, time: VirtualTime) {
    super(threads);
    const port: LoopPort = {
      post: (message) => void this.outbox.push(["message", message]),
      receive: () => this.inbox.shift() as SnapshotRequest | undefined,
    };
    this.loop = new JournalLoop(data, port, { monotonicMs: () => time.monotonicMs, wallUs: time.nowUs });
  }

  protected begin(): void {
    this.loop.begin();
  }

  protected work(): boolean {
    return this.loop.pass();
  }
}

export class Threads {
  /** Hears of each state that goes into a snapshot. */
  onState: (state: Uint8Array) => void = () => undefined;
  private readonly alive = new Set<SimulatedThread>();
  /** Those that have news, ended ones included. */
  private known: SimulatedThread[] = [];
  private readonly real = workerThreads.Worker;
  private last = 0;
  private readonly time: VirtualTime;
  private readonly others: (file: URL, data: unknown) => SimulatedThread | null;

  /** `others`: threads that are not the data plane's, by the file of their worker. */
  constructor(time: VirtualTime, others: (file: URL, data: unknown) => SimulatedThread | null = () => null) {
    this.time = time;
    this.others = others;
  }

  install(): void {
    const start = (file: URL, { workerData }: { readonly workerData: unknown }): SimulatedThread => {
      if (file.pathname.endsWith("/kernels/worker.js")) return new KernelThread(this, workerData as WorkerStart);
      if (file.pathname.endsWith("/journal-worker.js"))
        return new JournalThread(this, workerData as JournalWorkerData, this.time);
      const other = this.others(file, workerData);
      if (other === null) throw new Error(`${file.pathname} is no thread of the simulator`);
      return other;
    };
    // Called with `new`: what a constructor returns takes the place of what it made.
    const stand = function Worker(file: URL, options: { readonly workerData: unknown }): SimulatedThread {
      return start(file, options);
    };
    Object.assign(workerThreads, { Worker: stand });
    syncBuiltinESMExports();
  }

  uninstall(): void {
    Object.assign(workerThreads, { Worker: this.real });
    syncBuiltinESMExports();
  }

  enter(thread: SimulatedThread): number {
    this.alive.add(thread);
    this.known.push(thread);
    return ++this.last;
  }
  leave(thread: SimulatedThread): boolean {
    return this.alive.delete(thread);
  }
  has(thread: SimulatedThread): boolean {
    return this.alive.has(thread);
  }

  /** The process ended, and its threads with it. */
  forget(): void {
    this.alive.clear();
    this.known = [];
  }

  /** All of them stop where they are, and nobody hears of it. */
  end(): void {
    for (const thread of this.alive) thread.end(1);
    this.forget();
  }

  /** Ends one of this name where it stands; false without one. */
  endOne(name: string): boolean {
    const one = [...this.alive].find((thread) => thread.name === name);
    one?.end(1);
    return one !== undefined;
  }

  /** One pass of one thread; its name, or null when there is none. */
  pass(random: Random): string | null {
    const all = [...this.alive];
    const thread = all[random.integer(all.length)];
    if (thread === undefined) return null;
    thread.pass();
    this.meet();
    return thread.name;
  }

  /** One pass of each. */
  passAll(): void {
    for (const thread of this.alive) thread.pass();
    this.meet();
  }

  /** One piece of news of one thread reaches main. */
  deliver(random: Random): boolean {
    const telling = this.known.filter(({ outbox }) => outbox.length > 0);
    const thread = telling[random.integer(telling.length)];
    if (thread === undefined) return false;
    thread.deliver();
    if (!thread.alive && thread.outbox.length === 0) this.known = this.known.filter((one) => one !== thread);
    return true;
  }

  /** Ends a kernel worker where it stands; false without one. */
  killKernel(random: Random): boolean {
    const kernels = [...this.alive].filter((one) => one instanceof KernelThread);
    const one = kernels[random.integer(kernels.length)];
    one?.end(1);
    return one !== undefined;
  }

  /** Kernel workers that all wait behind a snapshot's event go on behind it. */
  private meet(): void {
    const kernels = [...this.alive].filter((one) => one instanceof KernelThread);
    const first = kernels.find(({ waiting }) => waiting);
    if (first === undefined) return;
    const mine = kernels.filter(({ data }) => data.memory === first.data.memory);
    if (mine.length === first.data.plan.workers && mine.every(({ waiting }) => waiting)) {
      for (const kernel of mine) kernel.snapshot();
    }
  }
}
