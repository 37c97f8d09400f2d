// The thread in which runs over history are made, one after the other, so that neither sockets nor kernels wait for them.
// It asks the system for a lower priority than theirs. The first word of `stop` being 1 ends the run under way.
import { parentPort, workerData } from "node:worker_threads";
import { type Seat, sitDown } from "../../sandbox/sandbox.ts";
import { yieldToOthers } from "../low-priority.ts";
import { runJob, type JobEnd, type JobSpec } from "./job.ts";
import { runTrialOrder, type TrialOrder } from "./trial-order.ts";

export interface WorkerData {
  readonly stop: Int32Array;
  readonly seat: Seat | null;
}
export type Order = JobSpec | TrialOrder;
export type FromWorker =
  { readonly kind: "progress"; readonly share: number } | { readonly kind: "done"; readonly end: JobEnd };

const PROGRESS_MS = 50;

yieldToOthers();
const { stop, seat } = workerData as WorkerData;
sitDown(seat, true);
parentPort?.on("message", (order: Order) => {
  let told = performance.now();
  const progress = (share: number): boolean => {
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      parentPort?.postMessage({ kind: "progress", share } satisfies FromWorker);
    }
    return Atomics.load(stop, 0) === 1;
  };
  void guarded(order, progress).then((end) => parentPort?.postMessage({ kind: "done", end } satisfies FromWorker));
});

/** A fault of the data (a damaged file) or of a run ends the run, not the thread. */
async function guarded(order: Order, progress: (share: number) => boolean): Promise<JobEnd> {
  try {
    return await (order.kind === "trial" ? runTrialOrder(order, progress) : runJob(order, progress));
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { result: { ok: false, failure }, issue: null, page: null };
  }
}
