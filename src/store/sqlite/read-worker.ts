// A thread for reads that requests ask for, with a connection of its own: it never writes, and however long it reads, the
// storage worker goes on. One query at a time; it hears meanwhile that nobody waits for it any more, or that the store
// closes. What cannot be opened is told to who asks, and tried again at the next.
import { parentPort, workerData } from "node:worker_threads";
import { type Statement, faultOf } from "./commits.ts";
import type { SqlReader } from "./driver.ts";
import type { Found, ReadRequest, StoreWorkerData } from "./messages.ts";
import { openForReading } from "./open.ts";

const { file } = workerData as StoreWorkerData;
let reader: SqlReader | null = null;
let reading: Promise<void> = Promise.resolve();

parentPort?.on("message", (request: ReadRequest) => {
  if (request.kind === "read") reading = answer(request.query);
  else reader?.interrupt();
  if (request.kind === "close") void reading.then(close);
});

async function answer(query: Statement): Promise<void> {
  parentPort?.postMessage(await find(query));
}

async function find(query: Statement): Promise<Found> {
  try {
    reader ??= openForReading(file);
    return { rows: await reader.all(query) };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

function close(): void {
  reader?.close();
  parentPort?.close();
}
