// The thread in which a Parquet file is read: a batch for each time that it is asked, then nothing but the end.
import { parentPort, workerData } from "node:worker_threads";
import { FileFault } from "../../stream/stream.ts";
import { packed } from "./packed-batch.ts";
import { readParquet } from "./parquet-source.ts";
import type { ParquetAnswer, ParquetOrder } from "./parquet-thread.ts";

const { path } = workerData as ParquetOrder;
const progress = { rowsRead: 0, rowsTotal: 0 };
const batches = readParquet(path, progress);

parentPort?.on("message", () => void answer().then(({ told, buffers }) => parentPort?.postMessage(told, buffers)));

async function answer(): Promise<{ readonly told: ParquetAnswer; readonly buffers: readonly ArrayBuffer[] }> {
  try {
    const next = await batches.next();
    if (next.done === true) return { told: { kind: "end" }, buffers: [] };
    const { batch, buffers } = packed(next.value);
    return { told: { kind: "batch", batch, ...progress }, buffers };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof FileFault ? null : ((error as { readonly code?: string } | null)?.code ?? null);
    return { told: { kind: "fault", message, code }, buffers: [] };
  }
}
