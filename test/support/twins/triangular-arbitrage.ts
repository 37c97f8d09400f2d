// The rules of triangular_arbitrage in plain TypeScript: books are lists, the bound of the amount is found by halving on
// the piecewise linear function of what comes back instead of by walking the levels together.
export interface TwinLeg {
  /** 1: side 1 sells the base. */
  readonly direction: 1 | -1;
  readonly fee: number;
  readonly lot: number;
  readonly minNotional: number;
}
export type TwinLevel = readonly [price: number, size: number];
interface Book {
  readonly bids: readonly TwinLevel[];
  readonly asks: readonly TwinLevel[];
  readonly arrived: number;
  readonly happened: number;
}
export interface TwinSignal {
  readonly leg: number;
  readonly action: 1 | -1 | 0;
  readonly entry: number;
  readonly edge: number;
  readonly quantity: number;
}
interface Trade {
  readonly given: number;
  readonly spent: number;
  readonly quantity: number;
  readonly value: number;
}

const EDGE_MIN = 0.001;
const EDGE_FULL = 0.003;
const AGE_US = 250_000;
const FILL_US = 100_000;
const DEPTH_TARGET = 10;

export class TriangleTwin {
  unwinds = 0;
  private readonly books: (Book | null)[] = [null, null, null];
  private readonly legs: readonly TwinLeg[];
  private readonly cooldownUs: number;
  private held: { side: 1 | -1; since: number; entries: readonly number[] } | null = null;
  private last = -Infinity;

  constructor(legs: readonly TwinLeg[], cooldownUs: number) {
    this.legs = legs;
    this.cooldownUs = cooldownUs;
  }

  quote(
    leg: number,
    bids: readonly TwinLevel[],
    asks: readonly TwinLevel[],
    happened: number,
    clock: number,
  ): readonly TwinSignal[] {
    const out = this.settle(clock);
    this.books[leg] = { bids, asks, arrived: clock, happened };
    if (this.held) {
      if (this.touch(this.held.side) <= 1) out.push(...this.unwind());
      return out;
    }
    for (const side of [1, -1] as const) if (!this.held) out.push(...this.enter(side, clock));
    return out;
  }

  beat(clock: number): readonly TwinSignal[] {
    const out = this.settle(clock);
    if (this.held && this.oldest() + AGE_US <= clock) out.push(...this.unwind());
    return out;
  }

  private settle(clock: number): TwinSignal[] {
    if (!this.held || clock < this.held.since + FILL_US) return [];
    if (this.oldest() + AGE_US <= this.held.since + FILL_US) return this.unwind();
    this.held = null;
    return [];
  }
  private oldest(): number {
    return Math.min(...this.books.map((book) => book?.arrived ?? 0));
  }

  private order(side: 1 | -1): readonly number[] {
    return side === 1 ? [0, 1, 2] : [2, 1, 0];
  }
  private sells(leg: number, side: 1 | -1): boolean {
    return (this.legs[leg]?.direction ?? 1) === side;
  }
  private taken(leg: number, side: 1 | -1): readonly TwinLevel[] {
    const book = this.books[leg];
    const levels = (this.sells(leg, side) ? book?.bids : book?.asks) ?? [];
    const end = levels.findIndex(([price]) => !(price > 0));
    return end < 0 ? levels : levels.slice(0, end);
  }

  private touch(side: 1 | -1): number {
    return this.order(1).reduce((product, leg) => {
      const price = this.taken(leg, side)[0]?.[0] ?? 0;
      const kept = 1 - (this.legs[leg]?.fee ?? 0);
      return product * (price > 0 ? (this.sells(leg, side) ? price * kept : kept / price) : 0);
    }, 1);
  }

  /** What comes back for an amount without lots; null when the books are not deep enough. */
  private smooth(side: 1 | -1, amount: number): number | null {
    let held = amount;
    for (const leg of this.order(side)) {
      let left = held;
      let got = 0;
      for (const [price, size] of this.taken(leg, side)) {
        const room = this.sells(leg, side) ? size : size * price;
        const part = Math.min(room, left);
        got += this.sells(leg, side) ? part * price : part / price;
        left -= part;
      }
      if (left > held * 1e-12) return null;
      held = got * (1 - (this.legs[leg]?.fee ?? 0));
    }
    return held;
  }

  private bound(side: 1 | -1, least: number): number {
    const good = (amount: number): boolean => (this.smooth(side, amount) ?? 0) > least * amount;
    let low = 1e-12;
    if (!good(low)) return 0;
    let high = low;
    while (good(high)) high *= 2;
    for (let step = 0; step < 200; step++) {
      const middle = (low + high) / 2;
      if (good(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  private trade(leg: number, side: 1 | -1, amount: number): Trade | null {
    const { fee, lot, minNotional } = this.legs[leg] ?? { fee: 0, lot: 0, minNotional: 0 };
    const selling = this.sells(leg, side);
    const levels = this.taken(leg, side);
    let wanted = amount;
    if (!selling) {
      let money = amount;
      wanted = 0;
      for (const [price, size] of levels) {
        const part = Math.min(size, money / price);
        wanted += part;
        money -= part * price;
      }
      if (money > amount * 1e-9) return null;
    }
    const quantity = lot > 0 ? Math.floor(wanted / lot + 1e-9) * lot : wanted;
    let left = quantity;
    let value = 0;
    for (const [price, size] of levels) {
      const part = Math.min(size, left);
      value += part * price;
      left -= part;
    }
    if (!(quantity > 0) || left > quantity * 1e-9 || value < minNotional) return null;
    return { given: (selling ? value : quantity) * (1 - fee), spent: selling ? quantity : value, quantity, value };
  }
  private trades(side: 1 | -1, amount: number): readonly Trade[] | null {
    let held = amount;
    const trades: Trade[] = [];
    for (const leg of this.order(side)) {
      const trade = this.trade(leg, side, held);
      if (!trade) return null;
      trades.push(trade);
      held = trade.given;
    }
    return trades;
  }
  private product(side: 1 | -1, amount: number): number {
    const trades = this.trades(side, amount);
    return trades ? (trades[2]?.given ?? 0) / (trades[0]?.spent ?? 1) : 0;
  }

  private enter(side: 1 | -1, clock: number): readonly TwinSignal[] {
    const least = 1 + EDGE_MIN;
    const books = this.books.flatMap((book) => (book ? [book] : []));
    if (books.length < 3 || this.touch(side) <= least) return [];
    const happened = books.map((book) => book.happened);
    const age = Math.max(Math.max(...happened) - Math.min(...happened), clock - this.oldest());
    if (age >= AGE_US || clock - this.last < this.cooldownUs) return [];
    const amount = this.largest(side, least);
    const trades = amount > 0 ? this.trades(side, amount) : null;
    if (!trades) return [];
    const edge = (trades[2]?.given ?? 0) / (trades[0]?.spent ?? 1) - 1;
    const first = this.legs[this.order(side)[0] ?? 0];
    const depth = (trades[0]?.value ?? 0) / (DEPTH_TARGET * (first?.minNotional ?? 0));
    const confidence = Math.min(Math.min(edge / EDGE_FULL, 1) * Math.min(depth, 1) * (1 - age / AGE_US), 0.9);
    if (confidence < 0.1 || confidence * 4 - (1 - confidence) < 0.05) return [];
    this.last = clock;
    const entries = trades.map((trade) => trade.value / trade.quantity);
    this.held = { side, since: clock, entries };
    return this.order(side).map((leg, index) => ({
      leg,
      action: this.sells(leg, side) ? -1 : 1,
      entry: entries[index] ?? 0,
      edge,
      quantity: trades[index]?.quantity ?? 0,
    }));
  }

  private largest(side: 1 | -1, least: number): number {
    const bound = this.bound(side, least);
    let above = bound;
    for (let step = 32; step > 0; step--) {
      let good = (bound * step) / 32;
      let best = this.good(side, good, least);
      if (best > 0) {
        for (let halving = 0; halving < 12 && good < above; halving++) {
          const middle = (good + above) / 2;
          const larger = this.good(side, middle, least);
          if (larger > 0) [good, best] = [middle, larger];
          else above = middle;
        }
        return best;
      }
      above = good;
    }
    return 0;
  }

  /** The least amount that gives as much, found by halving; 0 when its edge is too small. */
  private good(side: 1 | -1, amount: number, least: number): number {
    const trades = this.trades(side, amount);
    if (!trades) return 0;
    const given = (trades[2]?.given ?? 0) * (1 - 1e-9);
    let low = 0;
    let high = amount;
    for (let step = 0; step < 100; step++) {
      const middle = (low + high) / 2;
      if ((this.trades(side, middle)?.[2]?.given ?? 0) >= given) high = middle;
      else low = middle;
    }
    return this.product(side, high) > least ? (this.trades(side, high)?.[0]?.spent ?? 0) : 0;
  }

  private unwind(): TwinSignal[] {
    if (!this.held) return [];
    const { side, entries } = this.held;
    this.held = null;
    this.unwinds++;
    const back = side === 1 ? -1 : 1;
    return this.order(side).map((leg, index) => {
      const entry = this.taken(leg, back)[0]?.[0] ?? 0;
      const before = entries[index] ?? 0;
      const sign = this.sells(leg, side) ? -1 : 1;
      return { leg, action: 0, entry, edge: (sign * (before - entry)) / before, quantity: 0 };
    });
  }
}
