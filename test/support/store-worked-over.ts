// A process that has a large store open until it is killed: node store-worked-over.js FILE. It says when the store was found
// whole; a number that is sent to it is so many commits over the whole file, and is sent back when all that belongs to them
// is done.
import { openStore } from "../../src/store/store.ts";

const COMMIT_ROWS = 100;
const [, , file = ""] = process.argv;

const log = {
  info: (message: string): void => void (message.includes("is whole") && process.send?.("whole")),
  warn: () => undefined,
  error: () => undefined,
};
const store = await openStore({ file, log });
if (!store.ok) throw new Error(store.failure);
store.value.checkRest();
let next = 0;

process.on("message", (commits: number) => void work(commits));

async function work(commits: number): Promise<void> {
  if (!store.ok) return;
  for (let left = commits; left > 0; left--) {
    const rows = Array.from({ length: COMMIT_ROWS }, () => ({
      sql: "UPDATE config SET updated_at = updated_at + 1 WHERE rowid = ?",
      params: [1 + ((next += 97) % 12_000)],
    }));
    const outcome = await store.value.commit(rows);
    if (!outcome.ok) throw new Error(outcome.failure.code);
  }
  // Answered behind what comes behind the last answer.
  await store.value.query("SELECT 1", []);
  process.send?.(commits);
}
