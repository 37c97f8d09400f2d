// What the store asks of an SQL database: a small synchronous port, so that another SQLite binding can take the place of
// the one at hand. One connection, one thread. Values are null, finite numbers, text and bytes; rows are plain objects.
// Whatever the database refuses is thrown as an SqlError with its kind; text and numbers that a binding would change in
// silence (U+0000, lone surrogates, NaN, infinities) are refused before they reach it.
export type SqlValue = null | number | string | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

export interface SqlStatement {
  /** Executes it; the number of rows that it changed. */
  run(params: readonly SqlValue[]): number;
  get(params: readonly SqlValue[]): Row | undefined;
  all(params: readonly SqlValue[]): readonly Row[];
  iterate(params: readonly SqlValue[]): Generator<Row, void>;
}

export interface SqlDriver {
  /** Compiled statements are kept: the SQL is a constant of our code, values are parameters (`?`). */
  prepare(sql: string): SqlStatement;
  run(sql: string, params?: readonly SqlValue[]): number;
  get(sql: string, params?: readonly SqlValue[]): Row | undefined;
  all(sql: string, params?: readonly SqlValue[]): readonly Row[];
  iterate(sql: string, params?: readonly SqlValue[]): Generator<Row, void>;
  /** Several statements without parameters, e.g. a migration. */
  script(sql: string): void;
  /** All that `work` does, or nothing of it when it throws. */
  transaction<T>(work: () => T): T;
  readonly inTransaction: boolean;
  close(): void;
}

/** A connection that writes nothing, for one query at a time. */
export interface SqlReader {
  all(query: { readonly sql: string; readonly params: readonly SqlValue[] }): Promise<readonly Row[]>;
  /** The query that is read fails soon; without one nothing happens. */
  interrupt(): void;
  /** Nothing may be read meanwhile. */
  close(): void;
}

/**
 * full: no room on the disk; constraint: a rule of the tables says no; unfit: a value that cannot be stored as it is;
 * busy: another process holds the database; corrupt: the file is damaged or no database; io: the disk refuses;
 * other: a mistake in our SQL.
 */
export type SqlFaultKind = "full" | "constraint" | "unfit" | "busy" | "corrupt" | "io" | "other";

export class SqlError extends Error {
  readonly kind: SqlFaultKind;

  constructor(kind: SqlFaultKind, message: string) {
    super(message);
    this.name = "SqlError";
    this.kind = kind;
  }
}
