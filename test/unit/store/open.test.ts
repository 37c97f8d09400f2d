// Opening a database: every earlier version is brought up to date with its rows, and what cannot be worked with is
// refused with a sentence, never repaired by leaving something out.
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { type Migration, MIGRATIONS } from "../../../src/store/sqlite/migrate.ts";
import { explainOpen, type OpenFailure, openDatabase } from "../../../src/store/sqlite/open.ts";
import { EARLIER_VERSIONS } from "../../support/store/earlier-versions.ts";
import { temporaryFolder, textWith } from "../../support/store/store-files.ts";

const NOW = 1_756_029_600_000_000;
const SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY name";

function open(file: string, steps: readonly Migration[] = MIGRATIONS): SqlDriver {
  const opened = openDatabase(file, NOW, steps);
  if (!("driver" in opened)) throw new Error(explainOpen(opened));
  return opened.driver;
}
const CHAIN_OF_NOTHING = "CREATE TRIGGER audit_chain BEFORE INSERT ON audit BEGIN SELECT 1; END";
const HIDDEN_TRIGGER = `
  CREATE TRIGGER mine AFTER INSERT ON config BEGIN DELETE FROM risk; END;
  PRAGMA writable_schema = ON;
  UPDATE sqlite_schema SET name = 'sqlite_stat9', sql = replace(sql, 'mine', 'sqlite_stat9') WHERE name = 'mine';
  PRAGMA writable_schema = OFF;`;
function refusal(file: string, steps: readonly Migration[] = MIGRATIONS): OpenFailure {
  const opened = openDatabase(file, NOW, steps);
  if (!("driver" in opened)) return opened;
  opened.driver.close();
  throw new Error("it was opened");
}
function filled(rows: number): string {
  const file = join(temporaryFolder(), "engine.db");
  const driver = open(file);
  const value = JSON.stringify({ text: "x".repeat(500) });
  driver.transaction(() => {
    for (let n = 0; n < rows; n++) driver.run("INSERT INTO config VALUES (?, ?, ?)", [`c${n}`, value, n]);
  });
  driver.close();
  return file;
}
function components(driver: SqlDriver): unknown {
  return driver.get("SELECT count(*) AS n FROM config")?.["n"];
}

describe("a database of an earlier version", () => {
  it("is known by an example for each of them", () => {
    expect(EARLIER_VERSIONS.map(({ version }) => version)).toEqual(MIGRATIONS.slice(1).map((_, index) => index + 1));
  });

  it.each(EARLIER_VERSIONS)("is brought up to date from version $version with all its rows", (earlier) => {
    const file = join(temporaryFolder(), "engine.db");
    const old = open(file, MIGRATIONS.slice(0, earlier.version));
    old.script(earlier.fill);
    old.close();
    const opened = openDatabase(file, NOW);
    if (!("driver" in opened)) throw new Error(explainOpen(opened));
    onTestFinished(() => opened.driver.close());
    expect(opened.migrated).toEqual({ from: earlier.version, to: MIGRATIONS.length });
    expect(opened.driver.all(earlier.look)).toEqual(earlier.rows);
    expect(opened.driver.all("PRAGMA foreign_key_check")).toEqual([]);
    expect(opened.driver.all(SCHEMA)).toEqual(open(":memory:").all(SCHEMA));
  });

  it("stays what the engine before can open when its upgrade fails half-way", () => {
    const file = join(temporaryFolder(), "engine.db");
    const broken = {
      version: MIGRATIONS.length + 1,
      name: "broken",
      sql: "CREATE TABLE half (a INTEGER); CREATE TABLE config (a INTEGER);",
    };
    const before = MIGRATIONS.slice(0, -1);
    open(file, before).close();
    expect(refusal(file, [...MIGRATIONS, broken])).toMatchObject({ reason: textWith("already exists") });
    const again = openDatabase(file, NOW, before);
    if (!("driver" in again)) throw new Error(explainOpen(again));
    onTestFinished(() => again.driver.close());
    expect(again.migrated).toEqual({ from: before.length, to: before.length });
    expect(again.driver.all("SELECT 1 FROM sqlite_schema WHERE name = 'half'")).toEqual([]);
  });
});

describe("a database that this engine must not touch", () => {
  it("has newer tables: which version is found and known", () => {
    const file = join(temporaryFolder(), "engine.db");
    open(file, [
      ...MIGRATIONS,
      { version: MIGRATIONS.length + 1, name: "later", sql: "CREATE TABLE later (a INTEGER);" },
    ]).close();
    const failure = refusal(file);
    expect(failure).toMatchObject({ code: "store_newer", found: MIGRATIONS.length + 1, known: MIGRATIONS.length });
    expect(explainOpen(failure)).toContain("start the newer engine");
  });

  it("has another history: which migration differs", () => {
    const file = join(temporaryFolder(), "engine.db");
    const [first, ...others] = MIGRATIONS;
    open(file, [{ ...first!, sql: `${first!.sql} ` }, ...others]).close();
    expect(refusal(file)).toMatchObject({ code: "store_history", version: 1, name: "strategies" });
  });

  it("belongs to another program", () => {
    const file = join(temporaryFolder(), "engine.db");
    const other = openLibsql(file);
    other.script("CREATE TABLE songs (a INTEGER)");
    other.close();
    expect(refusal(file).code).toBe("store_foreign");
  });

  const changes: readonly (readonly [what: string, sql: string, named: string])[] = [
    ["a trigger", "CREATE TRIGGER mine AFTER INSERT ON risk BEGIN DELETE FROM risk; END", 'trigger "mine"'],
    ["a trigger under a name of the database's own", HIDDEN_TRIGGER, 'trigger "sqlite_stat9"'],
    ["a view", "CREATE VIEW seen AS SELECT * FROM risk", 'view "seen"'],
    ["a table", "CREATE TABLE beside (a INTEGER)", 'table "beside"'],
    ["another trigger of the same name", `DROP TRIGGER audit_chain; ${CHAIN_OF_NOTHING}`, 'trigger "audit_chain"'],
    ["no trigger where there should be one", "DROP TRIGGER audit_chain", 'without trigger "audit_chain"'],
  ];

  it.each(changes)("holds %s that its migrations have not made", (_, sql, named) => {
    for (const steps of [MIGRATIONS, MIGRATIONS.slice(0, -1)]) {
      const file = join(temporaryFolder(), "engine.db");
      const driver = open(file, steps);
      driver.script(sql);
      driver.close();
      const failure = refusal(file);
      expect(failure).toMatchObject({ code: "store_foreign", strange: named });
      expect(explainOpen(failure)).toContain(named);
      expect(explainOpen(failure)).toContain("strategy-engine restore");
    }
  });

  it("is not one whose tables were only measured", () => {
    const file = filled(10);
    const driver = openLibsql(file);
    driver.script("ANALYZE");
    driver.close();
    open(file).close();
  });
});

describe("a damaged database", () => {
  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ["is no database at all", (file) => writeFileSync(file, "not a database ".repeat(1000))],
    ["has lost its second half", (file) => truncateSync(file, statSync(file).size / 2)],
    ["is cut inside a page", (file) => truncateSync(file, statSync(file).size - 1000)],
    ["has zeros where a table was", (file) => overwrite(file, Buffer.alloc(16_384))],
    [
      "has noise where a table was",
      (file) => overwrite(file, Buffer.from(Array.from({ length: 16_384 }, (_, i) => (i * 167) % 251))),
    ],
  ];
  function overwrite(file: string, bytes: Buffer): void {
    const all = readFileSync(file);
    bytes.copy(all, Math.floor(all.length / 2 / 4096) * 4096);
    writeFileSync(file, all);
  }

  it.each(damages)("that %s is refused, left as it is, and says that a backup can be restored", (_, damage) => {
    const file = filled(300);
    damage(file);
    const before = readFileSync(file);
    const failure = refusal(file);
    expect(failure.code).toBe("store_damaged");
    expect(explainOpen(failure)).toContain("strategy-engine restore");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("whose main file is gone while its log holds data is refused", () => {
    const file = filled(1);
    const driver = open(file);
    driver.run("INSERT INTO config VALUES ('late', '{}', 1)");
    const copy = join(temporaryFolder(), "engine.db");
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    driver.close();
    expect(refusal(copy).code).toBe("store_orphan");
    writeFileSync(copy, "");
    expect(refusal(copy).code).toBe("store_orphan");
  });
});

describe("a log that a kill or a power cut has torn", () => {
  it("is cut where it is torn, at any byte: whole transactions before that are kept, and no part of one", () => {
    const file = filled(10);
    const driver = open(file);
    const sizes = [0];
    for (let n = 0; n < 5; n++) {
      driver.transaction(() => {
        for (const half of ["a", "b"]) {
          driver.run("INSERT INTO config VALUES (?, ?, 1)", [
            `${half}${n}`,
            JSON.stringify({ text: "y".repeat(3000) }),
          ]);
        }
      });
      sizes.push(statSync(`${file}-wal`).size);
    }
    const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
    driver.close();
    for (let cut = 0; cut <= log.length; cut += 997) {
      const copy = join(temporaryFolder(), "engine.db");
      writeFileSync(copy, main);
      writeFileSync(`${copy}-wal`, log.subarray(0, cut));
      const again = open(copy);
      const whole = sizes.filter((size) => size > 0 && size <= cut).length;
      expect(components(again), `cut at ${cut}`).toBe(10 + 2 * whole);
      again.close();
    }
  });
});
