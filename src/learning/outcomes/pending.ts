// Market events that wait until it is known which signals they caused: signals come from the kernels later than the events
// are told. A ring of numbers, allocated once; when it is full its oldest event is dealt with unasked, and counted.
// Prices and clocks as in the event's record. One thread.

/** How an event says its prices: one for all, a bar's four, or a bid and an ask. */
const TRADED = 0;
export const BAR = 1;
export const QUOTED = 2;

export const PENDING_MAX = 32_768;
const WIDTH = 9;
const SYMBOL = 0;
const FORM = 1;
const SEQUENCE = 2;
const CLOCK = 3;
const PRICES = 4;
const START = 8;

/** An event as it is dealt with; the same object for all of them. */
export interface Event {
  symbol: number;
  form: number;
  sequence: number;
  /** Engine clock, microseconds. */
  clock: number;
  /** Of a bar: when it began. */
  start: number;
  /** Of a bar; otherwise the price, or the bid. */
  open: number;
  /** Of a bar; otherwise the price, or the ask. */
  high: number;
  /** Of a bar; otherwise the price, or the bid. */
  low: number;
  /** Of a bar; otherwise the price, or the middle. */
  close: number;
}

export function emptyEvent(): Event {
  return { symbol: 0, form: TRADED, sequence: 0, clock: 0, start: 0, open: 0, high: 0, low: 0, close: 0 };
}

export class Pending {
  private readonly numbers: Float64Array;
  private readonly mask: number;
  private head = 0;
  private tail = 0;

  /** `most`: a power of two. */
  constructor(most = PENDING_MAX) {
    if (most < 2 || (most & (most - 1)) !== 0)
      throw new RangeError("the ring of events has a power of two as its size");
    this.mask = most - 1;
    this.numbers = new Float64Array(most * WIDTH);
  }

  get size(): number {
    return this.head - this.tail;
  }
  get full(): boolean {
    return this.size > this.mask;
  }

  /** Not while it is full. `prices`: open, high, low, close as Event has them. */
  push(
    symbol: number,
    form: number,
    sequence: number,
    clock: number,
    open: number,
    high: number,
    low: number,
    close: number,
    start: number,
  ): void {
    const at = (this.head & this.mask) * WIDTH;
    const { numbers } = this;
    numbers[at + SYMBOL] = symbol;
    numbers[at + FORM] = form;
    numbers[at + SEQUENCE] = sequence;
    numbers[at + CLOCK] = clock;
    numbers[at + PRICES] = open;
    numbers[at + PRICES + 1] = high;
    numbers[at + PRICES + 2] = low;
    numbers[at + PRICES + 3] = close;
    numbers[at + START] = start;
    this.head += 1;
  }

  /** A trade, not while it is full; where in `from` its clock and its price lie. A number that is handed over is boxed. */
  pushTrade(symbol: number, sequence: number, from: Float64Array, clock: number, price: number): void {
    const at = (this.head & this.mask) * WIDTH;
    const { numbers } = this;
    numbers[at + SYMBOL] = symbol;
    numbers[at + FORM] = TRADED;
    numbers[at + SEQUENCE] = sequence;
    numbers[at + CLOCK] = from[clock] ?? 0;
    numbers[at + PRICES] = from[price] ?? 0;
    numbers[at + PRICES + 1] = from[price] ?? 0;
    numbers[at + PRICES + 2] = from[price] ?? 0;
    numbers[at + PRICES + 3] = from[price] ?? 0;
    numbers[at + START] = from[clock] ?? 0;
    this.head += 1;
  }

  /** Sequence of the oldest; Infinity when there is none. */
  get oldest(): number {
    return this.size === 0 ? Infinity : (this.numbers[(this.tail & this.mask) * WIDTH + SEQUENCE] ?? Infinity);
  }

  /** The oldest goes into `event`. */
  shift(event: Event): void {
    const at = (this.tail & this.mask) * WIDTH;
    const { numbers } = this;
    event.symbol = numbers[at + SYMBOL] ?? 0;
    event.form = numbers[at + FORM] ?? 0;
    event.sequence = numbers[at + SEQUENCE] ?? 0;
    event.clock = numbers[at + CLOCK] ?? 0;
    event.start = numbers[at + START] ?? 0;
    event.open = numbers[at + PRICES] ?? 0;
    event.high = numbers[at + PRICES + 1] ?? 0;
    event.low = numbers[at + PRICES + 2] ?? 0;
    event.close = numbers[at + PRICES + 3] ?? 0;
    this.tail += 1;
  }
}
