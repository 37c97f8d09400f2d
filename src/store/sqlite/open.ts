// Opens the engine's database and says whether it can be worked with. Nothing is thrown away to make it work: a file that
// is damaged, belongs to another program or to a newer engine is refused with a sentence that says what to do. What a
// kill or a power cut leaves (a torn tail of the write-ahead log) is no damage; the database itself cuts it.
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { type SqlDriver, SqlError, type SqlReader, type SqlValue } from "./driver.ts";
import { openLibsql, openLibsqlAsItIs } from "./libsql-driver.ts";
import { openLibsqlReader } from "./libsql-reader.ts";
import { migrate, type Migration, type MigrationFailure, type Migrated, MIGRATIONS } from "./migrate.ts";

export const MEMORY = ":memory:";

/** "StEn": tells our files from other programs' databases. */
const APPLICATION_ID = 0x5374_456e;
/** After a checkpoint the write-ahead log is cut to this; without a limit it keeps its largest size for ever. */
const LOG_BYTES_KEPT = 16 * 1024 * 1024;
const READ_CACHE_KIB = 512;

export type OpenFailure =
  | (MigrationFailure & { readonly file: string })
  | { readonly code: "store_damaged"; readonly file: string; readonly reason: string }
  | { readonly code: "store_foreign"; readonly file: string }
  | { readonly code: "store_orphan"; readonly file: string }
  | { readonly code: "store_missing"; readonly file: string; readonly other: string }
  | { readonly code: "store_disk"; readonly file: string; readonly reason: string };

export interface Opened {
  readonly driver: SqlDriver;
  readonly migrated: Migrated;
}

/** `trusted`: its mark says that it is whole, and the whole of it is checked afterwards. */
export function openDatabase(
  file: string,
  now: number,
  steps: readonly Migration[] = MIGRATIONS,
  trusted = false,
): Opened | OpenFailure {
  if (file !== MEMORY && isOrphan(file)) return { code: "store_orphan", file };
  const other = file === MEMORY || existsSync(file) ? null : leftOver(file);
  if (other !== null) return { code: "store_missing", file, other };
  let driver: SqlDriver | null = null;
  try {
    const looked = hasLog(file);
    const refused = looked ? lookedAt(file, trusted) : null;
    if (refused !== null) return refused;
    driver = openLibsql(file);
    const migrated = (looked ? null : inspect(driver, file, trusted)) ?? prepare(driver, steps, now);
    if (!("code" in migrated)) return { driver, migrated };
    driver.close();
    return { ...migrated, file };
  } catch (error) {
    driver?.close();
    if (!(error instanceof SqlError)) throw error;
    const code = error.kind === "corrupt" ? "store_damaged" : "store_disk";
    return { code, file, reason: error.message };
  }
}

export function explainOpen(failure: OpenFailure): string {
  const { file } = failure;
  switch (failure.code) {
    case "store_newer":
      return `${file} has tables of version ${failure.found} and this engine knows ${failure.known}; start the newer engine that wrote it, or restore a backup made before`;
    case "store_history":
      return `${file} was made by another line of versions (its migration ${failure.version}, ${failure.name}, is not this engine's); start the engine that wrote it, or restore a backup of this line`;
    case "store_damaged":
      return `${file} is damaged (${failure.reason}) and was left as it is; restore a backup with \`strategy-engine restore BACKUP --force\`, or move the file away to start empty`;
    case "store_foreign":
      if ("strange" in failure)
        return `${file} holds what no engine has made (${failure.strange}), so somebody has changed how it works; restore a backup with \`strategy-engine restore BACKUP --force\`, or move the file away to start empty`;
      return `${file} is a database of another program; set another DATA_DIR, or move the file away`;
    case "store_orphan":
      return `${file} is missing or empty, but its write-ahead log ${file}-wal holds data; put the file back or restore a backup with \`strategy-engine restore BACKUP --force\`, or move the log away to start empty`;
    case "store_missing":
      return `${file} is not there, and ${failure.other} is: a restore was cut off, or somebody moved it; rename it to ${basename(file)}, or restore a backup with \`strategy-engine restore BACKUP\`, or move it away to start empty`;
    case "store_disk":
      return `${file} cannot be opened (${failure.reason}); check that DATA_DIR can be written, has room, and is held by no other program`;
  }
}

/** Of one that is served: what it is found to be then is said to be so from the next start on as well. */
export function explainDamage(file: string, reason: string): string {
  return `${file} is damaged (${reason}), so changes are refused from now on; stop the engine, restore a backup with \`strategy-engine restore BACKUP --force\`, and start it again`;
}

/** The same of a backup: nothing was touched, and another one is what helps. */
export function explainBackup(failure: OpenFailure): string {
  const { file } = failure;
  const kept = "nothing was changed";
  switch (failure.code) {
    case "store_newer":
      return `${file} was written by a newer engine (tables of version ${failure.found}, this one knows ${failure.known}), ${kept}; restore it with that engine`;
    case "store_history":
      return `${file} was made by another line of versions (its migration ${failure.version}, ${failure.name}), ${kept}; restore it with the engine that wrote it`;
    case "store_damaged":
      return `${file} is damaged (${failure.reason}), ${kept}; restore another backup`;
    case "store_foreign":
      if ("strange" in failure)
        return `${file} holds what no engine has made (${failure.strange}), so somebody has changed how it works, ${kept}; restore another backup`;
      return `${file} is no backup of this engine, ${kept}; name a file that \`strategy-engine backup\` wrote`;
    case "store_orphan":
    case "store_missing":
      return `${file} is no backup of this engine, ${kept}; name a file that \`strategy-engine backup\` wrote`;
    case "store_disk":
      return `${file} could not be read or copied (${failure.reason}), ${kept}; check the file and the room in DATA_DIR`;
  }
}

/**
 * A further connection to a database that is open and up to date already: it cannot write, keeps little in memory, and
 * makes what it answers there, so that it needs no room on a disk.
 */
export function openForReading(file: string): SqlReader {
  if (!existsSync(file)) throw new SqlError("io", `${file} is gone`);
  const settings = `PRAGMA query_only = ON; PRAGMA cache_size = -${READ_CACHE_KIB}; PRAGMA temp_store = MEMORY;`;
  return openLibsqlReader(file, settings);
}

/** The main file gone and its log still there: going on would drop what the log holds without a word. */
function isOrphan(file: string): boolean {
  return sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A database of ours under the name that a restore gives to what it replaces, or to what it puts in place. */
function leftOver(file: string): string | null {
  return [`${file}.replaced`, `${file}.restoring`].find((other) => existsSync(other)) ?? null;
}

/** What a rollback journal has to bring back first cannot be read over a connection that may not write. */
function hasLog(file: string): boolean {
  return file !== MEMORY && sizeOf(`${file}-wal`) > 0 && !existsSync(`${file}-journal`);
}

/** What is refused is left as it is: the end of a connection that may write would carry the log into the file. */
function lookedAt(file: string, trusted: boolean): OpenFailure | null {
  const driver = openLibsqlAsItIs(file);
  try {
    return inspect(driver, file, trusted);
  } finally {
    driver.close();
  }
}

/** Null when it is ours and whole, as far as it is not trusted to be. */
export function inspect(driver: SqlDriver, file: string, trusted = false): OpenFailure | null {
  try {
    const id = driver.get("PRAGMA application_id")?.["application_id"];
    const tables = Number(driver.get("SELECT count(*) AS n FROM sqlite_schema")?.["n"]);
    if (tables > 0 && id !== APPLICATION_ID) return { code: "store_foreign", file };
    if (trusted) return null;
    const complaint = driver.get("PRAGMA quick_check(1)")?.["quick_check"];
    return complaint === "ok" ? null : { code: "store_damaged", file, reason: sentenceOf(complaint) };
  } catch (error) {
    if (!(error instanceof SqlError && error.kind === "corrupt")) throw error;
    return { code: "store_damaged", file, reason: error.message };
  }
}

/** What the database has against a file, in one line. */
export function sentenceOf(complaint: SqlValue | undefined): string {
  return String(complaint).replace("*** in database main ***", "").replaceAll(/\s+/g, " ").trim();
}

/** WAL with a sync for each commit: what was acknowledged survives a power cut. */
function prepare(driver: SqlDriver, steps: readonly Migration[], now: number): Migrated | MigrationFailure {
  driver.all("PRAGMA journal_mode = WAL");
  driver.script(`
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = ${LOG_BYTES_KEPT};
    PRAGMA application_id = ${APPLICATION_ID};`);
  return migrate(driver, steps, now);
}
