// A new version of a strategy's code beside the one that trades, on the same events. Both have an account of their own in
// full size, which begins empty and trades nothing real: what they come to there is compared, tick by tick, for as long as
// something is left of both, and the worst that each came to is kept. How much of the real trading the new version has:
//   nothing    it decides in shadow
//   capital    an account of its own, its stake, sized by its share; the main account sizes by the rest
//   symbols    the main account's symbols that it owns, with what is held there
// The main account belongs to the execution: whoever trades it takes over what it holds. A stake ends with the contest,
// by promotion or not: it leaves its positions at the next event of their symbols. A new version that fails is out, and
// what it had is the old one's again; the execution goes on.
import type { Decision, FilledEvent, MarketEvent } from "../../sandbox/sandbox.ts";
import type { Seat } from "../risk/gate.ts";
import { Book, type BookListener } from "./book.ts";
import type { FeedEvent } from "./feed-event.ts";
import { closingOf } from "./gatekeeper.ts";
import { type Lane, signalOf } from "./lane.ts";
import { LimitWatch } from "./limit-watch.ts";
import type { Comparison, ShareBy } from "./messages.ts";
import { hashOf } from "./symbol-hash.ts";
import type { Terms } from "./terms.ts";

export class Contest {
  readonly lane: Lane;
  /** Real trading of the new version; null: none of its own. */
  stake: Book | null = null;
  /** Of the capital, 0 to 1. */
  share = 0;
  private readonly names: readonly string[];
  private readonly terms: Terms;
  private readonly real: BookListener;
  private readonly seat: Seat | null;
  private readonly onFailed: () => void;
  private readonly oldBook: Book;
  private readonly newBook: Book;
  private readonly oldWorst: Worst;
  private readonly newWorst: Worst;
  private owned: ReadonlySet<number> = new Set();
  private readonly trades = { old: 0, new: 0 };
  private events = 0;
  private faults = 0;
  private oldEquity: number;
  private newEquity: number;
  /** Differences of the returns, new minus old: how many, mean, sum of squared deviations. */
  private pairs = 0;
  private mean = 0;
  private squares = 0;

  /** `onFailed`: the new version is out. */
  constructor(
    lane: Lane,
    names: readonly string[],
    terms: Terms,
    real: BookListener,
    seat: Seat | null,
    onFailed: () => void,
  ) {
    this.onFailed = onFailed;
    this.lane = lane;
    this.names = names;
    this.terms = terms;
    this.real = real;
    this.seat = seat;
    const counted = (whose: "old" | "new"): BookListener => ({
      booked: () => void this.trades[whose]++,
      closed: () => undefined,
    });
    this.oldBook = new Book(terms, names, counted("old"));
    this.newBook = new Book(terms, names, counted("new"));
    this.oldWorst = new Worst(terms);
    this.newWorst = new Worst(terms);
    this.oldEquity = this.newEquity = terms.capital;
  }

  get failed(): boolean {
    return this.faults > 0;
  }

  /** Whether the main account's trading of the symbol is the new version's. */
  owns(place: number): boolean {
    return this.owned.has(place);
  }

  /** From the next event on. The stake that is given up, for whoever lets it end. */
  take(percent: number, by: ShareBy): Book | null {
    const part = this.failed ? 0 : Math.min(100, Math.max(0, percent)) / 100;
    this.share = by === "capital" ? part : 0;
    this.owned = by === "symbols" ? firstOf(this.names, part) : new Set();
    if (this.share === 0) return this.withoutStake();
    if (this.stake === null) this.stake = new Book(this.terms, this.names, this.real, this.seat, this.share);
    else this.stake.retune(this.terms, this.share);
    return null;
  }

  /** Orders at work are filled, and the tick is compared. */
  event(place: number, event: FeedEvent): void {
    this.oldBook.event(place, event);
    this.newBook.event(place, event);
    this.stake?.event(place, event);
    if (this.failed) return;
    this.events++;
    const [oldBefore, newBefore] = [this.oldEquity, this.newEquity];
    this.oldEquity = this.oldBook.equity();
    this.newEquity = this.newBook.equity();
    this.oldWorst.see(event.clock, this.oldEquity);
    this.newWorst.see(event.clock, this.newEquity);
    // Of an account that is gone there is no return: a further loss would count as a gain.
    if (!(oldBefore > 0 && newBefore > 0)) return;
    if (oldBefore === this.oldEquity && newBefore === this.newEquity) return;
    const apart = this.newEquity / newBefore - this.oldEquity / oldBefore;
    const step = apart - this.mean;
    this.mean += step / ++this.pairs;
    this.squares += step * (apart - this.mean);
  }

  /** What the old version decides. */
  old(decision: Decision | null, market: MarketEvent, open: boolean): void {
    decide(this.oldBook, decision, market, open);
  }

  /** Asks the new version; what it decides where the main account is its own, null otherwise. */
  ask(market: FilledEvent, paused: boolean, open: boolean): Decision | null {
    if (this.failed) return null;
    const place = market.symbol;
    const main = this.owns(place);
    if (!main) market.position = this.newBook.held(place);
    const decided = this.lane.decide(market);
    if (!decided.ok) {
      this.faults++;
      this.lane.close();
      this.onFailed();
      return null;
    }
    const { value } = decided;
    if (value === null) return null;
    decide(this.newBook, value, market, open);
    if (this.stake !== null && !paused) decide(this.stake, value, market, open);
    return main ? value : null;
  }

  comparison(): Comparison {
    const { events, trades, faults, pairs, mean, squares, terms, oldWorst, newWorst } = this;
    const error = pairs > 1 ? Math.sqrt(squares / (pairs - 1) / pairs) : 0;
    return {
      events,
      trades: { ...trades },
      pnl: { old: this.oldBook.equity() - terms.capital, new: this.newBook.equity() - terms.capital },
      faults: { old: 0, new: faults },
      difference: { mean, error, n: pairs },
      lost: { old: oldWorst.lost, new: newWorst.lost },
      fallen: { old: oldWorst.fallen, new: newWorst.fallen },
      limits: terms.limits,
    };
  }

  /** The stake, for whoever lets it end. */
  release(): Book | null {
    this.share = 0;
    this.owned = new Set();
    return this.withoutStake();
  }

  private withoutStake(): Book | null {
    const { stake } = this;
    this.stake = null;
    return stake;
  }
}

/** The worst that an account has come to, counted as its limits are. */
class Worst {
  lost = 0;
  fallen = 0;
  private readonly watch: LimitWatch;

  constructor(terms: Terms) {
    this.watch = new LimitWatch(terms);
  }

  see(clock: number, equity: number): void {
    const { watch } = this;
    watch.see(clock, equity);
    this.lost = Math.min(this.lost, watch.lost);
    this.fallen = Math.min(this.fallen, watch.fallen);
  }
}

function decide(book: Book, decided: Decision | null, market: MarketEvent, open: boolean): void {
  const value = open ? decided : closingOf(decided, book.held(market.symbol));
  if (value !== null) book.signals([signalOf(value, market, book.sizeOf(value.size))]);
}

/** A part of the symbols, at least one, always the same ones first, whatever the order of their names. */
function firstOf(names: readonly string[], part: number): ReadonlySet<number> {
  const ranked = names.map((name, place) => ({ place, rank: hashOf(name) })).toSorted((a, b) => a.rank - b.rank);
  return new Set(ranked.slice(0, Math.ceil(part * names.length)).map(({ place }) => place));
}
