// A thread for reads that requests ask for, with a connection of its own: it never writes, and however long it reads, the
// storage worker goes on. One query at a time. What cannot be opened is told to who asks, and tried again at the next.
import { parentPort, workerData } from "node:worker_threads";
import { type Statement, faultOf } from "./commits.ts";
import type { SqlDriver } from "./driver.ts";
import { find } from "./find.ts";
import type { Found, ReadRequest, StoreWorkerData } from "./messages.ts";
import { openForReading } from "./open.ts";

const { file } = workerData as StoreWorkerData;
let driver: SqlDriver | null = null;

parentPort?.on("message", (request: ReadRequest) => {
  if (request.kind === "read") return parentPort?.postMessage(read(request.query));
  driver?.close();
  parentPort?.close();
});

function read(query: Statement): Found {
  try {
    driver ??= openForReading(file);
  } catch (error) {
    return { fault: faultOf(error) };
  }
  return find(driver, query);
}
