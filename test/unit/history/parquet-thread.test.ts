// Parquet files that would keep their reader busy for ever: its thread is ended, with a sentence.
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readParquetInThread } from "../../../src/history/intake/parquet-thread.ts";
import type { Batch } from "../../../src/history/intake/cell.ts";
import { FileFault } from "../../../src/stream/stream.ts";
import { HistoryFolder } from "../../support/history-folder.ts";

const ROWS = 150_000;
let folder: HistoryFolder;

beforeEach(() => {
  folder = new HistoryFolder();
});
afterEach(() => {
  folder.remove();
});

function fileOf(rows: number, more: object = {}): string {
  const columnData = [
    { name: "timestamp", data: Array.from({ length: rows }, (_, at) => new Date(1.6e12 + at)), type: "TIMESTAMP" },
    { name: "close", data: Array.from({ length: rows }, (_, at) => 1 + at / 8), type: "DOUBLE" },
    { name: "size", data: Array.from({ length: rows }, (_, at) => BigInt(at)), type: "INT64" },
    { name: "venue", data: Array.from({ length: rows }, (_, at) => (at % 2 === 0 ? "A" : null)), type: "STRING" },
  ] as const;
  const bytes = parquetWriteBuffer({ columnData: columnData.map((one) => ({ ...one, data: [...one.data] })), ...more });
  return folder.file("x.parquet", new Uint8Array(bytes));
}

/** A frame of LZ4 whose input is eight bytes shorter than nothing: its reader is where it began again. */
function endless(): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.writeInt32BE(-8, 4);
  return bytes;
}

it("gives what is in a file, batch by batch", async () => {
  const progress = { rowsRead: 0, rowsTotal: 0 };
  const batches: Batch[] = [];
  for await (const batch of readParquetInThread(fileOf(ROWS), progress)) batches.push(batch);
  expect(progress).toEqual({ rowsRead: ROWS, rowsTotal: ROWS });
  expect(batches.map(({ rows }) => rows.length).reduce((sum, count) => sum + count)).toBe(ROWS);
  expect(batches[0]?.names).toEqual(["timestamp", "close", "size", "venue"]);
  expect(batches[0]?.rows[1]).toEqual([1_600_000_000_001_000_000n, 1.125, 1n, null]);
  expect(batches.at(-1)?.rows.at(-1)?.slice(1)).toEqual([1 + (ROWS - 1) / 8, BigInt(ROWS - 1), null]);
  expect(batches.at(-1)?.lines.at(-1)).toBe(ROWS);
});

it("ends one that makes no progress, and whoever waits is told", async () => {
  const path = fileOf(40, { codec: "LZ4", compressors: { LZ4: endless } });
  const reading = readParquetInThread(path, { rowsRead: 0, rowsTotal: 0 }, 500).next();
  await expect(reading).rejects.toThrow(FileFault);
  await expect(reading).rejects.toThrow("it keeps its reader busy without an end");
});

it("ends with whoever wants no more of it", async () => {
  for await (const { rows } of readParquetInThread(fileOf(ROWS), { rowsRead: 0, rowsTotal: 0 })) {
    expect(rows.length).toBeGreaterThan(0);
    break;
  }
});
