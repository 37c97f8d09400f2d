// Parquet, the compressed columns of one row group in memory at a time and ROWS_AT_ONCE rows of it. Times come out with the unit that the file declares.
import { type FileHandle, open } from "node:fs/promises";
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { FileFault } from "../../stream/stream.ts";
import type { Batch, Cell } from "./cell.ts";

const ROWS_AT_ONCE = 65_536;
const NS_PER_MS = 1_000_000n;
const NS_PER_US = 1_000n;
/** Declared times as nanoseconds, which no other unit can be taken for. */
const parsers = {
  timestampFromMilliseconds: (ms: bigint): bigint => ms * NS_PER_MS,
  timestampFromMicroseconds: (us: bigint): bigint => us * NS_PER_US,
  timestampFromNanoseconds: (ns: bigint): bigint => ns,
};

export interface ParquetProgress {
  rowsRead: number;
  rowsTotal: number;
}

export async function* readParquet(path: string, progress: ParquetProgress): AsyncGenerator<Batch> {
  const file = await open(path, "r");
  try {
    const { size: byteLength } = await file.stat();
    if (byteLength === 0) throw new FileFault("it is empty; write it again");
    const buffer: AsyncBuffer = {
      byteLength,
      slice(start, end = byteLength) {
        const bytes = sliceOf(file, byteLength, start, end);
        // The library reads ahead and does not wait for all of it: what fails there must not be nobody's failure.
        bytes.catch(() => undefined);
        return bytes;
      },
    };
    const metadata = await parquetMetadataAsync(buffer, { parsers });
    checkColumns(metadata);
    progress.rowsTotal = Number(metadata.num_rows);
    let start = 0;
    for (const group of metadata.row_groups) {
      const groupEnd = start + Number(group.num_rows);
      while (start < groupEnd) {
        const rowEnd = Math.min(groupEnd, start + ROWS_AT_ONCE);
        const options = { file: buffer, metadata, compressors, parsers, rowStart: start, rowEnd };
        const rows = (await parquetReadObjects(options)) as readonly Row[];
        progress.rowsRead = rowEnd;
        yield batch(rows, start);
        start = rowEnd;
      }
    }
    if (start === 0) throw new FileFault("it has no rows");
  } catch (error) {
    if (error instanceof FileFault) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new FileFault(`it is no Parquet file that can be read (${why.slice(0, 160)}); write it again`);
  } finally {
    await file.close();
  }
}

async function sliceOf(file: FileHandle, byteLength: number, start: number, end: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && start <= end && end <= byteLength)) throw new FileFault("it points behind its own end");
  const bytes = new Uint8Array(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  if (bytesRead < bytes.length) throw new FileFault("it ends too early");
  return bytes.buffer;
}

/**
 * Every column of a group stands in the schema, once, and has a value a row. The library reads what a group names but
 * waits only for what the schema asks for: the failure of any other column would be nobody's, and end the process.
 */
function checkColumns(metadata: FileMetaData): void {
  const tree = parquetSchema(metadata);
  for (const { columns, num_rows: rows } of metadata.row_groups) {
    const seen = new Set<string>();
    for (const { meta_data: column } of columns) {
      const path = column?.path_in_schema ?? [];
      const name = path.join(".");
      if (column === undefined || !isLeaf(tree, path) || seen.has(name) || column.num_values < rows) {
        throw new FileFault(
          `its column ${JSON.stringify(name.slice(0, 40))} is not what its schema says; write it again`,
        );
      }
      seen.add(name);
    }
  }
}
function isLeaf(tree: SchemaTree, path: readonly string[]): boolean {
  let at: SchemaTree | undefined = tree;
  for (const name of path) at = at?.children.find(({ element }) => element.name === name);
  return path.length > 0 && at !== undefined && at.children.length === 0;
}

type Row = Readonly<Record<string, Cell>>;

function batch(records: readonly Row[], start: number): Batch {
  const names = Object.keys(records[0] ?? {});
  const last = records.at(-1) ?? {};
  // What is not there is undefined; what was left empty is null.
  if (names.every((name) => last[name] === undefined)) throw new FileFault("it has fewer rows than it says");
  const rows = records.map((record) => names.map((name) => record[name]));
  return { names, rows, lines: rows.map((_, at) => start + at + 1) };
}
