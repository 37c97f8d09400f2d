// Follows published signals to their end on the market events behind them, and tells what each of them came to. Pure: events
// and signals in the order of the stream go in, outcomes come out, the same for the same input.
//
// One trade at a time is followed per instance and symbol: a signal that says again what is held opens nothing, one of the
// other side ends it. Legs of a group are held together and make one outcome, the mean of what they came to.
//
// An event costs O(1), however many trades there are (outcomes/followed.ts), and allocates nothing. Memory is bounded: at
// most `capacity` trades; a signal beyond them is not followed, and counted. One thread.
import { Followed } from "./outcomes/followed.ts";
import { ends, netOf, type End } from "./outcomes/barriers.ts";
import { keyOf, type Opening } from "./outcomes/opening.ts";
import { BAR, emptyEvent, Pending, QUOTED } from "./outcomes/pending.ts";
import { boundedNet, type Outcome } from "./outcome.ts";

export type { Fees, Opening } from "./outcomes/opening.ts";
export { costOf } from "./outcomes/barriers.ts";
export { keyOf } from "./outcomes/opening.ts";

export const FOLLOWED_MAX = 16_384;

/** What its instance calls: the end of what it holds there. */
export interface Exit {
  readonly instance: number;
  readonly symbol: number;
  readonly group: number | null;
  readonly sequence: number;
  /** Engine clock, microseconds. */
  readonly clock: number;
  readonly price: number;
}

/** An outcome and the openings that it is made of: one, or the legs of a group. */
export interface Closed {
  readonly outcome: Outcome;
  readonly openings: readonly Opening[];
}

export interface TrackerCounters {
  /** Signals that were followed. */
  followed: number;
  /** Signals that were not, because so many are followed already. */
  refused: number;
  closed: number;
  /** Trades of which nobody knows what they came to. */
  lost: number;
  /** Events that were dealt with before their signals could be known. */
  hurried: number;
}

/** Legs of one opening that are held together. */
interface Pool {
  readonly sequence: number;
  readonly openings: Opening[];
  left: number;
  sum: number;
  ended: Outcome["ended"];
}

export interface TrackerOptions {
  readonly onClosed: (closed: Closed) => void;
  /** It is followed from now on; not told of what is restored. */
  readonly onOpened?: (opening: Opening) => void;
  readonly onRestored?: (opening: Opening) => void;
  /** It is not followed any more, and nobody knows what it came to. */
  readonly onLost?: (opening: Opening) => void;
  readonly symbols: number;
  readonly capacity?: number;
  readonly pending?: number;
}

export class Tracker {
  readonly counters: TrackerCounters = { followed: 0, refused: 0, closed: 0, lost: 0, hurried: 0 };
  private readonly options: TrackerOptions;
  private readonly followed: Followed;
  private readonly pending: Pending;
  private readonly event = emptyEvent();
  private readonly end: End = { by: "time", price: 0 };
  /** Last price by symbol; 0 before the first. */
  private readonly last: Float64Array;
  /** By the leg that is held, and the newest by instance and group. */
  private readonly pools = new Map<number, Pool>();
  private readonly newest = new Map<number, Pool>();
  /** Trades that an execution has taken over: what it makes of them counts. */
  private readonly taken = new Set<number>();
  /** Signals of the other side on trades that are taken over: what is followed once the account has left. */
  private readonly turned = new Map<number, Opening>();
  private signals: (Opening | Exit)[] = [];

  constructor(options: TrackerOptions) {
    const { symbols, capacity = FOLLOWED_MAX, pending } = options;
    this.options = options;
    this.followed = new Followed(capacity, symbols);
    this.pending = new Pending(pending);
    this.last = new Float64Array(symbols);
  }

  get size(): number {
    return this.followed.size;
  }

  /** `clock`, `price`: where in `numbers` they lie. */
  traded(symbol: number, sequence: number, numbers: Float64Array, clock: number, price: number): void {
    if (this.room(symbol)) this.pending.pushTrade(symbol, sequence, numbers, clock, price);
  }
  /** `start`: when it began, on the engine clock. */
  bar(
    symbol: number,
    sequence: number,
    clock: number,
    open: number,
    high: number,
    low: number,
    close: number,
    start: number,
  ): void {
    if (this.room(symbol)) this.pending.push(symbol, BAR, sequence, clock, open, high, low, close, start);
  }
  quoted(symbol: number, sequence: number, clock: number, bid: number, ask: number): void {
    // One side of a book may be empty.
    if (!(bid > 0 && ask > 0) || !this.room(symbol)) return;
    this.pending.push(symbol, QUOTED, sequence, clock, bid, ask, bid, 0.5 * (bid + ask), clock);
  }

  /** Signals in the order of the stream; what an event has caused counts from the event behind it. */
  signalled(signal: Opening | Exit): void {
    this.signals.push(signal);
  }

  /** Every signal of events below `sequence` has been told. */
  advance(sequence: number): void {
    const { pending, signals } = this;
    let next = 0;
    for (;;) {
      const event = pending.oldest;
      const signal = signals[next]?.sequence ?? Infinity;
      if (event >= sequence && signal >= sequence) break;
      if (signal < event) {
        const told = signals[next];
        next += 1;
        if (told !== undefined) this.take(told);
      } else {
        pending.shift(this.event);
        this.judge();
      }
    }
    if (next > 0) this.signals = signals.slice(next);
  }

  /**
   * Trades whose time is over on symbols that nothing is heard of any more end at the last price that was. Without one,
   * or in the hands of an execution that never told, they are dropped: nobody knows what they came to.
   */
  expire(clock: number): void {
    for (const [slot, opening] of this.followed.all()) {
      if (opening.deadline > clock) continue;
      const price = this.last[opening.symbol] ?? 0;
      if (price > 0 && !this.isTaken(opening)) this.close(slot, "time", price, clock);
      else this.lose(slot, opening);
    }
  }
  /** With its group, which is one trade. */
  private lose(slot: number, opening: Opening): void {
    const pool = this.pools.get(opening.key);
    this.drop(slot, opening);
    this.counters.lost += 1;
    this.options.onLost?.(opening);
    for (const leg of pool?.openings ?? []) {
      if (leg !== opening && this.pools.get(leg.key) === pool) this.drop(this.followed.slotOf(leg.key), leg);
      if (leg !== opening) this.options.onLost?.(leg);
    }
  }

  /** An execution trades on what the instance holds there: barriers no longer end it, only `executed` does. */
  takeOver(key: number): void {
    const opening = this.followed.opening[this.followed.slotOf(key)];
    if (opening && opening.group === null) this.taken.add(key);
  }
  /** What the execution made of it, at which price it left; false when it has not taken over what is followed there. */
  executed(key: number, net: number, ended: Outcome["ended"], clock: number, price: number): boolean {
    const slot = this.followed.slotOf(key);
    const opening = this.followed.opening[slot];
    if (!opening || !this.isTaken(opening)) return false;
    const next = this.turned.get(key);
    this.drop(slot, opening);
    this.tell([opening], net, ended, clock, "execution");
    // What has ended while the account was leaving is not begun.
    if (next !== undefined && clock < next.deadline && isInside(next, price)) this.open(next);
    return true;
  }

  /** What is followed now, for the next start. */
  openings(): readonly Opening[] {
    return [...this.followed.all()].map(([, opening]) => opening);
  }
  /** What the run before followed: every event of this one is behind it. False when there is no room. */
  restore(before: Opening): boolean {
    const opening = { ...before, sequence: -1 };
    if (this.followed.slotOf(opening.key) >= 0 || !this.followed.add(opening)) return false;
    this.pool(opening, before.sequence);
    this.options.onRestored?.(opening);
    return true;
  }

  /** Whether an event of the symbol is followed; the oldest makes way where the ring is full. */
  private room(symbol: number): boolean {
    if (symbol >= this.last.length) return false;
    if (this.pending.full) {
      this.counters.hurried += 1;
      this.pending.shift(this.event);
      this.judge();
    }
    return true;
  }

  private judge(): void {
    const { event, followed, end } = this;
    const { symbol, high, low, clock } = event;
    this.last[symbol] = event.close;
    if ((followed.count[symbol] ?? 0) === 0) return;
    const quiet =
      high < (followed.above[symbol] ?? Infinity) &&
      low > (followed.below[symbol] ?? -Infinity) &&
      clock < (followed.due[symbol] ?? Infinity);
    if (quiet) return;
    for (let slot = followed.firstOf(symbol); slot >= 0;) {
      const next = followed.nextOf(slot);
      const opening = followed.opening[slot];
      // A trade counts from the event behind the one that caused it.
      if (opening && event.sequence > opening.sequence && !this.isTaken(opening) && ends(opening, event, end))
        this.close(slot, end.by, end.price, clock);
      slot = next;
    }
  }
  private isTaken({ key }: Opening): boolean {
    return this.taken.size > 0 && this.taken.has(key);
  }

  private take(signal: Opening | Exit): void {
    const held = this.followed.slotOf(keyOf(signal.instance, signal.symbol, signal.group));
    const before = this.followed.opening[held];
    if (before && this.isTaken(before)) {
      if ("side" in signal && signal.side !== before.side) this.turned.set(before.key, signal);
      else this.turned.delete(before.key);
      return;
    }
    if (!("side" in signal)) {
      if (before) this.close(held, "exit", signal.price, signal.clock);
      return;
    }
    if (before?.side === signal.side) return;
    if (before) this.close(held, "exit", signal.entry, signal.openedAt);
    this.open(signal);
  }

  private open(signal: Opening): void {
    if (!this.followed.add(signal)) {
      this.counters.refused += 1;
      return;
    }
    this.counters.followed += 1;
    this.pool(signal);
    this.options.onOpened?.(signal);
  }

  /** A leg joins those that were opened with it. */
  private pool(opening: Opening, sequence = opening.sequence): void {
    const { key, instance, group } = opening;
    if (group === null) return;
    const together = keyOf(instance, 0, group);
    let pool = this.newest.get(together);
    if (pool?.sequence !== sequence) {
      pool = { sequence, openings: [], left: 0, sum: 0, ended: "exit" };
      this.newest.set(together, pool);
    }
    pool.openings.push(opening);
    pool.left += 1;
    this.pools.set(key, pool);
  }

  private close(slot: number, ended: Outcome["ended"], price: number, clock: number): void {
    const opening = this.followed.opening[slot];
    if (!opening) return;
    this.end.by = ended;
    this.end.price = price;
    const net = netOf(opening, this.end);
    const pool = this.pools.get(opening.key);
    this.drop(slot, opening);
    if (pool === undefined) {
      this.tell([opening], net, ended, clock, "signal");
      return;
    }
    pool.left -= 1;
    pool.sum += boundedNet(net);
    pool.ended = ended;
    if (pool.left > 0) return;
    this.tell(pool.openings, pool.sum / pool.openings.length, pool.ended, clock, "signal");
  }

  private drop(slot: number, { key, instance, group }: Opening): void {
    this.followed.remove(slot);
    this.taken.delete(key);
    this.turned.delete(key);
    const pool = this.pools.get(key);
    this.pools.delete(key);
    if (pool?.left === 0 && group !== null) this.newest.delete(keyOf(instance, 0, group));
  }

  private tell(
    openings: readonly Opening[],
    net: number,
    ended: Outcome["ended"],
    closedAt: number,
    source: Outcome["source"],
  ): void {
    const [first] = openings;
    if (first === undefined || !Number.isFinite(net)) return;
    this.counters.closed += 1;
    const { strategy, instance, name, side, confidenceRaw, confidence, openedAt, regime } = first;
    const outcome: Outcome = {
      strategy,
      instance,
      symbol: name,
      side,
      confidenceRaw,
      confidence,
      openedAt,
      closedAt,
      net: boundedNet(net),
      ended,
      regime,
      source,
    };
    this.options.onClosed({ outcome, openings });
  }
}

function isInside({ side, stop, target }: Opening, price: number): boolean {
  return side * price > side * stop && side * price < side * target;
}
