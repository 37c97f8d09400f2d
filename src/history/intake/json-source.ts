// A JSON document: a list of objects or of lists, { "data": [...] }, or the frames that pandas writes (orient records,
// columns, split, index), as they also lie in Redis under market_data:{symbol}:history. A document is parsed as a whole, so
// its size has a bound; NDJSON has none.
import { FileFault, type OpenFile } from "../../stream/stream.ts";
import type { Batch, Cell } from "./cell.ts";
import { Records } from "./text-source.ts";

export const JSON_BYTES_MAX = 256 * 1024 * 1024;
export const JSON_TOO_LONG = `it is longer than ${JSON_BYTES_MAX} bytes; write it as NDJSON, one row a line`;
const CONTROL = /[^\P{Cc}]/gu;

export async function* readJson(file: OpenFile): AsyncGenerator<Batch> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of file.pieces) {
    bytes += piece.length;
    if (bytes > JSON_BYTES_MAX) throw new FileFault(JSON_TOO_LONG);
    pieces.push(piece);
  }
  yield* jsonBatches(Buffer.concat(pieces).toString("utf8"));
}

type Frame = Readonly<Record<string, unknown>>;

export function* jsonBatches(text: string): Generator<Batch> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why =
      text.trim() === ""
        ? "it is empty"
        : error instanceof Error
          ? error.message.slice(0, 120).replaceAll(CONTROL, " ")
          : "not JSON";
    throw new FileFault(`it is no JSON document (${why}); NDJSON has the ending .ndjson`);
  }
  const list = Array.isArray(value) ? (value as readonly unknown[]) : null;
  if (list) {
    yield* records(list);
    return;
  }
  if (!isFrame(value)) throw new FileFault("it must be a list of rows or a frame of columns");
  const { columns, data, index } = value;
  if (Array.isArray(data) && Array.isArray(columns)) {
    yield* split(columns, data, index);
    return;
  }
  const inner = ["data", "rows", "candles", "result", "market_data", "observations"].map((name) => value[name]);
  const rows = inner.find((part) => Array.isArray(part)) as readonly unknown[] | undefined;
  if (rows) {
    yield* records(rows);
    return;
  }
  const parts = Object.entries(value).filter((entry): entry is [string, Frame] => isFrame(entry[1]));
  if (parts.length === 0) throw new FileFault("it must be a list of rows or a frame of columns");
  yield* byKey(parts);
}

function* records(rows: readonly unknown[]): Generator<Batch> {
  const gathered = new Records();
  for (const [index, row] of rows.entries()) yield* gathered.add(row, index + 1);
  yield* gathered.flush();
  if (gathered.rows === 0) throw new FileFault("it has no rows");
}

function* split(columns: readonly unknown[], data: readonly unknown[], index: unknown): Generator<Batch> {
  const times = Array.isArray(index) ? (index as readonly Cell[]) : null;
  const names = [...columns.map(String), ...(times ? ["index"] : [])];
  const rows = data.map((row, at) => (Array.isArray(row) ? [...(row as Cell[]), ...(times ? [times[at]] : [])] : []));
  yield { names, rows, lines: rows.map((_, at) => at + 1) };
}

/** { column: { key: value } } or { key: { column: value } }; the keys are times, unless a column is one. */
function* byKey(parts: readonly (readonly [string, Frame])[]): Generator<Batch> {
  const byColumn = parts.some(([name]) => ["close", "price", "value", "timestamp"].includes(name.toLowerCase()));
  const inner = Object.keys(parts[0]?.[1] ?? {});
  const names = byColumn ? parts.map(([name]) => name) : inner;
  const keys = byColumn ? inner : parts.map(([key]) => key);
  const rows = keys.map((key, at) => [
    ...names.map((name, column) => (byColumn ? parts[column]?.[1][key] : parts[at]?.[1][name]) as Cell),
    key,
  ]);
  if (rows.length === 0) throw new FileFault("it has no rows");
  yield { names: [...names, "index"], rows, lines: rows.map((_, at) => at + 1) };
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
