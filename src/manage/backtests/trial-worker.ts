// Takes trials of generators' searches from their queue in Redis and makes them in the threads that make runs as well, so
// many at a time as there are. Rules are compiled here first, by this process' own compiler.
import type { JobLine, JobTaker, TakenJob } from "../../bus/bus.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Compile, Tried } from "../../learning/generation.ts";
import { packedTried, unpackedTrial } from "../trial-parcel.ts";
import type { PoolJob } from "./job-queue.ts";
import type { Pool } from "./pool.ts";
import { triedOf, type TrialOrder } from "./trial-order.ts";

export interface TrialWorkerOptions {
  readonly pool: Pool;
  /** Of recorded history. */
  readonly dataDir: string;
  readonly compile: Compile;
}

const STOPPED = failed("it was stopped");

export class TrialWorker {
  private readonly options: TrialWorkerOptions;
  private readonly taker: JobTaker;

  constructor(line: JobLine, options: TrialWorkerOptions) {
    this.options = options;
    this.taker = line.take({ width: options.pool.size, run: (job) => this.run(job) }, "trials");
  }

  /** Trials that were begun here. */
  get taken(): number {
    return this.taker.taken;
  }

  /** What is under way is handed back; the pool is its owner's to close. */
  close(): Promise<void> {
    return this.taker.close();
  }

  /** Rejects with the reason where it cannot be made here; who asked then makes it. */
  private async run(job: TakenJob): Promise<Uint8Array> {
    const end = await this.made(job);
    if (end.ok) return packedTried(end.value);
    if (job.signal.aborted) return new Uint8Array(); // nobody reads it
    throw new Error(end.failure);
  }

  private async made({ body, onProgress, signal }: TakenJob): Promise<Result<Tried, string>> {
    const { pool, dataDir, compile } = this.options;
    const trial = unpackedTrial(body, dataDir);
    if (!trial.ok) return trial;
    const stopped = new Promise<typeof STOPPED>((resolve) => {
      signal.addEventListener("abort", () => resolve(STOPPED), { once: true });
    });
    const compiled = trial.value.kind === "rules" ? await Promise.race([compile(trial.value.text), stopped]) : ok(null);
    if (!compiled.ok) return compiled;
    if (signal.aborted) return STOPPED;
    return new Promise((resolve) => {
      const job: PoolJob<TrialOrder> = {
        spec: { kind: "trial", trial: trial.value, compiled: compiled.value, dataDir },
        onStart: () => undefined,
        onProgress,
        onDone: (result) => resolve(triedOf(result)),
      };
      signal.addEventListener("abort", () => pool.cancel(job), { once: true });
      pool.add(job);
    });
  }
}
