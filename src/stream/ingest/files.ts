// Recorded market data: CSV (csv-columns.ts says which), NDJSON, and files of msgpack messages one after the other, each
// also gzipped. An async iterator that tells how far it is; one piece of the file is in memory at a time, and the next
// is taken in when the ring has room. Errors name the line (CSV, NDJSON) or the message (msgpack), counted from 1.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { EVENT_SLOTS } from "../../../assembly/layout.ts";
import { MESSAGE_BYTES_MAX } from "../../../assembly/wire.ts";
import type { Batch } from "./batch.ts";
import { CsvColumns, splitCells, type CsvOptions, type CsvTick } from "./csv-columns.ts";
import { FileFault, linesOf, openFile, type Line, type OpenFile } from "./file-lines.ts";
import type { Ingest } from "./intake.ts";

export interface FileOptions extends Partial<CsvOptions> {
  readonly path: string;
  readonly ingest: Ingest;
}

export interface FileError {
  /** Line of the file, or number of the message in a msgpack file. */
  readonly line: number;
  readonly message: string;
}

export interface FileProgress {
  /** Since the beginning of the file. */
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Since the last progress, the first of each batch. */
  readonly errors: readonly FileError[];
}

export type FileFormat = "csv" | "ndjson" | "msgpack";

/** Ticks handed over at once at most. */
const TICKS_AT_ONCE = 2_000;
/** Free slots without which nothing is handed over. */
const ROOM = EVENT_SLOTS / 2;
const ROOM_POLL_MS = 1;
const WINDOW_BYTES_MIN = 4_096;

/** By the name's ending; null for one that is not known. */
export function formatOfFile(path: string): FileFormat | null {
  const name = path.replace(/\.gz$/, "");
  if (name.endsWith(".csv")) return "csv";
  if (name.endsWith(".ndjson") || name.endsWith(".jsonl")) return "ndjson";
  return name.endsWith(".msgpack") || name.endsWith(".mp") ? "msgpack" : null;
}

/** Takes the whole file in; throws FileFault when it cannot be what its name says. */
export async function* readMarketFile(options: FileOptions): AsyncGenerator<FileProgress> {
  const format = formatOfFile(options.path);
  if (!format)
    throw new FileFault(`${basename(options.path)}: known are .csv, .ndjson, .jsonl, .msgpack, each also .gz`);
  const bytesTotal = (await stat(options.path)).size;
  const file = openFile(options.path);
  const intake = new Intake(options.ingest, file, bytesTotal);
  try {
    if (format === "csv") yield* readCsv(options, file, intake);
    else if (format === "ndjson") yield* readNdjson(file, intake);
    else yield* readMessages(file, intake);
  } finally {
    file.close();
  }
}

/** Counts what went in, and waits for room. */
class Intake {
  readonly ingest: Ingest;
  lines = 0;
  private readonly file: OpenFile;
  private readonly bytesTotal: number;
  private accepted = 0;
  private rejected = 0;
  private errors: FileError[] = [];

  constructor(ingest: Ingest, file: OpenFile, bytesTotal: number) {
    this.ingest = ingest;
    this.file = file;
    this.bytesTotal = bytesTotal;
  }

  async room(): Promise<void> {
    while (this.ingest.room < ROOM) {
      this.ingest.publish();
      await new Promise((resolve) => setTimeout(resolve, ROOM_POLL_MS));
    }
  }

  note(batch: Batch, lineOf: (index: number) => number): void {
    this.accepted += batch.accepted;
    this.rejected += batch.rejected;
    for (const error of batch.errors) this.errors.push({ line: lineOf(error.index), message: error.message });
    if (batch.failureReason)
      this.errors.push({ line: lineOf(0), message: `cannot be decoded: ${batch.failureReason}` });
  }

  progress(): FileProgress {
    this.ingest.publish();
    const { lines, accepted, rejected, bytesTotal, errors } = this;
    this.errors = [];
    return { lines, accepted, rejected, bytesTotal, bytesRead: this.file.bytesRead(), errors };
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
    await intake.room();
    const taken = lines;
    intake.note(intake.ingest.acceptValue(ticks, "file", "none"), (index) => taken[index] ?? 0);
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
      await intake.room();
      intake.lines = number;
      intake.note(intake.ingest.accept(bytes, "file"), () => number);
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
      await intake.room();
      const view = bytes.subarray(at, at + Math.min(window, MESSAGE_BYTES_MAX));
      const first = intake.ingest.acceptFirst(view, "file");
      if (first === null) {
        if (at + view.length === bytes.length) break;
        window *= 4;
        continue;
      }
      intake.lines += 1;
      intake.note(first.batch, () => intake.lines);
      // Where a message is broken nobody knows where the next one begins.
      if (first.batch.failure) throw new FileFault(`message ${intake.lines} is broken: ${first.batch.failureReason}`);
      at += first.consumed;
      window = Math.max(WINDOW_BYTES_MIN, first.consumed * 2);
    }
    rest = bytes.slice(at);
    yield intake.progress();
  }
  if (rest.length === 0) return;
  intake.lines += 1;
  intake.note(intake.ingest.accept(rest, "file"), () => intake.lines);
  yield intake.progress();
}
