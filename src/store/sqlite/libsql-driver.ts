// The SQL port on libsql, an SQLite that is prebuilt for every platform inside its package. What its binding does
// differently from what one expects, and what is done about it here:
//   rows as objects carry a `_metadata` field and blobs of two kinds: rows are read raw and named here
//   a parameter too few is NULL and one too many is ignored: their number is checked
//   a boolean parameter ends the process: kinds are checked
//   text is cut at U+0000 when read, lone surrogates are replaced, NaN becomes NULL: refused
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { type Row, type SqlDriver, SqlError, type SqlFaultKind, type SqlStatement, type SqlValue } from "./driver.ts";

/** Statements are constants of our code; more different ones than this means that values are pasted into SQL. */
export const STATEMENTS_MAX = 1000;
export const BUSY_MS = 5_000;
const CLOSE_BUSY_MS = 500;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** `guest`: another process works with the database, and emptying its log is left to it. */
export function openLibsql(path: string, guest = false): SqlDriver {
  return new LibsqlDriver(path, guest);
}

/** It cannot write, and its end carries nothing from the log into the file. */
export function openLibsqlAsItIs(path: string): SqlDriver {
  return new LibsqlDriver(`${pathToFileURL(path).href}?mode=ro`, true);
}

class LibsqlDriver implements SqlDriver {
  private readonly database: Database.Database;
  private readonly statements = new Map<string, LibsqlStatement>();

  private readonly guest: boolean;

  constructor(path: string, guest: boolean) {
    this.guest = guest;
    this.database = attempt(() => new Database(path));
    // What is in a file that somebody handed over runs nothing that could do harm.
    this.script(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA trusted_schema = OFF;`);
  }

  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  prepare(sql: string): SqlStatement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    if (this.statements.size >= STATEMENTS_MAX) throw new SqlError("other", `more than ${STATEMENTS_MAX} statements`);
    const made = attempt(() => new LibsqlStatement(this.database.prepare(sql), placeholders(sql)));
    this.statements.set(sql, made);
    return made;
  }

  run(sql: string, params: readonly SqlValue[] = []): number {
    return this.prepare(sql).run(params);
  }

  get(sql: string, params: readonly SqlValue[] = []): Row | undefined {
    return this.prepare(sql).get(params);
  }

  all(sql: string, params: readonly SqlValue[] = []): readonly Row[] {
    return this.prepare(sql).all(params);
  }

  iterate(sql: string, params: readonly SqlValue[] = []): Generator<Row, void> {
    return this.prepare(sql).iterate(params);
  }

  script(sql: string): void {
    attempt(() => this.database.exec(sql));
  }

  transaction<T>(work: () => T): T {
    this.script("BEGIN IMMEDIATE");
    try {
      const value = work();
      this.script("COMMIT");
      return value;
    } catch (error) {
      if (this.inTransaction) this.script("ROLLBACK");
      throw error;
    }
  }

  /** Compiled statements keep the connection half open until they are collected, so the log is emptied here. */
  close(): void {
    try {
      // A reader that goes on keeps it from being cut; the next opening does that.
      if (!this.guest) this.script(`PRAGMA busy_timeout = ${CLOSE_BUSY_MS}`);
      if (!this.guest) this.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      // A full disk or a damaged file: what was committed stays in the log, and the next opening finds it there.
      if (!(error instanceof SqlError)) throw error;
    }
    this.statements.clear();
    this.database.close();
  }
}

class LibsqlStatement implements SqlStatement {
  private readonly statement: Database.Statement;
  private readonly parameters: number;
  private readonly columns: readonly string[];

  constructor(statement: Database.Statement, parameters: number) {
    this.statement = statement;
    this.parameters = parameters;
    this.columns = statement.reader ? statement.columns().map(({ name }) => name) : [];
    if (statement.reader) statement.raw();
  }

  run(params: readonly SqlValue[]): number {
    const values = checked(params, this.parameters);
    return attempt(() => this.statement.run(values)).changes;
  }

  get(params: readonly SqlValue[]): Row | undefined {
    const given = checked(params, this.parameters);
    const values = attempt(() => this.statement.get(given)) as readonly SqlValue[] | undefined;
    return values === undefined ? undefined : named(this.columns, values);
  }

  all(params: readonly SqlValue[]): readonly Row[] {
    return [...this.iterate(params)];
  }

  *iterate(params: readonly SqlValue[]): Generator<Row, void> {
    const values = checked(params, this.parameters);
    const rows = attempt(() => this.statement.iterate(values)) as IterableIterator<readonly SqlValue[]>;
    for (;;) {
      const next = attempt(() => rows.next());
      if (next.done === true) return;
      yield named(this.columns, next.value);
    }
  }
}

/** What a statement that takes so many values is given. */
export function checked(params: readonly SqlValue[], parameters: number): SqlValue[] {
  if (params.length !== parameters) {
    throw new SqlError("other", `the statement takes ${parameters} values and was given ${params.length}`);
  }
  for (const value of params) checkValue(value);
  return [...params];
}

export function named(columns: readonly string[], values: readonly SqlValue[]): Row {
  const row: Record<string, SqlValue> = {};
  columns.forEach((column, index) => (row[column] = values[index] ?? null));
  return row;
}

function checkValue(value: SqlValue): void {
  if (value === null || value instanceof Uint8Array) return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new SqlError("unfit", `${value} is no number that can be stored`);
  } else if (typeof value === "string") {
    if (value.includes("\0")) throw new SqlError("unfit", "text must not hold the character U+0000");
    if (LONE_SURROGATE.test(value))
      throw new SqlError("unfit", "text must be well-formed Unicode, without lone surrogates");
  } else {
    throw new SqlError("other", `a value of type ${typeof value} cannot be stored`);
  }
}

/** Our SQL holds a question mark for nothing else; quoted text is left out all the same. */
export function placeholders(sql: string): number {
  return sql.replaceAll(/'[^']*'|--[^\n]*/g, "").split("?").length - 1;
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sqlError(error);
  }
}

/** What the binding says, in words of the port. */
export function sqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const { rawCode, message } = error instanceof Error ? (error as Error & { rawCode?: number }) : { message: "" };
  return new SqlError(kindOf(rawCode, message), message || String(error));
}

/** SQLite's primary result codes; extended ones hold them in their low byte. */
const KINDS: Readonly<Record<number, SqlFaultKind>> = {
  3: "io", // PERM
  5: "busy",
  6: "busy", // LOCKED
  7: "io", // NOMEM
  8: "io", // READONLY
  10: "io", // IOERR
  11: "corrupt",
  13: "full",
  14: "io", // CANTOPEN
  15: "busy", // PROTOCOL: locks of the write-ahead log
  19: "constraint",
  20: "constraint", // MISMATCH
  26: "corrupt", // NOTADB
};

function kindOf(rawCode: number | undefined, message: string): SqlFaultKind {
  if (rawCode !== undefined) return KINDS[rawCode & 0xff] ?? "other";
  return /unable to open|ConnectionFailed/i.test(message) ? "io" : "other";
}
