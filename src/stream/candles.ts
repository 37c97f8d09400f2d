// Candles: what has been paid for each symbol, as bars of a second and of a minute, for people who look at them. Fed by
// the tap; nothing that is decided reads them. A trade counts from its high to its low; while a symbol has had neither
// trade nor bar, the middle of its best quotes does. What comes late counts in the newest bar, as in the core. A bar that
// came whole lies at its own start, and only in lengths that it fits into; one that is longer than all, in the longest.
// What a sender's clock puts ahead of the engine's happened when it was seen, as in the core.
//
// Bounded: KEPT_MAX symbols, the first that trade; one more is kept from when somebody asks for it, in place of the one that
// was asked for longest ago. Times are epoch microseconds. Main thread only.
import * as layout from "../../assembly/layout.ts";
import type { TapSink } from "./tap.ts";

export interface Candle {
  /** Where it begins. */
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const SECOND_US = 1_000_000;
const LENGTHS = [
  { us: SECOND_US, kept: 300 },
  { us: 60 * SECOND_US, kept: 720 },
] as const;
const KEPT_MAX = 1_024;
/** News of what nobody has asked for in so long begin with the newest two seconds: the past is for `last`. */
const NEWS_US = 3 * SECOND_US;
const FIELDS = 6;
/** Bars that a symbol has room for at first. */
const ROOM = 32;

/** The newest bars of one length, in a ring that grows up to its bound. */
class Bars {
  readonly us: number;
  private readonly kept: number;
  private values = new Float64Array(ROOM * FIELDS);
  /** Bars so far; the newest lies at (count - 1) modulo the room. */
  private count = 0;
  /** Where the newest one begins. */
  newest = -Infinity;

  constructor({ us, kept }: { readonly us: number; readonly kept: number }) {
    this.us = us;
    this.kept = kept;
  }

  take(time: number, open: number, high: number, low: number, close: number, volume: number): void {
    const start = Math.floor(time / this.us) * this.us;
    const { values } = this;
    if (start <= this.newest) {
      const at = this.placeOf(this.count - 1);
      values[at + 2] = Math.max(values[at + 2] ?? high, high);
      values[at + 3] = Math.min(values[at + 3] ?? low, low);
      values[at + 4] = close;
      values[at + 5] = (values[at + 5] ?? 0) + volume;
      return;
    }
    if (this.count * FIELDS >= values.length && values.length < this.kept * FIELDS) this.grow();
    this.newest = start;
    this.count += 1;
    this.values.set([start, open, high, low, close, volume], this.placeOf(this.count - 1));
  }

  /** Oldest first, those that begin at `from` or later. */
  *since(from: number): Generator<Candle> {
    const { values } = this;
    const oldest = Math.max(0, this.count - values.length / FIELDS);
    let first = this.count;
    while (first > oldest && (values[this.placeOf(first - 1)] ?? 0) >= from) first -= 1;
    for (let index = first; index < this.count; index++) {
      const [start = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = this.at(index);
      yield { start, open, high, low, close, volume };
    }
  }

  /** Bars that none has been dropped of lie where they were put, so the room may be enlarged before the first turn. */
  private grow(): void {
    const wider = new Float64Array(Math.min(this.values.length * 2, this.kept * FIELDS));
    wider.set(this.values);
    this.values = wider;
  }
  private at(index: number): Float64Array {
    const place = this.placeOf(index);
    return this.values.subarray(place, place + FIELDS);
  }
  private placeOf(index: number): number {
    return (index * FIELDS) % this.values.length;
  }
}

interface Kept {
  readonly id: number;
  readonly bars: readonly Bars[];
  /** It has had a trade or a bar, so quotes say nothing more. */
  traded: boolean;
  /** Counts up over all askings; 0: nobody has. */
  asked: number;
  changed: boolean;
  /** Start of the newest second that was told. */
  told: number;
}

export class Candles implements TapSink {
  private readonly numbers: Float64Array;
  private readonly symbols: (Kept | undefined)[] = [];
  private readonly kept = new Set<Kept>();
  private askings = 0;

  constructor(memory: WebAssembly.Memory) {
    this.numbers = new Float64Array(memory.buffer);
  }

  record(words: Int32Array, at: number): void {
    const header = words[at] ?? 0;
    const kind = (header >>> 16) & 0xff;
    if (kind > layout.KIND_BAR) return;
    const symbol = this.symbols[header & 0xffff] ?? this.begin(header & 0xffff, false);
    if (symbol === null) return;
    const { numbers } = this;
    const record = at >> 1; // in numbers of 8 bytes
    const clock = numbers[record + (layout.EVENT_CLOCK >> 3)] ?? 0;
    const happened = numbers[record + (layout.EVENT_TIME >> 3)] ?? 0;
    const time = happened < clock ? happened : clock;
    const first = record + (layout.EVENT_PAYLOAD >> 3);
    const one = numbers[first] ?? 0;
    const two = numbers[first + 1] ?? 0;
    const three = numbers[first + 2] ?? 0;
    const four = numbers[first + 3] ?? 0;
    const five = numbers[first + 4] ?? 0;
    if (kind === layout.KIND_QUOTE) {
      if (symbol.traded || !(one > 0 && two > 0)) return;
      const middle = (one + two) / 2;
      for (const bars of symbol.bars) bars.take(time, middle, middle, middle, middle, 0);
    } else if (kind === layout.KIND_TRADE) {
      symbol.traded = true;
      for (const bars of symbol.bars) bars.take(time, one, three, four, one, two);
    } else {
      symbol.traded = true;
      const length = ((words[at + 1] ?? 0) >>> 0) * 1_000;
      const last = symbol.bars.at(-1);
      for (const bars of symbol.bars) {
        if (length > bars.us && bars !== last) continue;
        // A close may be a little before the end that it stands for.
        const start = length > bars.us ? Math.round((time - length) / bars.us) * bars.us : time - length / 2;
        bars.take(start, one, two, three, four, five);
      }
    }
    symbol.changed = true;
  }

  settled(): void {
    // Looked at once a second, not after each burst.
  }

  /** The newest bars of a length, oldest first; a length that is no multiple of a second has none. */
  last(id: number, us: number, limit: number): readonly Candle[] {
    const symbol = this.symbols[id] ?? this.begin(id, true);
    if (symbol === null) return [];
    symbol.asked = ++this.askings;
    const from = symbol.bars.findLast((bars) => us % bars.us === 0);
    return from === undefined ? [] : joined(from.since(-Infinity), us).slice(-limit);
  }

  /**
   * Seconds that have changed since this was asked last, oldest first, those of the newest few seconds only; the newest one
   * is not over yet.
   */
  news(id: number): readonly Candle[] {
    const symbol = this.symbols[id];
    const [seconds] = symbol?.bars ?? [];
    if (symbol?.changed !== true || seconds === undefined) return [];
    symbol.changed = false;
    const { newest } = seconds;
    const from = symbol.told < newest - NEWS_US ? newest - SECOND_US : symbol.told;
    symbol.told = newest;
    return [...seconds.since(from)];
  }

  /** Null: there is room for no more, and nobody has asked. */
  private begin(id: number, asked: boolean): Kept | null {
    if (this.kept.size >= KEPT_MAX) {
      if (!asked) return null;
      let longest: Kept | null = null;
      for (const one of this.kept) if (longest === null || one.asked < longest.asked) longest = one;
      if (longest !== null) {
        this.kept.delete(longest);
        this.symbols[longest.id] = undefined;
      }
    }
    const bars = LENGTHS.map((length) => new Bars(length));
    const symbol: Kept = { id, bars, traded: false, asked: 0, changed: false, told: -Infinity };
    this.kept.add(symbol);
    this.symbols[id] = symbol;
    return symbol;
  }
}

/** Bars of a length out of shorter ones. */
function joined(bars: Iterable<Candle>, us: number): readonly Candle[] {
  const out: Candle[] = [];
  for (const bar of bars) {
    const start = Math.floor(bar.start / us) * us;
    const open = out.at(-1);
    if (open?.start !== start) out.push({ ...bar, start });
    else
      out[out.length - 1] = {
        start,
        open: open.open,
        high: Math.max(open.high, bar.high),
        low: Math.min(open.low, bar.low),
        close: bar.close,
        volume: open.volume + bar.volume,
      };
  }
  return out;
}
