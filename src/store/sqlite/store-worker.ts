// The storage worker: the only thread that writes to the database. Opens it, then answers one batch after the other; a
// close is answered by its end. A defect ends the thread, which the main thread sees and opens a new one.
import { parentPort, workerData } from "node:worker_threads";
import { commitGroup, type Statement } from "./commits.ts";
import type { SqlDriver } from "./driver.ts";
import { find } from "./find.ts";
import type { Done, StoreAnswer, StoreRequest, StoreWorkerData } from "./messages.ts";
import { openDatabase } from "./open.ts";

const { file } = workerData as StoreWorkerData;
const opened = openDatabase(file, Date.now() * 1000);
if ("driver" in opened) {
  const { driver, migrated } = opened;
  parentPort?.on("message", (request: StoreRequest) => {
    if (request.kind === "close") return close(driver);
    answer(work(driver, request.commits, request.queries));
  });
  answer({ kind: "opened", migrated });
} else {
  answer({ kind: "refused", failure: opened });
}

function work(driver: SqlDriver, commits: readonly (readonly Statement[])[], queries: readonly Statement[]): Done {
  const outcomes = commitGroup(driver, commits);
  return { kind: "done", commits: outcomes, queries: queries.map((query) => find(driver, query)) };
}

function close(driver: SqlDriver): void {
  driver.close();
  parentPort?.close();
}

function answer(message: StoreAnswer): void {
  parentPort?.postMessage(message);
}
