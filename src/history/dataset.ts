// The words of recorded history: what a dataset is, and the blocks of columns in which it is read. One dataset holds the
// events of one kind of one symbol, in the order in which they could be known; a run merges several into one stream.
import type { EventKind } from "../domain/event.ts";
import type { EpochUs } from "../domain/units.ts";

/** Columns of a row besides its two times, by kind; the order is that of the files and of Block.columns. */
export const COLUMNS: Readonly<Record<EventKind, readonly string[]>> = {
  trade: ["price", "volume"],
  quote: ["bid", "ask", "bid_size", "ask_size"],
  bar: ["open", "high", "low", "close", "volume"],
  funding: ["rate", "interval_hours"],
  news: ["score", "source_weight", "hash"],
  earnings: ["actual", "expected", "announced_at"],
  macro: ["value"],
  rates: ["before", "after", "day", "days_in_month", "contract_month"],
};

/** What an import found wrong or odd; nothing of it is repaired. */
export interface Quality {
  /** Bars that are missing between two bars. */
  readonly gaps: number;
  /** Rows with the time of the row before; the later one is left out. */
  readonly duplicates: number;
  /** Rows that were refused: high below low, prices not above 0, not a number. */
  readonly badRows: number;
  /** Rows that came before an earlier time and were put into order. */
  readonly unsorted: number;
  /** Bars without volume where others have some. */
  readonly zeroVolume: number;
  /** Times at which the price moved as a split would move it. */
  readonly splits: readonly EpochUs[];
}

export interface Dataset {
  /** File-safe and unique: symbol, kind, and where there is one interval and venue. */
  readonly id: string;
  readonly symbol: string;
  readonly kind: EventKind;
  /** Length of a bar; 0 for other kinds. */
  readonly intervalMs: number;
  readonly venue: string | null;
  /** Unit of a macro series, empty otherwise. */
  readonly unit: string;
  readonly rows: number;
  /** Times of the first and the last row. */
  readonly from: EpochUs;
  readonly to: EpochUs;
  /** SHA-256 of all columns, whatever the size of the blocks they were written in. */
  readonly hash: string;
  /** Where it came from: the name of a file, "redis", or "synthetic" with its seed. */
  readonly source: string;
  readonly synthetic: boolean;
  readonly quality: Quality;
  readonly importedAt: EpochUs;
}

/** Consecutive rows of a dataset. The arrays belong to the reader, which may fill them again for the next block. */
export interface Block {
  readonly rows: number;
  /** When it happened; the start of a bar. */
  readonly time: Float64Array;
  /** When it could be known, never before `time`: the end of a bar. Ascending. */
  readonly known: Float64Array;
  readonly columns: readonly Float64Array[];
}

/** The part of a dataset with from <= known < to. */
export interface Span {
  readonly from?: EpochUs;
  readonly to?: EpochUs;
}

export interface History {
  /** As it is now, sorted by id. */
  list(): readonly Dataset[];
  /** Bars: exactly that interval, or without one the finest there is. */
  find(symbol: string, kind: EventKind, intervalMs?: number): Dataset | null;
  /** Blocks in order of `known`; memory is one block. Throws HistoryFault on a damaged file. */
  read(dataset: Dataset, span?: Span): Generator<Block>;
}
