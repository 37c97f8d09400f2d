// Runs handed in at a queue in Redis, for any process that takes them: an engine with JOBS=redis or `strategy-engine work`.
// To who asks it behaves as the threads of this process do. Main thread only.
import type { JobEnding, JobSender } from "../../bus/bus.ts";
import { failed } from "../../domain/result.ts";
import { type JobQueue, type PoolJob, QUEUE_MAX } from "./job-queue.ts";
import { packed, unpackedEnd } from "./parcel.ts";

/** Of one sweep, at the same time: workers have something to do while the next ones travel. */
const WIDTH = 8;

export class RemoteQueue implements JobQueue {
  readonly width = WIDTH;
  private readonly sender: JobSender;
  private readonly ids = new Map<PoolJob, string>();
  private readonly begun = new Set<PoolJob>();
  private closed = false;

  constructor(sender: JobSender) {
    this.sender = sender;
  }

  get trouble(): string | null {
    return this.sender.trouble;
  }

  full(arriving = 0): boolean {
    return this.ids.size - this.begun.size + arriving >= QUEUE_MAX;
  }

  add(job: PoolJob): void {
    if (this.closed) {
      job.onDone(failed("the engine was stopped before it began"));
      return;
    }
    const body = packed(job.spec);
    if (!body.ok) {
      job.onDone(body);
      return;
    }
    const id = this.sender.send({
      body: body.value,
      onStart: () => {
        this.begun.add(job);
        job.onStart();
      },
      onProgress: (share) => job.onProgress(share),
      onEnd: (ending) => {
        this.forget(job);
        end(job, ending);
      },
    });
    this.ids.set(job, id);
  }

  cancel(job: PoolJob): void {
    const id = this.ids.get(job);
    if (id === undefined) return;
    this.forget(job);
    this.sender.cancel(id);
    job.onDone(failed(null));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.sender.close();
    for (const job of this.ids.keys()) {
      const when = this.begun.has(job) ? "it was done" : "it began";
      job.onDone(failed(`the engine was stopped before ${when}`));
    }
    this.ids.clear();
  }

  private forget(job: PoolJob): void {
    this.ids.delete(job);
    this.begun.delete(job);
  }
}

function end(job: PoolJob, ending: JobEnding): void {
  if (!ending.ok) {
    if (ending.lost) job.onLost?.(ending.reason);
    job.onDone(failed(ending.reason));
    return;
  }
  const { result, issue, page, lost } = unpackedEnd(ending.result);
  if (lost !== null) job.onLost?.(lost);
  job.onDone(result, issue, page);
}
