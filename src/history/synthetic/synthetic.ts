// A market that never was: bars of any number of symbols over any number of days, computed from a seed while they are read,
// so that a long market takes no memory. Always labelled synthetic. The same options give the same bytes on every machine.
import { Random } from "../../domain/random.ts";
import { US_PER_MS } from "../../domain/units.ts";
import { ColumnHash } from "../column-hash.ts";
import { COLUMNS, type Block, type Dataset, type History, type Span } from "../dataset.ts";
import { datasetId } from "../dataset-id.ts";
import { BLOCK_ROWS } from "../file-format.ts";
import { findDataset } from "../find.ts";
import { NO_FAULTS } from "../memory-history.ts";
import { cutBlock } from "../span.ts";
import { Walk } from "./walk.ts";
import { DAY_MS } from "./weather.ts";

export interface SyntheticOptions {
  readonly seed: number;
  readonly days: number;
  readonly intervalMs: number;
  readonly symbols?: readonly string[];
}

/** 2020-01-01. */
const BEGIN_US = 1_577_836_800_000_000;
const SYMBOLS: readonly string[] = ["SYN1", "SYN2", "SYN3", "SYN4"];
const PRICE_STEPS = 1e6;
const VOLUME_A_DAY = 1e6;

export function syntheticHistory(options: SyntheticOptions): History {
  const symbols = options.symbols ?? SYMBOLS;
  const places = new Map(symbols.map((symbol, place) => [symbol, place]));
  const datasets = symbols.map((symbol, place) => new SyntheticDataset(symbol, place, options));
  datasets.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    list: () => datasets,
    find: (symbol, kind, intervalMs) => findDataset(datasets, symbol, kind, intervalMs),
    *read(dataset: Dataset, span: Span = {}): Generator<Block> {
      for (const block of bars(places.get(dataset.symbol) ?? 0, options)) {
        const part = cutBlock(block, span);
        if (part) yield part;
        if ((block.known[block.rows - 1] ?? Infinity) >= (span.to ?? Infinity)) return;
      }
    },
  };
}

class SyntheticDataset implements Dataset {
  readonly id: string;
  readonly symbol: string;
  readonly kind = "bar";
  readonly venue = "synthetic";
  readonly unit = "";
  readonly intervalMs: number;
  readonly rows: number;
  readonly from = BEGIN_US;
  readonly to: number;
  readonly source: string;
  readonly synthetic = true;
  readonly quality = NO_FAULTS;
  readonly importedAt = 0;
  /** Computed when it is asked for, because that takes as long as reading everything. */
  declare readonly hash: string;

  constructor(symbol: string, place: number, options: SyntheticOptions) {
    this.symbol = symbol;
    this.intervalMs = options.intervalMs;
    this.rows = rowsOf(options);
    this.to = BEGIN_US + (this.rows - 1) * options.intervalMs * US_PER_MS;
    this.source = `synthetic, seed ${options.seed}`;
    this.id = datasetId(this);
    Object.defineProperty(this, "hash", { enumerable: true, get: () => hashOf(place, options) });
  }
}

function rowsOf({ days, intervalMs }: SyntheticOptions): number {
  return Math.max(1, Math.floor((days * DAY_MS) / intervalMs));
}

/** Hashes that were asked for, by what makes the bars: they never change, and computing one takes as long as a run. */
const KNOWN = new Map<string, string>();
const KNOWN_MAX = 1_000;

function hashOf(place: number, options: SyntheticOptions): string {
  const key = [place, options.seed, options.days, options.intervalMs].join();
  let known = KNOWN.get(key);
  if (known === undefined) {
    const hash = new ColumnHash(COLUMNS.bar.length);
    for (const block of bars(place, options)) hash.add(block);
    known = hash.digest();
    if (KNOWN.size >= KNOWN_MAX) KNOWN.clear();
    KNOWN.set(key, known);
  }
  return known;
}

function* bars(place: number, options: SyntheticOptions): Generator<Block> {
  const { intervalMs, seed } = options;
  const walk = new Walk(seed, place, intervalMs);
  // Of their own, because a follower walks with its leader and must see the same numbers.
  const shadows = new Random(Math.imul(seed + 7, 0x27d4eb2d) + place);
  const total = rowsOf(options);
  const size = Math.min(BLOCK_ROWS, total);
  const array = (): Float64Array => new Float64Array(size);
  const [time, known, open, high, low, close, volume] = [array(), array(), array(), array(), array(), array(), array()];
  const columns = [open, high, low, close, volume];
  const intervalUs = intervalMs * US_PER_MS;
  const share = intervalMs / DAY_MS;
  let last = rounded(walk.close);
  for (let row = 0; row < total; row += size) {
    const rows = Math.min(size, total - row);
    for (let at = 0; at < rows; at++) {
      walk.step();
      const next = rounded(walk.close);
      const reach = walk.noise * walk.close * 0.5;
      time[at] = BEGIN_US + (row + at) * intervalUs;
      known[at] = BEGIN_US + (row + at + 1) * intervalUs;
      open[at] = last;
      close[at] = next;
      high[at] = Math.max(last, next, rounded(Math.max(last, next) + reach * shadows.next()));
      low[at] = Math.min(last, next, rounded(Math.min(last, next) - reach * shadows.next()));
      volume[at] = Math.floor(VOLUME_A_DAY * share * walk.volume * 100) / 100;
      last = next;
    }
    if (rows === size) yield { rows, time, known, columns };
    else yield cut({ rows: size, time, known, columns }, rows);
  }
}

function cut(block: Block, rows: number): Block {
  const head = (values: Float64Array): Float64Array => values.subarray(0, rows);
  return { rows, time: head(block.time), known: head(block.known), columns: block.columns.map(head) };
}

/** Millionths, and never 0. */
function rounded(price: number): number {
  return Math.max(1, Math.floor(price * PRICE_STEPS + 0.5)) / PRICE_STEPS;
}
