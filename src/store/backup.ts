// Copies of the store: `backUp` takes one while an engine works with it (a snapshot of one moment: every transaction that
// was confirmed before it, whole), `restoreBackup` puts one in its place. A copy is made under another name, checked,
// synced and only then renamed, so that a file of the wanted name is always a whole one. Nothing is deleted: what a
// restore replaces stays beside it as engine.db.replaced. Both are for a process of their own, not for the engine's.
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
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

export function backUp(store: string, target: string, overwrite: boolean): Result<CopyReport, string> {
  if (!existsSync(store))
    return failed(`${store} is not there; name the DATA_DIR of an engine that ran with --data-dir`);
  if (existsSync(target) && !overwrite) {
    return failed(`${target} exists; choose another name, or --force to overwrite it`);
  }
  const partial = `${target}.partial`;
  return guarded(partial, () => {
    rmSync(partial, { force: true });
    const source = openLibsql(store, true);
    try {
      const fault = inspect(source, store);
      if (fault !== null) return failed(explainOpen(fault));
      source.run("VACUUM INTO ?", [partial]);
    } finally {
      source.close();
    }
    const checked = check(partial);
    if (checked.ok) putInPlace(partial, target);
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
  const partial = `${store}.restoring`;
  return guarded(partial, () => {
    for (const suffix of ["", ...SIDE_FILES]) rmSync(partial + suffix, { force: true });
    copyFileSync(backup, partial, constants.COPYFILE_FICLONE);
    const opened = openDatabase(partial, now);
    if (!("driver" in opened)) return failed(explainBackup({ ...opened, file: backup }));
    opened.driver.close();
    const checked = check(partial);
    if (!checked.ok) return checked;
    for (const suffix of SIDE_FILES) rmSync(partial + suffix, { force: true });
    const replaced = moveAway(store);
    putInPlace(partial, store);
    return ok({ ...checked.value, replaced });
  });
}

/** A copy that failed half-way is taken away; the disk's own words become the sentence. */
function guarded(partial: string, work: () => Result<CopyReport, string>): Result<CopyReport, string> {
  const clean = (): void => {
    for (const suffix of ["", ...SIDE_FILES]) rmSync(partial + suffix, { force: true });
  };
  try {
    const outcome = work();
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

/** With its log, under names that belong together, so that it can still be opened. */
function moveAway(store: string): string | null {
  const away = `${store}.replaced`;
  const present = ["", ...SIDE_FILES].filter((suffix) => existsSync(store + suffix));
  if (present.length === 0) return null;
  for (const suffix of ["", ...SIDE_FILES]) rmSync(away + suffix, { force: true });
  for (const suffix of present) renameSync(store + suffix, away + suffix);
  return away;
}

function putInPlace(from: string, to: string): void {
  sync(from);
  renameSync(from, to);
  sync(dirname(resolve(to)));
}
function sync(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
