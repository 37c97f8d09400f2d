// The working side of the job queue: takes jobs as long as there is room, tells how far they are, and looks whether they
// are still wanted. A process that dies in the middle of one holds it for LOCK_MS more; then another one takes it, three
// times at most. A process that ends in order hands back what it was at. As long as it takes jobs it says so, for those
// who would do them themselves otherwise. Main thread only.
import { type Job, WaitingError, Worker } from "bullmq";
import type { Cluster, Redis } from "ioredis";
import type { Log } from "../../telemetry/log.ts";
import { JOB_PREFIX, jobKeys, JOBS_TTL_MS, ownerKey, takersKey } from "../keys.ts";
import type { RedisAddress } from "../redis-address.ts";
import { jobClient, within } from "./connection.ts";
import { OWNER_GONE, sha256 } from "./job-sender.ts";

export interface TakenJob {
  readonly body: Uint8Array;
  readonly onProgress: (share: number) => void;
  /** Aborted where nobody wants it any more, or this process ends. */
  readonly signal: AbortSignal;
}

export interface TakerOptions {
  /** Jobs at the same time. */
  readonly width: number;
  readonly log: Log;
  /** Gives the bytes of the result; what it throws becomes the reason of a failure. */
  run(job: TakenJob): Promise<Uint8Array>;
  readonly lockMs?: number;
}

export const LOCK_MS = 10_000;
/** After so long without a word a taker is taken for dead. */
const TAKERS_MS = 15_000;
const TOLD_EVERY_MS = 3_000;
const STALLED_MAX = 2;
const WANTED_EVERY_MS = 250;
/** What handing back may take. */
const CLOSE_MS = 5_000;
/** An owner that has just come back to a Redis that had been away needs a moment to say so. */
const OWNER_WAIT_MS = 10_000;

export class JobTaker {
  taken = 0;
  private readonly options: TakerOptions;
  private readonly redis: Redis | Cluster;
  private readonly worker: Worker;
  private readonly underWay = new Set<AbortController>();
  private readonly name: string;
  private readonly telling: NodeJS.Timeout;
  private closing = false;

  constructor(name: string, address: RedisAddress, options: TakerOptions) {
    this.options = options;
    this.name = name;
    this.redis = jobClient(address, true);
    const lockMs = options.lockMs ?? LOCK_MS;
    this.worker = new Worker(name, (job, token) => this.work(job as Job<JobData>, token), {
      connection: this.redis,
      prefix: JOB_PREFIX,
      concurrency: options.width,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: STALLED_MAX,
      drainDelay: 1,
      skipVersionCheck: true,
    });
    let told = "";
    const refused = (error: Error): void => {
      if (error.message === told || this.closing) return;
      told = error.message;
      options.log.warn("jobs cannot be taken for now", { reason: error.message });
    };
    this.redis.on("error", refused);
    this.redis.on("ready", () => {
      told = "";
      this.tell();
    });
    this.worker.on("error", refused);
    this.telling = setInterval(() => this.tell(), TOLD_EVERY_MS);
  }

  /** Hands back what is under way. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.telling);
    for (const one of this.underWay) one.abort();
    const away = this.redis.status !== "ready";
    await within(
      this.worker.close(away).catch(() => undefined),
      CLOSE_MS,
    );
    this.redis.disconnect();
  }

  private tell(): void {
    if (this.redis.status !== "ready" || this.closing) return;
    void this.redis.set(takersKey(this.name), "1", "PX", TAKERS_MS).catch(() => undefined);
  }

  private async work(job: Job<JobData>, token: string | undefined): Promise<{ readonly hash: string }> {
    const id = job.id ?? "";
    const keys = jobKeys(id);
    this.taken += 1;
    const body = await this.redis.getBuffer(keys.body);
    if (body === null || sha256(body) !== job.data.hash) throw new Error("its request is gone from Redis");
    const owned = await this.isOwned(job.data.owner);
    if (this.closing) return handBack(job, token);
    if (!owned) throw new Error(OWNER_GONE);
    const aborter = new AbortController();
    this.underWay.add(aborter);
    const watch = setInterval(() => void this.watch(keys.cancel, aborter), WANTED_EVERY_MS);
    try {
      const onProgress = (share: number): void => void job.updateProgress(share).catch(() => undefined);
      const result = await this.options.run({ body, onProgress, signal: aborter.signal });
      if (this.closing && aborter.signal.aborted) return await handBack(job, token);
      const bytes = Buffer.from(result.buffer, result.byteOffset, result.byteLength);
      await this.redis.set(keys.result, bytes, "PX", JOBS_TTL_MS);
      return { hash: sha256(bytes) };
    } finally {
      clearInterval(watch);
      this.underWay.delete(aborter);
    }
  }

  private async watch(key: string, aborter: AbortController): Promise<void> {
    if (this.redis.status !== "ready") return;
    const cancelled = await this.redis.exists(key).catch(() => 0);
    if (cancelled === 1) aborter.abort();
  }

  private async isOwned(owner: string): Promise<boolean> {
    const deadline = performance.now() + OWNER_WAIT_MS;
    while ((await this.redis.exists(ownerKey(owner))) === 0) {
      if (performance.now() > deadline || this.closing) return false;
      await new Promise((resolve) => setTimeout(resolve, WANTED_EVERY_MS));
    }
    return true;
  }
}

/** For another process, at once. */
async function handBack(job: Job<JobData>, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

interface JobData {
  readonly owner: string;
  readonly hash: string;
}
