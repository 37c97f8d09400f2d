// A batch on its way between threads: by columns, of which those of numbers are handed over and not copied. Pure.
import type { Batch, Cell } from "./cell.ts";

type Column = Float64Array | BigInt64Array | readonly Cell[];

/** Its lines follow each other. */
export interface PackedBatch {
  readonly names: readonly string[];
  readonly columns: readonly Column[];
  readonly firstLine: number;
  readonly rows: number;
}

export function packed({ names, rows, lines }: Batch): {
  readonly batch: PackedBatch;
  readonly buffers: readonly ArrayBuffer[];
} {
  const columns = names.map((_, place) => columnOf(rows.map((row) => row[place])));
  const buffers = columns.flatMap((column) => (ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : []));
  return { batch: { names, columns, firstLine: lines[0] ?? 1, rows: rows.length }, buffers };
}

export function unpacked({ names, columns, firstLine, rows: count }: PackedBatch): Batch {
  const rows = Array.from({ length: count }, (_, at) => columns.map((column) => column[at]));
  return { names, rows, lines: rows.map((_, at) => firstLine + at) };
}

function columnOf(cells: readonly Cell[]): Column {
  if (cells.every((cell) => typeof cell === "number")) return Float64Array.from(cells);
  if (cells.every((cell) => typeof cell === "bigint" && BigInt.asIntN(64, cell) === cell))
    return BigInt64Array.from(cells as readonly bigint[]);
  return cells;
}
