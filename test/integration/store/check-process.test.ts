// The process that checks a large database behind a start: whatever becomes of it, the engine serves, and takes changes as
// long as no damage is known.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { CHECKED, checker, isThere, large, refusal, served, WHOLE } from "../../support/store/checked-store.ts";
import { DAMAGES, largeStore, unnoticed } from "../../support/store/damaged-file.ts";
import { KeptLog, opened, putConfig, temporaryFolder, textWith } from "../../support/store/store-files.ts";

const ENDED = "the database was not checked to the end";
/** In front of who checks, and of an engine. */
const HELD = new URL("../../support/store/check-held.js", import.meta.url).href;
const STOPPED = new URL("../../support/store/check-stopped.js", import.meta.url).href;

/** What checks from now on. */
function checksWith(program: string): void {
  const { execPath } = process;
  process.execPath = program;
  onTestFinished(() => void (process.execPath = execPath));
}
/** The same, as a line of a shell. */
function checksBy(line: string): void {
  const program = join(temporaryFolder(), "program");
  writeFileSync(program, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  checksWith(program);
}
/** It says what it found when it is sent SIGUSR2: until then it is there, however late anybody looks. */
function keepsItsWord(): void {
  checksBy(`exec '${process.execPath}' --import '${HELD}' "$@"`);
}
/** It never begins. */
function neverBegins(): void {
  checksBy("exec sleep 600");
}

describe("the check behind a start", () => {
  it.each([
    ["is told of at once", () => `${process.execPath}/none`],
    ["is told of later", () => `${process.execPath}-none`],
  ])(
    "cannot be made where there is no process for it, which %s: changes are taken, and the next start checks first",
    async (_, program) => {
      const [log, told] = [new KeptLog(), [] as string[]];
      const file = await large();
      checksWith(program());
      const store = await served(file, log, (reason) => told.push(reason));
      await log.until("could not be checked");
      expect(told).toEqual([textWith("could not be checked (no process for it: ")]);
      expect(await store.commit([putConfig("after", {})])).toEqual({ ok: true });
      await store.close();
      expect(existsSync(`${file}.whole`)).toBe(false);
    },
  );

  it("is the first to go where memory is short", async () => {
    const log = new KeptLog();
    const file = await large();
    keepsItsWord();
    const store = await served(file, log);
    const pid = checker(log);
    while (!has(pid, file)) await turn();
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("1000\n");
    await store.close();
  });

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
    keepsItsWord();
    await served(file, log, (reason) => told.push(reason));
    const pid = checker(log);
    while (!has(pid, file)) await turn();
    for (const signal of ["SIGTERM", "SIGINT", "SIGUSR2"]) process.kill(pid, signal);
    await log.until(WHOLE);
    expect(told).toEqual([]);
  });

  it("is ended without an alert by a signal that comes before it has begun", async () => {
    const [log, told] = [new KeptLog(), [] as string[]];
    const file = await large();
    neverBegins();
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
    neverBegins();
    const store = await opened({ file, log, checkBounds, onTrouble: (trouble) => told.push(trouble) });
    store.checkRest();
    const pid = checker(log);
    await log.until(ENDED);
    expect(log.lines.at(-1)).toContain(reason);
    expect([isThere(pid), told, store.status().trouble]).toEqual([false, [], null]);
    expect(await store.commit([putConfig("after", {})])).toEqual({ ok: true });
    await store.close();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });

  function has(pid: number, file: string): boolean {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => leadsTo(join(folder, name)) === file);
  }
  /** Null: it was closed meanwhile. */
  function leadsTo(path: string): string | null {
    try {
      return readlinkSync(path);
    } catch {
      return null;
    }
  }
});

describe("an engine whose large database is being checked", () => {
  /** Over a database that an engine has left; the one who checks it stands still. */
  async function beingChecked(dir: string): Promise<{ readonly engine: EngineProcess; readonly pid: number }> {
    const engine = await EngineProcess.start({ DATA_DIR: dir }, { node: ["--import", STOPPED] });
    onTestFinished(() => engine.kill());
    const pid = Number((await engine.line(CHECKED))["pid"]);
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
