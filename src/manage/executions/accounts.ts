// What an execution owns: its main account, what a new version trades with for a while (a stake), and stakes that have
// ended and leave their positions with the next events. All of it together is the execution's equity.
import { Book, type BookListener } from "./book.ts";
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

  constructor(terms: Terms, names: readonly string[], listener: BookListener) {
    this.terms = terms;
    this.main = new Book(terms, names, listener);
  }

  recall(fills: readonly StoredFill[], places: (symbol: string) => number): void {
    this.main.recall(fills, places);
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

  equity(stake: Book | null): number {
    const { capital } = this.terms;
    let sum = this.main.equity() + this.carried;
    for (const book of this.ending) sum += book.equity() - capital;
    return stake === null ? sum : sum + stake.equity() - capital;
  }

  openPositions(stake: Book | null): number {
    let count = this.main.openPositions() + (stake?.openPositions() ?? 0);
    for (const book of this.ending) count += book.openPositions();
    return count;
  }

  private settle(): void {
    for (const [index, book] of this.ending.entries()) {
      if (book.openPositions() > 0) continue;
      this.carried += book.equity() - this.terms.capital;
      this.ending.splice(index, 1);
      this.settle();
      return;
    }
  }
}
