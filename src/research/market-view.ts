// Rows of history as the events that a user's strategy sees, and as the one row that the book reads. Both objects are
// filled again for the next row. A quote's price is the middle; of a trade, open, high and low are its price; bid and ask
// are those of the symbol's last quote, 0 before the first. The time of a bar is its end, never later than it was known.
import type { Dataset, Row } from "../history/history.ts";
import { US_PER_MS } from "../domain/units.ts";
import type { MarketEvent } from "../sandbox/sandbox.ts";
import type { Rows } from "./drive.ts";

/** A dataset, and the number of the symbol whose prices it has; -1: it has none that count. */
export interface Source {
  readonly dataset: Dataset;
  readonly symbol: number;
}

type Filled = { -readonly [K in keyof MarketEvent]: MarketEvent[K] };

const COLUMNS = 5;

export class MarketView {
  readonly event: Filled = {
    symbol: 0,
    time: 0,
    price: 0,
    volume: 0,
    open: 0,
    high: 0,
    low: 0,
    bid: 0,
    ask: 0,
    bidSize: 0,
    askSize: 0,
    position: 0,
  };
  readonly rows: Rows;
  private readonly sources: readonly Source[];
  /** Bid, ask and their sizes, by symbol. */
  private readonly books: Float64Array;

  constructor(sources: readonly Source[], symbols: number) {
    this.sources = sources;
    this.books = new Float64Array(4 * symbols);
    const one = (): Float64Array => new Float64Array(1);
    this.rows = { time: one(), known: one(), columns: Array.from({ length: COLUMNS }, one) };
  }

  /** False: the row is no price of a symbol. */
  take({ source, time, known, values }: Row): boolean {
    const from = this.sources[source];
    if (from === undefined || from.symbol < 0) return false;
    const { time: times, known: knowns, columns } = this.rows;
    times[0] = time;
    knowns[0] = known;
    for (let index = 0; index < COLUMNS; index++) {
      const column = columns[index];
      if (column) column[0] = values[index] ?? 0;
    }
    const { event } = this;
    const { dataset, symbol } = from;
    event.symbol = symbol;
    event.time = Math.min(time + dataset.intervalMs * US_PER_MS, known);
    return this.fill(dataset.kind, symbol, values);
  }

  private fill(kind: Dataset["kind"], symbol: number, values: Float64Array): boolean {
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = values;
    if (kind === "quote") this.books.set([first, second, third, fourth], 4 * symbol);
    this.quote(symbol);
    if (kind === "bar") this.prices(fourth, first, second, third, fifth);
    else if (kind === "trade") this.prices(first, first, first, first, second);
    else if (kind === "quote") {
      const middle = first + (second - first) / 2;
      this.prices(middle, middle, middle, middle, 0);
    } else return false;
    return true;
  }

  private quote(symbol: number): void {
    const { event, books } = this;
    const at = 4 * symbol;
    event.bid = books[at] ?? 0;
    event.ask = books[at + 1] ?? 0;
    event.bidSize = books[at + 2] ?? 0;
    event.askSize = books[at + 3] ?? 0;
  }

  private prices(price: number, open: number, high: number, low: number, volume: number): void {
    const { event } = this;
    event.price = price;
    event.open = open;
    event.high = high;
    event.low = low;
    event.volume = volume;
  }
}
