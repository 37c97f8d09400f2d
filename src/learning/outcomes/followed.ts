// The trades that are followed, each in a slot of columns, those of one symbol in a list. Per symbol it knows the nearest
// price above and below at which something happens and the first time limit, so an event that reaches none of them costs
// a few comparisons, however many trades its symbol has. Allocated once. Prices and times as in Opening. One thread.
import type { Opening } from "./opening.ts";

const NONE = -1;

export class Followed {
  readonly capacity: number;
  readonly opening: (Opening | null)[];
  /** Of each symbol: the lowest price that ends something when it is risen to, the highest when fallen to. */
  readonly above: Float64Array;
  readonly below: Float64Array;
  /** The first end of a time limit. */
  readonly due: Float64Array;
  readonly count: Int32Array;
  private readonly first: Int32Array;
  private readonly next: Int32Array;
  private readonly free: Int32Array;
  private freed: number;
  private readonly slots = new Map<number, number>();

  constructor(capacity: number, symbols: number) {
    this.capacity = capacity;
    this.opening = Array.from({ length: capacity }, () => null);
    this.next = new Int32Array(capacity).fill(NONE);
    this.free = Int32Array.from({ length: capacity }, (_, index) => capacity - 1 - index);
    this.freed = capacity;
    this.above = new Float64Array(symbols).fill(Infinity);
    this.below = new Float64Array(symbols).fill(-Infinity);
    this.due = new Float64Array(symbols).fill(Infinity);
    this.count = new Int32Array(symbols);
    this.first = new Int32Array(symbols).fill(NONE);
  }

  get size(): number {
    return this.capacity - this.freed;
  }

  /** The slot of an instance's trade on a symbol (in a group, of legs: of that leg). */
  slotOf(key: number): number {
    return this.slots.get(key) ?? NONE;
  }
  firstOf(symbol: number): number {
    return this.first[symbol] ?? NONE;
  }
  nextOf(slot: number): number {
    return this.next[slot] ?? NONE;
  }

  /** False when there is no room. */
  add(opening: Opening): boolean {
    if (this.freed === 0) return false;
    this.freed -= 1;
    const slot = this.free[this.freed] ?? NONE;
    const { symbol } = opening;
    this.opening[slot] = opening;
    this.slots.set(opening.key, slot);
    this.next[slot] = this.first[symbol] ?? NONE;
    this.first[symbol] = slot;
    this.count[symbol] = (this.count[symbol] ?? 0) + 1;
    this.draw(opening);
    return true;
  }

  remove(slot: number): void {
    const opening = this.opening[slot];
    if (!opening) return;
    const { symbol, key } = opening;
    this.opening[slot] = null;
    this.slots.delete(key);
    if (this.first[symbol] === slot) this.first[symbol] = this.next[slot] ?? NONE;
    else {
      let before = this.first[symbol] ?? NONE;
      while (before !== NONE && this.next[before] !== slot) before = this.next[before] ?? NONE;
      if (before !== NONE) this.next[before] = this.next[slot] ?? NONE;
    }
    this.next[slot] = NONE;
    this.count[symbol] = (this.count[symbol] ?? 1) - 1;
    this.free[this.freed] = slot;
    this.freed += 1;
    this.redraw(symbol);
  }

  *all(): Generator<readonly [slot: number, opening: Opening]> {
    for (const [slot, opening] of this.opening.entries()) if (opening) yield [slot, opening];
  }

  /** After a change of a trade's levels. */
  redraw(symbol: number): void {
    this.above[symbol] = Infinity;
    this.below[symbol] = -Infinity;
    this.due[symbol] = Infinity;
    for (let slot = this.first[symbol] ?? NONE; slot !== NONE; slot = this.next[slot] ?? NONE) {
      const opening = this.opening[slot];
      if (opening) this.draw(opening);
    }
  }

  private draw({ symbol, side, stop, target, deadline }: Opening): void {
    const [upper, lower] = side > 0 ? [target, stop] : [stop, target];
    if (upper < (this.above[symbol] ?? Infinity)) this.above[symbol] = upper;
    if (lower > (this.below[symbol] ?? -Infinity)) this.below[symbol] = lower;
    if (deadline < (this.due[symbol] ?? Infinity)) this.due[symbol] = deadline;
  }
}
