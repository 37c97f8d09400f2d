// The main thread's end of the thread that trains: one order at a time, an answer to each, and a thread that is gone or that
// takes longer than TIMEOUT_MS is an answer as well, with the time that it took. It keeps nothing alive. Main thread only.
import { Worker } from "node:worker_threads";
import { failed } from "../../domain/result.ts";
import type { TrainingSpec } from "./training-job.ts";
import type { TrainingData, TrainingDone } from "./training-worker.ts";

const TIMEOUT_MS = 600_000;

export class TrainingThread {
  private readonly stop = new Int32Array(new SharedArrayBuffer(4));
  private worker: Worker | null = null;
  private answer: ((done: TrainingDone) => void) | null = null;
  /** When the order that is under way was given. */
  private begun = 0;

  /** Only when the order before was answered. */
  async train(spec: TrainingSpec): Promise<TrainingDone> {
    const worker = (this.worker ??= this.open());
    Atomics.store(this.stop, 0, 0);
    this.begun = performance.now();
    const timer = setTimeout(() => void this.end(`it was not done within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    timer.unref();
    const done = await new Promise<TrainingDone>((resolve) => {
      this.answer = resolve;
      worker.postMessage(spec);
    });
    clearTimeout(timer);
    return done;
  }

  async close(): Promise<void> {
    Atomics.store(this.stop, 0, 1);
    await this.end("the engine was stopped before it was done");
  }

  private open(): Worker {
    const workerData: TrainingData = { stop: this.stop };
    const worker = new Worker(new URL("./training-worker.js", import.meta.url), { workerData });
    worker.unref();
    worker.on("message", (done: TrainingDone) => this.give(done));
    const lost = (why: string): void => void (this.worker === worker && this.end(why));
    worker.on("error", (error) => lost(`its thread failed: ${error.message}`));
    worker.on("exit", () => lost("its thread ended"));
    return worker;
  }

  private give(done: TrainingDone): void {
    const { answer } = this;
    this.answer = null;
    answer?.(done);
  }

  private async end(why: string): Promise<void> {
    const { worker } = this;
    this.worker = null;
    this.give({ result: failed(why), ms: performance.now() - this.begun });
    await worker?.terminate();
  }
}
