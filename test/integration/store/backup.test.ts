// Backup and restore as an operator runs them: processes of their own, real files, an engine or a writer beside them.
import { spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { command, type Ended } from "../../support/store/command.ts";
import { addConfig, opened, temporaryFolder, textWith } from "../../support/store/store-files.ts";

const WRITER = fileURLToPath(new URL("../../support/store-writer.js", import.meta.url));
/** In front of a command: it ends at a change to its files. */
const KILLED = ["--import", new URL("../../support/store/killed-at.js", import.meta.url).href];
const COMMITS = "SELECT updated_at AS n, count(*) AS parts FROM config GROUP BY updated_at ORDER BY updated_at";

/** A data folder whose store holds one component of each name. */
async function folderWith(...components: readonly string[]): Promise<string> {
  const dir = temporaryFolder();
  const store = await opened({ file: join(dir, "engine.db") });
  await store.commit(components.map(addConfig));
  await store.close();
  return dir;
}
function componentsIn(file: string): readonly unknown[] {
  const driver = openLibsql(file, true);
  try {
    return driver.all("SELECT component FROM config ORDER BY component").map((row) => row["component"]);
  } finally {
    driver.close();
  }
}

/** A process that writes until the test is over; `confirmed` reads what it has been told is durable. */
async function writer(dir: string): Promise<{ readonly confirmed: () => readonly number[] }> {
  const record = join(dir, "confirmed");
  const descriptor = openSync(record, "w");
  const child = spawn(process.execPath, [WRITER, join(dir, "engine.db")], {
    stdio: ["ignore", "pipe", "inherit", descriptor],
  });
  const ended = new Promise((done) => child.once("close", done));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    closeSync(descriptor);
  });
  const lines = createInterface(child.stdout!);
  await new Promise((begun) => lines.once("line", begun));
  return { confirmed: () => readFileSync(record, "utf8").split("\n").slice(0, -1).map(Number) };
}

describe("a backup", () => {
  it("that is taken under writes holds all that was confirmed before, whole, and comes back by restore", async () => {
    const dir = temporaryFolder();
    const { confirmed } = await writer(dir);
    const before = confirmed();
    const file = join(temporaryFolder(), "copy.db");
    const made = await command(["backup", file], dir);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toMatch(/config +\d/);
    // It went on meanwhile: what a writer confirms is not held up by a copy.
    expect(confirmed().length).toBeGreaterThan(before.length);

    const fresh = join(temporaryFolder(), "data");
    expect(await command(["restore", file], fresh)).toMatchObject({ code: 0, err: "" });
    const store = await opened({ file: join(fresh, "engine.db") });
    const rows = await store.query(COMMITS, []);
    const copied = openLibsql(file, true);
    expect(rows).toEqual(copied.all(COMMITS));
    copied.close();
    expect(new Set(rows.map((row) => row["parts"]))).toEqual(new Set([3]));
    const held = new Set(rows.map((row) => row["n"]));
    expect(before.length).toBeGreaterThan(0);
    expect(before.filter((n) => !held.has(n))).toEqual([]);
  });

  it("of a running engine is taken, but none is restored into its folder", async () => {
    const dir = await folderWith("kept");
    const engine = await EngineProcess.start({ DATA_DIR: dir, MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
    onTestFinished(() => engine.kill());
    const file = join(temporaryFolder(), "copy.db");
    expect(await command(["backup", file], dir)).toMatchObject({ code: 0 });
    expect(componentsIn(file)).toEqual(["kept"]);
    const refused = await command(["restore", file, "--force"], dir);
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain(`in use by process ${engine.pid}`);
    expect(componentsIn(join(dir, "engine.db"))).toEqual(["kept"]);
  });

  it("does not overwrite a file, nor keep half of one, unless it is told to", async () => {
    const dir = await folderWith("kept");
    const file = join(temporaryFolder(), "copy.db");
    writeFileSync(file, "mine");
    const refused = await command(["backup", file], dir);
    expect(refused).toMatchObject({ code: 1, err: textWith("--force") });
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(await command(["backup", file, "--force"], dir)).toMatchObject({ code: 0 });
    expect(componentsIn(file)).toEqual(["kept"]);
    expect(readdirSync(dirname(file))).toEqual(["copy.db"]);
  });

  it("beside another one of the same name ends with a whole file, whichever was first", async () => {
    const dir = await folderWith(...Array.from({ length: 3_000 }, (_, n) => `component${n}`));
    const file = join(temporaryFolder(), "copy.db");
    const all = await Promise.all(Array.from({ length: 4 }, () => command(["backup", file, "--force"], dir)));
    expect(all.map(({ code, err }) => ({ code, err }))).toEqual(all.map(() => ({ code: 0, err: "" })));
    expect(componentsIn(file)).toHaveLength(3_000);
    expect(readdirSync(dirname(file))).toEqual(["copy.db"]);
  });

  it("takes away what a backup that was killed an hour ago left, and leaves what is younger or somebody else's", async () => {
    const dir = await folderWith("kept");
    const file = join(temporaryFolder(), "copy.db");
    const [old, young, foreign] = ["0", "1", "x"].map((digit) => `${file}.${digit.repeat(16)}.partial`) as [
      string,
      string,
      string,
    ];
    for (const one of [old, young, foreign]) writeFileSync(one, "half");
    const hourAgo = new Date(Date.now() - 3_700_000);
    for (const one of [old, foreign]) utimesSync(one, hourAgo, hourAgo);
    expect(await command(["backup", file], dir)).toMatchObject({ code: 0 });
    expect([old, young, foreign].map((one) => existsSync(one))).toEqual([false, true, true]);
  });

  it("says which folder has nothing to copy, and that a store in memory has no file", async () => {
    const nothing = await command(["backup", "copy.db"], join(temporaryFolder(), "none"));
    expect(nothing).toMatchObject({ code: 1, err: textWith("is not there") });
    const memory = await command(["backup", "copy.db"], "");
    expect(memory).toMatchObject({ code: 1, err: textWith("--data-dir") });
  });
});

describe("a restore", () => {
  it("that is killed at any step leaves the old store or the new one, and never none", async () => {
    const file = join(temporaryFolder(), "copy.db");
    await command(["backup", file], await folderWith("new"));
    const run = async (at: number): Promise<Ended & { readonly dir: string }> => {
      const dir = await folderWith("old");
      const more = { KILLED_AT: String(at) };
      return { dir, ...(await command(["restore", file, "--force"], dir, { node: KILLED, more })) };
    };
    const whole = await run(-1);
    const steps = Number(/changes: (\d+)/.exec(whole.err)?.[1]);
    expect(whole.code).toBe(0);
    expect(steps).toBeGreaterThan(5);
    const found = [];
    for (let step = 0; step < steps; step++) {
      const { code, dir } = await run(step);
      expect(code, `step ${step}`).toBeNull();
      const store = await opened({ file: join(dir, "engine.db") });
      const rows = await store.query("SELECT component FROM config", []);
      found.push(rows.map((row) => row["component"]).join());
      await store.close();
    }
    expect(found.join(" ")).toMatch(/^(old )+(new ?)*$/);
    expect(componentsIn(join(whole.dir, "engine.db.replaced"))).toEqual(["old"]);
  });

  it("keeps all that was ever replaced", async () => {
    const dir = await folderWith("first");
    for (const name of ["second", "third"]) {
      const file = join(temporaryFolder(), "copy.db");
      await command(["backup", file], await folderWith(name));
      expect(await command(["restore", file, "--force"], dir)).toMatchObject({ code: 0 });
    }
    const names = ["engine.db", "engine.db.replaced", "engine.db.replaced-2"];
    expect(names.map((name) => componentsIn(join(dir, name)))).toEqual([["third"], ["first"], ["second"]]);
  });

  it("takes no file without a table for a backup", async () => {
    const dir = await folderWith("kept");
    const empty = join(temporaryFolder(), "empty.db");
    writeFileSync(empty, "");
    const bare = join(temporaryFolder(), "bare.db");
    const made = openLibsql(bare);
    made.script("PRAGMA user_version = 1");
    made.close();
    for (const file of [empty, bare]) {
      const refused = await command(["restore", file, "--force"], dir);
      expect(refused).toMatchObject({ code: 1, err: textWith("is no backup of this engine") });
    }
    expect(componentsIn(join(dir, "engine.db"))).toEqual(["kept"]);
    writeFileSync(join(dir, "engine.db"), "");
    expect(await command(["backup", join(dir, "copy.db")], dir)).toMatchObject({
      code: 1,
      err: textWith("nothing yet"),
    });
  });

  it("that was cut off by an earlier version is no reason to begin with nothing", async () => {
    const dir = await folderWith("kept");
    renameSync(join(dir, "engine.db"), join(dir, "engine.db.replaced"));
    const refused = await command(["serve"], dir, { more: { PORT: "0", COMPAT_PORT: "0" } });
    expect(refused).toMatchObject({ code: 1, err: textWith("a restore was cut off") });
    expect(existsSync(join(dir, "engine.db"))).toBe(false);
    renameSync(join(dir, "engine.db.replaced"), join(dir, "engine.db"));
    expect(componentsIn(join(dir, "engine.db"))).toEqual(["kept"]);
  });

  it("replaces a store that holds data only when told to, and keeps what it replaced", async () => {
    const [from, to] = [await folderWith("new"), await folderWith("old")];
    const file = join(temporaryFolder(), "copy.db");
    await command(["backup", file], from);
    const refused = await command(["restore", file], to);
    expect(refused).toMatchObject({ code: 1, err: textWith("--force") });
    expect(componentsIn(join(to, "engine.db"))).toEqual(["old"]);
    const done = await command(["restore", file, "--force"], to);
    expect(done).toMatchObject({ code: 0, out: textWith("engine.db.replaced") });
    expect(componentsIn(join(to, "engine.db"))).toEqual(["new"]);
    expect(componentsIn(join(to, "engine.db.replaced"))).toEqual(["old"]);
  });

  it("puts a good copy in the place of a damaged store", async () => {
    const dir = await folderWith(...Array.from({ length: 500 }, (_, n) => `component${n}`));
    const file = join(temporaryFolder(), "copy.db");
    await command(["backup", file], dir);
    truncateSync(join(dir, "engine.db"), 20_000);
    expect(await command(["backup", `${file}2`], dir)).toMatchObject({
      code: 1,
      err: textWith("damaged"),
    });
    expect(await command(["restore", file, "--force"], dir)).toMatchObject({ code: 0 });
    expect(componentsIn(join(dir, "engine.db"))).toHaveLength(500);
  });

  it("touches nothing when the backup is damaged, of another program, or not there", async () => {
    const dir = await folderWith("kept");
    const bad = join(temporaryFolder(), "bad.db");
    writeFileSync(bad, "nothing of ours ".repeat(500));
    const other = join(temporaryFolder(), "other.db");
    const songs = openLibsql(other);
    songs.script("CREATE TABLE songs (a INTEGER)");
    songs.close();
    const damaged = await command(["restore", bad, "--force"], dir);
    expect(damaged).toMatchObject({ code: 1, err: textWith("restore another backup") });
    expect(damaged.err).toContain(`${bad} is damaged`);
    expect(damaged.err).not.toContain("move the file away");
    const foreign = await command(["restore", other, "--force"], dir);
    expect(foreign).toMatchObject({ code: 1, err: textWith("is no backup of this engine") });
    const ruled = join(temporaryFolder(), "ruled.db");
    expect(await command(["backup", ruled], dir)).toMatchObject({ code: 0 });
    const rules = openLibsql(ruled);
    rules.script("CREATE TRIGGER mine AFTER INSERT ON risk BEGIN DELETE FROM risk; END");
    rules.close();
    const strange = await command(["restore", ruled, "--force"], dir);
    expect(strange).toMatchObject({ code: 1, err: textWith('holds what no engine has made (trigger "mine")') });
    const missing = await command(["restore", join(dir, "none"), "--force"], dir);
    expect(missing).toMatchObject({ code: 1, err: textWith("is not there") });
    expect(componentsIn(join(dir, "engine.db"))).toEqual(["kept"]);
    expect(readdirSync(dir).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("goes into a folder whose engine was killed, log and all", async () => {
    const dir = temporaryFolder();
    await writer(dir);
    const copy = join(temporaryFolder(), "killed");
    mkdirSync(copy);
    for (const name of ["engine.db", "engine.db-wal"]) cpSync(join(dir, name), join(copy, name));
    const file = join(temporaryFolder(), "copy.db");
    await command(["backup", file], await folderWith("restored"));
    expect(await command(["restore", file], copy)).toMatchObject({ code: 1 });
    expect(await command(["restore", file, "--force"], copy)).toMatchObject({ code: 0 });
    expect(componentsIn(join(copy, "engine.db"))).toEqual(["restored"]);
  });
});
