// When a database is checked as a whole: before it is served where anything may have happened to it since an engine has
// left it, and behind that where nothing can have, so that a start over a large one does not wait for it. Whatever is found
// then, nothing is changed any more, and the next start is refused.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore, type ThreadedStore } from "../../../src/store/store.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { CHECKED, checker, large, refusal, served, WHOLE } from "../../support/store/checked-store.ts";
import { DAMAGES, spoilIndex, unnoticed } from "../../support/store/damaged-file.ts";
import { KeptLog, opened, putConfig, stubborn, textWith } from "../../support/store/store-files.ts";

const WORKED_OVER = fileURLToPath(new URL("../../support/store-worked-over.js", import.meta.url));
const UNAVAILABLE = { failure: { code: "storage_unavailable", issue: textWith("is damaged") } };
const ALL = "SELECT sum(length(value)) AS n FROM config";
const COMING_ACROSS: Readonly<Record<string, (store: ThreadedStore) => Promise<unknown>>> = {
  "a query": (store) => expect(store.query(ALL, [])).rejects.toThrow("is damaged"),
  "what a request reads": (store) => expect(store.reads.query(ALL, [])).rejects.toThrow(),
  "a change": async (store) => {
    const all = { sql: "UPDATE config SET updated_at = 2", params: [] };
    expect(await store.commit([all])).toMatchObject(UNAVAILABLE);
  },
};

/** Another name for it, in another folder. */
function linkTo(file: string): string {
  const link = join(dirname(file), "linked", "engine.db");
  if (existsSync(link)) return link;
  mkdirSync(dirname(link));
  symlinkSync(file, link);
  return link;
}

describe("a large database that an engine has left whole", () => {
  it("is served first and checked behind that, by each start", async () => {
    const file = await large();
    for (let start = 0; start < 2; start++) {
      const log = new KeptLog();
      const store = await served(file, log);
      await log.until(WHOLE);
      expect(await store.commit([putConfig("after", { start })])).toEqual({ ok: true });
      expect(await store.reads.query("SELECT count(*) AS n FROM config WHERE component = 'after'", [])).toEqual([
        { n: 1 },
      ]);
      expect(store.status().trouble).toBeNull();
      await store.close();
    }
  });

  it("is checked before it is served when the last check was not through", async () => {
    const file = await large();
    await (await opened({ file })).close();
    const log = new KeptLog();
    const store = await served(file, log);
    await store.close();
    expect(log.lines.some((line) => line.includes(CHECKED))).toBe(false);
  });

  it("of which the check ends without a word takes changes, and is checked before it is served next", async () => {
    const file = await large();
    const [log, told] = [new KeptLog(), [] as string[]];
    const store = await served(file, log, (reason) => told.push(reason));
    process.kill(checker(log), "SIGKILL");
    await log.until("could not be checked");
    expect(told).toEqual([textWith("could not be checked (its process ended with SIGKILL); the next start does so")]);
    expect(await store.commit([putConfig("after", {})])).toEqual({ ok: true });
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  it.each(DAMAGES)("and that has $what since is refused, and left as it is", async ({ make }) => {
    const file = await large();
    make(file);
    const before = readFileSync(file);
    const sentence = await refusal(file);
    expect(sentence).toMatch(/is damaged \(.*\) and was left as it is; restore a backup/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it.each(DAMAGES)("and that has $what of which the system says nothing is changed no more", async (damage) => {
    const file = await large();
    damage.make(file);
    unnoticed(file);
    if (damage.atOnce) {
      expect(await refusal(file)).toContain("is damaged");
      return;
    }
    const [log, told] = [new KeptLog(), [] as string[]];
    const store = await served(file, log, (reason) => told.push(reason));
    await log.until("the database is damaged");
    expect(store.status().trouble).toMatch(/is damaged \(.*\), so changes are refused from now on; stop the engine/);
    expect(told).toEqual([store.status().trouble]);
    expect(await store.commit([putConfig("after", {})])).toMatchObject(UNAVAILABLE);
    await store.close();
    expect(await refusal(file)).toContain("is damaged");
  });

  it.each(Object.keys(COMING_ACROSS))("is as damaged when %s comes across it later", async (way) => {
    const file = await large();
    const log = new KeptLog();
    const store = await served(file, log);
    await log.until(WHOLE);
    DAMAGES[2]?.make(file);
    unnoticed(file);
    await COMING_ACROSS[way]?.(store);
    expect(store.status().trouble).toMatch(/is damaged \(.*\), so changes are refused/);
    expect(await store.commit([putConfig("after", {})])).toMatchObject(UNAVAILABLE);
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
    expect(await refusal(file)).toContain("is damaged");
  });
});

describe("damage that was found", () => {
  const TOUCHING = { sql: "DELETE FROM config WHERE updated_at = 1", params: [] };

  it("keeps the mark away when the check, which does not see it, ends behind it", async () => {
    const file = await large();
    spoilIndex(file);
    unnoticed(file);
    const log = new KeptLog();
    const store = await opened({ file, log });
    expect(await store.commit([TOUCHING])).toMatchObject(UNAVAILABLE);
    store.checkRest();
    await log.until(WHOLE);
    await store.query("SELECT 1", []);
    expect(existsSync(`${file}.whole`)).toBe(false);
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  it("keeps the mark away when another storage thread opens the database, and does not see it", async () => {
    const file = await large();
    spoilIndex(file);
    const log = new KeptLog();
    const store = await opened({ file, log });
    expect(await store.commit([TOUCHING])).toMatchObject(UNAVAILABLE);
    const asked = store.lookUps.query("SELECT 1", null as unknown as []).catch(() => undefined);
    await log.until("the store works again");
    await asked;
    await log.until("the store works again");
    await store.query("SELECT 1", []).catch(() => undefined);
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  it("takes the mark away while the storage thread is busy", async () => {
    const file = await large();
    const log = new KeptLog();
    const store = await served(file, log);
    await log.until(WHOLE);
    const long = await stubborn(store, 2);
    DAMAGES[2]?.make(file);
    expect(existsSync(`${file}.whole`)).toBe(true);
    let isBusy = true;
    const busy = store.query(long, []).finally(() => (isBusy = false));
    await expect(store.reads.query(ALL, [])).rejects.toThrow();
    expect(store.status().trouble).toContain("is damaged");
    expect([isBusy, existsSync(`${file}.whole`)]).toEqual([true, false]);
    await busy;
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  it("refuses the commits that wait for the disk meanwhile", async () => {
    const file = await large();
    DAMAGES[2]?.make(file);
    unnoticed(file);
    const store = await opened({ file });
    const across = store.commit([{ sql: "UPDATE config SET updated_at = 2", params: [] }]);
    await turn();
    const waiting = Array.from({ length: 300 }, (_, n) => store.commit([putConfig(`waiting-${n}`, {})]));
    expect(await across).toMatchObject(UNAVAILABLE);
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject(UNAVAILABLE);
    const stored = "SELECT count(*) AS n FROM config WHERE component >= 'waiting-' AND component < 'waiting.'";
    expect(await store.query(stored, [])).toEqual([{ n: 0 }]);
  });
});

describe("a large database in which somebody else writes while an engine has it open", () => {
  const STRANGERS: readonly (readonly [how: string, change: (file: string, other: string) => void])[] = [
    ["puts another file in its place", (file, other) => renameSync(other, file)],
    ["copies another one over it", (file, other) => copyFileSync(other, file)],
  ];

  it.each(STRANGERS)("is checked before it is served next when he %s", async (_, change) => {
    const file = await large();
    const other = `${file}.other`;
    copyFileSync(file, other);
    DAMAGES[2]?.make(other);
    const log = new KeptLog();
    const store = await served(file, log);
    await log.until(WHOLE);
    await store.query("SELECT 1", []);
    expect(existsSync(`${file}.whole`)).toBe(true);
    change(file, other);
    await store.commit([putConfig("after", {})]);
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
    expect(await refusal(file)).toContain("is damaged");
  });

  it("is checked before it is served next when he does so while it is checked", async () => {
    const file = await large();
    const log = new KeptLog();
    const store = await served(file, log);
    process.kill(checker(log), "SIGSTOP");
    copyFileSync(file, `${file}.other`);
    copyFileSync(`${file}.other`, file);
    process.kill(checker(log), "SIGCONT");
    await log.until(WHOLE);
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });
});

describe("a large database whose engine is killed behind changes that have gone into the file", () => {
  async function told(child: ChildProcess): Promise<unknown> {
    return ((await once(child, "message")) as unknown[])[0];
  }
  async function worked(child: ChildProcess, commits: number): Promise<void> {
    child.send(commits);
    expect(await told(child)).toBe(commits);
  }
  async function workedOver(file: string): Promise<ChildProcess> {
    const child = fork(WORKED_OVER, [file]);
    onTestFinished(() => void child.kill("SIGKILL"));
    expect(await told(child)).toBe("whole");
    return child;
  }
  async function killed(child: ChildProcess): Promise<void> {
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  it("and that is damaged is refused, and left as it is with its log", async () => {
    const file = await large();
    const child = await workedOver(file);
    await worked(child, 3);
    await killed(child);
    DAMAGES[2]?.make(file);
    const before = [readFileSync(file), readFileSync(`${file}-wal`)];
    expect(before[1]?.length).toBeGreaterThan(0);
    const engine = EngineProcess.launch({ DATA_DIR: dirname(file) });
    expect(await engine.ended()).toBe(1);
    expect(engine.stderr.join("")).toMatch(/is damaged \(.*\) and was left as it is/);
    expect([readFileSync(file), readFileSync(`${file}-wal`)].map((now, at) => now.equals(before[at] ?? now))).toEqual([
      true,
      true,
    ]);
  });

  it("is served first and checked behind that", async () => {
    const file = await large();
    const before = statSync(file, { bigint: true }).mtimeNs;
    const child = await workedOver(file);
    await worked(child, 40);
    expect(statSync(file, { bigint: true }).mtimeNs).not.toBe(before);
    await killed(child);
    const log = new KeptLog();
    const store = await served(file, log);
    expect(log.lines.some((line) => line.includes(CHECKED))).toBe(true);
    await log.until(WHOLE);
    expect(await store.query("SELECT sum(updated_at - 1) AS n FROM config", [])).toEqual([{ n: 4_000 }]);
  });

  it.each([
    ["", (file: string) => file],
    [", and it is reached by a link", linkTo],
  ])("is checked before it is served when its log is an older one%s", async (_, way) => {
    const file = await large();
    rmSync(`${file}.whole`);
    await (await opened({ file: way(file) })).close();
    const child = await workedOver(way(file));
    await worked(child, 15);
    copyFileSync(`${file}-wal`, `${file}-older`);
    await worked(child, 40);
    await killed(child);
    copyFileSync(`${file}-older`, `${file}-wal`);
    const log = new KeptLog();
    const again = await openStore({ file: way(file), log });
    if (again.ok) again.value.checkRest();
    if (again.ok) await again.value.close();
    expect(log.lines.some((line) => line.includes(CHECKED))).toBe(false);
  });
});
