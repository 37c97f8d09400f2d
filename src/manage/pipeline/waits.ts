// Waiting for work of a pipeline that may have to end before, or for which there is only so much time: what comes first
// counts.
import type { Ended } from "./ending.ts";

/** What the work comes to within the time; null when the time is over first. */
export function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    timer.unref();
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The work, the end of its time, or the end of the pipeline, whose signal bears the reason. */
export function orEnd<T>(
  signal: AbortSignal,
  work: Promise<T>,
  late?: { readonly ms: number; readonly error: Ended },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Ended);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = late === undefined ? undefined : setTimeout(() => reject(late.error), late.ms);
    timer?.unref();
    void work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  });
}
