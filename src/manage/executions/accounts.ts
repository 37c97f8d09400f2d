// What an execution owns: its main account, what a new version trades with for a while (a stake), and stakes that have
// ended and leave their positions with the next events. All of it together is the execution's equity, and what counts
// positions counts them together: a symbol that several accounts hold is one.
import type { BookedOrder, BookedPosition } from "../orders/orders.ts";
import type { Seat } from "../risk/gate.ts";
import { Book, type BookListener, type Carried } from "./book.ts";
import type { FeedEvent } from "./feed-event.ts";
import type { StoredFill } from "./messages.ts";
import type { Terms } from "./terms.ts";

export class Accounts {
  readonly main: Book;
  private terms: Terms;
  /** Of the capital that the main account sizes by. */
  private share = 1;
  private readonly ending: Book[] = [];
  /** What stakes came to that are over. */
  private carried = 0;

  constructor(terms: Terms, names: readonly string[], listener: BookListener, seat: Seat | null) {
    this.terms = terms;
    this.main = new Book(terms, names, listener, seat);
  }

  recall(fills: readonly StoredFill[], carry: readonly Carried[], places: (symbol: string) => number): void {
    this.main.recall(fills, carry, places);
  }
  restore(orders: readonly BookedOrder[], places: (symbol: string) => number): void {
    this.main.restore(orders, places);
  }

  /** What is held in all accounts, one position for each symbol. */
  holding(stake: Book | null): readonly BookedPosition[] {
    const books = [this.main, ...(stake === null ? [] : [stake]), ...this.ending];
    const [first = []] = books.map((book) => book.holding());
    if (books.length === 1) return first;
    const bySymbol = new Map<string, BookedPosition>();
    for (const position of books.flatMap((book) => book.holding())) {
      const { symbol, quantity, cost, mark } = position;
      const known = bySymbol.get(symbol);
      bySymbol.set(
        symbol,
        known === undefined
          ? position
          : { symbol, quantity: known.quantity + quantity, cost: known.cost + cost, mark: Math.max(known.mark, mark) },
      );
    }
    return [...bySymbol.values()].filter(({ quantity }) => quantity !== 0);
  }

  /** Takes back every order. */
  cancelAll(stake: Book | null): void {
    this.main.cancelAll();
    stake?.cancelAll();
    for (const book of this.ending) book.cancelAll();
  }

  /** What is claimed of limits counts at the last prices. */
  mark(stake: Book | null): void {
    this.main.gate?.mark();
    stake?.gate?.mark();
    for (const book of this.ending) book.gate?.mark();
  }

  /** Takes back what would open positions; what is leaving goes on leaving. */
  cancelEntries(stake: Book | null): void {
    this.main.cancelEntries();
    stake?.cancelEntries();
  }

  /** Where only what leaves a position may pass by now, nothing else stays in the market. */
  restrain(stake: Book | null): void {
    for (const book of [this.main, ...this.ending]) book.restrain();
    stake?.restrain();
  }

  retune(terms: Terms): void {
    this.terms = terms;
    this.main.retune(terms, this.share);
  }
  /** From the next order on. */
  size(share: number): void {
    this.share = share;
    this.main.retune(this.terms, share);
  }

  /** False when it is no price that a venue could trade at. */
  event(place: number, event: FeedEvent): boolean {
    for (const book of this.ending) book.event(place, event);
    if (this.ending.length > 0) this.settle();
    return this.main.event(place, event);
  }

  /** A stake that has ended. */
  leave(stake: Book | null): void {
    if (stake === null) return;
    stake.closeAll();
    this.ending.push(stake);
    this.settle();
  }

  /** Nothing comes of this symbol any more; `price`: the last one, 0 where the accounts know it. */
  leaveSymbol(place: number, clock: number, price: number, stake: Book | null): void {
    for (const book of [this.main, ...this.ending]) book.leave(place, clock, price);
    stake?.leave(place, clock, price);
    this.settle();
  }

  equity(stake: Book | null): number {
    const { capital } = this.terms;
    let sum = this.main.equity() + this.carried;
    for (const book of this.ending) sum += book.equity() - capital;
    return stake === null ? sum : sum + stake.equity() - capital;
  }

  /** Without a stake. */
  get idle(): boolean {
    return this.ending.length === 0 && this.main.idle;
  }

  /** Symbols that are held, in whichever account. */
  get openPositions(): number {
    return this.main.tally.held;
  }

  /** Nothing is traded any more, whatever is held. */
  close(stake: Book | null): void {
    for (const book of [this.main, ...this.ending]) book.close();
    stake?.close();
  }

  private settle(): void {
    for (const [index, book] of this.ending.entries()) {
      if (book.openPositions() > 0) continue;
      book.close();
      this.carried += book.equity() - this.terms.capital;
      this.ending.splice(index, 1);
      this.settle();
      return;
    }
  }
}
