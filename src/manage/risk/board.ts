// THE BOARD: limits and what is claimed of them, in shared memory, so that every thread that trades can check an order
// without a message. A row for the book and one for each family, strategy and symbol, found by the hash of its name. An
// order is looked at and claimed in all its rows under one lock, a few hundred nanoseconds long, so no interleaving of
// threads ever claims more than a limit allows. Money is whole millionths, held exactly in 64-bit floats.
//   row, in words of 64 bits        0  key, two halves; 0: free
//                              1 ..  8  gross value claimed, by slot      9 .. 16  net value if all buys fill, by slot
//                             17 .. 24  net value if all sells fill      25  when the bucket of orders is full again (us)
//                                  26  day of the count of orders        27  orders of that day
//                                  28  switch                            29  orders refused
//                             30 .. 36  limits                           37 .. 43  limits of executions with risk_override
//                                  44  clock of the bucket of orders (us)
// Each thread claims in its own slot only, so what a lost thread had claimed is known and can be given back, and a lock
// that it held can be broken. Row 0 is the book; rows 1 to 3 hold the limits for all families, strategies and symbols
// that have none of their own, and the header lies in the counters of row 1. Limits, switches and the day are written by
// main alone, which then counts up the version: whoever trades reads limits again only when that is another one.
// A bucket of orders goes by a clock of its row, the newest of an event that a thread had seen when it claimed there: an
// account whose symbol is quiet, or whose thread is behind, is at an earlier time, and would find one that it shares filled
// from the future. One that it has to itself, that of its strategy, goes by its own events, as in a run over history: a
// thread that catches up has hours of them in a second.
import type { Scope } from "../../domain/risk-words.ts";
import { inTime, stepOf } from "./bucket.ts";
import { keyOf } from "./row-key.ts";
import type { Addition, Hit, Least, Terms } from "./terms.ts";

const ROW_WORDS = 45;
export const ROWS = 32_768;
export const SLOTS = 8;
const FIXED = 8;
const GROSS = 1;
const UP = 9;
const DOWN = 17;
const DUE = 25;
const DAY_OF = 26;
const TRADES = 27;
const SWITCH = 28;
const REFUSED = 29;
const LIMITS = 30;
const LIMITS_WORDS = 7;
const CLOCK = 44;
/** Words of 32 bits. */
const HEADER = 2 * (ROW_WORDS + GROSS);
const LOCK = HEADER;
const SLOTS_USED = HEADER + 2;
const VERSION = HEADER + 3;
const DAY = HEADER + 4;
const HALT = HEADER + 5;
const SPINS = 200;
const WAIT_MS = 0.1;
const MAIN = SLOTS + 1;
const MILLION = 1_000_000;

/** Places of the limits that an order is checked against. */
export const GROSS_EXPOSURE = 0;
export const NET_EXPOSURE = 1;
export const POSITION = 2;
export const ORDERS_PER_SECOND = 3;
export const TRADES_PER_DAY = 4;
export const PRICE_COLLAR = 5;
export const LEVERAGE = 6;

/** Rows of the scopes that an order counts in: book, family (-1: none), strategy, symbol. */
export type Rows = readonly [book: number, family: number, strategy: number, symbol: number];
export const SCOPE_ORDER: readonly Scope[] = ["book", "family", "strategy", "symbol"];

/**
 *   none         orders pass
 *   reduce_soft  only orders that make a position smaller, but for executions with risk_override
 *   reduce_only  the same for everybody
 *   halted       no order
 */
export type Switch = "none" | "reduce_soft" | "reduce_only" | "halted";
const SWITCHES: readonly Switch[] = ["none", "reduce_soft", "reduce_only", "halted"];

export function createBoardMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(ROWS * ROW_WORDS * 8);
}

export class Board {
  readonly memory: SharedArrayBuffer;
  private readonly slot: number;
  private readonly words: Float64Array;
  private readonly halves: Int32Array;
  private readonly keys: BigInt64Array;
  /** Engine clock of the newest event in this thread. */
  private newest = 0;

  /** `slot`: of the thread that trades, or of what stands in for those that are not back; null claims nothing. */
  constructor(memory: SharedArrayBuffer, slot: number | null = null) {
    this.memory = memory;
    this.slot = slot ?? MAIN;
    this.words = new Float64Array(memory);
    this.halves = new Int32Array(memory);
    this.keys = new BigInt64Array(memory);
    const needed = slot === null ? 1 : slot + 1;
    for (let used = this.used; used < needed; used = this.used)
      Atomics.compareExchange(this.halves, SLOTS_USED, used, needed);
  }

  /** The row of a name, made when there is none; -1: the board is full. */
  row(scope: Scope, name: string): number {
    if (scope === "book") return 0;
    const [low, high] = keyOf(`${scope}:${name}`);
    const key = (BigInt(high) << 32n) | BigInt(low >>> 0);
    let row = FIXED + ((low >>> 0) % (ROWS - FIXED));
    // Without the lock, because main makes rows as well and must never wait for a thread that it alone can end.
    for (let probes = 0; probes < ROWS; probes++) {
      const found = Atomics.compareExchange(this.keys, row * ROW_WORDS, 0n, key);
      if (found === 0n || found === key) return row;
      row = row + 1 === ROWS ? FIXED : row + 1;
    }
    return -1;
  }

  /** The row of a name; -1: nobody has asked for one. */
  find(scope: Scope, name: string): number {
    if (scope === "book") return 0;
    const [low, high] = keyOf(`${scope}:${name}`);
    let row = FIXED + ((low >>> 0) % (ROWS - FIXED));
    for (let probes = 0; probes < ROWS; probes++) {
      const at = 2 * row * ROW_WORDS;
      if (this.halves[at] === low && this.halves[at + 1] === high) return row;
      if (this.halves[at] === 0 && this.halves[at + 1] === 0) return -1;
      row = row + 1 === ROWS ? FIXED : row + 1;
    }
    return -1;
  }

  /** The row that holds the limits for all of a kind. */
  template(scope: Scope): number {
    return SCOPE_ORDER.indexOf(scope);
  }

  /** Null: none of its own; Infinity sets aside the limit for all of its kind. In force with `publish`. */
  setLimit(row: number, limit: number, override: boolean, value: number | null): void {
    this.words[limitAt(row, limit, override)] = value === null ? 0 : value === 0 ? -1 : value;
  }
  publish(): void {
    Atomics.add(this.halves, VERSION, 1);
  }
  get version(): number {
    return Atomics.load(this.halves, VERSION);
  }

  /** In force for a row of the scope; Infinity: none. */
  limitOf(scope: number, row: number, limit: number, override: boolean): number {
    if (row < 0) return Number.POSITIVE_INFINITY;
    const own = this.words[limitAt(row, limit, override)] ?? 0;
    const stored = own === 0 ? (this.words[limitAt(scope, limit, override)] ?? 0) : own;
    return stored === 0 ? Number.POSITIVE_INFINITY : stored < 0 ? 0 : stored;
  }

  terms(rows: Rows, override: boolean): Terms {
    const { version } = this;
    const each = (limit: number) => rows.map((row, scope) => this.limitOf(scope, row, limit, override));
    const least = (limit: number): Least => {
      const all = each(limit);
      const most = Math.min(...all);
      return { limit: most, scope: all.indexOf(most) };
    };
    const levels = rows.map((row) => (row < 0 ? 0 : (this.words[row * ROW_WORDS + SWITCH] ?? 0)));
    return {
      version,
      level: Math.max(...levels),
      gross: each(GROSS_EXPOSURE),
      net: each(NET_EXPOSURE),
      rate: each(ORDERS_PER_SECOND),
      trades: each(TRADES_PER_DAY),
      position: least(POSITION),
      leverage: least(LEVERAGE),
      collar: least(PRICE_COLLAR),
    };
  }

  /** In force with the next order and, for the halt of the book, at the next event. */
  setSwitch(row: number, to: Switch): void {
    this.words[row * ROW_WORDS + SWITCH] = SWITCHES.indexOf(to);
    if (row === 0) Atomics.store(this.halves, HALT, to === "halted" ? 1 : 0);
    this.publish();
  }
  switchOf(row: number): Switch {
    return SWITCHES[this.words[row * ROW_WORDS + SWITCH] ?? 0] ?? "none";
  }
  get halted(): boolean {
    return Atomics.load(this.halves, HALT) === 1;
  }

  /** The day of the engine clock, counted by main in the timezone of risk. */
  setDay(day: number): void {
    Atomics.store(this.halves, DAY, day);
  }

  /** An event of this engine clock, us, whatever it is of. */
  see(clock: number): void {
    if (clock > this.newest) this.newest = clock;
  }
  /** By which the bucket of orders of a row goes, us. */
  clockOf(row: number): number {
    return Math.max(this.newest, this.words[row * ROW_WORDS + CLOCK] ?? 0);
  }

  /** Claims for an order that makes an exposure larger; what stands against it, and then nothing has been claimed. */
  claim(rows: Rows, terms: Terms, addition: Addition): Hit | null {
    this.lock();
    const hit = this.against(rows, terms, addition);
    if (hit === null) {
      const { gross, up, down, fresh } = addition;
      this.write(rows, gross, up, down);
      if (fresh) this.count(rows, terms);
    }
    this.unlock();
    return hit;
  }

  /** What would stand against it; nothing is claimed. */
  hindrance(rows: Rows, terms: Terms, addition: Addition): Hit | null {
    this.lock();
    const hit = this.against(rows, terms, addition);
    this.unlock();
    return hit;
  }

  /** Adds to the claims whatever limits say; millionths, which may be negative. */
  add(rows: Rows, gross: number, up: number, down: number): void {
    if (gross === 0 && up === 0 && down === 0) return;
    this.lock();
    this.write(rows, gross, up, down);
    this.unlock();
  }

  /**
   * The same without the lock, for main, which must never wait for a thread that it alone can end. Only for a slot that
   * main alone writes. Whoever looks meanwhile finds some rows written and others not yet: raise before somebody relies
   * on it, lower when nobody does any more.
   */
  addUnlocked(rows: Rows, gross: number, up: number, down: number): void {
    this.write(rows, gross, up, down);
  }

  /** An order that was counted on this day has ended without a fill; NaN: it was not counted. */
  uncountTrade(rows: Rows, day: number): void {
    if (Number.isNaN(day)) return;
    this.lock();
    for (let scope = 0; scope < rows.length; scope++) {
      const row = rows[scope] ?? -1;
      const count = row < 0 ? 0 : this.tradesOf(row, day);
      if (count > 0) this.words[row * ROW_WORDS + TRADES] = count - 1;
    }
    this.unlock();
  }
  /** An order of today from before the start; nobody trades yet. */
  recount(family: string | null, strategyId: string, symbol: string): void {
    const [whole, traded] = [family === null ? 0 : this.row("family", family), this.row("symbol", symbol)];
    for (const row of new Set([0, whole, this.row("strategy", strategyId), traded])) {
      if (row < 0) continue;
      const at = row * ROW_WORDS;
      this.words[at + TRADES] = this.tradesOf(row, this.day) + 1;
      this.words[at + DAY_OF] = this.day;
    }
  }
  get day(): number {
    return Atomics.load(this.halves, DAY);
  }

  refuse(rows: Rows): void {
    this.lock();
    for (let scope = 0; scope < rows.length; scope++) {
      const at = (rows[scope] ?? -1) * ROW_WORDS + REFUSED;
      if (at >= REFUSED) this.words[at] = (this.words[at] ?? 0) + 1;
    }
    this.unlock();
  }

  /** What is claimed of a row by all threads, millionths. */
  claimed(row: number): { readonly gross: number; readonly up: number; readonly down: number } {
    const { used } = this;
    return { gross: this.sum(row, GROSS, used), up: this.sum(row, UP, used), down: this.sum(row, DOWN, used) };
  }
  /** When its bucket of orders is full again, us. */
  due(row: number): number {
    return this.words[row * ROW_WORDS + DUE] ?? 0;
  }
  /** Orders of the day, and orders that were refused since the start. */
  counts(row: number): { readonly trades: number; readonly refused: number } {
    const trades = this.tradesOf(row, this.day);
    return { trades, refused: this.words[row * ROW_WORDS + REFUSED] ?? 0 };
  }

  /** The thread of the slot is gone, and nobody waits for a lock that it held. */
  breakLock(slot: number): void {
    Atomics.compareExchange(this.halves, LOCK, slot + 1, 0);
  }
  /** Others have claimed anew what the thread of the slot held. Orders of the day stay counted. */
  clearSlot(slot: number): void {
    for (let row = 0; row < ROWS; row++) {
      const at = row * ROW_WORDS;
      if (row >= FIXED ? this.halves[2 * at] === 0 && this.halves[2 * at + 1] === 0 : row > 0) continue;
      for (const counter of [GROSS, UP, DOWN]) this.words[at + counter + slot] = 0;
    }
  }

  private get used(): number {
    return Atomics.load(this.halves, SLOTS_USED);
  }

  private lock(): void {
    const { halves } = this;
    const own = this.slot + 1;
    for (let spins = 0; ; spins++) {
      const owner = Atomics.compareExchange(halves, LOCK, 0, own);
      if (owner === 0) return;
      // Whoever has it is not running: the processor is left to it.
      if (spins >= SPINS) Atomics.wait(halves, LOCK, owner, WAIT_MS);
    }
  }
  private unlock(): void {
    Atomics.store(this.halves, LOCK, 0);
  }

  private against(rows: Rows, terms: Terms, addition: Addition): Hit | null {
    const { gross, buys, fresh } = addition;
    const { used, day } = this;
    for (let scope = 0; scope < rows.length; scope++) {
      const row = rows[scope] ?? -1;
      if (row < 0) continue;
      const most = terms.gross[scope] ?? Number.POSITIVE_INFINITY;
      if (gross > 0 && most !== Number.POSITIVE_INFINITY) {
        const found = this.sum(row, GROSS, used) + gross;
        if (found > most) return { scope, limit: GROSS_EXPOSURE, found, allowed: most };
      }
      const net = terms.net[scope] ?? Number.POSITIVE_INFINITY;
      if (net !== Number.POSITIVE_INFINITY) {
        const found = buys ? this.sum(row, UP, used) + addition.up : -this.sum(row, DOWN, used) - addition.down;
        if (found > net) return { scope, limit: NET_EXPOSURE, found, allowed: net };
      }
      if (!fresh) continue;
      const trades = terms.trades[scope] ?? Number.POSITIVE_INFINITY;
      const count = trades === Number.POSITIVE_INFINITY ? 0 : (this.tradesOf(row, day) + 1) * MILLION;
      if (count > trades) return { scope, limit: TRADES_PER_DAY, found: count, allowed: trades };
      const rate = terms.rate[scope] ?? Number.POSITIVE_INFINITY;
      if (rate !== Number.POSITIVE_INFINITY && !inTime(this.due(row), this.clockOf(row), rate))
        return { scope, limit: ORDERS_PER_SECOND, found: rate + MILLION, allowed: rate };
    }
    return null;
  }

  private write(rows: Rows, gross: number, up: number, down: number): void {
    const { words, slot } = this;
    for (let scope = 0; scope < rows.length; scope++) {
      const row = rows[scope] ?? -1;
      if (row < 0) continue;
      const at = row * ROW_WORDS + slot;
      words[at + GROSS] = (words[at + GROSS] ?? 0) + gross;
      words[at + UP] = (words[at + UP] ?? 0) + up;
      words[at + DOWN] = (words[at + DOWN] ?? 0) + down;
    }
  }

  private count(rows: Rows, terms: Terms): void {
    const { words, day } = this;
    for (let scope = 0; scope < rows.length; scope++) {
      const row = rows[scope] ?? -1;
      if (row < 0) continue;
      const at = row * ROW_WORDS;
      words[at + TRADES] = this.tradesOf(row, day) + 1;
      words[at + DAY_OF] = day;
      const rate = terms.rate[scope] ?? Number.POSITIVE_INFINITY;
      if (rate === Number.POSITIVE_INFINITY) continue;
      words[at + CLOCK] = this.clockOf(row);
      words[at + DUE] = Math.max(this.due(row), this.clockOf(row)) + stepOf(rate);
    }
  }

  private sum(row: number, counter: number, used: number): number {
    const { words } = this;
    const at = row * ROW_WORDS + counter;
    let sum = words[at] ?? 0;
    for (let slot = 1; slot < used; slot++) sum += words[at + slot] ?? 0;
    return sum;
  }

  private tradesOf(row: number, day: number): number {
    const at = row * ROW_WORDS;
    return this.words[at + DAY_OF] === day ? (this.words[at + TRADES] ?? 0) : 0;
  }
}

function limitAt(row: number, limit: number, override: boolean): number {
  return row * ROW_WORDS + LIMITS + (override ? LIMITS_WORDS : 0) + limit;
}
