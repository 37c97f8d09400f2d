// Two strategies against each other on the same live events, each with a paper account of its own that begins with its
// share of the capital. At each event both accounts are filled, and both programs decide; what a minute made of the two is
// one pair of returns (blocks.ts). It ends by itself with the first that can be told to be better (sequential.ts), or with
// a program that fails. Sizes, levels and costs are the strategies' own; limits that pause an execution do not end an account here. What
// goes on in another process begins with empty accounts: open positions count with the last price that they had.
import { blankEvent, type Program } from "../../sandbox/sandbox.ts";
import { Blocks } from "./blocks.ts";
import { Book } from "./book.ts";
import type { FeedEvent } from "./feed-event.ts";
import { Figures, STEP_US } from "./figures.ts";
import { HeldSignals } from "./held.ts";
import { faultText, Lane, signalOf } from "./lane.ts";
import { type BestQuote, show } from "./market.ts";
import type { DuelBeginning, DuelFault, DuelNews, DuelSide, DuelState, NamedSignal, Side } from "./messages.ts";
import type { Places } from "./places.ts";
import { SequentialTest } from "../../learning/sequential.ts";

export class Duel {
  readonly key: number;
  readonly from: number;
  over = false;
  private readonly a: Party;
  private readonly b: Party;
  private readonly test: SequentialTest;
  private readonly blocks: Blocks;
  private fault: DuelFault | null = null;
  private tells = true;

  constructor(order: DuelBeginning, parties: Readonly<Record<Side, Opened>>) {
    this.key = order.key;
    this.from = order.from;
    this.a = new Party(order.a, parties.a);
    this.b = new Party(order.b, parties.b);
    this.test = new SequentialTest(order.course);
    this.blocks = new Blocks(this.test);
  }

  event(event: FeedEvent, best: BestQuote, decides: boolean): void {
    const { a, b } = this;
    if (this.over || event.sequence < this.from) return;
    const seen = { a: a.event(event), b: b.event(event) };
    if (!seen.a && !seen.b) return;
    const { clock } = event;
    const marked = { a: { equity: a.marked(clock), seen: seen.a }, b: { equity: b.marked(clock), seen: seen.b } };
    const decided = this.blocks.event(clock, marked.a, marked.b);
    this.tells = true;
    if (decided) this.end();
    if (this.over || !decides) return;
    const fault = this.asked(a, "a", event, best) ?? this.asked(b, "b", event, best);
    if (fault === null) return;
    this.fault = fault;
    this.end();
  }

  signals(side: Side, sequence: number, signals: readonly NamedSignal[]): void {
    this[side].held.hold(sequence, signals);
  }

  learn(id: number, name: string): void {
    this.a.places.learn(id, name);
    this.b.places.learn(id, name);
  }

  /** Since the last time; null when there is nothing to tell. */
  news(): DuelNews | null {
    if (!this.tells) return null;
    this.tells = false;
    const { key, test, fault } = this;
    return { key, a: this.a.state(), b: this.b.state(), course: test.course(), evidence: test.evidence(), fault };
  }

  end(): void {
    this.over = true;
    this.tells = true;
    this.a.lane.close();
    this.b.lane.close();
  }

  private asked(party: Party, side: Side, event: FeedEvent, best: BestQuote): DuelFault | null {
    const reason = party.ask(event, best);
    return reason === null ? null : { side, reason };
  }
}

export interface Opened {
  readonly places: Places;
  /** Null: a built-in strategy, which is traded by its signals. */
  readonly program: Program | null;
}

class Party {
  readonly places: Places;
  readonly lane: Lane;
  readonly held = new HeldSignals();
  private readonly capital: number;
  private readonly carried: DuelState | null;
  private readonly book: Book;
  private readonly figures: Figures;
  private readonly market = blankEvent();
  private trades: number;
  private stepAt = 0;

  constructor({ version, terms, past }: DuelSide, { places, program }: Opened) {
    this.places = places;
    this.lane = new Lane(version, program);
    this.capital = terms.capital;
    this.carried = past;
    this.trades = past?.trades ?? 0;
    this.figures = new Figures(terms.capital);
    if (past !== null) this.figures.resume(past.figures);
    this.book = new Book(terms, places.names, {
      booked: () => void this.trades++,
      closed: (trade) => this.figures.trade(trade),
    });
  }

  /** Orders at work meet the event. False: its symbol is none of its own. */
  event(event: FeedEvent): boolean {
    const place = this.places.of(event.subject);
    if (place < 0) return false;
    this.held.release(event.sequence, this.book, this.places);
    if (this.book.event(place, event)) this.places.moved(place, this.book.mark(place));
    return true;
  }

  /** Its equity. */
  marked(clock: number): number {
    const equity = this.equity();
    if (clock - this.stepAt >= STEP_US) {
      this.stepAt = clock;
      this.figures.step(clock, equity, this.places.step());
    }
    return equity;
  }

  /** Why it failed; null: it did not. */
  ask(event: FeedEvent, best: BestQuote): string | null {
    const place = this.places.of(event.subject);
    if (place < 0) return null;
    const { book } = this;
    const market = show(this.market, place, event, best, book.held(place));
    const decided = this.lane.decide(market);
    if (!decided.ok) return faultText(decided.failure);
    const { value } = decided;
    if (value !== null) book.signals([signalOf(value, market, book.sizeOf(value.size))]);
    return null;
  }

  state(): DuelState {
    const equity = this.equity();
    const { win_rate: winRate, sharpe_ratio: sharpe } = this.figures.figured(equity);
    const pnl = equity - this.capital;
    return { trades: this.trades, pnl, winRate: winRate ?? 0, sharpe: sharpe ?? 0, figures: this.figures.course() };
  }

  private equity(): number {
    return this.book.equity() + (this.carried?.pnl ?? 0);
  }
}
