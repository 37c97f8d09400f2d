// Rows of history as the events that a user's strategy sees, and as the one row that the book reads. Both objects are
// filled again for the next row. Of a trade, open, high and low are its price; bid and ask are those of the symbol's last
// quote. The time of a bar is its end, never later than it was known.
import type { Dataset, Row } from "../history/history.ts";
import { US_PER_MS } from "../domain/units.ts";
import { blankEvent, fillBar, fillBook, type FilledEvent, fillQuote, fillTrade } from "../sandbox/sandbox.ts";
import type { Rows } from "./drive.ts";

/** A dataset, and the number of the symbol whose prices it has; -1: it has none that count. */
export interface Source {
  readonly dataset: Dataset;
  readonly symbol: number;
}

const COLUMNS = 5;

export class MarketView {
  readonly event: FilledEvent = blankEvent();
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

  /** Best prices from before the first row. */
  know(symbol: number, bid: number, ask: number, bidSize: number, askSize: number): void {
    this.books.set([bid, ask, bidSize, askSize], 4 * symbol);
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
    return this.fill(dataset, symbol, values);
  }

  private fill({ kind, intervalMs }: Dataset, symbol: number, values: Float64Array): boolean {
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = values;
    const { event, books } = this;
    const at = 4 * symbol;
    if (kind === "quote") books.set([first, second, third, fourth], at);
    fillBook(event, books[at] ?? 0, books[at + 1] ?? 0, books[at + 2] ?? 0, books[at + 3] ?? 0);
    if (kind === "bar") fillBar(event, first, second, third, fourth, fifth, intervalMs);
    else if (kind === "trade") fillTrade(event, first, second, first, first, first);
    else if (kind === "quote") fillQuote(event, first, second);
    else return false;
    return true;
  }
}
