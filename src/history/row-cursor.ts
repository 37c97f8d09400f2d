// Steps through blocks row by row, in the order of the file: by known, then by time.
import type { Block } from "./dataset.ts";

export class RowCursor {
  known = 0;
  time = 0;
  at = 0;
  private readonly blocks: Iterator<Block>;
  private current: Block | null;

  constructor(blocks: Iterable<Block>) {
    this.blocks = blocks[Symbol.iterator]();
    this.current = this.next();
    this.look();
  }

  /** Null at the end. */
  get block(): Block | null {
    return this.current;
  }

  advance(): void {
    if (!this.current) return;
    if (++this.at >= this.current.rows) {
      this.current = this.next();
      this.at = 0;
    }
    this.look();
  }

  /** Goes to row `at` of this block, or to the next block. */
  skipTo(at: number): void {
    this.at = at - 1;
    this.advance();
  }

  close(): void {
    this.blocks.return?.();
  }

  private next(): Block | null {
    for (;;) {
      const next: IteratorResult<Block, unknown> = this.blocks.next();
      if (next.done === true) return null;
      if (next.value.rows > 0) return next.value;
    }
  }

  private look(): void {
    this.known = this.current?.known[this.at] ?? Infinity;
    this.time = this.current?.time[this.at] ?? Infinity;
  }
}

/** Negative when a comes first. */
export function compareRows(
  a: { readonly known: number; readonly time: number },
  b: { readonly known: number; readonly time: number },
): number {
  return a.known === b.known ? (a.time === b.time ? 0 : a.time - b.time) : a.known - b.known;
}

export function sameValues(a: Block, at: number, b: Block, other: number): boolean {
  for (let column = 0; column < a.columns.length; column++) {
    if (!Object.is(a.columns[column]?.[at], b.columns[column]?.[other])) return false;
  }
  return true;
}
