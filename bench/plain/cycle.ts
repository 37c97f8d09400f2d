// The cycle driver in plain JavaScript over typed arrays: the same memory, the same operations in the same order as
// assembly/cycle.ts, samples.ts, windows/series.ts, momentum-rider.ts and spread-adjuster.ts, one lane at a time. It is the twin
// whose memory must be equal byte for byte, and the opponent that the lanes must beat. Rules (signals) are left out:
// they run only where a threshold was passed, and are tested through the signals themselves.
import * as layout from "../../assembly/layout.ts";
import type { MemoryPlan } from "../../src/stream/rings/memory-plan.ts";
import { ln } from "./ln.ts";

const COLUMN = layout.COLUMN_BYTES / 8;
const SLOT = (1 << layout.HISTORY_SHIFT) / 8;
const FLOOR = 1e-30;

export class PlainCycle {
  private readonly f: Float64Array;
  private readonly u: Uint32Array;
  private readonly base: (region: number) => number;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.f = new Float64Array(memory.buffer);
    this.u = new Uint32Array(memory.buffer);
    this.base = (region) => (plan.bases[region] ?? 0) / 8;
  }

  /** Closes the bars that are over by `clock` and evaluates momentum and spread cells on them. */
  closeBars(clock: number): number {
    const { f } = this;
    const globals = this.base(layout.PLAN_GLOBALS) * 2;
    const used = this.u[globals + layout.GLOBALS_SERIES / 4] ?? 0;
    const ends = this.base(layout.PLAN_ENDS);
    let closed = 0;
    for (let index = 0; index < used; index++) {
      const end = f[ends + index]!;
      if (end > 0 && end <= clock && this.closeBar(index, clock)) closed++;
    }
    return closed;
  }

  private closeBar(index: number, clock: number): boolean {
    const { f } = this;
    const at = lane(this.base(layout.PLAN_SERIES), index, layout.SERIES_COLUMNS);
    if (f[at + layout.SERIES_FEEDER * COLUMN] !== 0) return false;
    if (f[at + layout.SERIES_FIRST_FED * COLUMN] !== 0) throw new Error("this comparison feeds no series");
    if (f[at + layout.SERIES_RICH * COLUMN] !== 0) throw new Error("this comparison has no rich series");
    const row = this.base(layout.PLAN_SYMBOLS) + (f[at + layout.SERIES_SYMBOL * COLUMN]! * layout.SYMBOL_BYTES) / 8;
    const end = f[at + layout.SERIES_OPEN_END * COLUMN]!;
    const due = end > 0 && end <= clock - f[row + layout.SYMBOL_LAG / 8]!;
    if (due) {
      const window = this.base(layout.PLAN_HISTORY) + ((index >> 4) * layout.HISTORY_TILE_BYTES) / 8 + (index & 15);
      takeSample(f, at, window, end);
      f[at + layout.SERIES_OPEN_END * COLUMN] = 0;
      f[row + layout.SYMBOL_BARS / 8]! += 1;
      this.evaluate(at, window, row);
    }
    f[this.base(layout.PLAN_ENDS) + index] = f[at + layout.SERIES_OPEN_END * COLUMN]!;
    return due;
  }

  /** The cells that want the samples of the series, link by link. */
  private evaluate(at: number, window: number, row: number): void {
    const { f } = this;
    for (let link = f[at + layout.SERIES_FIRST_CELL * COLUMN]!; link !== 0;) {
      const index = (link - 1) >> layout.CELL_LINK_SHIFT;
      const code = (link - 1) & ((1 << layout.CELL_LINK_SHIFT) - 1);
      const moves = code === layout.MOMENTUM_RIDER;
      const columns = moves ? layout.MOMENTUM_COLUMNS : layout.SPREAD_COLUMNS;
      const cell = lane(this.base(layout.PLAN_CELLS + code), index, columns);
      if (moves) momentumStrength(f, cell, at, window);
      else if (f[row + layout.SYMBOL_BID / 8]! > 0) {
        const price = 0.5 * (f[row + layout.SYMBOL_BID / 8]! + f[row + layout.SYMBOL_ASK / 8]!);
        const sampled = f[at + layout.SERIES_TIME * COLUMN]!;
        const last = f[cell + SPREAD_TIME * COLUMN]!;
        spreadQuotes(f, cell, price, sampled > last ? sampled : last);
      }
      link = f[cell + layout.CELL_NEXT * COLUMN]!;
    }
  }
}

function lane(base: number, index: number, columns: number): number {
  return base + (index >> 1) * columns * COLUMN + (index & 1);
}
function larger(a: number, b: number): number {
  return a < b ? b : a;
}
function smaller(a: number, b: number): number {
  return b < a ? b : a;
}

function takeSample(f: Float64Array, at: number, window: number, end: number): void {
  const close = f[at + layout.SERIES_OPEN_CLOSE * COLUMN]!;
  const high = f[at + layout.SERIES_OPEN_HIGH * COLUMN]!;
  const low = f[at + layout.SERIES_OPEN_LOW * COLUMN]!;
  const volume = f[at + layout.SERIES_OPEN_VOLUME * COLUMN]!;
  const count = f[at + layout.SERIES_COUNT * COLUMN]!;
  const lnClose = ln(close);
  const step = lnClose - f[at + layout.SERIES_LN * COLUMN]!;
  const square = step * step;
  const blended = 0.94 * f[at + layout.SERIES_VARIANCE * COLUMN]! + (1 - 0.94) * square;
  const variance = count < 0.5 ? 0 : count < 1.5 ? square : blended;
  const previous = f[at + layout.SERIES_CLOSE * COLUMN]!;
  const range = larger(high - low, larger(Math.abs(high - previous), Math.abs(low - previous)));
  const atr = f[at + layout.SERIES_ATR * COLUMN]!;
  const sum = atr + range;
  const weighed = 13 * atr + range;
  const mean = (count < 14.5 ? sum : weighed) / 14;
  const nextAtr = count < 13.5 ? sum : mean;
  f[at + layout.SERIES_VARIANCE * COLUMN] = larger(variance, FLOOR);
  f[at + layout.SERIES_ATR * COLUMN] = count < 0.5 ? 0 : larger(nextAtr, FLOOR);
  f[at + layout.SERIES_LN * COLUMN] = lnClose;
  f[at + layout.SERIES_CLOSE * COLUMN] = close;
  f[at + layout.SERIES_HIGH * COLUMN] = high;
  f[at + layout.SERIES_LOW * COLUMN] = low;
  f[at + layout.SERIES_VOLUME * COLUMN] = volume;
  f[at + layout.SERIES_TIME * COLUMN] = end;
  f[at + layout.SERIES_COUNT * COLUMN] = count + 1;
  remember(f, at, window, count, lnClose, volume);
}

function remember(f: Float64Array, at: number, window: number, count: number, lnClose: number, volume: number): void {
  f[window + (count & (layout.HISTORY_SLOTS - 1)) * SLOT] = lnClose;
  const volumes = window + layout.HISTORY_SLOTS * SLOT;
  const leaving = f[volumes + ((count - layout.VOLUME_WINDOW) & (layout.VOLUME_SLOTS - 1)) * SLOT]!;
  f[volumes + (count & (layout.VOLUME_SLOTS - 1)) * SLOT] = volume;
  const sum = at + layout.SERIES_VOLUME_SUM * COLUMN;
  if ((count & 1023) !== 1023) {
    f[sum] = f[sum]! + volume - leaving;
    return;
  }
  let exact = 0;
  for (let back = layout.VOLUME_WINDOW - 1; back >= 0; back--) {
    exact += f[volumes + ((count - back) & (layout.VOLUME_SLOTS - 1)) * SLOT]!;
  }
  f[sum] = exact;
}

function momentumStrength(f: Float64Array, cell: number, at: number, window: number): void {
  const count = f[at + layout.SERIES_COUNT * COLUMN]!;
  const now = f[at + layout.SERIES_LN * COLUMN]!;
  const sigma = Math.sqrt(f[at + layout.SERIES_VARIANCE * COLUMN]!);
  let sum = 0;
  let weight = 0;
  let trend = 0;
  let longest = 0;
  let shortest = layout.HISTORY_SLOTS;
  for (let j = 0; j < 3; j++) {
    const horizon = f[cell + (layout.MOMENTUM_HORIZON + j) * COLUMN]!;
    const filled = horizon < count;
    const move = now - f[window + ((count - 1 - horizon) & (layout.HISTORY_SLOTS - 1)) * SLOT]!;
    sum += filled ? move * f[cell + (layout.MOMENTUM_SCALE + j) * COLUMN]! : 0;
    weight += filled ? f[cell + (layout.MOMENTUM_WEIGHT + j) * COLUMN]! : 0;
    const longer = filled && longest < horizon;
    trend = longer ? move : trend;
    longest = longer ? horizon : longest;
    shortest = horizon < shortest ? horizon : shortest;
  }
  f[cell + layout.MOMENTUM_STRENGTH * COLUMN] = 0 < weight ? sum / (sigma * weight) : 0;
  f[cell + layout.MOMENTUM_TREND * COLUMN] = trend / larger(longest, 1);
  f[cell + layout.CELL_MISSING * COLUMN] = larger(0, shortest + 1 - count);
}

const [SPREAD_MID, SPREAD_TIME, SPREAD_ELAPSED, SPREAD_FAST, SPREAD_SLOW, SPREAD_TICK, SPREAD_MOVES] = [
  16, 17, 18, 19, 20, 21, 22,
];
const [SPREAD_DECAY, SPREAD_PULL, SPREAD_WILD] = [24, 35, 36];
const [SPREAD_INVENTORY, SPREAD_GAMMA, SPREAD_HORIZON, SPREAD_MODE, SPREAD_REWARD] = [23, 26, 27, 28, 34];
const [SPREAD_HALF_MIN, SPREAD_HALF_MAX, SPREAD_BID, SPREAD_ASK] = [29, 30, 31, 32];

function spreadQuotes(f: Float64Array, cell: number, mid: number, time: number): void {
  const last = f[cell + SPREAD_TIME * COLUMN]!;
  const started = 0 < last;
  const dt = started ? larger(0, (time - last) * 1e-6) : 0;
  const move = started ? mid - f[cell + SPREAD_MID * COLUMN]! : 0;
  const square = move * move;
  const elapsed = f[cell + SPREAD_ELAPSED * COLUMN]!;
  const fast = rate(f[cell + SPREAD_FAST * COLUMN]!, smaller(elapsed, 60), square, dt);
  const slow = rate(f[cell + SPREAD_SLOW * COLUMN]!, smaller(elapsed, 3600), square, dt);
  const moved = 0 < square;
  const moves = f[cell + SPREAD_MOVES * COLUMN]!;
  const memory = smaller(moves, 199);
  const old = f[cell + SPREAD_TICK * COLUMN]!;
  const tick = (old * memory + square) / (memory + 1);
  f[cell + SPREAD_FAST * COLUMN] = fast;
  f[cell + SPREAD_SLOW * COLUMN] = slow;
  f[cell + SPREAD_TICK * COLUMN] = larger(moved ? tick : old, FLOOR);
  const counted = moved ? moves + 1 : moves;
  f[cell + SPREAD_MOVES * COLUMN] = counted;
  f[cell + layout.CELL_MISSING * COLUMN] = larger(0, 20 - counted) + (0 < f[cell + SPREAD_DECAY * COLUMN]! ? 0 : 1);
  f[cell + SPREAD_WILD * COLUMN] = f[cell + SPREAD_PULL * COLUMN]! * slow < fast ? 1 : 0;
  f[cell + SPREAD_ELAPSED * COLUMN] = elapsed + dt;
  f[cell + SPREAD_MID * COLUMN] = mid;
  f[cell + SPREAD_TIME * COLUMN] = started ? larger(time, last) : time;
  place(f, cell, mid, fast);
}

function rate(value: number, memory: number, square: number, dt: number): number {
  return larger((value * memory + square) / larger(memory + dt, 1e-6), FLOOR);
}

function place(f: Float64Array, cell: number, mid: number, fast: number): void {
  const gamma = f[cell + SPREAD_GAMMA * COLUMN]!;
  const noise = 0.5 < f[cell + SPREAD_MODE * COLUMN]! ? Math.sqrt(f[cell + SPREAD_TICK * COLUMN]!) : fast;
  const risk = gamma * noise * f[cell + SPREAD_HORIZON * COLUMN]!;
  const half = 0.5 * (risk + f[cell + SPREAD_REWARD * COLUMN]!);
  const least = f[cell + SPREAD_HALF_MIN * COLUMN]! * mid;
  const most = f[cell + SPREAD_HALF_MAX * COLUMN]! * mid;
  const kept = smaller(larger(half, least), most);
  const reservation = mid - f[cell + SPREAD_INVENTORY * COLUMN]! * risk;
  f[cell + SPREAD_BID * COLUMN] = reservation - kept;
  f[cell + SPREAD_ASK * COLUMN] = reservation + kept;
}
