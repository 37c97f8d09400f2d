// Parquet, one row group in memory at a time. Times come out with the unit that the file declares.
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
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        parsers,
        rowStart: start,
        rowEnd: groupEnd,
      });
      yield* batches(rows as readonly Readonly<Record<string, Cell>>[], start);
      start = groupEnd;
      progress.rowsRead = groupEnd;
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

function* batches(records: readonly Readonly<Record<string, Cell>>[], start: number): Generator<Batch> {
  const names = Object.keys(records[0] ?? {});
  for (let from = 0; from < records.length; from += ROWS_AT_ONCE) {
    const part = records.slice(from, from + ROWS_AT_ONCE);
    const rows = part.map((record) => names.map((name) => record[name]));
    yield { names, rows, lines: part.map((_, at) => start + from + at + 1) };
  }
}
