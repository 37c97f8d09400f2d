// The learning thread, as the main thread sees it: one worker of low priority for what takes long, with a queue in front of
// it. Made when it is first needed. It counts its steps in shared memory; one that stands still for HANG_MS is ended and
// replaced, as is one that died; the job that it had fails with a sentence, those that wait go on with the next one.
// Trials that it hands out to other processes go through here (trial-sender.ts). Nobody waits for it but who asked. Main
// thread only.
import { Worker } from "node:worker_threads";
import type { JobLine } from "../../bus/bus.ts";
import { failed } from "../../domain/result.ts";
import type { Compile } from "../../learning/generation.ts";
import type { Log } from "../../telemetry/log.ts";
import type { LearningJob } from "./jobs.ts";
import {
  type CompileAnswer,
  type FromLearning,
  type LearningWorkerData,
  type SearchProgress,
  type ToldByLearning,
  type TrialAnswer,
  type TrialAsk,
  WORD_ATTENDED,
  WORD_STEPS,
  WORD_STOP,
  WORDS,
} from "./thread-words.ts";
import { NOBODY, TrialSender } from "./trial-sender.ts";

export interface WorkOptions {
  /** Share of one processor that the thread may have, 0 < x <= 1. */
  readonly share: number;
  readonly log: Log;
  readonly hangMs?: number;
  /** In place of the learning thread's own file, for tests of threads that hang or die. */
  readonly file?: URL;
  /** By which other processes are handed trials; without it none are. */
  readonly line?: JobLine | null;
}
/** What is under way. */
export interface Search extends SearchProgress {
  readonly job: LearningJob;
  /** That it is about. */
  readonly strategy: string;
  /** Candidates that other processes are at. */
  readonly away: number;
}

interface Waiting {
  readonly job: LearningJob;
  readonly resolve: (result: FromLearning) => void;
}
interface Lane {
  readonly worker: Worker;
  readonly words: Int32Array;
  now: Waiting | null;
  progress: SearchProgress;
  steps: number;
}

const HANG_MS = 60_000;
const LOOK_SHARE = 0.5;
const QUEUE_MAX = 32;
const BEGUN: SearchProgress = { tried: 0, planned: 0 };

export class LearningThread {
  jobs = 0;
  failures = 0;
  replaced = 0;
  /** Candidates that were tried. */
  trials = 0;
  /** Why the newest thread was lost; null once one has done its work again. */
  trouble: string | null = null;
  private readonly options: WorkOptions;
  private compile: Compile = () => Promise.resolve(failed("there is no compiler"));
  private readonly waiting: Waiting[] = [];
  private lane: Lane | null = null;
  private sender: TrialSender | null = null;
  private watch: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: WorkOptions) {
    this.options = options;
  }

  /** Jobs that wait or are under way. */
  get busy(): number {
    return this.waiting.length + (this.lane?.now ? 1 : 0);
  }

  /** Null: nothing is. */
  get search(): Search | null {
    const { lane, sender } = this;
    if (lane === null || lane.now === null) return null;
    const { job } = lane.now;
    const strategy = job.kind === "generation" ? job.strategy : (job.signals[0] ?? "");
    return { job, strategy, ...lane.progress, away: sender?.size ?? 0 };
  }

  /** How other processes stand to trials. */
  get trialsAway(): Pick<TrialSender, "answered" | "returned" | "attended"> {
    return this.sender ?? { answered: 0, returned: 0, attended: false };
  }

  /** Rule texts of jobs are compiled by it. */
  compileBy(compile: Compile): void {
    this.compile = compile;
  }

  /** The failure is a sentence. */
  run(job: LearningJob): Promise<FromLearning> {
    if (this.closed) return Promise.resolve(failed("the engine is shutting down"));
    if (this.waiting.length >= QUEUE_MAX) return Promise.resolve(failed(`${QUEUE_MAX} jobs of learning wait already`));
    return new Promise((resolve) => {
      this.waiting.push({ job, resolve });
      this.next();
    });
  }

  /** What is under way and what waits ends soon; the next job is done as ever. */
  stop(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve(failed("stopped"));
    if (this.lane !== null && this.lane.now !== null) Atomics.store(this.lane.words, WORD_STOP, 1);
    if (this.lane !== null) Atomics.notify(this.lane.words, WORD_STOP);
    this.sender?.takeBack();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.watch);
    for (const { resolve } of this.waiting.splice(0)) resolve(failed("the engine is shutting down"));
    const { lane } = this;
    this.lane = null;
    lane?.now?.resolve(failed("the engine is shutting down"));
    await lane?.worker.terminate();
    await this.sender?.close();
  }

  private next(): void {
    if (this.closed || this.waiting.length === 0) return;
    const lane = (this.lane ??= this.open());
    if (lane.now !== null) return;
    const now = this.waiting.shift() ?? null;
    if (now === null) return;
    lane.now = now;
    lane.progress = BEGUN;
    Atomics.store(lane.words, WORD_STOP, 0);
    lane.worker.postMessage(now.job);
  }

  private open(): Lane {
    const words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
    const { line = null, log } = this.options;
    if (line !== null) this.sender ??= new TrialSender(line, log, (attended) => this.attend(attended));
    Atomics.store(words, WORD_ATTENDED, this.sender?.attended === true ? 1 : 0);
    const workerData: LearningWorkerData = { words, share: this.options.share };
    const worker = new Worker(this.options.file ?? new URL("./learning-worker.js", import.meta.url), { workerData });
    worker.unref(); // it keeps no process alive
    const lane: Lane = { worker, words, now: null, progress: BEGUN, steps: 0 };
    worker.on("message", (told: ToldByLearning) => this.heard(lane, told));
    worker.on("error", (error) => this.lost(lane, `the learning thread died: ${String(error)}`));
    worker.on("exit", () => this.lost(lane, "the learning thread ended"));
    const every = (this.options.hangMs ?? HANG_MS) * LOOK_SHARE;
    clearInterval(this.watch);
    let still = 0;
    this.watch = setInterval(() => {
      const steps = Atomics.load(words, WORD_STEPS);
      // Before its first step it is still being loaded, however slow the machine is.
      still = lane.now !== null && steps > 0 && steps === lane.steps ? still + 1 : 0;
      lane.steps = steps;
      if (still >= 1 / LOOK_SHARE) this.lost(lane, "the learning thread stood still");
    }, every);
    this.watch.unref();
    return lane;
  }

  private heard(lane: Lane, told: ToldByLearning): void {
    if ("compile" in told) void this.compiled(lane, told.compile);
    else if ("trial" in told) void this.away(lane, told);
    else if ("planned" in told) lane.progress = told;
    else this.done(lane, told);
  }

  private attend(attended: boolean): void {
    if (this.lane !== null) Atomics.store(this.lane.words, WORD_ATTENDED, attended ? 1 : 0);
  }

  private async away(lane: Lane, { trial, body }: TrialAsk): Promise<void> {
    const stopped = Atomics.load(lane.words, WORD_STOP) === 1;
    const wanted = lane === this.lane && !stopped && this.sender !== null;
    const news = wanted ? await this.sender?.offer(body) : undefined;
    if (lane === this.lane) lane.worker.postMessage({ trial, ...(news ?? NOBODY) } satisfies TrialAnswer);
  }

  private async compiled(lane: Lane, code: string): Promise<void> {
    const compiled = await this.compile(code).catch((error: unknown) => failed(String(error)));
    if (lane === this.lane) lane.worker.postMessage({ compiled } satisfies CompileAnswer);
  }

  private done(lane: Lane, result: FromLearning): void {
    if (lane !== this.lane) return;
    this.jobs += 1;
    if (result.ok) this.trials += Number(result.value.evidence["trials"] ?? 0);
    else this.failures += 1;
    this.trouble = null;
    lane.now?.resolve(result);
    lane.now = null;
    this.next();
  }

  private lost(lane: Lane, why: string): void {
    if (lane !== this.lane || this.closed) return;
    this.lane = null;
    this.sender?.takeBack();
    clearInterval(this.watch);
    this.replaced += 1;
    this.failures += 1;
    this.trouble = `${why}; another one takes its place`;
    this.options.log.error("the learning thread is replaced", { why });
    void lane.worker.terminate();
    lane.now?.resolve(failed(why));
    this.next();
  }
}
