// One thread of executions as main sees it: its feed, its letters, its news, and which symbols it wants. The feed outlives
// the thread: one that dies or does not move any more is replaced, and the next begins at the row behind the last news.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { ExecutionWorkerData } from "./execution-worker.ts";
import { type Budget, type Seat, threadState } from "../../sandbox/sandbox.ts";
import { createFeedMemory, FeedWriter } from "./feed-ring.ts";
import type { Letter, News } from "./messages.ts";
import { PATIENCE, Stillness } from "./stillness.ts";

/** Who hands out the slots of threads at the board of limits. */
export interface Seats {
  readonly memory: SharedArrayBuffer;
  take(): number;
  /** Its thread is gone: what it had claimed stays claimed, a lock that it held does not. */
  lost(slot: number): void;
  /** Nothing is claimed in it any more. */
  free(slot: number): void;
}

const SYMBOLS = 65_536;
const HEAP_MB = 512;

export interface CrewListener {
  news(news: News): void;
  /** `culprit`: the number of the execution that it was at, 0 for none. */
  lost(crew: Crew, reason: string, culprit: number): void;
}

export class Crew {
  readonly feed: FeedWriter;
  /** Numbers of its executions. */
  readonly keys = new Set<number>();
  /** How many executions want each symbol of the stream, and how many all of them. */
  readonly wanted = new Uint16Array(SYMBOLS);
  everything = 0;
  /** How many of its executions had nothing to do when it told of them last. */
  asleep = 0;
  /** How many threads it has had. */
  opened = 0;
  /** It has missed rows. */
  overrun = false;
  private readonly memory = createFeedMemory();
  private readonly listener: CrewListener;
  private readonly budget: Budget | null;
  private seat: Seat | null = null;
  private readonly seats: Seats | null;
  /** Where its thread claims. */
  private slot = 0;
  /** Where threads that were lost had claimed, until their executions are in the next one. */
  private readonly orphaned: number[] = [];
  private readonly returning = new Set<number>();
  private worker: Worker | null = null;
  private port: MessagePort | null = null;
  private stillness = new Stillness(0);
  private firstBeat = 0;
  /** Its thread has made its first step. */
  private begun = false;

  /** `seats`: slots at the board of limits, used in turn; null: there is no board. */
  constructor(listener: CrewListener, budget: Budget | null, seats: Seats | null = null) {
    this.listener = listener;
    this.budget = budget;
    this.seats = seats;
    this.feed = new FeedWriter(this.memory);
    this.open(false);
  }

  send(letter: Letter): void {
    this.port?.postMessage(letter);
    this.feed.post();
  }

  /** `held`: in place of one that was lost; it takes no row before it is told to go. */
  open(held: boolean): void {
    this.opened++;
    const { port1, port2 } = new MessageChannel();
    this.seat = this.budget?.seat("executions") ?? null;
    const limits = this.seats === null ? null : { board: this.seats.memory, slot: this.seats.take() };
    this.slot = limits?.slot ?? 0;
    const workerData: ExecutionWorkerData = { memory: this.memory, port: port2, held, seat: this.seat, limits };
    const worker = new Worker(new URL("./execution-worker.js", import.meta.url), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.worker = worker;
    this.port = port1;
    this.begun = false;
    this.firstBeat = this.feed.beat;
    this.stillness = new Stillness(this.firstBeat);
    port1.on("message", (news: News) => this.listener.news(news));
    port1.unref();
    worker.unref();
    const lost = (reason: string): void => {
      if (this.worker === worker) void this.lose(reason);
    };
    worker.on("error", (error) => lost(`their thread failed: ${error.message}`));
    worker.on("exit", () => lost("their thread ended"));
  }

  /** Its executions are on their way into the next thread: asked before any of them is given up. */
  reopens(): void {
    for (const key of this.keys) this.returning.add(key);
    this.settle();
  }
  /** One of them is there and has claimed anew what it holds, or is over. */
  returned(key: number): void {
    this.returning.delete(key);
    this.settle();
  }

  /**
   * Called at intervals: a thread that has not moved for `most` of them is given up. Later, where it has waited for the
   * processor, and where it has not begun: until its first step it loads its code, for which a busy machine takes long.
   */
  look(most: number): void {
    const { beat, thread } = this.feed;
    this.begun ||= beat !== this.firstBeat;
    this.stillness.look(beat, performance.now(), () => (this.begun && thread > 0 ? threadState(thread) : null));
    if (this.worker === null || !this.stillness.hangs(this.begun ? most : most * PATIENCE)) return;
    void this.lose(this.begun ? "their thread did not move any more" : "their thread did not begin");
  }

  async close(): Promise<void> {
    const { worker, port } = this;
    this.worker = null;
    if (worker === null || port === null) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.send({ kind: "close" });
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(timer);
    this.hear(port);
    port.close();
  }

  /**
   * Gives the thread up. What it had told is heard once it has ended for good: until then it may go on, and what it
   * settles it has told before. `culprit`: the execution that it was at, 0: none.
   */
  async lose(reason: string, culprit = this.feed.current): Promise<void> {
    const { worker, port } = this;
    if (worker === null) return;
    this.worker = null;
    this.port = null;
    await worker.terminate();
    this.budget?.leave(this.seat);
    if (port !== null) this.hear(port);
    port?.close();
    this.seats?.lost(this.slot);
    this.orphaned.push(this.slot);
    this.listener.lost(this, reason, culprit);
  }

  private settle(): void {
    if (this.returning.size === 0) for (const slot of this.orphaned.splice(0)) this.seats?.free(slot);
  }

  private hear(port: MessagePort): void {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      this.listener.news(next.message as News);
  }
}

const CLOSE_MS = 2_000;
