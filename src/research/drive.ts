// Drives one instance of a strategy over datasets, through the core that trades live: rows become event records, the
// clock beats between them, everything is evaluated in batches, and what comes out is told in the order of the stream:
// an event, then the signals that it (or a beat behind it) caused, then the next event. So whoever trades the signals
// cannot fill before the next event, whatever the size of a batch. Nothing is told before it could be known.
import type { AssetType } from "../domain/asset-type.ts";
import { ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { type Dataset, type History, merge, merged, type Row, type Span } from "../history/history.ts";
import { type InstanceFailure, type InstanceInfo, type SignalRecord, SoloPlane } from "../stream/solo-plane.ts";
import { TapeClock, TIERS } from "./beats.ts";
import { formOf, type RecordForm } from "./records.ts";

/** The instance that is asked for. */
export interface Wanted {
  readonly strategy: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** In the order of the legs. */
  readonly symbols: readonly string[];
  readonly assetTypes?: Readonly<Record<string, AssetType>>;
  readonly barMs?: number;
  readonly cooldownUs: number;
}

/** What happens, in order. A row is read where it lies and is valid during the call only. */
export interface Follower {
  event(source: number, rows: Rows, row: number): void;
  /** All signals of one event or beat. */
  signals(signals: readonly SignalRecord[]): void;
}
/** Rows by column; those of the values as COLUMNS of the dataset's kind. */
export interface Rows {
  readonly time: Float64Array;
  readonly known: Float64Array;
  readonly columns: readonly Float64Array[];
}

export interface DriveOptions {
  /** Events evaluated at once; the result does not depend on it. */
  readonly batch?: number;
  /** Called after each batch with the rows so far; true ends the run. */
  readonly onBatch?: (rows: number) => boolean;
}

export interface Driven {
  readonly rows: number;
  readonly events: number;
  readonly signals: number;
  readonly signalHash: bigint;
  readonly cancelled: boolean;
}

const BATCH = 4_096;
/** Events, beats among them, that wait at most. */
const WAITING_MAX = 16_384;
const COLUMNS_MAX = 5;

class Cancelled extends Error {}

export class Drive {
  readonly plane: SoloPlane;
  readonly instance: InstanceInfo;
  private readonly datasets: readonly Dataset[];
  private readonly writers: readonly RecordForm[];
  private readonly clock: TapeClock;

  static open(wanted: Wanted, datasets: readonly Dataset[], from: EpochUs): Result<Drive, InstanceFailure> {
    const { strategy, parameters, barMs, cooldownUs, assetTypes } = wanted;
    const maxSymbols = Math.max(2, new Set([...wanted.symbols, ...datasets.map(({ symbol }) => symbol)]).size);
    const plane = new SoloPlane({ maxSymbols, maxInstances: 1, clock: from, cooldownUs });
    const symbols = wanted.symbols.map((name) => plane.symbol(name, assetTypes?.[name]));
    const shape = barMs === undefined ? {} : { barMs };
    const added = plane.add({ strategy, parameters, symbols, strategyId: null, ...shape });
    if (!added.ok) return added;
    plane.settle();
    return ok(new Drive(plane, added.value, datasets));
  }

  private constructor(plane: SoloPlane, instance: InstanceInfo, datasets: readonly Dataset[]) {
    this.plane = plane;
    this.instance = instance;
    this.datasets = datasets;
    this.writers = datasets.map((dataset) => formOf(plane, dataset));
    plane.settle();
    const barsMs = [instance.barMs, instance.confirmBarMs];
    const ticks = datasets.some(({ kind }) => kind === "trade" || kind === "quote");
    const write = (tiers: number, at: EpochUs): void => plane.beat(tiers, at);
    this.clock = new TapeClock({ tiers: TIERS, barsMs, ticks }, write);
  }

  /** Of the next event. */
  get nextSequence(): number {
    return this.plane.compute.plane.ring.nextSequence;
  }

  run(history: History, span: Span, follower: Follower, options: DriveOptions = {}): Driven {
    const batch = new Batch(Math.min(options.batch ?? BATCH, BATCH));
    const first = this.nextSequence;
    let rows = 0;
    const flush = (): void => {
      rows += batch.rows;
      batch.tell(this.plane.settle(), follower);
      if (options.onBatch?.(rows) === true) throw new Cancelled();
    };
    let cancelled = false;
    try {
      merge(history, this.datasets, span, (row) => {
        if (batch.full || this.plane.waiting > WAITING_MAX) flush();
        this.clock.advance(row.known);
        batch.keep(this.writers[row.source]?.write(row) ?? 0, row);
      });
      flush();
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      cancelled = true;
    }
    return this.driven(first, rows, cancelled);
  }

  /**
   * The same, an event at a time, for runs that go side by side: it yields when the next event was known, and then tells
   * that event with what it caused.
   */
  *steps(
    history: History,
    span: Span,
    follower: Follower,
    options: DriveOptions = {},
  ): Generator<EpochUs, Driven, undefined> {
    const batch = new Batch(Math.min(options.batch ?? BATCH, BATCH));
    const first = this.nextSequence;
    let rows = 0;
    for (const row of merged(history, this.datasets, span)) {
      if (batch.full || this.plane.waiting > WAITING_MAX) {
        rows += batch.rows;
        yield* batch.telling(this.plane.settle(), follower);
        if (options.onBatch?.(rows) === true) return this.driven(first, rows, true);
      }
      this.clock.advance(row.known);
      batch.keep(this.writers[row.source]?.write(row) ?? 0, row);
    }
    rows += batch.rows;
    yield* batch.telling(this.plane.settle(), follower);
    return this.driven(first, rows, options.onBatch?.(rows) === true);
  }

  private driven(first: number, rows: number, cancelled: boolean): Driven {
    const { sequence, count, hash } = this.plane.totals();
    return { rows, events: sequence - first, signals: count, signalHash: hash, cancelled };
  }
}

/** Rows that were written and not yet evaluated, kept by column. */
class Batch {
  rows = 0;
  private readonly size: number;
  private readonly sequences: Float64Array;
  private readonly sources: Uint16Array;
  private readonly kept: Rows;

  constructor(size: number) {
    this.size = size;
    this.sequences = new Float64Array(size);
    this.sources = new Uint16Array(size);
    const column = (): Float64Array => new Float64Array(size);
    this.kept = { time: column(), known: column(), columns: Array.from({ length: COLUMNS_MAX }, column) };
  }

  get full(): boolean {
    return this.rows === this.size;
  }

  keep(sequence: number, row: Row): void {
    const at = this.rows++;
    const { time, known, columns } = this.kept;
    this.sequences[at] = sequence;
    this.sources[at] = row.source;
    time[at] = row.time;
    known[at] = row.known;
    for (let index = 0; index < COLUMNS_MAX; index++) {
      const column = columns[index];
      if (column) column[at] = row.values[index] ?? 0;
    }
  }

  /** Tells the follower what is kept, with the signals where they belong, and is empty afterwards. */
  tell(signals: readonly SignalRecord[], follower: Follower): void {
    let next = 0;
    for (let row = 0; row < this.rows; row++) {
      next = tellUntil(signals, next, this.sequences[row] ?? 0, follower);
      follower.event(this.sources[row] ?? 0, this.kept, row);
    }
    tellUntil(signals, next, Number.POSITIVE_INFINITY, follower);
    this.rows = 0;
  }

  /** The same, an event at a time; what an event caused is told with it. */
  *telling(signals: readonly SignalRecord[], follower: Follower): Generator<EpochUs, void, undefined> {
    const { rows } = this;
    const until = (row: number): number =>
      row < rows ? (this.sequences[row] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    let next = tellUntil(signals, 0, until(0), follower);
    for (let row = 0; row < rows; row++) {
      yield this.kept.known[row] ?? 0;
      follower.event(this.sources[row] ?? 0, this.kept, row);
      next = tellUntil(signals, next, until(row + 1), follower);
    }
    this.rows = 0;
  }
}

/** Tells the signals of events before `sequence`, those of one event together; the place of the first that is left. */
function tellUntil(signals: readonly SignalRecord[], from: number, sequence: number, follower: Follower): number {
  let next = from;
  for (let first = signals[next]; first && first.sequence < sequence; first = signals[next]) {
    const begin = next;
    while (signals[next]?.sequence === first.sequence) next++;
    follower.signals(signals.slice(begin, next));
  }
  return next;
}
