// Brings new rows together with those that a dataset has. Bars, funding, earnings, macro values and rates are told apart by
// their times: the same row again is a duplicate, other values for the same times contradict what is there. Trades, quotes
// and news may share a time: of equal rows as many stay as the richer side has. Both sides come in order; nothing is
// held in memory but the rows of one instant.
import type { EventKind } from "../domain/event.ts";
import { COLUMNS, type Block } from "./dataset.ts";
import { compareRows, RowCursor, sameValues } from "./row-cursor.ts";

export interface Contradiction {
  readonly time: number;
  readonly column: string;
  readonly existing: number;
  readonly incoming: number;
}

export interface Combined {
  /** Rows that were not there before. */
  readonly added: number;
  /** New rows that were there already, or twice among the new ones. */
  readonly duplicates: number;
  /** Of those, the ones that stand twice among the new ones. */
  readonly repeated: number;
  /** Of those, the ones with other values than the first, which is kept. */
  readonly disputed: number;
  readonly replaced: number;
  readonly contradictions: number;
  readonly first: Contradiction | null;
}

/** Takes rows begin to end of a block. */
export type Sink = (block: Block, begin: number, end: number) => void;

const TIMED: ReadonlySet<EventKind> = new Set<EventKind>(["bar", "funding", "earnings", "macro", "rates"]);

export function combine(
  kind: EventKind,
  existing: Iterable<Block>,
  incoming: Iterable<Block>,
  replace: boolean,
  sink: Sink,
): Combined {
  const [old, fresh] = [new RowCursor(existing), new RowCursor(incoming)];
  try {
    return TIMED.has(kind) ? new TimedRows(kind, replace, sink).run(old, fresh) : combineEqual(old, fresh, sink);
  } finally {
    old.close();
    fresh.close();
  }
}

class TimedRows {
  private readonly names: readonly string[];
  private readonly last: Block;
  private lastIsNew = false;
  private lastRow = { known: Number.NaN, time: Number.NaN };
  private readonly tally = { added: 0, duplicates: 0, repeated: 0, disputed: 0, replaced: 0, contradictions: 0 };
  private first: Contradiction | null = null;
  private readonly replace: boolean;
  private readonly sink: Sink;
  /** Rows that are taken but not handed over yet: neighbours of one block. */
  private pending: Block | null = null;
  private begin = 0;
  private end = 0;

  constructor(kind: EventKind, replace: boolean, sink: Sink) {
    this.names = COLUMNS[kind];
    this.replace = replace;
    this.sink = sink;
    const one = (): Float64Array => new Float64Array(1);
    this.last = { rows: 1, time: one(), known: one(), columns: this.names.map(one) };
  }

  run(old: RowCursor, fresh: RowCursor): Combined {
    for (;;) {
      const order = compareRows(old, fresh);
      const isNew = order > 0 || (order === 0 && this.replace && fresh.block !== null);
      const cursor = isNew ? fresh : old;
      const { block, at } = cursor;
      if (!block) break;
      if (cursor.known === this.lastRow.known && cursor.time === this.lastRow.time) this.again(block, at, isNew);
      else this.take(block, at, isNew, cursor);
      if (block === this.pending && at === block.rows - 1) this.flush(); // its arrays are about to be filled again
      cursor.advance();
    }
    this.flush();
    return { ...this.tally, first: this.first };
  }

  private flush(): void {
    if (this.pending) this.sink(this.pending, this.begin, this.end);
    this.pending = null;
  }

  private take(block: Block, at: number, isNew: boolean, { known, time }: RowCursor): void {
    if (block !== this.pending || at !== this.end) {
      this.flush();
      this.pending = block;
      this.begin = at;
    }
    this.end = at + 1;
    if (isNew) this.tally.added++;
    this.lastIsNew = isNew;
    this.lastRow = { known, time };
    block.columns.forEach((values, column) => {
      const kept = this.last.columns[column];
      if (kept) kept[0] = values[at] ?? Number.NaN;
    });
  }

  /** A row with the times of the one that was just taken. */
  private again(block: Block, at: number, isNew: boolean): void {
    const { tally, last } = this;
    if (isNew && this.lastIsNew) {
      tally.duplicates++;
      tally.repeated++;
      if (!sameValues(block, at, last, 0)) tally.disputed++;
      return;
    }
    const same = sameValues(block, at, last, 0);
    if (same) tally.duplicates++;
    // What was counted as added stood there already, with these values or with others.
    if (this.lastIsNew) tally.added--;
    if (same) return;
    if (this.replace) tally.replaced++;
    else this.contradict(block, at);
  }

  private contradict(block: Block, at: number): void {
    this.tally.contradictions++;
    if (this.first) return;
    const column = block.columns.findIndex((values, index) => !Object.is(values[at], this.last.columns[index]?.[0]));
    this.first = {
      time: block.time[at] ?? Number.NaN,
      column: this.names[column] ?? "",
      existing: this.last.columns[column]?.[0] ?? Number.NaN,
      incoming: block.columns[column]?.[at] ?? Number.NaN,
    };
  }
}

/** Rows of one instant of both sides are matched as often as they are equal. */
function combineEqual(old: RowCursor, fresh: RowCursor, sink: Sink): Combined {
  let added = 0;
  let duplicates = 0;
  while (old.block || fresh.block) {
    const order = compareRows(old, fresh);
    if (order < 0) {
      run(old, fresh, sink);
    } else if (order > 0) {
      added += run(fresh, old, sink);
    } else {
      const { known, time } = old;
      const there = new Map<string, number>();
      each(old, known, time, (block, at) => {
        const key = keyOf(block, at);
        there.set(key, (there.get(key) ?? 0) + 1);
        sink(block, at, at + 1);
      });
      each(fresh, known, time, (block, at) => {
        const key = keyOf(block, at);
        const left = there.get(key) ?? 0;
        if (left > 0) {
          there.set(key, left - 1);
          duplicates++;
        } else {
          sink(block, at, at + 1);
          added++;
        }
      });
    }
  }
  return { added, duplicates, repeated: 0, disputed: 0, replaced: 0, contradictions: 0, first: null };
}

/** Hands over the rows of this block that come before the other side's next one; how many. */
function run(cursor: RowCursor, other: RowCursor, sink: Sink): number {
  const { block, at } = cursor;
  if (!block) return 0;
  let end = at + 1;
  const limit = other.known;
  while (end < block.rows && (block.known[end] ?? Infinity) < limit) end++;
  sink(block, at, end);
  cursor.skipTo(end);
  return end - at;
}

function each(cursor: RowCursor, known: number, time: number, on: (block: Block, at: number) => void): void {
  for (let { block } = cursor; block && cursor.known === known && cursor.time === time; { block } = cursor) {
    on(block, cursor.at);
    cursor.advance();
  }
}

function keyOf(block: Block, at: number): string {
  return block.columns.map((values) => values[at]).join(",");
}
