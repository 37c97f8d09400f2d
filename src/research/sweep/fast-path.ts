// The fast path: many sets of one rule over one tape in the core's memory. A memory holds the tape, read by all, and an
// arena for each worker; a FastPath works in one arena and belongs to one thread. Work is done in batches of sets, so
// that progress can be told and a run can be stopped; neither batches nor widths nor workers change a result.
//   tape: open, high, low, close as f64 columns     arena: job, row addresses, state, counts, sums, sides, rows, narrow columns
import * as layout from "../../../assembly/sweep/sweep-layout.ts";
import { instantiateCore, type CoreExports } from "../../stream/kernels/core.ts";
import { PAGE_BYTES } from "../../stream/rings/memory-plan.ts";
import { type ParameterSet, type RowWanted, type SweepRule, valueOf } from "./rules.ts";
import type { SetResult } from "./set-result.ts";
import type { Tape } from "./tape.ts";

/** scalar: the reference; lanes: two sets at a time, the same bits; quick: four in f32, to screen with. */
export type Width = "scalar" | "lanes" | "quick";

/** Sets of one batch: what a worker does before it looks up. */
export const BATCH_SETS = 1024;
const BASE = 131_072; // the core's constant tables lie below
const GAP = 128; // columns that begin at equal places of a page fight for the same cache lines
const LANES_MAX = layout.BLOCK_SETS;
const SPAN = layout.SPAN_BARS;
const ARENA_BYTES = 48 * 2 ** 20;
const TAPE_WORDS = [layout.JOB_OPEN, layout.JOB_HIGH, layout.JOB_LOW, layout.JOB_CLOSE];
const TAPE_COLUMNS = TAPE_WORDS.length;

/** What a worker needs to know of the shared memory. */
export interface TapeMemory {
  readonly memory: WebAssembly.Memory;
  readonly bars: number;
  readonly arenas: number;
}

/** A memory with the tape in it and room for `arenas` workers. */
export function tapeMemory(tape: Tape, arenas: number): TapeMemory {
  const bytes = BASE + TAPE_COLUMNS * columnBytes(tape.bars) + arenas * ARENA_BYTES;
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  [tape.open, tape.high, tape.low, tape.close].forEach((column, place) => {
    new Float64Array(memory.buffer, BASE + place * columnBytes(tape.bars), tape.bars).set(column);
  });
  return { memory, bars: tape.bars, arenas };
}
function columnBytes(bars: number): number {
  return bars * 8 + GAP;
}

/** Where things lie in the arena for one batch. */
interface Places {
  readonly sets: number;
  readonly job: number;
  readonly rows: number;
  readonly blocks: number;
  readonly sides: number;
  readonly scratch: number;
  /** Places of the bar at which a span begins, by row. */
  readonly wide: readonly number[];
  readonly narrow: readonly number[];
  readonly narrowTape: readonly number[];
}

export class FastPath {
  private readonly core: CoreExports;
  private readonly words: Uint32Array;
  private readonly f64: Float64Array;
  private readonly f32: Float32Array;
  private readonly bars: number;
  private readonly arena: number;
  private readonly columns: readonly number[];

  constructor(module: WebAssembly.Module, { memory, bars }: TapeMemory, worker: number) {
    this.core = instantiateCore(module, memory);
    this.words = new Uint32Array(memory.buffer);
    this.f64 = new Float64Array(memory.buffer);
    this.f32 = new Float32Array(memory.buffer);
    this.bars = bars;
    this.columns = Array.from({ length: TAPE_COLUMNS }, (_, place) => BASE + place * columnBytes(bars));
    this.arena = align(BASE + TAPE_COLUMNS * columnBytes(bars) + worker * ARENA_BYTES);
  }

  /** Results in the order of the sets, which have passed refusedSet; any number of them. */
  run(rule: SweepRule, sets: readonly ParameterSet[], width: Width, capital: number): SetResult[] {
    const results: SetResult[] = [];
    for (const batch of batches(rule, sets)) results.push(...this.batch(rule, batch, width, capital));
    return results;
  }

  /** Equity at the end of every `step` bars and at the last bar, a column a set. */
  curves(rule: SweepRule, sets: readonly ParameterSet[], width: Width, capital: number, step: number): Float64Array[] {
    return batches(rule, sets).flatMap((batch) => this.curvesOf(rule, batch, width, capital, step));
  }

  private batch(rule: SweepRule, sets: readonly ParameterSet[], width: Width, capital: number): SetResult[] {
    const wanted = distinctRows(rule, sets);
    const places = this.place(sets.length, wanted);
    this.begin(rule, sets, wanted, width, capital, places);
    for (let from = 0; from < this.bars; from += SPAN) {
      const to = Math.min(this.bars, from + SPAN);
      this.fillRows(wanted, width, places, from, to);
      this.spanOf(width, places, from, to);
      this.go(rule, width, places.job, sets.length);
    }
    return sets.map((_, set) => this.resultOf(width, places, set));
  }

  /** Spans are cut at the ends of steps: what is summed up by spans means nothing here, the state is the same. */
  private curvesOf(
    rule: SweepRule,
    sets: readonly ParameterSet[],
    width: Width,
    capital: number,
    step: number,
  ): Float64Array[] {
    const wanted = distinctRows(rule, sets);
    const places = this.place(sets.length, wanted);
    this.begin(rule, sets, wanted, width, capital, places);
    const curves = sets.map(() => new Float64Array(Math.ceil(this.bars / step)));
    for (let from = 0; from < this.bars; from += SPAN) {
      const to = Math.min(this.bars, from + SPAN);
      this.fillRows(wanted, width, places, from, to);
      for (let at = from, next = at; at < to; at = next) {
        next = Math.min(to, at - (at % step) + step);
        this.spanOf(width, places, at, next);
        this.go(rule, width, places.job, sets.length);
        this.moveRows(width, places, next === to ? from - at : next - at);
        if (next % step !== 0 && next !== this.bars) continue;
        for (const [set, curve] of curves.entries())
          curve[Math.ceil(next / step) - 1] = this.equityOf(width, places, set);
      }
    }
    return curves;
  }

  private go(rule: SweepRule, width: Width, job: number, sets: number): void {
    if (width === "scalar") this.core.sweepScalar(rule.code, job, 0, sets);
    else if (width === "lanes") this.core.sweepLanes(rule.code, job, 0, sets);
    else this.core.sweepQuick(rule.code, job, 0, sets);
  }

  /** A piece of a span that does not begin with it finds its rows so many bars further. */
  private moveRows(width: Width, { rows, sets }: Places, bars: number): void {
    const bytes = bars * (width === "quick" ? 4 : 8);
    for (let place = rows / 4; place < rows / 4 + layout.ROWS_MAX * sets; place++)
      this.words[place] = (this.words[place] ?? 0) + bytes;
  }

  private equityOf(width: Width, { blocks }: Places, set: number): number {
    const [size, view] = width === "quick" ? [4, this.f32] : [8, this.f64];
    return view[stateAt(blocks, size, layout.STATE_EQUITY, set) / size] ?? Number.NaN;
  }

  private place(count: number, wanted: readonly RowWanted[]): Places {
    const sets = Math.ceil(count / LANES_MAX) * LANES_MAX;
    let next = this.arena;
    const take = (bytes: number): number => {
      const at = next;
      next = align(next + bytes + GAP);
      return at;
    };
    const lead = Math.max(...wanted.map(({ length }) => length)) * 8;
    return {
      sets,
      job: take(layout.JOB_WORDS * 4),
      rows: take(sets * layout.ROWS_MAX * 4),
      blocks: take((sets / layout.BLOCK_SETS) * blockBytes(8)),
      sides: take(SPAN * 16),
      scratch: take(2 * lead),
      wide: wanted.map(() => take(lead + SPAN * 8) + lead),
      narrow: wanted.map(() => take(SPAN * 4)),
      narrowTape: Array.from({ length: TAPE_COLUMNS }, () => take((SPAN + 1) * 4)),
    };
  }

  /** State as sweep-layout.ts says it begins; the sets beyond the last one repeat it. */
  private begin(
    rule: SweepRule,
    sets: readonly ParameterSet[],
    wanted: readonly RowWanted[],
    width: Width,
    capital: number,
    places: Places,
  ): void {
    const { blocks, job } = places;
    const size = width === "quick" ? 4 : 8;
    const state = width === "quick" ? this.f32 : this.f64;
    this.words.fill(0, blocks / 4, (blocks + (places.sets / layout.BLOCK_SETS) * blockBytes(size)) / 4);
    const placeOf = new Map(wanted.map((row, index) => [keyOf(row), index]));
    const addresses = width === "quick" ? places.narrow : places.wide;
    for (let place = 0; place < places.sets; place++) {
      const set = sets[Math.min(place, sets.length - 1)] ?? {};
      for (const [word, value] of startOf(set, capital)) state[stateAt(blocks, size, word, place) / size] = value;
      rule.rows(set).forEach((row, k) => {
        const index = placeOf.get(keyOf(row)) ?? 0;
        this.words[places.rows / 4 + k * places.sets + place] = addresses[index] ?? 0;
      });
    }
    this.put(job, layout.JOB_BARS, this.bars);
    this.put(job, layout.JOB_SETS, places.sets);
    this.put(job, layout.JOB_ROWS, places.rows);
    this.put(job, layout.JOB_BLOCKS, blocks);
    this.put(job, layout.JOB_SIDES, places.sides);
  }

  private fillRows(wanted: readonly RowWanted[], width: Width, places: Places, from: number, to: number): void {
    const [, high = 0, low = 0, close = 0] = this.columns;
    // Plain loops, here and below: a span of one set takes a few microseconds.
    for (let index = 0; index < wanted.length; index++) {
      const { kind, length } = wanted[index] as RowWanted;
      const out = places.wide[index] ?? 0;
      if (kind === "mean") this.core.sweepMeans(close, length, from, to, out);
      else if (kind === "past") this.core.sweepPast(close, length, from, to, out);
      else if (kind === "upper") {
        // The lower channel of the same length is the next row.
        const lower = places.wide[index + 1] ?? 0;
        this.core.sweepChannel(high, low, length, from, to, out, lower, places.scratch);
      }
      if (width === "quick") this.core.sweepNarrow(out, to - from, places.narrow[index] ?? 0);
    }
  }

  private spanOf(width: Width, { job, narrowTape }: Places, from: number, to: number): void {
    this.put(job, layout.JOB_FROM, from);
    this.put(job, layout.JOB_TO, to);
    for (let place = 0; place < TAPE_COLUMNS; place++) {
      const at = (this.columns[place] ?? 0) + from * 8;
      const narrow = narrowTape[place] ?? 0;
      if (width === "quick") this.core.sweepNarrow(at, Math.min(this.bars, to + 1) - from, narrow);
      this.put(job, TAPE_WORDS[place] ?? 0, width === "quick" ? narrow : at);
    }
  }

  private resultOf(width: Width, places: Places, set: number): SetResult {
    const size = width === "quick" ? 4 : 8;
    const view = width === "quick" ? this.f32 : this.f64;
    const sums = stateAt(places.blocks, size, 0, set - (set % LANES_MAX)) + layout.STATE_WORDS * LANES_MAX * size;
    const counts = sums + layout.BLOCK_SUM_BYTES;
    const lane = set % LANES_MAX;
    const state = (word: number): number => view[stateAt(places.blocks, size, word, set) / size] ?? Number.NaN;
    const sum = (word: number): number => this.f64[sums / 8 + word * LANES_MAX + lane] ?? Number.NaN;
    const count = (word: number): number => this.words[counts / 4 + word * LANES_MAX + lane] ?? 0;
    return {
      equity: state(layout.STATE_EQUITY),
      trades: count(layout.COUNT_TRADES),
      wins: count(layout.COUNT_WINS),
      held: count(layout.COUNT_HELD),
      hash: count(layout.COUNT_HASH),
      kept: state(layout.STATE_KEPT),
      returns: sum(layout.SUM_RETURNS),
      squares: sum(layout.SUM_SQUARES),
      losses: sum(layout.SUM_LOSSES),
      won: sum(layout.SUM_WON),
      lost: sum(layout.SUM_LOST),
      fees: sum(layout.SUM_FEES),
    };
  }

  private put(job: number, word: number, value: number): void {
    this.words[job / 4 + word] = value;
  }
}

/** Bytes of a block whose state words have `size` bytes. */
function blockBytes(size: number): number {
  return layout.STATE_WORDS * layout.BLOCK_SETS * size + layout.BLOCK_SUM_BYTES + layout.BLOCK_COUNT_BYTES;
}
function stateAt(blocks: number, size: number, word: number, set: number): number {
  const lane = set % layout.BLOCK_SETS;
  return blocks + ((set - lane) / layout.BLOCK_SETS) * blockBytes(size) + (word * layout.BLOCK_SETS + lane) * size;
}

function align(address: number): number {
  return Math.ceil(address / 16) * 16;
}

function startOf(set: ParameterSet, capital: number): readonly (readonly [number, number])[] {
  return [
    [layout.STATE_FEE, valueOf(set, "fee")],
    [layout.STATE_BELOW, set["short"] === 1 ? -1 : 0],
    [layout.STATE_STOP_RATE, 1 - (set["stop"] ?? 0)],
    [layout.STATE_TAKE_RATE, 1 + (set["take"] ?? 0)],
    [layout.STATE_CASH, capital],
    [layout.STATE_EQUITY, capital],
    [layout.STATE_PEAK, capital],
    [layout.STATE_KEPT, 1],
    [layout.STATE_STOP, Number.NEGATIVE_INFINITY],
    [layout.STATE_TAKE, Number.POSITIVE_INFINITY],
    [layout.STATE_BEFORE_FAST, Number.NaN],
    [layout.STATE_BEFORE_SLOW, Number.NaN],
  ];
}

function keyOf({ kind, length }: RowWanted): string {
  return `${kind} ${length}`;
}
/** Each row once; an upper channel is followed by its lower one. */
function distinctRows(rule: SweepRule, sets: readonly ParameterSet[]): readonly RowWanted[] {
  const rows = new Map<string, RowWanted>();
  for (const set of sets) {
    for (const row of rule.rows(set)) rows.set(keyOf(row), row);
  }
  return [...rows.values()];
}

/** Cuts sets into batches whose rows fit into an arena. */
function batches(rule: SweepRule, sets: readonly ParameterSet[]): readonly (readonly ParameterSet[])[] {
  const cut: ParameterSet[][] = [];
  let batch: ParameterSet[] = [];
  let keys = new Set<string>();
  let lead = 0;
  for (const set of sets) {
    const rows = rule.rows(set);
    const more = new Set([...keys, ...rows.map(keyOf)]);
    const longest = Math.max(lead, ...rows.map(({ length }) => length));
    const bytes = more.size * (longest * 8 + SPAN * 12 + 3 * GAP);
    if (batch.length === BATCH_SETS || bytes + longest * 16 > ARENA_BYTES - 2 ** 20) {
      cut.push(batch);
      batch = [];
      keys = new Set(rows.map(keyOf));
      lead = Math.max(...rows.map(({ length }) => length));
    } else {
      keys = more;
      lead = longest;
    }
    batch.push(set);
  }
  if (batch.length > 0) cut.push(batch);
  return cut;
}
