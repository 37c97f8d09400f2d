// Trades and equity as columns for other programs: CSV (RFC 4180; times as integer microseconds, numbers so that they are
// read back as the same bits, empty where there is none) and Parquet (times as TIMESTAMP of microseconds, null likewise).
import { parquetWriteBuffer } from "hyparquet-writer";
import type { ClosedTrade, EquityCurve } from "../outcome.ts";
import { TRADE_FIELDS } from "./fields.ts";

type Column =
  | { readonly name: string; readonly kind: "text"; readonly values: readonly string[] }
  | { readonly name: string; readonly kind: "number" | "time"; readonly values: ArrayLike<number> };

interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

const TEXTS: readonly (keyof ClosedTrade)[] = ["symbol", "side", "reason"];
const TIMES: readonly (keyof ClosedTrade)[] = ["entryTime", "exitTime"];

export function tradeTable(trades: readonly ClosedTrade[]): Table {
  const names = Object.keys(TRADE_FIELDS) as (keyof ClosedTrade)[];
  const columns = names.map((field): Column => {
    const name = TRADE_FIELDS[field];
    if (TEXTS.includes(field)) return { name, kind: "text", values: trades.map((trade) => String(trade[field])) };
    return {
      name,
      kind: TIMES.includes(field) ? "time" : "number",
      values: trades.map((trade) => Number(trade[field])),
    };
  });
  return { rows: trades.length, columns };
}

export function equityTable({ time, equity, exposure }: EquityCurve): Table {
  return {
    rows: time.length,
    columns: [
      { name: "time", kind: "time", values: time },
      { name: "equity", kind: "number", values: equity },
      { name: "exposure", kind: "number", values: exposure },
    ],
  };
}

/** Lines of a CSV file, in pieces of a bounded number of rows. */
export function* csv({ rows, columns }: Table): Generator<string> {
  yield `${columns.map(({ name }) => name).join(",")}\r\n`;
  for (let from = 0; from < rows; from += PIECE_ROWS) {
    let piece = "";
    for (let row = from; row < Math.min(rows, from + PIECE_ROWS); row++) {
      piece += `${columns.map((column) => cell(column, row)).join(",")}\r\n`;
    }
    yield piece;
  }
}
const PIECE_ROWS = 4_096;

function cell(column: Column, row: number): string {
  if (column.kind !== "text") {
    const value = column.values[row] ?? Number.NaN;
    return Number.isFinite(value) ? String(value) : "";
  }
  const text = column.values[row] ?? "";
  // A spreadsheet would take it for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function parquet({ columns }: Table): Uint8Array<ArrayBuffer> {
  const schema = [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, kind }) => ({ name, repetition_type: "OPTIONAL" as const, ...TYPES[kind] })),
  ];
  const columnData = columns.map((column) => ({ name: column.name, data: dataOf(column) }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}

function dataOf(column: Column): (string | number | bigint | null)[] {
  if (column.kind === "text") return [...column.values];
  const whole = column.kind === "time";
  return Array.from(column.values, (value) => {
    if (!Number.isFinite(value)) return null;
    return whole ? BigInt(Math.round(value)) : value;
  });
}

const TYPES = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  number: { type: "DOUBLE" },
  time: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } },
} as const;
