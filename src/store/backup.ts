// Copies of the store: `backUp` takes one while an engine works with it (a snapshot of one moment: every transaction that
// was confirmed before it, whole), `restoreBackup` puts one in its place. A copy is made under a name that no other process
// has, checked, synced and only then renamed, so that a file of the wanted name is always a whole one, at every moment:
// who is killed on the way leaves what was there. Nothing is deleted: what a restore replaces stays beside it as
// engine.db.replaced, or with a number behind that. Both are for a process of their own, not for the engine's.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { failed, ok, type Result } from "../domain/result.ts";
import { type SqlDriver, SqlError } from "./sqlite/driver.ts";
import { openLibsql } from "./sqlite/libsql-driver.ts";
import { explainBackup, explainOpen, inspect, openDatabase } from "./sqlite/open.ts";

export const STORE_FILE = "engine.db";

export interface CopyReport {
  readonly bytes: number;
  /** Rows of each table that has some. */
  readonly rows: Readonly<Record<string, number>>;
  /** Where the database that was replaced is now; null when there was none. */
  readonly replaced: string | null;
}

const SIDE_FILES = ["-wal", "-shm"] as const;
const ALL_FILES = ["", ...SIDE_FILES] as const;
/** A copy that nobody has written to for so long is of a process that was killed. */
const ABANDONED_MS = 3_600_000;

export function backUp(store: string, target: string, overwrite: boolean): Result<CopyReport, string> {
  if (!existsSync(store))
    return failed(`${store} is not there; name the DATA_DIR of an engine that ran with --data-dir`);
  if (existsSync(target) && !overwrite) {
    return failed(`${target} exists; choose another name, or --force to overwrite it`);
  }
  if (isEmpty(store)) return failed(`${store} holds nothing yet: no engine has worked with it`);
  return guarded(target, (partial) => {
    const source = openLibsql(store, true);
    try {
      const fault = inspect(source, store);
      if (fault !== null) return failed(explainOpen(fault));
      source.run("VACUUM INTO ?", [partial]);
    } finally {
      source.close();
    }
    if (isEmpty(partial)) return failed("the copy came out empty, and was thrown away; try again");
    const checked = check(partial);
    if (!checked.ok) return checked;
    sync(partial);
    renameSync(partial, target);
    sync(dirname(resolve(target)));
    return checked;
  });
}

/** The caller holds the lock of the data folder. `now`: microseconds. */
export function restoreBackup(
  backup: string,
  store: string,
  overwrite: boolean,
  now: number,
): Result<CopyReport, string> {
  if (!existsSync(backup)) return failed(`${backup} is not there; name a file that strategy-engine backup wrote`);
  if (!overwrite && holdsData(store)) {
    return failed(`${store} holds data; --force replaces it (it is kept beside it as ${store}.replaced)`);
  }
  return guarded(store, (partial) => {
    copyFileSync(backup, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    // One without tables would be taken for a store that begins.
    if (isEmpty(partial)) return failed(explainBackup({ code: "store_foreign", file: backup }));
    const opened = openDatabase(partial, now);
    if (!("driver" in opened)) return failed(explainBackup({ ...opened, file: backup }));
    opened.driver.close();
    const checked = check(partial);
    if (!checked.ok) return checked;
    for (const suffix of SIDE_FILES) rmSync(partial + suffix, { force: true });
    sync(partial);
    return ok({ ...checked.value, replaced: replace(partial, store) });
  });
}

/**
 * `work` gets a name beside the file that nobody else has. What failed half-way is taken away; the disk's own words become
 * the sentence.
 */
function guarded(file: string, work: (partial: string) => Result<CopyReport, string>): Result<CopyReport, string> {
  sweep(file);
  const partial = `${file}.${randomBytes(8).toString("hex")}.partial`;
  const clean = (): void => {
    for (const suffix of ALL_FILES) rmSync(partial + suffix, { force: true });
  };
  try {
    const outcome = work(partial);
    if (!outcome.ok) clean();
    return outcome;
  } catch (error) {
    clean();
    if (error instanceof SqlError || (error instanceof Error && "code" in error)) {
      return failed(`the copy could not be made: ${error.message}`);
    }
    throw error;
  }
}

/** Takes away copies of this file that were never finished. */
function sweep(file: string): void {
  const folder = dirname(resolve(file));
  const name = basename(file);
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) {
    if (!entry.startsWith(`${name}.`) || !/^\.[0-9a-f]{16}\.partial(?:-wal|-shm)?$/.test(entry.slice(name.length)))
      continue;
    const written = statSync(join(folder, entry), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - written > ABANDONED_MS) rmSync(join(folder, entry), { force: true });
  }
}

/** Without a table, or a byte; what is no database at all is not empty. */
function isEmpty(file: string): boolean {
  const bytes = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes(file) === 0) return bytes(`${file}-wal`) === 0;
  try {
    const driver = openLibsql(file, true);
    try {
      return driver.get("SELECT 1 AS n FROM sqlite_schema LIMIT 1") === undefined;
    } finally {
      driver.close();
    }
  } catch (error) {
    if (error instanceof SqlError) return false;
    throw error;
  }
}

function check(file: string): Result<CopyReport, string> {
  const driver = openLibsql(file, true);
  try {
    const fault = inspect(driver, file);
    if (fault !== null) return failed(explainOpen(fault));
    return ok({ bytes: statSync(file).size, rows: rowsOf(driver), replaced: null });
  } finally {
    driver.close();
  }
}

function rowsOf(driver: SqlDriver): Readonly<Record<string, number>> {
  const tables = driver.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'migrations' ORDER BY name",
  );
  const counted = tables.map(({ name }) => {
    const table = String(name);
    return [table, Number(driver.get(`SELECT count(*) AS n FROM "${table}"`)?.["n"])] as const;
  });
  return Object.fromEntries(counted.filter(([, rows]) => rows > 0));
}

/** One that cannot be read counts as holding data. */
function holdsData(store: string): boolean {
  const files = [store, `${store}-wal`].filter((file) => existsSync(file) && statSync(file).size > 0);
  if (files.length === 0) return false;
  if (!files.includes(store)) return true;
  try {
    const driver = openLibsql(store, true);
    try {
      return Object.keys(rowsOf(driver)).length > 0;
    } finally {
      driver.close();
    }
  } catch (error) {
    if (error instanceof SqlError) return true;
    throw error;
  }
}

/**
 * In one step: before it the old database is there, after it the new one. The old one gets a second name first, and what
 * its log holds is put into it: a log that stayed behind would be taken for the new one's.
 */
function replace(partial: string, store: string): string | null {
  settle(store);
  const present = ALL_FILES.filter((suffix) => existsSync(store + suffix));
  const away = present.length === 0 ? null : freeName(`${store}.replaced`);
  if (away !== null) for (const suffix of present) secondName(store + suffix, away + suffix);
  const logs = SIDE_FILES.filter((suffix) => present.includes(suffix));
  try {
    for (const suffix of logs) rmSync(store + suffix);
    renameSync(partial, store);
  } catch (error) {
    for (const suffix of logs) if (!existsSync(store + suffix)) secondName(away + suffix, store + suffix);
    for (const suffix of present) rmSync(away + suffix);
    throw error;
  }
  sync(dirname(resolve(store)));
  return away;
}

/** Its log into it. One that cannot be read keeps its log, and no engine would have begun with it. */
function settle(store: string): void {
  if (!existsSync(store) || statSync(store).size === 0) return;
  try {
    openLibsql(store).close();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
  }
}

function freeName(name: string): string {
  const isTaken = (candidate: string): boolean => ALL_FILES.some((suffix) => existsSync(candidate + suffix));
  let found = name;
  for (let number = 2; isTaken(found); number++) found = `${name}-${number}`;
  return found;
}

/** Where a file system has no links, a copy. */
function secondName(file: string, other: string): void {
  try {
    linkSync(file, other);
  } catch (error) {
    if (!existsSync(file) || existsSync(other)) throw error;
    copyFileSync(file, other, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    sync(other);
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
