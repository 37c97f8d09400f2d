// The asking side of the job queue: hands jobs in, hears how they go, and keeps each until its end has come, so that a
// Redis that is away, or comes back empty, delays a job and loses none: what Redis does not know is handed in again under
// the same id. Bodies and results are bytes beside the queue, each with its SHA-256; a job ends once. Main thread only.
import { createHash, randomUUID } from "node:crypto";
import { Queue, QueueEvents } from "bullmq";
import type { Cluster, Redis } from "ioredis";
import type { Log } from "../../telemetry/log.ts";
import { JOB_PREFIX, jobKeys, JOBS_TTL_MS, ownerKey, takersKey } from "../keys.ts";
import type { RedisAddress } from "../redis-address.ts";
import { BLOCK_MS, jobClient, within } from "./connection.ts";

export type JobEnding =
  | { readonly ok: true; readonly result: Uint8Array }
  /** `lost`: by no decision of who worked at it; another try may do better. */
  | { readonly ok: false; readonly reason: string; readonly lost: boolean };

export interface SentJob {
  readonly body: Uint8Array;
  onStart(): void;
  onProgress(share: number): void;
  /** Called once, unless it was cancelled. */
  onEnd(ending: JobEnding): void;
}

export interface SenderOptions {
  readonly log: Log;
  /** Whether anybody takes jobs, told when it becomes otherwise. Nobody does while Redis is away. */
  readonly onAttended?: (attended: boolean) => void;
}

interface Out {
  readonly job: SentJob;
  /** Redis has it, as far as we know. */
  there: boolean;
  /** Something is being asked about it. */
  busy: boolean;
  started: boolean;
}

/** Between two looks at what no event told. */
const LOOK_MS = 1_000;
/** What the library may take for its own end. */
const CLOSE_MS = 5_000;
/** A worker drops jobs of an owner who was silent for so long. */
export const OWNER_MS = 30_000;
/** What it says then. An owner who was out of touch, and is back, hands the job in again. */
export const OWNER_GONE = "whoever asked for it is gone";

export class JobSender {
  /** Whether anybody takes jobs, as far as is known. */
  attended = false;
  private readonly owner = randomUUID();
  private readonly name: string;
  private readonly options: SenderOptions;
  private readonly redis: Redis | Cluster;
  private readonly queue: Queue;
  private readonly events: QueueEvents;
  private readonly out = new Map<string, Out>();
  private readonly beat: NodeJS.Timeout;
  private closed = false;
  private refusal = "";

  constructor(name: string, address: RedisAddress, options: SenderOptions) {
    this.name = name;
    this.options = options;
    this.redis = jobClient(address, false);
    const hearing = jobClient(address, true);
    this.queue = new Queue(name, { connection: this.redis, prefix: JOB_PREFIX, skipVersionCheck: true });
    this.events = new QueueEvents(name, { connection: hearing, prefix: JOB_PREFIX, blockingTimeout: BLOCK_MS });
    hearing.disconnect(); // the events have made their own of it
    const refused = (error: Error): void => this.refused(error);
    this.redis.on("error", refused);
    hearing.on("error", () => undefined);
    this.queue.on("error", refused);
    this.events.on("error", refused);
    this.redis.on("ready", () => this.look());
    this.redis.on("close", () => this.attend(false));
    this.events.on("active", ({ jobId }) => this.started(jobId));
    this.events.on("progress", ({ jobId, data }) => {
      this.started(jobId); // of two events the earlier may have been before we listened
      this.out.get(jobId)?.job.onProgress(Number(data));
    });
    this.events.on("completed", ({ jobId }) => void this.settle(jobId));
    this.events.on("failed", ({ jobId }) => void this.settle(jobId));
    this.beat = setInterval(() => this.look(), LOOK_MS);
  }

  /** Why jobs wait, beyond their turn; null: for nothing. */
  get trouble(): string | null {
    return this.redis.status === "ready" ? null : "Redis is away; the job waits until it is back";
  }

  /** Jobs that have not ended. */
  get size(): number {
    return this.out.size;
  }

  /** Never waits. The id is the job's for `cancel`. */
  send(job: SentJob): string {
    const id = randomUUID();
    this.out.set(id, { job, there: false, busy: false, started: false });
    this.look();
    return id;
  }

  /** Nothing more is heard of it. */
  cancel(id: string): void {
    if (!this.out.delete(id)) return;
    const { cancel } = jobKeys(id);
    void this.tried(async () => {
      await this.redis.set(cancel, "1", "PX", JOBS_TTL_MS);
      await this.queue.remove(id); // refused while somebody works at it: who does looks at the key
      await this.forget(id);
    });
  }

  /** What has not begun is taken back, what has is cancelled. */
  async close(): Promise<void> {
    this.closed = true;
    this.attended = false;
    clearInterval(this.beat);
    for (const id of this.out.keys()) this.cancel(id);
    const there = this.redis.status === "ready";
    const parting = this.tried(() => this.redis.del(ownerKey(this.owner))).then(() =>
      Promise.all([this.events.close(), this.queue.close()].map((one) => one.catch(() => undefined))),
    );
    // A client that was between two tries to connect says no more that it has ended, and the library would wait for that;
    // one whose Redis hangs answers nothing.
    if (there) await within(parting, CLOSE_MS);
    this.redis.disconnect();
  }

  private look(): void {
    if (this.redis.status !== "ready" || this.closed) return;
    void this.tried(() => this.redis.set(ownerKey(this.owner), "1", "PX", OWNER_MS));
    void this.tried(async () => this.attend((await this.redis.exists(takersKey(this.name))) === 1));
    for (const [id, out] of this.out) {
      if (out.busy) continue;
      out.busy = true;
      void this.tried(() => (out.there ? this.settle(id) : this.put(id, out))).finally(() => (out.busy = false));
    }
  }

  private attend(attended: boolean): void {
    if (attended === this.attended || this.closed) return;
    this.attended = attended;
    this.options.onAttended?.(attended);
  }

  private async put(id: string, out: Out): Promise<void> {
    const { body } = out.job;
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    await this.redis.set(ownerKey(this.owner), "1", "PX", OWNER_MS);
    await this.redis.set(jobKeys(id).body, bytes, "PX", JOBS_TTL_MS);
    const data = { owner: this.owner, hash: sha256(bytes) };
    const kept = { removeOnComplete: { age: JOBS_TTL_MS / 1_000 }, removeOnFail: { age: JOBS_TTL_MS / 1_000 } };
    await this.queue.add("run", data, { jobId: id, attempts: 1, ...kept });
    out.there = true;
    this.refusal = "";
  }

  private started(id: string): void {
    const out = this.out.get(id);
    if (out === undefined || out.started) return;
    out.started = true;
    out.job.onStart();
  }

  /** Looks how a job stands and ends it where it has ended; one that Redis has lost is handed in again. */
  private async settle(id: string): Promise<void> {
    const out = this.out.get(id);
    if (out === undefined) return;
    const state = await this.queue.getJobState(id);
    const job = await this.queue.getJob(id); // behind its state, so that what has ended says how
    if (job === undefined || state === "unknown") {
      out.there = false;
      return;
    }
    if (state === "waiting" || state === "prioritized" || state === "delayed") {
      await this.redis.pexpire(jobKeys(id).body, JOBS_TTL_MS); // however long the queue is
      return;
    }
    if (state === "failed" && job.failedReason === OWNER_GONE) {
      await this.queue.remove(id);
      out.there = false;
      return;
    }
    this.started(id);
    if (state === "completed") await this.completed(id, job.returnvalue as { readonly hash: string });
    else if (state === "failed") this.end(id, { ok: false, reason: job.failedReason, lost: true });
  }

  private async completed(id: string, { hash }: { readonly hash: string }): Promise<void> {
    const result = await this.redis.getBuffer(jobKeys(id).result);
    if (result === null || sha256(result) !== hash) {
      this.end(id, { ok: false, reason: "its result did not arrive as it was sent", lost: true });
    } else this.end(id, { ok: true, result });
  }

  private end(id: string, ending: JobEnding): void {
    const out = this.out.get(id);
    if (out === undefined) return;
    this.out.delete(id);
    out.job.onEnd(ending);
    void this.tried(async () => {
      await this.queue.remove(id);
      await this.forget(id);
    });
  }

  private async forget(id: string): Promise<void> {
    const { body, result } = jobKeys(id);
    await this.redis.del(body, result);
  }

  private async tried(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.refused(error);
    }
  }

  /** One line per change; an outage is told by `trouble` as well. */
  private refused(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.refusal || this.closed) return;
    this.refusal = reason;
    this.options.log.warn("jobs cannot be handed in for now", { reason, waiting: this.out.size });
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
