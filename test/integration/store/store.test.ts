// The store with its real thread and real files: what resolves is on disk, what waits together shares a sync, and a
// thread that dies or a disk that fills up is an answer, not a loss.
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import {
  addConfig,
  crash,
  KeptLog,
  opened,
  putConfig,
  temporaryFolder,
  textWith,
} from "../../support/store/store-files.ts";

const COMPONENTS = "SELECT component FROM config ORDER BY component";

describe("the store", () => {
  it("gives back after a restart what it has confirmed", async () => {
    const file = join(temporaryFolder(), "engine.db");
    const first = await opened({ file });
    expect(await first.commit([putConfig("tiers", { fast_ms: 50 }), putConfig("risk", {})])).toEqual({ ok: true });
    await first.close();
    const second = await opened({ file });
    expect(await second.query(COMPONENTS, [])).toEqual([{ component: "risk" }, { component: "tiers" }]);
  });

  it("lets a query see every commit that was handed in before it, confirmed or not", async () => {
    const store = await opened({ file: null });
    const commits = Array.from({ length: 600 }, (_, n) => store.commit([addConfig(`c${n}`)]));
    const [{ n } = { n: 0 }] = await store.query("SELECT count(*) AS n FROM config", []);
    expect(n).toBe(600);
    expect((await Promise.all(commits)).every((commit) => commit.ok)).toBe(true);
  });

  it("shares one sync among commits that wait together, and each is refused or kept by itself", async () => {
    const store = await opened({ file: join(temporaryFolder(), "engine.db") });
    const commits = Array.from({ length: 1000 }, (_, n) =>
      store.commit([addConfig(`c${n}`), addConfig(`d${n % 999}`)]),
    );
    const outcomes = await Promise.all(commits);
    expect(outcomes.map(({ ok }) => ok).indexOf(false)).toBe(999);
    expect(outcomes[999]).toMatchObject({ failure: { code: "conflict" } });
    expect(await store.query("SELECT 1 FROM config WHERE component = ?", ["c999"])).toEqual([]);
    expect(store.status()).toMatchObject({ commits: 999, groups: 4, waiting: 0, trouble: null });
  });

  it("refuses text that could not be read back, and says so as a fault of the request", async () => {
    const store = await opened({ file: null });
    expect(await store.commit([addConfig("a\0b")])).toMatchObject({ failure: { code: "validation_error" } });
  });

  it("writes what was handed in before close, and refuses what comes after", async () => {
    const file = join(temporaryFolder(), "engine.db");
    const store = await opened({ file });
    const pending = store.commit([addConfig("last")]);
    await store.close();
    expect(await pending).toEqual({ ok: true });
    expect(await store.commit([addConfig("late")])).toMatchObject({ failure: { code: "shutting_down" } });
    await expect(store.query(COMPONENTS, [])).rejects.toMatchObject({ failure: { code: "shutting_down" } });
    expect(await (await opened({ file })).query(COMPONENTS, [])).toEqual([{ component: "last" }]);
  });

  it("gets a new thread when the old one dies: what was under way is answered as in doubt, nothing confirmed is lost", async () => {
    const log = new KeptLog();
    const store = await opened({ file: join(temporaryFolder(), "engine.db"), log });
    expect(await store.commit([addConfig("before")])).toEqual({ ok: true });
    const pending = Array.from({ length: 300 }, (_, n) => store.commit([addConfig(`c${n}`)]));
    await crash(store);
    const outcomes = await Promise.all(pending);
    for (const outcome of outcomes) {
      if (!outcome.ok) expect(outcome.failure.code).toBe("storage_unavailable");
    }
    expect(outcomes.some(({ ok }) => !ok)).toBe(true);
    await log.until("the store works again");
    expect(await store.commit([addConfig("after")])).toEqual({ ok: true });
    const rows = (await store.query(COMPONENTS, [])).map((row) => row["component"]);
    expect(rows).toEqual(expect.arrayContaining(["before", "after"]));
    outcomes.forEach(({ ok }, n) => ok && expect(rows).toContain(`c${n}`));
    expect(store.status().trouble).toBeNull();
  });

  it("never goes on empty when a store in memory has lost its thread", async () => {
    const store = await opened({ file: null });
    await store.commit([addConfig("one")]);
    await crash(store);
    expect(await store.commit([addConfig("two")])).toMatchObject({ failure: { code: "storage_unavailable" } });
    await expect(store.query(COMPONENTS, [])).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
    expect(store.status().trouble).toContain("memory");
  });

  it("gives up a thread that does not answer in time, says so, and takes it back when it does", async () => {
    const log = new KeptLog();
    const store = await opened({ file: join(temporaryFolder(), "engine.db"), log, hangMs: 20 });
    const busy =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3e6) SELECT count(*) FROM n";
    const pending = store.query(busy, []);
    const rejected = expect(pending).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
    await turnOfTheLoop();
    expect(await store.commit([addConfig("waits")])).toMatchObject({ failure: { code: "storage_unavailable" } });
    await rejected;
    expect(await store.commit([addConfig("down")])).toMatchObject({ failure: { code: "storage_unavailable" } });
    await log.until("the store answers again");
    // A busy disk may take longer than so short a patience, and again.
    await expect.poll(() => store.commit([putConfig("after", {})])).toEqual({ ok: true });
    await expect.poll(() => store.query(COMPONENTS, []).catch(() => null)).toEqual([{ component: "after" }]);
  });

  it("syncs each group before it confirms it, and checks what refers to what", async () => {
    const store = await opened({ file: join(temporaryFolder(), "engine.db") });
    expect(await store.query("PRAGMA synchronous", [])).toEqual([{ synchronous: 2 }]);
    expect(await store.query("PRAGMA journal_mode", [])).toEqual([{ journal_mode: "wal" }]);
    expect(await store.query("PRAGMA foreign_keys", [])).toEqual([{ foreign_keys: 1 }]);
  });

  it("says what is wrong with a folder that it cannot open", async () => {
    const refused = await openStore({ file: join(temporaryFolder(), "missing", "engine.db"), log: new KeptLog() });
    expect(refused).toMatchObject({ ok: false, failure: textWith("check that DATA_DIR") });
  });
});
