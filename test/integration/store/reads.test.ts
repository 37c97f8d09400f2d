// What requests read comes over a connection and a thread of its own: however long a read takes, and however many there are,
// changes are stored beside them; who waits too long is refused, and what kills a thread is not asked again.
import { createHash } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { AnswerBook } from "../../../src/server/idempotency/book.ts";
import type { ThreadedStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import {
  addConfig,
  crash,
  ENDLESS,
  KeptLog,
  opened,
  stubborn,
  temporaryFolder,
  textWith,
} from "../../support/store/store-files.ts";

const COMPONENTS = "SELECT component FROM config ORDER BY component";
const UNAVAILABLE = { failure: { code: "storage_unavailable" } };

/** Keeps a thread of the database busy for about half a second for each million. */
function counting(millions: number): string {
  return `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${millions}e6) SELECT count(*) AS n FROM n`;
}

function onDisk(options: { readonly readMs?: number; readonly hangMs?: number; readonly log?: KeptLog } = {}) {
  return opened({ file: join(temporaryFolder(), "engine.db"), ...options });
}

/** How long a commit takes, in ms. */
async function commitTime(store: ThreadedStore, component: string): Promise<number> {
  const from = performance.now();
  expect(await store.commit([addConfig(component)])).toEqual({ ok: true });
  return performance.now() - from;
}

it("a commit does not wait for 64 reads without end, nor does a request with an Idempotency-Key", async () => {
  const store = await onDisk({ readMs: 300 });
  const reads = Array.from({ length: 64 }, () => store.reads.query(ENDLESS, []).catch((error: unknown) => error));
  expect(await commitTime(store, "beside")).toBeLessThan(1_000);
  const book = new AnswerBook(store, () => 1_756_029_600_000, SILENT_LOG);
  const bodyHash = createHash("sha256").update("{}").digest("base64");
  const question = { owner: "o", key: "stop", path: "/risk/emergency-stop", bodyHash };
  const reply = { status: "200 OK", contentType: "application/json", body: "{}" };
  const from = performance.now();
  expect(await book.serve(question, () => Promise.resolve(reply))).toMatchObject({ ok: true });
  expect(performance.now() - from).toBeLessThan(1_000);
  for (const outcome of await Promise.all(reads)) expect(outcome).toMatchObject(UNAVAILABLE);
  expect(store.status().trouble).toBeNull();
  await expect.poll(() => store.reads.query(COMPONENTS, []).catch(() => null)).toEqual([{ component: "beside" }]);
});

it("a read sees every commit that was confirmed before it", async () => {
  const store = await onDisk();
  for (let n = 0; n < 200; n++) {
    await store.commit([addConfig(`c${n}`)]);
    expect(await store.reads.query("SELECT count(*) AS n FROM config", [])).toEqual([{ n: n + 1 }]);
  }
});

it("a read holds nothing back once it is answered: the log of the database can be emptied", async () => {
  const store = await onDisk();
  await store.commit([addConfig("one")]);
  expect(await store.reads.query(COMPONENTS, [])).toEqual([{ component: "one" }]);
  await store.commit([addConfig("two")]);
  expect(await store.query("PRAGMA wal_checkpoint(TRUNCATE)", [])).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
});

it("a read that takes too long is refused and interrupted, and the next ones go on in its thread", async () => {
  const log = new KeptLog();
  const store = await onDisk({ readMs: 500, log });
  const long = store.reads.query(ENDLESS, []);
  await expect(long).rejects.toMatchObject({
    failure: { code: "storage_unavailable", issue: textWith("ask for less, or send it again in a moment") },
  });
  await store.commit([addConfig("one")]);
  await expect.poll(() => store.reads.query(COMPONENTS, []).catch(() => null)).toEqual([{ component: "one" }]);
  expect(log.lines.join("\n")).toContain("takes too long and is interrupted");
  // Nothing is held back any more either, which would let the log of the database grow.
  expect(await store.query("PRAGMA wal_checkpoint(TRUNCATE)", [])).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
});

it("one that cannot be interrupted is not waited for, and the next ones go on in another thread", async () => {
  const log = new KeptLog();
  const store = await onDisk({ readMs: 500, log });
  await expect(store.reads.query(await stubborn(store, 3), [])).rejects.toMatchObject(UNAVAILABLE);
  await store.commit([addConfig("one")]);
  await expect.poll(() => store.reads.query(COMPONENTS, []).catch(() => null)).toEqual([{ component: "one" }]);
  expect(log.lines.join("\n")).toContain("cannot be interrupted and is not waited for");
});

it("a read gives what the database gives: all rows in their order, each value of its kind", async () => {
  const store = await onDisk();
  const sql = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    SELECT i, i / 3.0 AS r, CASE i % 2 WHEN 0 THEN 'é' || i END AS t, zeroblob(i % 5) AS b, ? + 0.1 FROM n
    ORDER BY i % 7, i DESC`;
  expect(await store.reads.query(sql, [0.2])).toEqual(await store.query(sql, [0.2]));
});

it("what kills the thread that reads is refused, what waited behind it is answered", async () => {
  const store = await onDisk();
  await store.commit([addConfig("one")]);
  const killing = store.reads.query(COMPONENTS, null as unknown as []);
  const behind = store.reads.query(COMPONENTS, []);
  await expect(killing).rejects.toMatchObject(UNAVAILABLE);
  expect(await behind).toEqual([{ component: "one" }]);
});

it("a query that kills the storage thread is asked once more, and not for ever", async () => {
  const log = new KeptLog();
  const store = await onDisk({ log });
  await expect(store.query(COMPONENTS, null as unknown as [])).rejects.toMatchObject(UNAVAILABLE);
  await expect.poll(() => store.commit([addConfig("after")])).toEqual({ ok: true });
  expect(log.lines.filter((line) => line.includes("the store does not work"))).toHaveLength(2);
});

it("queries that are short together are no hanging thread, and commits go before those that wait", async () => {
  const store = await onDisk({ hangMs: 3_000 });
  const order: string[] = [];
  const queries = Array.from({ length: 24 }, () => store.query(counting(0.3), []).then(() => order.push("query")));
  const first = queries[0];
  await first;
  const commit = store.commit([addConfig("between")]).then(({ ok }) => order.push(`commit ${String(ok)}`));
  await Promise.all([...queries, commit]);
  expect(order.indexOf("commit true")).toBeLessThan(4);
});

it("reads go on while the storage thread is replaced, and cannot write", async () => {
  const log = new KeptLog();
  const store = await onDisk({ log });
  await store.commit([addConfig("one")]);
  expect(await store.reads.query(COMPONENTS, [])).toEqual([{ component: "one" }]);
  await crash(store);
  expect(await store.reads.query(COMPONENTS, [])).toEqual([{ component: "one" }]);
  await log.until("the store works again");
  await expect(store.reads.query("DELETE FROM config", [])).rejects.toMatchObject(UNAVAILABLE);
  expect(await store.query(COMPONENTS, [])).toEqual([{ component: "one" }]);
});

it("a damaged file is a refused read, and what closes refuses what it has not answered", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const filled = await opened({ file });
  for (let n = 0; n < 50; n++) await filled.commit([addConfig(`${n}${"x".repeat(400)}`)]);
  await filled.close();
  const store = await opened({ file });
  writeFileSync(file, Buffer.alloc(statSync(file).size, 7), { flag: "r+" });
  await expect(store.reads.query("SELECT * FROM config", [])).rejects.toMatchObject(UNAVAILABLE);
  const open = await onDisk();
  const late = open.reads.query(counting(1), []).catch((error: unknown) => error);
  const closing = open.close();
  expect(await late).toMatchObject({ failure: { code: "shutting_down" } });
  await closing;
  await expect(open.reads.query(COMPONENTS, [])).rejects.toMatchObject({ failure: { code: "shutting_down" } });
});

it("a store in memory reads in its one thread", async () => {
  const store = await opened({ file: null });
  onTestFinished(() => store.close());
  await store.commit([addConfig("one")]);
  expect(await store.reads.query(COMPONENTS, [])).toEqual([{ component: "one" }]);
});
