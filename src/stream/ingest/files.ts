// Recorded market data: CSV (csv-columns.ts says which), NDJSON, and files of msgpack messages one after the other, each
// also gzipped; and segments of another engine's journal (segment-file.ts). An async iterator that tells how far it is;
// one piece of the file is in memory at a time, and the next is taken in when the ring has room. Errors name the line
// (CSV, NDJSON), the message (msgpack), counted from 1, or the event (segments).
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { MESSAGE_BYTES_MAX } from "../../../assembly/wire.ts";
import type { Batch } from "./batch.ts";
import { CsvColumns, splitCells, type CsvOptions, type CsvTick } from "./csv-columns.ts";
import { Intake, type FileProgress } from "./file-intake.ts";
import { FileFault, linesOf, openFile, type Line, type OpenFile } from "./file-lines.ts";
import type { ForeignJournals } from "./foreign-journal.ts";
import type { Ingest } from "./intake.ts";
import { readSegment } from "./segment-file.ts";

export interface FileOptions extends Partial<CsvOptions> {
  readonly path: string;
  readonly ingest: Ingest;
  /** Segments: what those read before have told. Without it each looks into the segments before it by itself. */
  readonly journals?: ForeignJournals;
  /** Why a full ring will not have room again; null while it can. */
  readonly blocked?: () => string | null;
}

export type FileFormat = "csv" | "ndjson" | "msgpack" | "segment";

/** Ticks handed over at once at most. */
const TICKS_AT_ONCE = 2_000;
const WINDOW_BYTES_MIN = 4_096;

/** By the name's ending; null for one that is not known. */
export function formatOfFile(path: string): FileFormat | null {
  if (path.endsWith(".journal")) return "segment";
  const name = path.replace(/\.gz$/, "");
  if (name.endsWith(".csv")) return "csv";
  if (name.endsWith(".ndjson") || name.endsWith(".jsonl")) return "ndjson";
  return name.endsWith(".msgpack") || name.endsWith(".mp") ? "msgpack" : null;
}

/** Takes the whole file in; throws FileFault when it cannot be what its name says. */
export async function* readMarketFile(options: FileOptions): AsyncGenerator<FileProgress> {
  const format = formatOfFile(options.path);
  if (!format) {
    const known = ".csv, .ndjson, .jsonl, .msgpack, each also .gz, and .journal";
    throw new FileFault(`${basename(options.path)}: known are ${known}`);
  }
  if (format === "segment") {
    yield* readSegment(options);
    return;
  }
  const bytesTotal = (await stat(options.path)).size;
  const file = openFile(options.path);
  const intake = new Intake(options.ingest, file, bytesTotal, options.blocked);
  try {
    if (format === "csv") yield* readCsv(options, file, intake);
    else if (format === "ndjson") yield* readNdjson(file, intake);
    else yield* readMessages(file, intake);
  } finally {
    file.close();
  }
}

// ---- CSV --------------------------------------------------------------------------------------------------------------
interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

async function* readCsv(options: FileOptions, file: OpenFile, intake: Intake): AsyncGenerator<FileProgress> {
  let columns: CsvColumns | null = null;
  let intervalUs = (options.intervalMs ?? 0) * 1e3;
  for await (const lines of linesOf(file.pieces)) {
    intake.lines = lines.at(-1)?.number ?? intake.lines;
    let rows = lines.map(rowOf);
    if (!columns) {
      columns = header(rows[0], options);
      rows = rows.slice(1);
    }
    if (intervalUs === 0 && columns.needsInterval) intervalUs = distance(columns, rows);
    yield* takeRows(columns, rows, intervalUs, intake);
  }
}
function rowOf({ number, bytes }: Line): CsvRow {
  return { line: number, cells: splitCells(new TextDecoder().decode(bytes)) };
}
function header(row: CsvRow | undefined, options: FileOptions): CsvColumns {
  const columns =
    row && CsvColumns.from(row.cells, { ...options, symbol: options.symbol ?? symbolOfFile(options.path) });
  if (columns) return columns;
  throw new FileFault(`${basename(options.path)}: the first line must name the columns, one of them a timestamp`);
}
/** ETH_BTC.csv.gz holds ETH_BTC. */
function symbolOfFile(path: string): string {
  return basename(path).replace(/\.csv(\.gz)?$/, "");
}
/** Most frequent distance of neighbouring rows in the first piece, microseconds. */
function distance(columns: CsvColumns, rows: readonly CsvRow[]): number {
  const counts = new Map<number, number>();
  let last = Number.NaN;
  for (const { cells } of rows) {
    const time = columns.timeOf(cells);
    if (time > last) counts.set(time - last, (counts.get(time - last) ?? 0) + 1);
    last = time;
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best?.[0] ?? 0;
}

async function* takeRows(
  columns: CsvColumns,
  rows: readonly CsvRow[],
  intervalUs: number,
  intake: Intake,
): AsyncGenerator<FileProgress> {
  let ticks: CsvTick[] = [];
  let lines: number[] = [];
  const flush = async (): Promise<void> => {
    await intake.enter(
      (first, flags) => intake.ingest.acceptValue(ticks, "file", "none", flags, first),
      (index) => lines[index] ?? 0,
    );
    ticks = [];
    lines = [];
  };
  for (const { line, cells } of rows) {
    for (const tick of columns.ticks(cells, intervalUs)) {
      ticks.push(tick);
      lines.push(line);
    }
    if (ticks.length < TICKS_AT_ONCE) continue;
    await flush();
    yield intake.progress();
  }
  if (ticks.length > 0) await flush();
  yield intake.progress();
}

// ---- NDJSON -----------------------------------------------------------------------------------------------------------
async function* readNdjson(file: OpenFile, intake: Intake): AsyncGenerator<FileProgress> {
  for await (const lines of linesOf(file.pieces)) {
    for (const { number, bytes } of lines) {
      intake.lines = number;
      await intake.enter(
        (first, flags) => intake.ingest.accept(bytes, "file", flags, first),
        () => number,
      );
    }
    yield intake.progress();
  }
}

// ---- msgpack ----------------------------------------------------------------------------------------------------------
async function* readMessages(file: OpenFile, intake: Intake): AsyncGenerator<FileProgress> {
  let rest: Uint8Array = new Uint8Array(0);
  let window = WINDOW_BYTES_MIN;
  for await (const piece of file.pieces) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    let at = 0;
    while (at < bytes.length) {
      const view = bytes.subarray(at, at + Math.min(window, MESSAGE_BYTES_MAX));
      const { batch, consumed } = await takeFirst(view, intake);
      if (batch === null) {
        if (at + view.length === bytes.length) break;
        window *= 4;
        continue;
      }
      intake.lines += 1;
      // Where a message is broken nobody knows where the next one begins.
      if (batch.failure) throw new FileFault(`message ${intake.lines} is broken: ${batch.failureReason}`);
      at += consumed;
      window = Math.max(WINDOW_BYTES_MIN, consumed * 2);
    }
    rest = bytes.slice(at);
    yield intake.progress();
  }
  if (rest.length === 0) return;
  intake.lines += 1;
  await intake.enter(
    (first, flags) => intake.ingest.accept(rest, "file", flags, first),
    () => intake.lines,
  );
  yield intake.progress();
}

/** The message that the view begins with; no batch: its end is not in it. */
async function takeFirst(view: Uint8Array, intake: Intake): Promise<{ batch: Batch | null; consumed: number }> {
  let consumed = 0;
  const batch = await intake.enter(
    (from, flags) => {
      const first = intake.ingest.acceptFirst(view, "file", flags, from);
      consumed = first?.consumed ?? 0;
      return first?.batch ?? null;
    },
    () => intake.lines + 1,
  );
  return { batch, consumed };
}
