// The recorded data that golden cases refer to: gzipped CSV files below one folder (../shared/data).
//   rows = [from, to) apply before anything else; several files are joined on timestamp_ms (inner), rows with blanks
//   dropped, then rows_after_join; the transform comes last.
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { gunzipSync } from "node:zlib";
import { GoldenError, isFields, type GoldenCase } from "./format.ts";

export type Table = ReadonlyMap<string, readonly number[]>;
export interface Source {
  readonly file: string;
  readonly column: string;
}
type Rows = readonly [number, number];

/** Columns of one folder's files; each file is read once. */
export class GoldenData {
  private readonly tables = new Map<string, Table>();
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Columns of numbers; what is blank or not a number becomes NaN. */
  table(file: string): Table {
    const known = this.tables.get(file);
    if (known !== undefined) return known;
    const table = parseTable(this.read(file));
    this.tables.set(file, table);
    return table;
  }

  column(file: string, name: string): readonly number[] {
    const column = this.table(file).get(name);
    if (column === undefined) throw new GoldenError(`data file ${file} has no column ${name}`);
    return column;
  }

  /** One column of a case with `file`, `rows` and `transform`; the case's first column when none is named. */
  input({ input }: GoldenCase, column = firstColumn(input)): number[] {
    const all = this.column(fileName(input["file"]), column);
    const [from, to] = rowsOf(input["rows"], all.length);
    return transform(all.slice(from, to), input["transform"]);
  }

  /** Joined columns: `a` and `b` of a pair, `series` of a panel, `asset` and `benchmark`. */
  inputs(golden: GoldenCase): number[][] {
    const { input } = golden;
    const columns = this.untransformed(golden).map((column) => transform(column, input["transform"]));
    const count = input["n"] ?? input["n_returns"] ?? columns[0]?.length;
    if (columns[0]?.length !== count) {
      throw new GoldenError(`the data gives ${columns[0]?.length} rows, the case speaks of ${JSON.stringify(count)}`);
    }
    return columns;
  }

  /** The same before their transform. */
  untransformed({ input }: GoldenCase): number[][] {
    const joined = this.join(sourcesOf(input), input["rows"]);
    const [from, to] = rowsOf(input["rows_after_join"], joined[0]?.length ?? 0);
    return joined.map((column) => column.slice(from, to));
  }

  /** The columns of several sources, row by row where all have the timestamp and a value; `rows` of the first one. */
  join(sources: readonly Source[], rows?: unknown): number[][] {
    const maps = sources.map(({ file, column }, place) => {
      const times = this.column(file, MILLISECONDS);
      const values = this.column(file, column);
      const [from, to] = place === 0 ? rowsOf(rows, times.length) : [0, times.length];
      return new Map(times.slice(from, to).map((time, index) => [time, values[from + index] ?? Number.NaN] as const));
    });
    const [first] = maps;
    if (first === undefined) return [];
    const times = [...first.keys()]
      .filter((time) => maps.every((map) => Number.isFinite(map.get(time))))
      .sort((a, b) => a - b);
    return maps.map((map) => times.map((time) => map.get(time) ?? Number.NaN));
  }

  private read(file: string): string {
    const inside = normalize(file);
    if (isAbsolute(inside) || inside.startsWith("..")) {
      throw new GoldenError(`data file ${file} lies outside of the data folder`);
    }
    const path = join(this.folder, inside);
    if (!existsSync(path)) throw new GoldenError(`data file ${file} does not exist in ${this.folder}`);
    try {
      const bytes = readFileSync(path);
      return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trimEnd();
    } catch (error) {
      throw new GoldenError(`data file ${file} cannot be read: ${error instanceof Error ? error.message : ""}`);
    }
  }
}

/** Nanoseconds since 1970 do not fit a double: such a column is kept as whole milliseconds, under that name. */
const NANOSECONDS = "timestamp_ns";
const MILLISECONDS = "timestamp_ms";
const DIGITS_BELOW = 6;

function parseTable(text: string): Table {
  const [header = "", ...lines] = text.split(/\r?\n/);
  const names = header.split(",");
  const columns = names.map((): number[] => []);
  for (const line of lines) {
    const cells = line.split(",");
    columns.forEach((values, index) => {
      const cell = (names[index] === NANOSECONDS ? cells[index]?.slice(0, -DIGITS_BELOW) : cells[index]) ?? "";
      values.push(cell === "" ? Number.NaN : Number(cell));
    });
  }
  return new Map(names.map((name, index) => [name === NANOSECONDS ? MILLISECONDS : name, columns[index] ?? []]));
}

function firstColumn(input: GoldenCase["input"]): string {
  const columns = input["columns"];
  return Array.isArray(columns) ? String(columns[0]) : "";
}
export function fileName(value: unknown): string {
  if (typeof value !== "string") throw new GoldenError("the input names no data file");
  return value;
}

function sourcesOf(input: GoldenCase["input"]): readonly Source[] {
  const { series, a, b, asset, benchmark } = input;
  const given = Array.isArray(series) ? (series as readonly unknown[]) : [a ?? asset, b ?? benchmark];
  return given
    .filter((source) => source !== undefined)
    .map((source) => {
      if (!isFields(source)) throw new GoldenError("the input needs file and column of each series");
      return { file: fileName(source["file"]), column: String(source["column"]) };
    });
}

function rowsOf(rows: unknown, count: number): Rows {
  if (rows === undefined || rows === null) return [0, count];
  const [from, to] = Array.isArray(rows) ? (rows as readonly unknown[]) : [];
  const whole = Number.isInteger(from) && Number.isInteger(to);
  if (!whole || Number(from) < 0 || Number(to) <= Number(from) || Number(to) > count) {
    throw new GoldenError(`rows ${JSON.stringify(rows)} do not fit ${count} rows`);
  }
  return [Number(from), Number(to)];
}

/** The transforms that golden/notes.md names. */
export function transform(values: readonly number[], name: unknown): number[] {
  switch (typeof name === "string" ? name.trim() : name) {
    case undefined:
    case null:
    case "":
      return [...values];
    case "log":
      return values.map(Math.log);
    case "diff":
      return steps(values);
    case "log diff":
    case "diff(log)":
      return steps(values.map(Math.log));
    case "100*diff(log)":
      return steps(values.map(Math.log)).map((step) => 100 * step);
    case "simple returns":
      return values.slice(1).map((value, index) => value / (values[index] ?? Number.NaN) - 1);
    default:
      throw new GoldenError(`no transform is known as ${JSON.stringify(name)}`);
  }
}
/** Differences from one value to the next. */
export function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? Number.NaN));
}
