// Parquet as the import reads it: in a thread of its own, one batch ahead of whoever takes them. A stranger's file can keep
// the libraries that decode it busy for ever, or take all memory; then the thread is ended, and not the engine.
import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { FileFault } from "../../stream/stream.ts";
import type { Batch } from "./cell.ts";
import { type PackedBatch, unpacked } from "./packed-batch.ts";
import type { ParquetProgress } from "./parquet-source.ts";

export interface ParquetOrder {
  readonly path: string;
}

export type ParquetAnswer =
  | ({ readonly kind: "batch"; readonly batch: PackedBatch } & Readonly<ParquetProgress>)
  /** `code`: of the file system; null: the file itself is at fault. */
  | { readonly kind: "fault"; readonly message: string; readonly code: string | null }
  | { readonly kind: "end" };

/**
 * Processor time for one batch. A good one takes well below a second, and one of a file with tens of millions of rows in a
 * group a few. Time on the clock would count what a busy machine or a slow disk takes.
 */
const BATCH_CPU_MS = 30_000;
const LOOKS = 20;
const AHEAD = 2;
const MIB = 1_048_576;

export async function* readParquetInThread(
  path: string,
  progress: ParquetProgress,
  batchCpuMs = BATCH_CPU_MS,
): AsyncGenerator<Batch> {
  const thread = new ParquetThread(path, batchCpuMs);
  try {
    for (let asked = 1; asked < AHEAD; asked++) thread.ask();
    for (;;) {
      thread.ask();
      const answer = await thread.next();
      if (answer.kind === "end") return;
      if (answer.kind === "fault") throw faultOf(answer);
      progress.rowsRead = answer.rowsRead;
      progress.rowsTotal = answer.rowsTotal;
      yield unpacked(answer.batch);
    }
  } finally {
    await thread.end();
  }
}

class ParquetThread {
  private readonly worker: Worker;
  private readonly batchCpuMs: number;
  private readonly answers: ParquetAnswer[] = [];
  private lost: FileFault | null = null;
  private wake: () => void = () => undefined;

  constructor(path: string, batchCpuMs: number) {
    this.batchCpuMs = batchCpuMs;
    const workerData: ParquetOrder = { path };
    // As much as the main thread may have, to which reading was left otherwise.
    const maxOldGenerationSizeMb = Math.floor(getHeapStatistics().heap_size_limit / MIB);
    const resourceLimits = { maxOldGenerationSizeMb };
    this.worker = new Worker(new URL("./parquet-worker.js", import.meta.url), { workerData, resourceLimits });
    this.worker.on("message", (answer: ParquetAnswer) => {
      this.answers.push(answer);
      this.wake();
    });
    this.worker.on("error", (error) => this.lose(whyOf(error)));
    this.worker.on("exit", () => this.lose("it is no Parquet file that can be read; write it again"));
  }

  ask(): void {
    this.worker.postMessage(null);
  }

  async next(): Promise<ParquetAnswer> {
    const used = process.cpuUsage();
    const look = setInterval(() => {
      const { user, system } = process.cpuUsage(used);
      if ((user + system) / 1e3 < this.batchCpuMs) return;
      this.lose("it keeps its reader busy without an end, as a damaged or a made-up file does; write it again");
    }, this.batchCpuMs / LOOKS);
    try {
      if (this.answers.length === 0 && this.lost === null)
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    } finally {
      clearInterval(look);
    }
    const answer = this.answers.shift();
    if (answer !== undefined) return answer;
    throw this.lost ?? new FileFault("it ends too early");
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private lose(why: string): void {
    this.lost ??= new FileFault(why);
    this.wake();
  }
}

function whyOf(error: Error): string {
  if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY")
    return "it takes more memory to read than there is; write it again, with fewer rows in a row group";
  return `it is no Parquet file that can be read (${error.message.slice(0, 160)}); write it again`;
}

function faultOf({ message, code }: { readonly message: string; readonly code: string | null }): Error {
  return code === null ? new FileFault(message) : Object.assign(new Error(message), { code });
}
