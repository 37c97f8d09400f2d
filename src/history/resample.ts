// Longer bars out of bars or trades, while they are read: buckets are labelled by their start and closed on the left, counted
// from 1970-01-01 UTC, and empty ones are left out. A bar is known at its end, so a row that became known only after that
// counts for the bar in which it became known. The same sums in the same order as resample in the core.
import type { EventKind } from "../domain/event.ts";
import { US_PER_MS } from "../domain/units.ts";
import { ColumnHash } from "./column-hash.ts";
import { COLUMNS, type Block, type Dataset, type History, type Span } from "./dataset.ts";
import { datasetId } from "./dataset-id.ts";
import { BLOCK_ROWS } from "./file-format.ts";
import { NO_FAULTS } from "./memory-history.ts";
import { cutBlock, sliceBlock } from "./span.ts";

/** The same history, which also finds bars of intervals that others can be put together to. */
export function withResampling(history: History): History {
  const made = new Map<string, { readonly from: Dataset; readonly dataset: Dataset }>();
  return {
    list: () => history.list(),
    find(symbol, kind, intervalMs) {
      const there = history.find(symbol, kind, intervalMs);
      if (there || kind !== "bar" || intervalMs === undefined) return there;
      const from = finer(history, symbol, intervalMs);
      if (!from) return null;
      const id = datasetId({ ...from, kind: "bar", intervalMs });
      const known = made.get(id);
      if (known?.from === from) return known.dataset;
      const dataset = new ResampledDataset(history, from, intervalMs);
      made.set(id, { from, dataset });
      return dataset;
    },
    *read(dataset, span = {}) {
      const from = made.get(dataset.id);
      if (from?.dataset === dataset) yield* resample(history, from.from, dataset.intervalMs, span);
      else yield* history.read(dataset, span);
    },
  };
}

/** The longest bars that fit into the interval, else trades. */
function finer(history: History, symbol: string, intervalMs: number): Dataset | null {
  const fitting = history
    .list()
    .filter((dataset) => dataset.symbol === symbol && dataset.kind === "bar" && intervalMs % dataset.intervalMs === 0);
  const longest = Math.max(...fitting.map((dataset) => dataset.intervalMs));
  return history.find(symbol, "bar", longest) ?? history.find(symbol, "trade");
}

/** Kinds of which bars can be made. */
export const RESAMPLED: readonly EventKind[] = ["bar", "trade"];

export function* resample(history: History, dataset: Dataset, intervalMs: number, span: Span = {}): Generator<Block> {
  const intervalUs = intervalMs * US_PER_MS;
  const { from = -Infinity } = span;
  const begin = Number.isFinite(from) ? (Math.floor(from / intervalUs) - 1) * intervalUs : from;
  // One more, because a row at the very start of a bucket may belong to it or, by when it was known, to the one before.
  const source = history.read(dataset, { ...(span.to === undefined ? {} : { to: span.to }), from: begin - intervalUs });
  const bars = new BarBuilder(intervalUs);
  for (const block of source) {
    for (let at = 0; at < block.rows; at++) {
      const full = dataset.kind === "trade" ? bars.addTrade(block, at) : bars.addBar(block, at);
      const part = full ? cutBlock(full, span) : null;
      if (part) yield part;
    }
  }
  const part = cutBlock(bars.rest(), span);
  if (part) yield part;
}

class BarBuilder {
  private readonly intervalUs: number;
  private readonly block: Block;
  private bucket = -1;
  /** Bars in the block, the open one included. */
  private rows = 0;

  constructor(intervalUs: number) {
    this.intervalUs = intervalUs;
    const array = (): Float64Array => new Float64Array(BLOCK_ROWS);
    this.block = { rows: 0, time: array(), known: array(), columns: COLUMNS.bar.map(array) };
  }

  addBar(block: Block, at: number): Block | null {
    const [open, high, low, close, volume] = block.columns;
    const full = this.enter(block.time[at] ?? 0, block.known[at] ?? 0, open?.[at] ?? Number.NaN);
    this.add(high?.[at] ?? Number.NaN, low?.[at] ?? Number.NaN, close?.[at] ?? Number.NaN, volume?.[at] ?? 0);
    return full;
  }

  addTrade(block: Block, at: number): Block | null {
    const price = block.columns[0]?.[at] ?? Number.NaN;
    const full = this.enter(block.time[at] ?? 0, block.known[at] ?? 0, price);
    this.add(price, price, price, block.columns[1]?.[at] ?? 0);
    return full;
  }

  rest(): Block {
    return sliceBlock(this.block, 0, this.rows);
  }

  /** Opens the row's bar where it is not open; the block when there was no room in it. */
  private enter(time: number, known: number, open: number): Block | null {
    const own = Math.floor(time / this.intervalUs);
    const bucket = known <= (own + 1) * this.intervalUs ? own : Math.ceil(known / this.intervalUs) - 1;
    if (bucket <= this.bucket) return null;
    this.bucket = bucket;
    let full: Block | null = null;
    if (this.rows === BLOCK_ROWS) {
      full = { ...this.block, rows: BLOCK_ROWS, ...copied(this.block) };
      this.rows = 0;
    }
    const { block, rows } = this;
    block.time[rows] = bucket * this.intervalUs;
    block.known[rows] = (bucket + 1) * this.intervalUs;
    const [opens, highs, lows, , volumes] = block.columns;
    if (opens && highs && lows && volumes) {
      opens[rows] = open;
      highs[rows] = -Infinity;
      lows[rows] = Infinity;
      volumes[rows] = 0;
    }
    this.rows++;
    return full;
  }

  private add(high: number, low: number, close: number, volume: number): void {
    const row = this.rows - 1;
    const [, highs, lows, closes, volumes] = this.block.columns;
    if (!highs || !lows || !closes || !volumes) return;
    highs[row] = Math.max(highs[row] ?? high, high);
    lows[row] = Math.min(lows[row] ?? low, low);
    closes[row] = close;
    volumes[row] = (volumes[row] ?? 0) + volume;
  }
}

/** The next bar is already being written while the reader looks at this block. */
function copied({ columns, known, time }: Block): Pick<Block, "columns" | "known" | "time"> {
  return { time: time.slice(), known: known.slice(), columns: columns.map((column) => column.slice()) };
}

interface Summary {
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  readonly hash: string;
}

/** What needs a pass over the source is found when it is asked for. */
class ResampledDataset implements Dataset {
  readonly id: string;
  readonly symbol: string;
  readonly kind = "bar";
  readonly intervalMs: number;
  readonly venue: string | null;
  readonly unit = "";
  readonly source: string;
  readonly synthetic: boolean;
  readonly quality = NO_FAULTS;
  readonly importedAt: number;
  declare readonly rows: number;
  declare readonly from: number;
  declare readonly to: number;
  declare readonly hash: string;

  constructor(history: History, from: Dataset, intervalMs: number) {
    this.symbol = from.symbol;
    this.intervalMs = intervalMs;
    this.venue = from.venue;
    this.source = `${from.id}, resampled`;
    this.synthetic = from.synthetic;
    this.importedAt = from.importedAt;
    this.id = datasetId(this);
    let summary: Summary | null = null;
    const get = (): Summary => (summary ??= summarise(resample(history, from, intervalMs)));
    for (const name of ["rows", "from", "to", "hash"] as const) {
      Object.defineProperty(this, name, { enumerable: true, get: () => get()[name] });
    }
  }
}

function summarise(blocks: Iterable<Block>): Summary {
  const hash = new ColumnHash(COLUMNS.bar.length);
  let rows = 0;
  let from = Number.NaN;
  let to = Number.NaN;
  for (const block of blocks) {
    if (rows === 0) from = block.time[0] ?? Number.NaN;
    to = block.time[block.rows - 1] ?? Number.NaN;
    rows += block.rows;
    hash.add(block);
  }
  return { rows, from, to, hash: hash.digest() };
}
