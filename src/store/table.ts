// One form for every table: which column holds which field of a record, and how. From it come the statements that write
// a record, the reading of rows, and their types. SQL is put together from names in our code when a module is loaded;
// values only ever travel as parameters. JSON fields are written by JSON.stringify and given back as they were.
import type { Reader, Row, SqlValue, Statement } from "./store.ts";

export interface Column<T> {
  readonly name: string;
  write(value: T): SqlValue;
  read(value: SqlValue): T;
}
type Columns = Readonly<Record<string, Column<unknown>>>;
export type RecordOf<T> = T extends Table<infer C> ? FieldsOf<C> : never;
type FieldsOf<C extends Columns> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never };

export const text = (name: string): Column<string> => same(name);
/** Text of which only these words are written. */
export const word = <T extends string>(name: string): Column<T> => same(name);
export const real = (name: string): Column<number> => same(name);
export const integer = (name: string): Column<number> => same(name);
export const bool = (name: string): Column<boolean> => ({
  name,
  write: (value) => (value ? 1 : 0),
  read: (value) => value === 1,
});
export const bytes = (name: string): Column<Uint8Array> => same(name);
export const json = <T>(name: string): Column<T> => ({
  name,
  write: (value) => JSON.stringify(value),
  read: (value) => JSON.parse(String(value)) as T,
});
export function nullable<T>(column: Column<T>): Column<T | null> {
  return {
    name: column.name,
    write: (value) => (value === null ? null : column.write(value)),
    read: (value) => (value === null ? null : column.read(value)),
  };
}

/** The database's own checks guarantee what is read back. */
function same<T extends SqlValue>(name: string): Column<T> {
  return { name, write: (value) => value, read: (value) => value as T };
}

export class Table<C extends Columns> {
  private readonly columns: readonly (readonly [string, Column<unknown>])[];
  private readonly keys: readonly string[];
  private readonly select: string;
  private readonly insertSql: string;
  private readonly putSql: string;
  private readonly addSql: string;
  private readonly updateSql: string;
  private readonly removeSql: string;

  /** `keys`: the fields of the primary key. */
  constructor(name: string, columns: C, keys: readonly (keyof C & string)[]) {
    this.columns = Object.entries(columns);
    this.keys = keys;
    const names = this.columns.map(([, column]) => column.name);
    const keyNames = keys.map((key) => columns[key]?.name ?? key);
    const others = names.filter((column) => !keyNames.includes(column));
    const marks = names.map(() => "?").join(", ");
    this.select = `SELECT ${names.join(", ")} FROM ${name}`;
    this.insertSql = `INSERT INTO ${name} (${names.join(", ")}) VALUES (${marks})`;
    const sets = others.map((column) => `${column} = excluded.${column}`).join(", ");
    this.addSql = `${this.insertSql} ON CONFLICT (${keyNames.join(", ")}) DO NOTHING`;
    this.putSql = `${this.insertSql} ON CONFLICT (${keyNames.join(", ")}) DO UPDATE SET ${sets}`;
    const byKey = `WHERE ${keyNames.map((key) => `${key} = ?`).join(" AND ")}`;
    this.updateSql = `UPDATE ${name} SET ${others.map((column) => `${column} = ?`).join(", ")} ${byKey}`;
    this.removeSql = `DELETE FROM ${name} ${byKey}`;
  }

  /** A new record; a conflict when its key is there already. */
  insert(record: FieldsOf<C>): Statement {
    return { sql: this.insertSql, params: this.values(record) };
  }

  /** The record as it is now, new or not. */
  put(record: FieldsOf<C>): Statement {
    return { sql: this.putSql, params: this.values(record) };
  }

  /** The record, unless one with its key is there. */
  add(record: FieldsOf<C>): Statement {
    return { sql: this.addSql, params: this.values(record) };
  }

  /** Its fields as they are now, where there is one with its key; columns that this table does not name stay. */
  update(record: FieldsOf<C>): Statement {
    const fields: Readonly<Record<string, unknown>> = record;
    const isKey = ([field]: readonly [string, Column<unknown>]): boolean => this.keys.includes(field);
    const ordered = [...this.columns.filter((column) => !isKey(column)), ...this.columns.filter(isKey)];
    return { sql: this.updateSql, params: ordered.map(([field, column]) => column.write(fields[field])) };
  }

  remove(key: Readonly<Partial<FieldsOf<C>>>): Statement {
    const fields: Readonly<Record<string, unknown>> = key;
    const params = this.columns.filter(([field]) => this.keys.includes(field));
    if (params.some(([field]) => fields[field] === undefined)) throw new RangeError("the whole key is needed");
    return { sql: this.removeSql, params: params.map(([field, column]) => column.write(fields[field])) };
  }

  /** `rest`: what follows FROM, e.g. "WHERE strategy_id = ? ORDER BY created_at"; a constant of our code. */
  async load(store: Reader, rest = "", params: readonly SqlValue[] = []): Promise<readonly FieldsOf<C>[]> {
    const rows = await store.query(`${this.select} ${rest}`.trimEnd(), params);
    return rows.map((row) => this.read(row));
  }

  read(row: Row): FieldsOf<C> {
    const fields = this.columns.map(([field, column]) => [field, column.read(row[column.name] ?? null)] as const);
    return Object.fromEntries(fields) as FieldsOf<C>;
  }

  private values(record: FieldsOf<C>): readonly SqlValue[] {
    const fields: Readonly<Record<string, unknown>> = record;
    return this.columns.map(([field, column]) => column.write(fields[field]));
  }
}
