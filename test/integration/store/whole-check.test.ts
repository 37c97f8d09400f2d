// When a database is checked as a whole: before it is served where anything may have happened to it since an engine has
// left it, and behind that where nothing can have, so that a start over a large one does not wait for it. Whatever is found
// then, nothing is changed any more, and the next start is refused.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore, type ThreadedStore } from "../../../src/store/store.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { DAMAGES, largeStore, unnoticed } from "../../support/store/damaged-file.ts";
import { KeptLog, opened, putConfig, temporaryFolder, textWith } from "../../support/store/store-files.ts";

const CHECKED = "the database is being checked";
const WHOLE = "the database was checked and is whole";
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
    const begun = log.lines.find((line) => line.startsWith(CHECKED)) ?? "";
    process.kill((JSON.parse(begun.slice(CHECKED.length)) as { readonly pid: number }).pid, "SIGKILL");
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
