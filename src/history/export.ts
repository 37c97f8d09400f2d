// Writes a dataset for other programs: CSV, also gzipped, or Parquet, block by block. Times are microseconds; available_at is
// when a row could be known and left out of bars, which are known at their end. What is exported can be imported again
// and gives the same fingerprint. The file appears under its name when it is complete.
import { closeSync, createWriteStream, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { failed, ok, type Result } from "../domain/result.ts";
import { COLUMNS, type Block, type Dataset, type History, type Span } from "./dataset.ts";

export interface Exported {
  readonly path: string;
  readonly rows: number;
}

const ROWS_AT_ONCE = 2_048;

/** By the name's ending: .csv, .csv.gz or .parquet. Throws HistoryFault on a damaged file. */
export async function exportDataset(
  history: History,
  dataset: Dataset,
  path: string,
  span: Span = {},
): Promise<Result<Exported, string>> {
  const temporary = `${path}.part`;
  try {
    let rows: number;
    if (path.endsWith(".parquet")) rows = await toParquet(history, dataset, temporary, span);
    else if (/\.csv(\.gz)?$/.test(path)) rows = await toCsv(history, dataset, temporary, span, path.endsWith(".gz"));
    else return failed(`${path}: its ending says no format; use .csv, .csv.gz or .parquet`);
    renameSync(temporary, path);
    return ok({ path, rows });
  } finally {
    rmSync(temporary, { force: true });
  }
}

function names({ kind }: Dataset): readonly string[] {
  return ["timestamp_us", ...(kind === "bar" ? [] : ["available_at"]), ...COLUMNS[kind]];
}

function columnsOf({ kind }: Dataset, block: Block): readonly Float64Array[] {
  return [block.time, ...(kind === "bar" ? [] : [block.known]), ...block.columns];
}

async function toCsv(history: History, dataset: Dataset, path: string, span: Span, zipped: boolean): Promise<number> {
  let rows = 0;
  function* text(): Generator<string> {
    yield `${names(dataset).join(",")}\n`;
    for (const block of history.read(dataset, span)) {
      const columns = columnsOf(dataset, block);
      for (let from = 0; from < block.rows; from += ROWS_AT_ONCE) {
        const lines: string[] = [];
        for (let at = from; at < Math.min(from + ROWS_AT_ONCE, block.rows); at++) {
          lines.push(columns.map((column) => cell(column[at] ?? Number.NaN)).join(","));
        }
        yield `${lines.join("\n")}\n`;
      }
      rows += block.rows;
    }
  }
  const target = createWriteStream(path, { flush: true });
  if (zipped) await pipeline(Readable.from(text()), createGzip(), target);
  else await pipeline(Readable.from(text()), target);
  return rows;
}

function cell(value: number): string {
  return Number.isNaN(value) ? "" : String(value);
}

async function toParquet(history: History, dataset: Dataset, path: string, span: Span): Promise<number> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const fd = openSync(path, "w");
  const bytes = new ByteWriter();
  const flush = (): void => {
    writeSync(fd, new Uint8Array(bytes.buffer, 0, bytes.index));
    bytes.index = 0;
  };
  const times = new Set(["timestamp_us", "available_at"]);
  const schema = [
    { name: "root", num_children: names(dataset).length },
    ...names(dataset).map((name) => ({
      name,
      type: times.has(name) ? ("INT64" as const) : ("DOUBLE" as const),
      repetition_type: "REQUIRED" as const,
    })),
  ];
  const parquet = new ParquetWriter({ writer: bytes, schema });
  let rows = 0;
  try {
    for (const block of history.read(dataset, span)) {
      const columns = columnsOf(dataset, block);
      const columnData = names(dataset).map((name, index) => {
        const values = columns[index] ?? new Float64Array(block.rows);
        return { name, data: times.has(name) ? BigInt64Array.from(values, (us) => BigInt(Math.round(us))) : values };
      });
      await parquet.write({ columnData, rowGroupSize: block.rows });
      flush();
      rows += block.rows;
    }
    await parquet.finish();
    flush();
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return rows;
}
