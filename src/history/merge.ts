// Several datasets as one stream: rows in the order in which they could be known, at the same instant in the order of the
// list, inside a dataset in its own order. Memory is one block for each dataset; a heap tells who is next, and whoever is
// next goes on without asking while nobody else is due.
import type { Block, Dataset, History, Span } from "./dataset.ts";

/** One row of the stream; the object and its values are filled again for the next one. */
export interface Row {
  /** Which of the list it is from. */
  source: number;
  dataset: Dataset;
  time: number;
  known: number;
  /** By COLUMNS of the dataset's kind; longer than that for kinds with fewer columns. */
  readonly values: Float64Array;
}

interface Cursor {
  readonly source: number;
  readonly blocks: Generator<Block>;
  block: Block;
  at: number;
  known: number;
}

const VALUES_MAX = 5;

export function merge(history: History, datasets: readonly Dataset[], span: Span, on: (row: Row) => void): void {
  const cursors: Cursor[] = [];
  try {
    datasets.forEach((dataset, source) => {
      const cursor = begin(history.read(dataset, span), source);
      if (cursor) cursors.push(cursor);
    });
    cursors.sort((a, b) => (before(a, b) ? -1 : 1)); // a sorted array is a heap
    drain(cursors, datasets, on);
  } finally {
    for (const { blocks } of cursors) blocks.return(undefined);
  }
}

/** The same for who asks for one row after the other; it goes on when it is asked again. */
export function* merged(history: History, datasets: readonly Dataset[], span: Span): Generator<Row, void, undefined> {
  const heap: Cursor[] = [];
  const [dataset] = datasets;
  if (dataset === undefined) return;
  const row: Row = { source: 0, dataset, time: 0, known: 0, values: new Float64Array(VALUES_MAX) };
  try {
    datasets.forEach((one, source) => {
      const cursor = begin(history.read(one, span), source);
      if (cursor) heap.push(cursor);
    });
    heap.sort((a, b) => (before(a, b) ? -1 : 1));
    for (let top = heap[0]; top; top = heap[0]) {
      row.source = top.source;
      row.dataset = datasets[top.source] ?? dataset;
      emit(top, row, () => undefined);
      yield row;
      if (!advance(top)) {
        const last = heap.pop();
        if (last && last !== top) heap[0] = last;
      }
      siftDown(heap);
    }
  } finally {
    for (const { blocks } of heap) blocks.return(undefined);
  }
}

function begin(blocks: Generator<Block>, source: number): Cursor | null {
  const next = blocks.next();
  if (next.done === true) return null;
  return { source, blocks, block: next.value, at: 0, known: next.value.known[0] ?? Infinity };
}

function drain(heap: Cursor[], datasets: readonly Dataset[], on: (row: Row) => void): void {
  let top = heap[0];
  let dataset = datasets[0];
  if (!top || !dataset) return;
  const row: Row = { source: 0, dataset, time: 0, known: 0, values: new Float64Array(VALUES_MAX) };
  while (top) {
    dataset = datasets[top.source] ?? dataset;
    row.source = top.source;
    row.dataset = dataset;
    const second = smaller(heap[1], heap[2]);
    for (;;) {
      emit(top, row, on);
      if (!advance(top)) {
        const last = heap.pop();
        if (last && last !== top) heap[0] = last;
        break;
      }
      if (second && before(second, top)) break;
    }
    siftDown(heap);
    top = heap[0];
  }
}

function emit({ block, at, known }: Cursor, row: Row, on: (row: Row) => void): void {
  row.time = block.time[at] ?? Number.NaN;
  row.known = known;
  const { columns } = block;
  for (let column = 0; column < columns.length; column++) row.values[column] = columns[column]?.[at] ?? Number.NaN;
  on(row);
}

/** False at the end of the dataset. */
function advance(cursor: Cursor): boolean {
  if (++cursor.at >= cursor.block.rows) {
    const next = cursor.blocks.next();
    if (next.done === true) return false;
    cursor.block = next.value;
    cursor.at = 0;
  }
  cursor.known = cursor.block.known[cursor.at] ?? Infinity;
  return true;
}

function before(a: Cursor, b: Cursor): boolean {
  return a.known < b.known || (a.known === b.known && a.source < b.source);
}

function smaller(a: Cursor | undefined, b: Cursor | undefined): Cursor | undefined {
  return a && b ? (before(a, b) ? a : b) : (a ?? b);
}

function siftDown(heap: Cursor[]): void {
  let at = 0;
  for (;;) {
    const here = heap[at];
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const child = smaller(left, right);
    if (!here || !child || before(here, child)) return;
    const to = child === left ? 2 * at + 1 : 2 * at + 2;
    heap[at] = child;
    heap[to] = here;
    at = to;
  }
}
