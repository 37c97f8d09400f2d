// When a database is checked as a whole: before it is served where anything may have happened to it since an engine has
// left it, and behind that where nothing can have, so that a start over a large one does not wait for it. Whatever is found
// then, nothing is changed any more, and the next start is refused.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore, type ThreadedStore } from "../../../src/store/store.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { DAMAGES, largeStore, spoilIndex, unnoticed } from "../../support/store/damaged-file.ts";
import { KeptLog, opened, putConfig, stubborn, temporaryFolder, textWith } from "../../support/store/store-files.ts";

const CHECKED = "the database is being checked";
const WHOLE = "the database was checked and is whole";
const ENDED = "the database was not checked to the end";
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

async function large(): Promise<string> {
  const file = join(temporaryFolder(), "engine.db");
  await largeStore(file);
  return file;
}
async function served(file: string, log: KeptLog, onTrouble?: (reason: string) => void): Promise<ThreadedStore> {
  const store = await opened({ file, log, ...(onTrouble === undefined ? {} : { onTrouble }) });
  store.checkRest();
  return store;
}
async function refusal(file: string): Promise<string> {
  const again = await openStore({ file, log: new KeptLog() });
  if (!again.ok) return again.failure;
  await again.value.close();
  throw new Error("it was opened");
}
function checker(log: KeptLog): number {
  const begun = log.lines.find((line) => line.startsWith(CHECKED)) ?? "";
  return (JSON.parse(begun.slice(CHECKED.length)) as { readonly pid: number }).pid;
}
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
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
    await store.query("SELECT 1", []);
    DAMAGES[2]?.make(file);
    expect(existsSync(`${file}.whole`)).toBe(true);
    let isBusy = true;
    const busy = store.query(stubborn(4e5), []).finally(() => (isBusy = false));
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

  it("is checked before it is served when its log is an older one", async () => {
    const file = await large();
    const child = await workedOver(file);
    await worked(child, 15);
    copyFileSync(`${file}-wal`, `${file}-older`);
    await worked(child, 40);
    await killed(child);
    copyFileSync(`${file}-older`, `${file}-wal`);
    const log = new KeptLog();
    const again = await openStore({ file, log });
    if (again.ok) again.value.checkRest();
    if (again.ok) await again.value.close();
    expect(log.lines.some((line) => line.includes(CHECKED))).toBe(false);
  });
});

describe("the check behind a start", () => {
  it("is not made of a small database, which is checked before it is served", async () => {
    const file = join(temporaryFolder(), "engine.db");
    await largeStore(file, 4_000);
    expect(statSync(file).size).toBeLessThan(8 * 1024 * 1024);
    DAMAGES[1]?.make(file);
    unnoticed(file);
    expect(await refusal(file)).toContain("is damaged");
  });

  it("goes on when everything of the engine is asked to stop", async () => {
    const [log, told] = [new KeptLog(), [] as string[]];
    const file = await large();
    await served(file, log, (reason) => told.push(reason));
    const pid = checker(log);
    while (!has(pid, file)) await turn();
    for (const signal of ["SIGTERM", "SIGINT"]) process.kill(pid, signal);
    await log.until(WHOLE);
    expect(told).toEqual([]);
  });

  it("is ended without an alert by a signal that comes before it has begun", async () => {
    const [log, told] = [new KeptLog(), [] as string[]];
    const file = await large();
    const store = await served(file, log, (reason) => told.push(reason));
    process.kill(checker(log), "SIGTERM");
    await log.until(ENDED);
    expect([told, store.status().trouble]).toEqual([[], null]);
  });

  it.each([
    ["the log grows too long", { logBytes: 1, ms: 600_000 }, "the write-ahead log has more than 1 bytes"],
    ["it takes too long", { logBytes: 1e9, ms: 1 }, "it has taken 0.001 s"],
  ])("is ended without an alert when %s, and the next start checks first", async (_, checkBounds, reason) => {
    const [log, told] = [new KeptLog(), [] as string[]];
    const file = await large();
    const store = await opened({ file, log, checkBounds, onTrouble: (trouble) => told.push(trouble) });
    store.checkRest();
    const pid = checker(log);
    process.kill(pid, "SIGSTOP");
    await log.until(ENDED);
    expect(log.lines.at(-1)).toContain(reason);
    expect([isThere(pid), told, store.status().trouble]).toEqual([false, [], null]);
    expect(await store.commit([putConfig("after", {})])).toEqual({ ok: true });
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  function has(pid: number, file: string): boolean {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some(
      (name) => existsSync(join(folder, name)) && readlinkSync(join(folder, name)) === file,
    );
  }
});

describe("an engine whose large database is being checked", () => {
  /** Over a database that an engine has left; the one who checks it stands still. */
  async function beingChecked(dir: string): Promise<{ readonly engine: EngineProcess; readonly pid: number }> {
    const engine = await EngineProcess.start({ DATA_DIR: dir });
    onTestFinished(() => engine.kill());
    const pid = Number((await engine.line(CHECKED))["pid"]);
    process.kill(pid, "SIGSTOP");
    onTestFinished(() => void (isThere(pid) && process.kill(pid, "SIGKILL")));
    return { engine, pid };
  }

  it("stops at once, with 0, and leaves nobody behind", async () => {
    const file = await large();
    const { engine, pid } = await beingChecked(join(file, ".."));
    expect(await engine.stop()).toBe(0);
    await expect.poll(() => isThere(pid)).toBe(false);
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  it("may be killed meanwhile: nothing that was confirmed is lost, and the next start checks first", async () => {
    const file = await large();
    const dir = join(file, "..");
    const { engine, pid } = await beingChecked(dir);
    expect((await engine.ask("PUT", "/feature-flags/kept", { enabled: true })).status).toBe(200);
    await engine.kill();
    const next = await EngineProcess.start({ DATA_DIR: dir });
    onTestFinished(() => next.kill());
    expect(JSON.stringify(await next.get("/feature-flags"))).toContain('"name":"kept"');
    process.kill(pid, "SIGCONT");
    await expect.poll(() => isThere(pid)).toBe(false);
    expect(await next.stop()).toBe(0);
    expect(next.lines.some(({ msg }) => msg === CHECKED)).toBe(false);
  });

  it("says of one that turns out to be damaged what to do, goes on reading, and is not started again over it", async () => {
    const file = await large();
    DAMAGES[1]?.make(file);
    unnoticed(file);
    const env = { DATA_DIR: join(file, "..") };
    const engine = await EngineProcess.start(env);
    onTestFinished(() => engine.kill());
    await engine.line("the database is damaged");
    expect(await engine.get("/health")).toMatchObject({ status: "degraded", troubles: [textWith("restore a backup")] });
    expect(await engine.ask("PUT", "/feature-flags/late", { enabled: true })).toMatchObject({ status: 503 });
    expect(JSON.stringify(await engine.get("/alerts"))).toMatch(/"level":"critical".*engine\.db is damaged/);
    expect((await engine.ask("GET", "/feature-flags")).status).toBe(200);
    expect(await engine.stop()).toBe(0);
    const again = EngineProcess.launch(env);
    expect(await again.ended()).toBe(1);
    expect(again.stderr.join("")).toContain("is damaged");
  });
});
