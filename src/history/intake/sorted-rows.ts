// Takes the rows of one series in any order and gives them back in the order of a dataset. What does not fit into memory
// goes to the disk as sorted runs in the format of datasets, which are merged when the rows are read; rows that come in
// order make one run, whatever their number.
import { rmSync } from "node:fs";
import type { EventKind } from "../../domain/event.ts";
import { COLUMNS, type Block } from "../dataset.ts";
import { BLOCK_ROWS, TIME_COLUMNS } from "../file-format.ts";
import { DatasetFile } from "../file-reader.ts";
import { DatasetWriter } from "../file-writer.ts";
import { compareRows, RowCursor } from "../row-cursor.ts";
import { sliceBlock } from "../span.ts";

const FIRST_ROWS = 64;
const NOTHING = { source: "", synthetic: false, importedAt: 0 };
const QUALITY = { gaps: 0, duplicates: 0, badRows: 0, unsorted: 0, zeroVolume: 0, splits: [] };

export class SortedRows {
  rows = 0;
  /** Rows that came before an earlier time. */
  unsorted = 0;
  /** Rows in memory. */
  held = 0;
  private readonly kind: EventKind;
  private readonly temporary: () => string;
  private columns: Float64Array[];
  private inOrder = true;
  private lastKnown = -Infinity;
  private lastTime = -Infinity;
  private run: { readonly path: string; readonly writer: DatasetWriter; known: number; time: number } | null = null;
  private readonly paths: string[] = [];
  private readonly files: DatasetFile[] = [];

  /** `temporary` names a file that nobody else uses. */
  constructor(kind: EventKind, temporary: () => string) {
    this.kind = kind;
    this.temporary = temporary;
    this.columns = COLUMNS[kind].map(() => new Float64Array(FIRST_ROWS));
    this.columns.unshift(new Float64Array(FIRST_ROWS), new Float64Array(FIRST_ROWS));
  }

  add(time: number, known: number, values: ArrayLike<number>): void {
    const { columns, held } = this;
    if (held === (columns[0]?.length ?? 0)) this.grow();
    if (known > this.lastKnown || (known === this.lastKnown && time >= this.lastTime)) {
      this.lastKnown = known;
      this.lastTime = time;
    } else {
      this.unsorted++;
      this.inOrder = false;
    }
    for (let column = 0; column < this.columns.length; column++) {
      const value = column === 0 ? time : column === 1 ? known : values[column - TIME_COLUMNS];
      const kept = this.columns[column];
      if (kept) kept[held] = value ?? Number.NaN;
    }
    this.held++;
    this.rows++;
  }

  /** Brings what is in memory to the disk. */
  spill(): void {
    if (this.held === 0) return;
    const block = this.memory();
    const [known = 0] = block.known;
    const [time = 0] = block.time;
    if (!this.run || compareRows({ known, time }, this.run) < 0) this.beginRun();
    const { run } = this;
    if (!run) return;
    run.writer.addRows(block, 0, block.rows);
    run.known = block.known[block.rows - 1] ?? 0;
    run.time = block.time[block.rows - 1] ?? 0;
    this.held = 0;
    this.inOrder = true;
    this.columns = this.columns.map(() => new Float64Array(FIRST_ROWS));
  }

  /** Everything, in order; once. */
  *blocks(): Generator<Block> {
    if (this.paths.length === 0) {
      const whole = this.memory();
      for (let at = 0; at < whole.rows; at += BLOCK_ROWS)
        yield sliceBlock(whole, at, Math.min(at + BLOCK_ROWS, whole.rows));
      return;
    }
    this.spill();
    this.endRun();
    const runs = this.paths.map((path) => DatasetFile.open(path));
    this.files.push(...runs);
    const [first] = runs;
    if (first && runs.length === 1) yield* first.blocks();
    else
      yield* mergeRuns(
        runs.map((file) => new RowCursor(file.blocks())),
        this.columns.length,
      );
  }

  /** Nothing of it stays on the disk. */
  close(): void {
    this.run?.writer.abandon();
    this.run = null;
    for (const file of this.files.splice(0)) file.close();
    for (const path of this.paths.splice(0)) rmSync(path, { force: true });
  }

  private grow(): void {
    this.columns = this.columns.map((column) => {
      const more = new Float64Array(column.length * 2);
      more.set(column);
      return more;
    });
  }

  /** The rows in memory, sorted; equal ones stay in the order in which they came. */
  private memory(): Block {
    const { columns, held: rows } = this;
    let sorted = columns.map((column) => column.subarray(0, rows));
    const [time = new Float64Array(), known = new Float64Array()] = sorted;
    if (!this.inOrder) {
      const order = Uint32Array.from({ length: rows }, (_, at) => at);
      order.sort((a, b) => (known[a] ?? 0) - (known[b] ?? 0) || (time[a] ?? 0) - (time[b] ?? 0) || a - b);
      sorted = sorted.map((column) => Float64Array.from(order, (at) => column[at] ?? Number.NaN));
    }
    const [first = time, second = known, ...rest] = sorted;
    return { rows, time: first, known: second, columns: rest };
  }

  private beginRun(): void {
    this.endRun();
    const path = this.temporary();
    const identity = { symbol: "run", kind: this.kind, intervalMs: 0, venue: null, unit: "" };
    this.paths.push(path);
    this.run = { path, writer: new DatasetWriter(path, identity), known: 0, time: 0 };
  }

  private endRun(): void {
    this.run?.writer.finish({ ...NOTHING, quality: QUALITY });
    this.run = null;
  }
}

/** Several sorted runs as one; at the same instant the earlier run first. */
function* mergeRuns(cursors: readonly RowCursor[], width: number): Generator<Block> {
  const memory = Array.from({ length: width }, () => new Float64Array(BLOCK_ROWS));
  const [time = new Float64Array(), known = new Float64Array(), ...columns] = memory;
  let rows = 0;
  for (;;) {
    const next = cursors.reduce((best, other) => (compareRows(other, best) < 0 ? other : best));
    const { block, at } = next;
    if (!block) break;
    time[rows] = next.time;
    known[rows] = next.known;
    columns.forEach((column, index) => (column[rows] = block.columns[index]?.[at] ?? Number.NaN));
    rows++;
    next.advance();
    if (rows < BLOCK_ROWS) continue;
    yield { rows, time, known, columns };
    rows = 0;
  }
  if (rows > 0) yield sliceBlock({ rows, time, known, columns }, 0, rows);
}
