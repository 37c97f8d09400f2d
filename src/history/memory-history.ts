// Datasets in memory with the face of a history: for tests, and for what is computed rather than stored. One thread.
import { ColumnHash } from "./column-hash.ts";
import { COLUMNS, type Block, type Dataset, type History, type Quality, type Span } from "./dataset.ts";
import { datasetId } from "./dataset-id.ts";
import type { EventKind } from "../domain/event.ts";
import { US_PER_MS } from "../domain/units.ts";
import { BLOCK_ROWS } from "./file-format.ts";
import { findDataset } from "./find.ts";
import { cutBlock, sliceBlock } from "./span.ts";

/** A dataset as its columns. Rows must be in the order of known. */
export interface Table {
  readonly symbol: string;
  readonly kind: EventKind;
  /** Length of a bar; 0 or absent for other kinds. */
  readonly intervalMs?: number;
  readonly venue?: string | null;
  readonly unit?: string;
  readonly source?: string;
  readonly synthetic?: boolean;
  readonly time: ArrayLike<number>;
  /** Absent: the end of a bar, the time of another row. */
  readonly known?: ArrayLike<number>;
  /** By COLUMNS of the kind. */
  readonly columns: readonly ArrayLike<number>[];
}

export const NO_FAULTS: Quality = { gaps: 0, duplicates: 0, badRows: 0, unsorted: 0, zeroVolume: 0, splits: [] };

export function memoryHistory(tables: readonly Table[], blockRows = BLOCK_ROWS): History {
  const kept = new Map<string, { readonly dataset: Dataset; readonly whole: Block }>();
  for (const table of tables) {
    const whole = wholeBlock(table);
    const dataset = datasetOf(table, whole);
    if (kept.has(dataset.id)) throw new Error(`two tables are ${dataset.id}; give one of them a venue`);
    kept.set(dataset.id, { dataset, whole });
  }
  const datasets = [...kept.values()]
    .map(({ dataset }) => dataset)
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return {
    list: () => datasets,
    find: (symbol, kind, intervalMs) => findDataset(datasets, symbol, kind, intervalMs),
    *read(dataset: Dataset, span: Span = {}): Generator<Block> {
      const found = kept.get(dataset.id);
      if (!found) throw new Error(`no dataset ${dataset.id} in this memory`);
      const part = cutBlock(found.whole, span);
      if (!part) return;
      for (let at = 0; at < part.rows; at += blockRows) {
        yield sliceBlock(part, at, Math.min(at + blockRows, part.rows));
      }
    },
  };
}

function wholeBlock(table: Table): Block {
  const rows = table.time.length;
  const time = Float64Array.from(table.time);
  const lag = table.kind === "bar" ? (table.intervalMs ?? 0) * US_PER_MS : 0;
  const known = table.known ? Float64Array.from(table.known) : time.map((value) => value + lag);
  const columns = table.columns.map((values) => Float64Array.from(values));
  const names = COLUMNS[table.kind];
  if (columns.length !== names.length || [known, ...columns].some(({ length }) => length !== rows)) {
    throw new Error(`${table.symbol}: a table of ${table.kind} needs ${rows} rows of ${names.join(", ")}`);
  }
  if (known.some((value, at) => value < (known[at - 1] ?? -Infinity))) {
    throw new Error(`${table.symbol}: rows must be in the order in which they were known`);
  }
  return { rows, time, known, columns };
}

function datasetOf(table: Table, whole: Block): Dataset {
  const { symbol, kind, intervalMs = 0, venue = null, unit = "" } = table;
  const hash = new ColumnHash(whole.columns.length);
  hash.add(whole);
  return {
    id: datasetId({ symbol, kind, intervalMs, venue }),
    symbol,
    kind,
    intervalMs,
    venue,
    unit,
    rows: whole.rows,
    from: whole.time[0] ?? Number.NaN,
    to: whole.time[whole.rows - 1] ?? Number.NaN,
    hash: hash.digest(),
    source: table.source ?? "memory",
    synthetic: table.synthetic ?? false,
    quality: NO_FAULTS,
    importedAt: 0,
  };
}
