// The learning thread: one job after the other, at a lower priority than what is live, and never more of a processor than
// it is given: `pace` sleeps in proportion to what was computed since it was last called, so a job that calls it often
// enough keeps the share whatever it does in between; what it waits for the compiler counts as its own time, what it waits
// for other processes does not. A step is counted at each call, while it sleeps and while it waits.
import { parentPort, workerData } from "node:worker_threads";
import { yieldToOthers } from "../low-priority.ts";
import type { Compile } from "../../learning/generation.ts";
import { runLearningJob, type LearningJob } from "./jobs.ts";
import {
  type CompileAnswer,
  type FromLearning,
  type LearningWorkerData,
  type ToldByLearning,
  type ToLearning,
  WORD_ATTENDED,
  WORD_STEPS,
  WORD_STOP,
} from "./thread-words.ts";
import { TrialsAway } from "./trials-away.ts";

/** Sleeps are cut into pieces, so that a thread that only sleeps is not taken for one that hangs. */
const PIECE_MS = 500;
/** What is slept off at once: shorter debts wait for more. */
const DEBT_MS = 2;

yieldToOthers();
const { words, share } = workerData as LearningWorkerData;
let since = performance.now();

/** True: stop. */
function pace(): boolean {
  Atomics.add(words, WORD_STEPS, 1);
  const busyMs = performance.now() - since;
  let owedMs = busyMs * (1 / share - 1);
  if (owedMs < DEBT_MS) return Atomics.load(words, WORD_STOP) === 1;
  while (owedMs > 0 && Atomics.load(words, WORD_STOP) === 0) {
    const begun = performance.now();
    Atomics.wait(words, WORD_STOP, 0, Math.min(owedMs, PIECE_MS));
    owedMs -= performance.now() - begun;
    Atomics.add(words, WORD_STEPS, 1);
  }
  since = performance.now();
  return Atomics.load(words, WORD_STOP) === 1;
}

function tell(what: ToldByLearning): void {
  parentPort?.postMessage(what);
}

/** Of what was asked of the compiler. */
let answered: (answer: CompileAnswer["compiled"]) => void = () => undefined;
/** While it waits for main or for other processes it stands still, and is alive. */
let waits = 0;
setInterval(() => waits > 0 && Atomics.add(words, WORD_STEPS, 1), PIECE_MS).unref();

const compile: Compile = async (code) => {
  waits += 1;
  const answer = await new Promise<CompileAnswer["compiled"]>((resolve) => {
    answered = resolve;
    tell({ compile: code });
  });
  waits -= 1;
  return answer;
};

const away = new TrialsAway({
  attended: () => Atomics.load(words, WORD_ATTENDED) === 1,
  post: (ask) => {
    waits += 1;
    tell(ask);
  },
  onAnswer: () => {
    waits -= 1;
    since = performance.now();
  },
});

parentPort?.on("message", (told: ToLearning) => {
  if ("compiled" in told) answered(told.compiled);
  else if ("trial" in told) away.answered(told);
  else work(told);
});

function work(job: LearningJob): void {
  since = performance.now();
  Atomics.add(words, WORD_STEPS, 1);
  void guarded(job).then(tell);
}

/** A fault of the data or of a job ends the job, not the thread. */
async function guarded(job: LearningJob): Promise<FromLearning> {
  try {
    const onTried = (tried: number, planned: number): void => tell({ tried, planned });
    return await runLearningJob(job, pace, compile, { elsewhere: away.over(job.dataDir), onTried });
  } catch (error) {
    return { ok: false, failure: error instanceof Error ? error.message : String(error) };
  }
}
