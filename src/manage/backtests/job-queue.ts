// Where runs go: the threads of this process (pool.ts), or with JOBS=redis a queue that any process takes them from. Both
// take a run at once and answer through its callbacks.
import type { CodeIssue } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { JobSpec } from "./job.ts";
import type { JobResult } from "./result.ts";
import type { Page } from "./tearsheet.ts";

/** Runs that may wait. */
export const QUEUE_MAX = 100;

/** `S`: what it is of; the threads of this process take trials as well. */
export interface PoolJob<S = JobSpec> {
  readonly spec: S;
  readonly onStart: () => void;
  readonly onProgress: (share: number) => void;
  /** The failure is a sentence; null: cancelled. Issue and page as in JobEnd. Called once. */
  readonly onDone: (result: Result<JobResult, string | null>, issue?: CodeIssue | null, page?: Page | null) => void;
  /** Its thread or its worker was lost, or not fit for it: another try may do better. Told before the failure. */
  readonly onLost?: (why: string) => void;
}

/** Of a run that came to no result. */
export interface RunFailure {
  /** A sentence. */
  readonly reason: string;
  /** By no decision of ours and not by the run itself: another try may do better. */
  readonly lost: boolean;
}

export interface JobQueue {
  /** Whether there is no room for another one behind those that are on their way into the queue. */
  full(arriving?: number): boolean;
  add(job: PoolJob): void;
  cancel(job: PoolJob): void;
  /** Why runs wait beyond their turn; null: for nothing. */
  readonly trouble: string | null;
  /** Runs that one who has many may hand in before the first is done. */
  readonly width: number;
  close(): Promise<void>;
}
