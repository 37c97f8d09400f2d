// The storage worker: the only thread that writes to the database. Opens it, then answers one batch after the other; a
// close is answered by its end. A defect ends the thread, which the main thread sees and opens a new one.
import { statSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { commitGroup, type Statement } from "./commits.ts";
import type { SqlDriver } from "./driver.ts";
import { find } from "./find.ts";
import type { Done, StoreAnswer, StoreRequest, StoreWorkerData } from "./messages.ts";
import { MIGRATIONS } from "./migrate.ts";
import { MEMORY, openDatabase } from "./open.ts";
import { WholeMark } from "./whole-mark.ts";

/** Less is checked in a tenth of a second, before it is served. */
const LARGE_BYTES = 8 * 1024 * 1024;

const { file } = workerData as StoreWorkerData;
const mark = file === MEMORY ? null : new WholeMark(file);
const trusted = mark?.take() === true && statSync(file).size > LARGE_BYTES;
const opened = openDatabase(file, Date.now() * 1000, MIGRATIONS, trusted);
if ("driver" in opened) {
  mark?.opened();
  const { driver, migrated } = opened;
  parentPort?.on("message", (request: StoreRequest) => {
    if (request.kind === "close") return close(driver);
    if (request.kind === "judged") return request.whole ? mark?.put() : mark?.drop();
    const writes = request.commits.length > 0;
    if (writes) mark?.before();
    answer(work(driver, request.commits, request.queries));
    if (writes) mark?.follow();
  });
  answer({ kind: "opened", migrated, checked: !trusted });
} else {
  answer({ kind: "refused", failure: opened });
}

function work(driver: SqlDriver, commits: readonly (readonly Statement[])[], queries: readonly Statement[]): Done {
  const outcomes = commitGroup(driver, commits);
  return { kind: "done", commits: outcomes, queries: queries.map((query) => find(driver, query)) };
}

function close(driver: SqlDriver): void {
  mark?.before();
  driver.close();
  mark?.follow();
  parentPort?.close();
}

function answer(message: StoreAnswer): void {
  parentPort?.postMessage(message);
}
