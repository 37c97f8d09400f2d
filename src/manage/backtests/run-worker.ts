// Takes runs from the queue in Redis and makes them in the threads of this process, as many at a time as there are; a process
// that does nothing else takes trials of generators as well.
import type { JobLine, JobTaker, TakenJob } from "../../bus/bus.ts";
import { Budget, type Limits } from "../../sandbox/sandbox.ts";
import type { PoolJob } from "./job-queue.ts";
import type { JobEnd } from "./job.ts";
import { openCompiler, ruleCompiler } from "../compiling.ts";
import { packedEnd, type ParcelEnd, unpacked } from "./parcel.ts";
import { Pool } from "./pool.ts";
import { TrialWorker } from "./trial-worker.ts";

export interface WorkSettings {
  /** Where recorded history lies; null: there is none. */
  readonly dataDir: string | null;
  readonly timeoutMs: number;
  /** Of all users' code together. */
  readonly limits: Limits;
  /** Where what was compiled is kept; null: nowhere. */
  readonly compiledDir: string | null;
}
export interface Working {
  readonly threads: number;
  /** Runs that were begun. */
  readonly taken: number;
  /** Trials that were begun. */
  readonly trials: number;
  close(): Promise<void>;
}

/** What a process does that does nothing else. Without recorded history there is nothing to try candidates on. */
export function workOff(line: JobLine, { dataDir, timeoutMs, limits, compiledDir }: WorkSettings): Working {
  const budget = new Budget(limits);
  const pool = new Pool(timeoutMs, budget);
  const worker = new RunWorker(line, pool, dataDir);
  const compiler = openCompiler(compiledDir, budget);
  const compile = ruleCompiler(compiler);
  const trials = dataDir === null ? null : new TrialWorker(line, { pool, dataDir, compile });
  return {
    threads: pool.size,
    get taken() {
      return worker.taken;
    },
    get trials() {
      return trials?.taken ?? 0;
    },
    close: async () => {
      await Promise.all([worker.close(), trials?.close()]);
      compiler.close();
      await pool.close();
    },
  };
}

export class RunWorker {
  private readonly pool: Pool;
  private readonly dataDir: string | null;
  private readonly taker: JobTaker;

  constructor(line: JobLine, pool: Pool, dataDir: string | null) {
    this.pool = pool;
    this.dataDir = dataDir;
    this.taker = line.take({ width: pool.size, run: (job) => this.run(job) });
  }

  /** Runs that were begun here. */
  get taken(): number {
    return this.taker.taken;
  }

  /** What is under way is handed back; the pool is its owner's to close. */
  close(): Promise<void> {
    return this.taker.close();
  }

  private run({ body, onProgress, signal }: TakenJob): Promise<Uint8Array> {
    const spec = unpacked(body, this.dataDir);
    // Another worker may have the history that this one lacks.
    if (!spec.ok) return Promise.resolve(packedEnd({ result: spec, issue: null, page: null, lost: spec.failure }));
    return new Promise((resolve) => {
      let lost: ParcelEnd["lost"] = null;
      const job: PoolJob = {
        spec: spec.value,
        onStart: () => undefined,
        onProgress,
        onLost: (why) => (lost = why),
        onDone: (result: JobEnd["result"], issue = null, page = null) =>
          resolve(packedEnd({ result, issue, page, lost })),
      };
      signal.addEventListener("abort", () => this.pool.cancel(job), { once: true });
      this.pool.add(job);
    });
  }
}
