// CSV and NDJSON, one piece of the file in memory at a time; a line longer than 1 MiB ends the reading. CSV may be parted by
// commas, semicolons, tabs or bars, told from its header. An NDJSON line is an object with names, a tick of the live feed,
// { "market_data": [ticks] }, or a list: [time, open, high, low, close, volume] or [symbol, price, volume, time].
import { FileFault, linesOf, splitCells, type OpenFile } from "../../stream/stream.ts";
import { EVENT_KINDS, type EventKind } from "../../domain/event.ts";
import type { Batch, Cell } from "./cell.ts";

const ROWS_AT_ONCE = 4_096;
const PARTINGS = [",", ";", "\t", "|"] as const;
const KINDS: ReadonlySet<unknown> = new Set(EVENT_KINDS.values());
const CANDLE_NAMES = ["timestamp", "open", "high", "low", "close", "volume"];
const TICK_NAMES = ["symbol", "price", "volume", "timestamp"];

export async function* readCsv(file: OpenFile): AsyncGenerator<Batch> {
  let names: readonly string[] | null = null;
  let split = splitCells;
  for await (const lines of linesOf(file.pieces)) {
    const rows: (readonly Cell[])[] = [];
    const numbers: number[] = [];
    for (const { bytes, number } of lines) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
      if (names === null) {
        const strange = notText(bytes);
        if (strange !== null) throw new FileFault(strange);
        const header = text.replace(/^\uFEFF/, "");
        split = splitterOf(header);
        names = split(header).map((name) => name.trim().replace(/^<(.*)>$/, "$1"));
        continue;
      }
      rows.push(split(text));
      numbers.push(number);
    }
    if (names !== null && rows.length > 0) yield { names, rows, lines: numbers };
  }
  if (names === null) throw new FileFault("it is empty; the first line must name the columns");
}

/** Why these bytes are no line of text; null: they may be one. */
function notText(bytes: Uint8Array): string | null {
  const [first = 0, second = 0] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return "it is text in UTF-16; save it as UTF-8";
  const odd = bytes.subarray(0, 4_096).some((byte) => byte < 32 && byte !== 9 && byte !== 12 && byte !== 13);
  return odd ? "it is not text; give .csv, .json, .ndjson, .parquet or .gz its right name" : null;
}

function splitterOf(header: string): (line: string) => string[] {
  const count = (parting: string): number => header.split(parting).length;
  const parting = PARTINGS.reduce((best, other) => (count(other) > count(best) ? other : best));
  if (parting === ",") return splitCells;
  return (line) => line.split(parting).map((cell) => cell.replace(/^"(.*)"$/, "$1"));
}

export async function* readNdjson(file: OpenFile): AsyncGenerator<Batch> {
  const records = new Records();
  for await (const lines of linesOf(file.pieces)) {
    for (const { bytes, number } of lines) {
      let value: unknown;
      try {
        value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
      } catch {
        throw new FileFault(`line ${number} is not JSON; each line must be an object or a list`);
      }
      yield* records.add(value, number);
    }
    yield* records.flush();
  }
  if (records.rows === 0) throw new FileFault("it is empty; each line must be an object or a list");
}

/** Gathers JSON records with the same names into batches. */
export class Records {
  rows = 0;
  private names: readonly string[] = [];
  private kind: EventKind | undefined;
  private cells: (readonly Cell[])[] = [];
  private lines: number[] = [];

  *add(value: unknown, line: number): Generator<Batch> {
    if (Array.isArray(value)) {
      const tick = typeof value[0] === "string" && !Number.isFinite(Number(value[0]));
      yield* this.put(tick ? TICK_NAMES : CANDLE_NAMES, value as Cell[], undefined, line);
      return;
    }
    if (typeof value !== "object" || value === null) {
      const found = JSON.stringify(value).slice(0, 60);
      throw new FileFault(`line ${line} is ${found}; it must be an object or a list`);
    }
    const record = value as Readonly<Record<string, unknown>>;
    const ticks = record["market_data"];
    if (Array.isArray(ticks)) {
      for (const tick of ticks as readonly unknown[]) yield* this.add(tick, line);
      return;
    }
    const kind = KINDS.has(record["kind"]) ? (record["kind"] as EventKind) : undefined;
    yield* this.put(Object.keys(record), Object.values(record).map(cellOf), kind, line);
  }

  *flush(): Generator<Batch> {
    if (this.cells.length === 0) return;
    const { names, kind, cells: rows, lines } = this;
    this.cells = [];
    this.lines = [];
    yield { names, rows, lines, ...(kind === undefined ? {} : { kind }) };
  }

  private *put(
    names: readonly string[],
    cells: readonly Cell[],
    kind: EventKind | undefined,
    line: number,
  ): Generator<Batch> {
    const same =
      kind === this.kind && names.length === this.names.length && names.every((name, at) => name === this.names[at]);
    if (!same || this.cells.length >= ROWS_AT_ONCE) yield* this.flush();
    this.names = names;
    this.kind = kind;
    this.cells.push(cells);
    this.lines.push(line);
    this.rows++;
  }
}

function cellOf(value: unknown): Cell {
  return typeof value === "object" ? null : (value as Cell);
}
