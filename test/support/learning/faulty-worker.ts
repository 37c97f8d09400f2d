// A learning thread that does what a job's strategy says: hang, die, fail, wait until it is stopped, or do it.
import { parentPort, workerData } from "node:worker_threads";
import type { LearningJob } from "../../../src/manage/learning/jobs.ts";
import { type LearningWorkerData, WORD_STEPS, WORD_STOP } from "../../../src/manage/learning/thread-words.ts";

const { words } = workerData as LearningWorkerData;

parentPort?.on("message", (job: LearningJob) => {
  const strategy = job.kind === "generation" ? job.strategy : "";
  Atomics.add(words, WORD_STEPS, 1);
  if (strategy === "hang") for (;;);
  if (strategy === "die") throw new Error("on purpose");
  if (strategy === "wait") Atomics.wait(words, WORD_STOP, 0);
  if (strategy === "wait") parentPort?.postMessage({ ok: false, failure: "stopped" });
  else if (strategy === "fail") parentPort?.postMessage({ ok: false, failure: "no" });
  else
    parentPort?.postMessage({
      ok: true,
      value: { kind: "generation", best: {}, refusal: null, evidence: { trials: 7 } },
    });
});
