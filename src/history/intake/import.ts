// Brings a file, or a text that someone handed over, into the history: reads it to its end, checks every row, then stores
// all of its datasets or none. What it cannot take is a sentence that names the file, the line where there is one, and
// what to do.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import { FileFault, openFile, type OpenFile } from "../../stream/stream.ts";
import { HistoryFault } from "../fault.ts";
import type { HistoryWriter, Stored } from "../stored-history.ts";
import type { Batch } from "./cell.ts";
import { Collector, type CollectorOptions, type Note } from "./collector.ts";
import { readJournal } from "./journal-source.ts";
import { JSON_BYTES_MAX, JSON_TOO_LONG, jsonBatches, readJson } from "./json-source.ts";
import { readParquetInThread } from "./parquet-thread.ts";
import { remarksOf, type Remark } from "./remarks.ts";
import { readCsv, readNdjson } from "./text-source.ts";

export interface ImportOptions extends Omit<Partial<CollectorOptions>, "symbolAsked"> {
  readonly now: EpochUs;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  /** Called now and then with the share that was read, 0 to 1, and the rows so far. */
  readonly onProgress?: (share: number, rows: number) => void;
}

export interface Imported {
  readonly source: string;
  /** Rows that were read, usable or not. */
  readonly rows: number;
  readonly badRows: number;
  /** The first rows that were left out, and why. */
  readonly notes: readonly Note[];
  /** What is odd about rows that were stored. */
  readonly remarks: readonly Remark[];
  /** Columns that nothing was made of. */
  readonly unused: readonly string[];
  readonly stored: readonly Stored[];
}

const FORMATS: readonly (readonly [ending: string, read: (file: OpenFile) => AsyncGenerator<Batch>])[] = [
  [".csv", readCsv],
  [".tsv", readCsv],
  [".txt", readCsv],
  [".ndjson", readNdjson],
  [".jsonl", readNdjson],
  [".json", readJson],
];
const KNOWN_FORMATS = ".csv, .tsv, .json, .ndjson, .jsonl, each also .gz; .parquet; .journal";

export async function importFile(
  writer: HistoryWriter,
  path: string,
  options: ImportOptions,
): Promise<Result<Imported, string>> {
  const name = basename(path);
  const plain = name.replace(/\.gz$/i, "");
  const ending = plain.slice(plain.lastIndexOf(".")).toLowerCase();
  const progress = { rowsRead: 0, rowsTotal: 0 };
  const share = (): number => progress.rowsRead / Math.max(1, progress.rowsTotal);
  const task = { name, symbol: plain.slice(0, -ending.length), options, writer };
  if (ending === ".parquet") return collect({ ...task, batches: readParquetInThread(path, progress), share });
  if (ending === ".journal") return collect({ ...task, batches: readJournal(path), share: () => 0 });
  const read = FORMATS.find(([known]) => known === ending)?.[1];
  if (!read) return failed(`${name}: its ending says nothing; known are ${KNOWN_FORMATS}`);
  const { size } = await stat(path);
  if (ending === ".json" && plain === name && size > JSON_BYTES_MAX) return failed(`${name}: ${JSON_TOO_LONG}`);
  const file = openFile(path);
  try {
    return await collect({ ...task, batches: read(file), share: () => file.bytesRead() / Math.max(1, size) });
  } finally {
    file.close();
  }
}

/** A JSON document as it lies in Redis under market_data:{symbol}:history. */
export async function importText(
  writer: HistoryWriter,
  text: { readonly json: string; readonly name: string; readonly symbol: string },
  options: ImportOptions,
): Promise<Result<Imported, string>> {
  const { json, name, symbol } = text;
  return collect({ name, symbol, options, writer, batches: jsonBatches(json), share: () => 1 });
}

interface Task {
  readonly name: string;
  /** Where neither the rows nor the user say it. */
  readonly symbol: string;
  readonly options: ImportOptions;
  readonly writer: HistoryWriter;
  readonly batches: AsyncIterable<Batch> | Iterable<Batch>;
  readonly share: () => number;
}

async function collect({ name, symbol, options, writer, batches, share }: Task): Promise<Result<Imported, string>> {
  const asked = { ...options, symbol: options.symbol ?? symbol, symbolAsked: options.symbol !== undefined };
  const collector = new Collector(asked, () => writer.temporary());
  const refuse = (what: string): Result<never, string> => failed(`${name}: ${what}`);
  try {
    for await (const batch of batches) {
      const taken = collector.take(batch);
      if (!taken.ok) return refuse(taken.failure);
      options.onProgress?.(share(), collector.rows);
    }
    const { now: importedAt, replace = false, dryRun } = options;
    const incoming = collector.incoming({ source: name, importedAt, replace });
    if (!incoming.ok) return refuse(incoming.failure);
    const { badRows, notes, rows } = collector;
    if (incoming.value.length === 0) return refuse(`${noRow(rows, notes)}; nothing was stored`);
    const oddities = collector.oddities();
    const stored = writer.storeAll(incoming.value, dryRun);
    if (!stored.ok) return refuse(stored.failure);
    const remarks = stored.value.flatMap((one, place) => {
      const odd = oddities[place];
      return odd === undefined ? [] : remarksOf(one, odd);
    });
    const unused = [...collector.unused];
    return ok({ source: name, rows, badRows, notes, remarks, unused, stored: stored.value });
  } catch (error) {
    const known = error instanceof FileFault || error instanceof HistoryFault;
    if (known) return refuse(error.message);
    if (isIoError(error)) return refuse(ioFault(error.code, collector.line));
    throw error;
  } finally {
    collector.close();
  }
}

/** `line`: the last one that was read. */
function ioFault(code: string, line: number): string {
  if (code === "EISDIR") return "it is a folder; name the files in it";
  const where = line === 0 ? "" : ` behind line ${line}`;
  const told = `it cannot be read to its end (${code}); nothing was stored. `;
  if (code === "Z_BUF_ERROR") return `${told}Its gzip stream ends too early${where}: copy or download it again`;
  if (!code.startsWith("Z_")) return `${told}Look at its permissions and at the disk`;
  if (line > 0) return `${told}It is damaged${where}: copy or download it again`;
  return `${told}It is no gzip file or a damaged one: name plain text without .gz, or download it again`;
}

function noRow(rows: number, [first]: readonly Note[]): string {
  if (first) return `it has no usable row (line ${first.line}: ${first.message}); correct the rows`;
  return rows === 0 ? "it has no usable row, there is none below its columns" : "it has no usable row";
}

/** Of the file system or of zlib: a broken or unfinished gzip file. */
function isIoError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
