// A thread that reads, as the main thread sees it. A query that nobody waits for is interrupted, and its thread used again
// once it has said so. One that does not (a disk that hangs) is not waited for either; it is never ended by hand.
import { Worker } from "node:worker_threads";
import type { Statement } from "./commits.ts";
import type { Found, ReadRequest, StoreWorkerData } from "./messages.ts";

export interface LaneEvents {
  /** Its query is answered. */
  readonly onFound: (lane: ReadLane, found: Found) => void;
  /** It died, of its query if it had one. */
  readonly onEnd: (lane: ReadLane, reason: string) => void;
}

export class ReadLane {
  isBusy = false;
  /** It was interrupted and has not said so in time. */
  isLate = false;
  /** It is gone. */
  readonly ended: Promise<void>;
  private readonly worker: Worker;
  private closing = false;

  constructor(file: string, { onFound, onEnd }: LaneEvents) {
    const workerData: StoreWorkerData = { file };
    const worker = new Worker(new URL("./read-worker.js", import.meta.url), { name: "reads", workerData });
    this.worker = worker;
    let reason = "its thread ended";
    worker.on("error", (error) => (reason = error.message));
    worker.on("message", (found: Found) => {
      this.isBusy = false;
      onFound(this, found);
    });
    this.ended = new Promise((done) => {
      worker.once("exit", () => {
        if (!this.closing) onEnd(this, reason);
        done();
      });
    });
  }

  read(query: Statement): void {
    this.isBusy = true;
    this.post({ kind: "read", query });
  }

  /** Its query is answered with a fault. */
  interrupt(): void {
    this.post({ kind: "interrupt" });
  }

  /** What it reads is interrupted. */
  close(): void {
    this.closing = true;
    this.post({ kind: "close" });
  }

  /** The process does not wait for it. */
  leave(): void {
    this.worker.unref();
  }

  private post(request: ReadRequest): void {
    this.worker.postMessage(request);
  }
}
