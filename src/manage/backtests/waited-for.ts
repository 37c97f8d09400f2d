// Runs that a request or a pipeline waits for go where all runs go, but do not wait for a queue that cannot be reached: then
// they are made in the threads of this process, to the same bits. What another process may be at meanwhile counts for
// nothing.
import type { JobQueue, PoolJob } from "./job-queue.ts";

const LOOK_MS = 500;

export interface Waiting {
  cancel(): void;
}

/** `away` and `own` are the same where runs stay in this process. */
export function waitedFor(job: PoolJob, away: JobQueue, own: JobQueue): Waiting {
  if (away.trouble !== null || away === own) {
    own.add(job);
    return { cancel: () => own.cancel(job) };
  }
  let over = false;
  let here = false;
  const sent: PoolJob = {
    ...job,
    onStart: () => {
      if (!here) job.onStart();
    },
    onLost: (why) => {
      if (!here) job.onLost?.(why);
    },
    onDone: (...end) => {
      over = true;
      clearInterval(look);
      if (!here) job.onDone(...end);
    },
  };
  const look = setInterval(() => {
    if (away.trouble === null) return;
    here = true;
    away.cancel(sent);
    own.add(job);
  }, LOOK_MS);
  look.unref();
  away.add(sent);
  return {
    cancel: () => {
      if (here) own.cancel(job);
      else if (!over) away.cancel(sent);
    },
  };
}
