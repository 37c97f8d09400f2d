// What a DataFrame as JSON has, gathered from its pieces (json-pieces.ts): orient records, columns (the default of pandas)
// or split. Of the rows only the last ones are kept; all are looked at, because one that is none makes the whole no frame.
// No step is long, however long the frame: its rows are asked for one by one. Pure.
import type { Pieces } from "./json-pieces.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The last rows of a frame, oldest first. */
export interface Frame {
  readonly count: number;
  readonly row: (at: number) => Row;
  /** What the index says of a row; undefined where the frame has none. */
  readonly index: (at: number) => unknown;
}

/** The columns that anybody asks for. */
const COLUMNS: ReadonlySet<string> = new Set(["timestamp", "open", "high", "low", "close", "volume", "asset_type"]);

export class FrameParts implements Pieces {
  private readonly rowsMax: number;
  private kind: "list" | "object" | null = null;
  private readonly rows: Tail<unknown>;
  private allRows = true;
  /** Of orient split. */
  private names: unknown[] | null = null;
  private marks: unknown[] | null = null;
  private data: Lists | null = null;
  /** Of orient columns, by name. */
  private readonly columns = new Map<string, Column>();
  private keys: Keys;
  private takeElements: (values: readonly unknown[]) => void = ignore;
  private takeMembers: (values: Row) => void = ignore;

  constructor(rowsMax: number) {
    this.rowsMax = rowsMax;
    this.rows = new Tail(rowsMax);
    this.keys = new Keys(rowsMax);
  }

  begin(key: string | null, kind: "list" | "object"): void {
    this.takeElements = this.takeMembers = ignore;
    if (key === null) this.beginWhole(kind);
    else {
      this.forget(key);
      if (kind === "list") this.takeElements = this.listOf(key);
      else if (COLUMNS.has(key)) this.takeMembers = this.column(key);
    }
  }

  elements(values: readonly unknown[]): void {
    this.takeElements(values);
  }

  members(values: Row): void {
    this.takeMembers(values);
  }

  scalar(key: string | null): void {
    if (key !== null) this.forget(key);
  }

  /** When all of it was told; null: it is no frame. */
  frame(): Frame | null {
    if (this.kind === "list") return this.allRows ? this.records() : null;
    if (this.data !== null && this.names !== null) return this.split(this.data, this.names);
    return this.columns.has("close") ? this.byColumn() : null;
  }

  private beginWhole(kind: "list" | "object"): void {
    this.kind = kind;
    if (kind === "object") return;
    this.takeElements = (values) => {
      this.allRows &&= values.every(isRow);
      this.rows.push(values);
    };
  }

  private forget(key: string): void {
    if (key === "data") this.data = null;
    if (key === "columns") this.names = null;
    if (key === "index") this.marks = null;
    if (key === "close") this.keys = new Keys(this.rowsMax);
    this.columns.delete(key);
  }

  private listOf(key: string): (values: readonly unknown[]) => void {
    if (key === "data") {
      const data = (this.data = new Lists(this.rowsMax));
      return (values) => data.push(values);
    }
    if (key !== "columns" && key !== "index") return ignore;
    const list: unknown[] = [];
    if (key === "columns") this.names = list;
    else this.marks = list;
    return (values) => {
      for (const value of values) list.push(value);
    };
  }

  private column(name: string): (values: Row) => void {
    const column = new Column();
    this.columns.set(name, column);
    return (values) => {
      column.push(values);
      if (name === "close") this.keys.push(values);
    };
  }

  private records(): Frame {
    const rows = this.rows.all() as readonly Row[];
    return { count: rows.length, row: (at) => rows[at] ?? {}, index: () => undefined };
  }

  private split(data: Lists, names: readonly unknown[]): Frame | null {
    if (!names.includes("close") || !data.areAll(names.length)) return null;
    const rows = data.rows.all() as readonly (readonly unknown[])[];
    const { marks } = this;
    const skipped = data.rows.count - rows.length;
    const row = (at: number): Row =>
      Object.fromEntries(names.map((name, place) => [String(name), rows[at]?.[place]] as const));
    return { count: rows.length, row, index: (at) => marks?.[skipped + at] };
  }

  private byColumn(): Frame {
    const keys = this.keys.all();
    const row = (at: number): Row =>
      Object.fromEntries([...this.columns].map(([name, column]) => [name, column.at(keys[at] ?? "")]));
    return { count: keys.length, row, index: (at) => keys[at] };
  }
}

/** The last of what comes. */
class Tail<T> {
  /** Of all that came. */
  count = 0;
  private readonly max: number;
  private kept: T[] = [];

  constructor(max: number) {
    this.max = max;
  }

  push(values: readonly T[]): void {
    this.count += values.length;
    for (const value of values) this.kept.push(value);
    if (this.kept.length > 2 * this.max) this.kept = this.kept.slice(-this.max);
  }

  all(): readonly T[] {
    return this.kept.slice(Math.max(0, this.kept.length - this.max));
  }
}

/** Rows of orient split. */
class Lists {
  readonly rows: Tail<unknown>;
  private shortest = Infinity;
  private longest = 0;
  private lists = true;

  constructor(max: number) {
    this.rows = new Tail(max);
  }

  push(values: readonly unknown[]): void {
    this.rows.push(values);
    for (const value of values) {
      const length = Array.isArray(value) ? value.length : -1;
      this.lists &&= length >= 0;
      this.shortest = Math.min(this.shortest, length);
      this.longest = Math.max(this.longest, length);
    }
  }

  /** Whether all are lists of this length. */
  areAll(length: number): boolean {
    return this.rows.count === 0 || (this.lists && this.shortest === length && this.longest === length);
  }
}

/** A column by keys, as it came. */
class Column {
  private readonly parts: Row[] = [];

  push(part: Row): void {
    this.parts.push(part);
  }

  /** A key that came again has its last value. Rows that are asked for are the last ones, which are looked through first. */
  at(key: string): unknown {
    for (let part = this.parts.length - 1; part >= 0; part--) {
      const values = this.parts[part] ?? {};
      if (Object.hasOwn(values, key)) return values[key];
    }
    return undefined;
  }
}

/** The last of the keys of an object, in the order that objects have: numbers of places go up in front of all else. */
class Keys {
  private readonly max: number;
  private readonly known = new Set<string>();
  private places: number[] = [];
  private readonly others: Tail<string>;

  constructor(max: number) {
    this.max = max;
    this.others = new Tail(max);
  }

  push(values: Row): void {
    for (const key of Object.keys(values)) {
      if (this.known.has(key)) continue; // it stays where it came first
      this.known.add(key);
      if (isPlace(key)) this.places.push(Number(key));
      else this.others.push([key]);
    }
    if (this.places.length > 2 * this.max) this.places = this.last(this.max);
  }

  all(): readonly string[] {
    const others = this.others.all();
    return [...this.last(this.max - others.length).map(String), ...others];
  }

  private last(count: number): number[] {
    this.places.sort((a, b) => a - b);
    return this.places.slice(Math.max(0, this.places.length - count));
  }
}

/** What JavaScript takes for the place in a list. */
function isPlace(key: string): boolean {
  const place = Number(key);
  return key.length <= 10 && String(place) === key && place >= 0 && place < 0xffff_ffff && Number.isInteger(place);
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ignore(): void {}
