// How long something takes on a machine that is busy with other work: the time that this thread would have liked to run and
// had no processor is none of its own. What it runs for, and what it waits for (timers, answers, the disk), all counts. Where
// the system does not tell, everything counts.
import { readFileSync } from "node:fs";

const NS_PER_MS = 1e6;

/** Milliseconds from now on, on the thread that asks. */
export function ownTime(): () => number {
  const [begun, queued] = [performance.now(), queuedMs()];
  return () => performance.now() - begun - (queuedMs() - queued);
}

/** Of this thread since it began: ready to run, and without a processor. */
function queuedMs(): number {
  try {
    const [, waited = "0"] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
    return Number(waited) / NS_PER_MS;
  } catch {
    return 0;
  }
}
