// A connection that only reads, and that can be told to leave off. libsql works at a query in a thread of its own here, so
// who asked can interrupt it meanwhile. It does so only up to the first row, and finds the others in the thread that takes
// them; therefore the whole answer is made before its first row comes (MATERIALIZED). One query at a time.
import Database from "libsql/promise";
import type { Statement } from "./commits.ts";
import { type Row, type SqlReader, SqlError, type SqlValue } from "./driver.ts";
import { BUSY_MS, checked, named, placeholders, sqlError, STATEMENTS_MAX } from "./libsql-driver.ts";

/** A query that has not begun in libsql's thread yet does not hear an interruption: it is told again. */
const AGAIN_MS = 10;

interface Prepared {
  readonly parameters: number;
  readonly columns: readonly string[];
  all(params: readonly SqlValue[]): Promise<readonly (readonly SqlValue[])[]>;
}
interface Compiled {
  raw(): void;
  columns(): readonly { readonly name: string }[];
  all(params: readonly SqlValue[]): Promise<readonly (readonly SqlValue[])[]>;
}

/** `settings`: PRAGMAs that are set before the first query. */
export function openLibsqlReader(path: string, settings: string): SqlReader {
  return new LibsqlReader(path, settings);
}

class LibsqlReader implements SqlReader {
  private readonly database: Database;
  private readonly settings: string;
  private readonly statements = new Map<string, Prepared>();
  private ready = false;
  private reading = false;
  private cut = false;
  private again: NodeJS.Timeout | undefined;

  constructor(path: string, settings: string) {
    try {
      this.database = new Database(path, {});
    } catch (error) {
      throw sqlError(error);
    }
    this.settings = `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA trusted_schema = OFF; ${settings}`;
  }

  async all({ sql, params }: Statement): Promise<readonly Row[]> {
    this.reading = true;
    this.cut = false;
    try {
      if (!this.ready) await attempt(this.database.exec(this.settings) as Promise<void>);
      this.ready = true;
      const statement = this.statements.get(sql) ?? (await this.prepare(sql));
      const values = checked(params, statement.parameters);
      if (this.cut) throw new SqlError("other", "interrupted");
      const rows = await attempt(statement.all(values));
      return rows.map((row) => named(statement.columns, row));
    } finally {
      this.reading = false;
      clearTimeout(this.again);
    }
  }

  interrupt(): void {
    if (!this.reading) return;
    this.cut = true;
    this.database.interrupt();
    this.again = setTimeout(() => this.interrupt(), AGAIN_MS);
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }

  private async prepare(sql: string): Promise<Prepared> {
    if (this.statements.size >= STATEMENTS_MAX) throw new SqlError("other", `more than ${STATEMENTS_MAX} statements`);
    const whole = `WITH asked AS MATERIALIZED (${sql}) SELECT * FROM asked`;
    const compiled = await attempt(this.database.prepare(whole) as Promise<Compiled>);
    compiled.raw();
    const columns = compiled.columns().map(({ name }) => name);
    const made = { parameters: placeholders(sql), columns, all: (params: readonly SqlValue[]) => compiled.all(params) };
    this.statements.set(sql, made);
    return made;
  }
}

async function attempt<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw sqlError(error);
  }
}
