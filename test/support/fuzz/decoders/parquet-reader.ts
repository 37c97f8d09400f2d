// The thread of the fuzzer that reads Parquet files, one after the other as it is given their paths, with what the import
// reads them with. It says when it is ready, because its start takes longer than most files.
import { parentPort } from "node:worker_threads";
import { packed, type PackedBatch } from "../../../../src/history/intake/packed-batch.ts";
import { readParquet } from "../../../../src/history/intake/parquet-source.ts";
import { FileFault } from "../../../../src/stream/ingest/file-lines.ts";

export interface Parcels {
  readonly batches: readonly PackedBatch[];
  /** Null: it was read to its end. */
  readonly fault: string | null;
}

parentPort?.on("message", (path: string) => void read(path).then((parcels) => parentPort?.postMessage(parcels)));

parentPort?.postMessage("ready");

/** Whatever is thrown but a FileFault is nobody's, and ends the thread. */
async function read(path: string): Promise<Parcels> {
  const batches: PackedBatch[] = [];
  try {
    for await (const batch of readParquet(path, { rowsRead: 0, rowsTotal: 0 })) batches.push(packed(batch).batch);
    return { batches, fault: null };
  } catch (error) {
    if (error instanceof FileFault) return { batches, fault: error.message };
    throw error;
  }
}
