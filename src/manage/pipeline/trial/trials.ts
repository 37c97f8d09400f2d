// The threads of the trials: a few, made when they are needed, with a queue in front. One that does not answer in time, or
// whose pipeline ends meanwhile, is given up together with its thread; the others go on.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { failed, type Result } from "../../../domain/result.ts";
import type { Budget } from "../../../sandbox/sandbox.ts";
import type { Trial, TrialKind, TrialReply, TrialRequest } from "./trial.ts";

export type { Trial, TrialKind } from "./trial.ts";

export interface TrialHooks {
  /** A thread is at it from now on. */
  readonly onStart: () => void;
  /** The thread was lost, by no decision of ours: another try may do better. Told before the failure. */
  readonly onLost: (why: string) => void;
}

interface Job {
  readonly request: TrialRequest;
  readonly signal: AbortSignal;
  readonly hooks: TrialHooks;
  readonly done: (reply: TrialReply) => void;
}
interface Lane {
  readonly worker: Worker;
  job: Job | null;
}

const MANY_CORES = 4;
const WAITING_MAX = 100;
const HEAP_MB = 256;

export class Trials {
  private readonly size = availableParallelism() >= MANY_CORES ? 2 : 1;
  private readonly lanes: Lane[] = [];
  private readonly budget: Budget | null;
  private waiting: Job[] = [];

  /** `budget`: over all users' code. */
  constructor(budget: Budget | null = null) {
    this.budget = budget;
  }

  /** As many wait as anybody should wait behind. */
  get full(): boolean {
    return this.waiting.length >= WAITING_MAX;
  }

  /** The failure is a sentence. */
  run<K extends TrialKind>(
    kind: K,
    asked: Trial[K]["asked"],
    signal: AbortSignal,
    hooks: TrialHooks,
  ): Promise<Result<Trial[K]["answer"], string>> {
    return new Promise((done) => {
      const request = { kind, ...asked } as TrialRequest;
      const job: Job = { request, signal, hooks, done };
      signal.addEventListener("abort", () => this.drop(job), { once: true });
      this.waiting.push(job);
      this.next();
    });
  }

  async close(): Promise<void> {
    for (const { done } of this.waiting.splice(0)) done(failed("the engine ends"));
    await Promise.all(this.lanes.splice(0).map(({ worker }) => worker.terminate()));
  }

  private next(): void {
    const lane = this.lanes.find(({ job }) => job === null) ?? (this.lanes.length < this.size ? this.open() : null);
    const job = lane === null ? undefined : this.waiting.shift();
    if (lane === null || job === undefined) return;
    lane.job = job;
    job.hooks.onStart();
    lane.worker.ref();
    lane.worker.postMessage(job.request);
  }

  private open(): Lane {
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };
    const seat = this.budget?.seat("trials") ?? null;
    const worker = new Worker(new URL("./trial-worker.js", import.meta.url), { resourceLimits, workerData: seat });
    const lane: Lane = { worker, job: null };
    this.lanes.push(lane);
    worker.on("message", (reply: TrialReply) => {
      this.free(lane, reply);
      this.next();
    });
    worker.on("error", (error) => this.lose(lane, `its thread failed: ${error.message}`));
    worker.on("exit", () => {
      this.budget?.leave(seat);
      this.lose(lane, "its thread ended");
    });
    return lane;
  }

  private drop(job: Job): void {
    this.waiting = this.waiting.filter((one) => one !== job);
    const lane = this.lanes.find((one) => one.job === job);
    if (lane) this.end(lane, "cancelled");
    else job.done(failed("cancelled"));
  }

  private lose(lane: Lane, why: string): void {
    if (this.lanes.includes(lane)) lane.job?.hooks.onLost(why);
    this.end(lane, why);
  }

  private end(lane: Lane, why: string): void {
    const place = this.lanes.indexOf(lane);
    if (place < 0) return;
    this.lanes.splice(place, 1);
    void lane.worker.terminate();
    this.free(lane, failed(why));
    this.next();
  }

  private free(lane: Lane, reply: TrialReply): void {
    const { job } = lane;
    lane.job = null;
    lane.worker.unref(); // an idle thread keeps nothing alive
    job?.done(reply);
  }
}
