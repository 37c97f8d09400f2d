// The recorded data that golden cases refer to: gzipped CSV files under ../shared/data beside the checkout.
//   rows = [from, to) apply before anything else; several files are joined on timestamp_ms (inner), rows with blanks
//   dropped, then rows_after_join; the transform comes last.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** Folder that holds data/ and golden/; the first parent of this file with a package.json is the checkout. */
function sharedFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, "..", "shared");
}
export const SHARED = sharedFolder();

export type Table = ReadonlyMap<string, readonly number[]>;
const tables = new Map<string, Table>();

/** Columns of numbers; what is blank or not a number becomes NaN. */
export function readTable(file: string): Table {
  const known = tables.get(file);
  if (known !== undefined) return known;
  const bytes = readFileSync(join(SHARED, "data", file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trimEnd();
  const [header = "", ...lines] = text.split(/\r?\n/);
  const columns = header.split(",").map((name) => [name, [] as number[]] as const);
  for (const line of lines) {
    const cells = line.split(",");
    columns.forEach(([, values], index) => {
      const cell = cells[index] ?? "";
      values.push(cell === "" ? Number.NaN : Number(cell));
    });
  }
  const table = new Map(columns);
  tables.set(file, table);
  return table;
}

export function readColumn(file: string, name: string): readonly number[] {
  const column = readTable(file).get(name);
  if (column === undefined) throw new Error(`${file} has no column ${name}`);
  return column;
}

export interface Source {
  readonly file: string;
  readonly column: string;
}

/** The columns of several sources, row by row where every one of them has the timestamp and a value. */
export function joinSources(sources: readonly Source[]): number[][] {
  const maps = sources.map(({ file, column }) => {
    const times = readColumn(file, "timestamp_ms");
    const values = readColumn(file, column);
    return new Map(times.map((time, index) => [time, values[index] ?? Number.NaN] as const));
  });
  const [first] = maps;
  if (first === undefined) return [];
  const times = [...first.keys()]
    .filter((time) => maps.every((map) => Number.isFinite(map.get(time))))
    .sort((a, b) => a - b);
  return maps.map((map) => times.map((time) => map.get(time) ?? Number.NaN));
}

/** The transforms that golden/notes.md names. */
export function transform(values: readonly number[], name: string | undefined): number[] {
  switch (name?.trim()) {
    case undefined:
    case "":
      return [...values];
    case "log":
      return values.map(Math.log);
    case "diff":
      return steps(values);
    case "log diff":
      return steps(values.map(Math.log));
    case "100*diff(log)":
      return steps(values.map(Math.log)).map((step) => 100 * step);
    case "simple returns":
      return values.slice(1).map((value, index) => value / (values[index] ?? Number.NaN) - 1);
    default:
      throw new Error(`no transform is known as "${name}"`);
  }
}
function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? Number.NaN));
}
