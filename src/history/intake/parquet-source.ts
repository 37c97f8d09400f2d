// Parquet, the compressed columns of one row group in memory at a time and ROWS_AT_ONCE rows of it. Times come out with the unit that the file declares.
import { open } from "node:fs/promises";
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from "hyparquet";
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
      async slice(start, end = byteLength) {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new FileFault("it ends too early");
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(buffer, { parsers });
    progress.rowsTotal = Number(metadata.num_rows);
    let start = 0;
    for (const group of metadata.row_groups) {
      const groupEnd = start + Number(group.num_rows);
      while (start < groupEnd) {
        const rowEnd = Math.min(groupEnd, start + ROWS_AT_ONCE);
        const options = { file: buffer, metadata, compressors, parsers, rowStart: start, rowEnd };
        yield batch((await parquetReadObjects(options)) as readonly Readonly<Record<string, Cell>>[], start);
        start = rowEnd;
        progress.rowsRead = rowEnd;
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

function batch(records: readonly Readonly<Record<string, Cell>>[], start: number): Batch {
  const names = Object.keys(records[0] ?? {});
  const rows = records.map((record) => names.map((name) => record[name]));
  return { names, rows, lines: rows.map((_, at) => start + at + 1) };
}
