// The thread in which models are trained, one look at the history after the other. It asks the system for a lower priority
// than everything that is live. The first word of `stop` being 1 ends what is under way, at the next tree at the latest.
import { parentPort, workerData } from "node:worker_threads";
import { failed, type Result } from "../../domain/result.ts";
import { yieldToOthers } from "../low-priority.ts";
import { runTraining, type TrainingEnd, type TrainingSpec } from "./training-job.ts";

export interface TrainingData {
  readonly stop: Int32Array;
}
export interface TrainingDone {
  readonly result: Result<TrainingEnd | null, string>;
  /** How long it took. */
  readonly ms: number;
}

yieldToOthers();
const { stop } = workerData as TrainingData;
parentPort?.on("message", (spec: TrainingSpec) => {
  const begin = performance.now();
  const result = guarded(spec);
  parentPort?.postMessage({ result, ms: performance.now() - begin } satisfies TrainingDone);
});

/** A damaged file ends this look, not the thread. */
function guarded(spec: TrainingSpec): Result<TrainingEnd | null, string> {
  try {
    return runTraining(spec, () => Atomics.load(stop, 0) === 1);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}
