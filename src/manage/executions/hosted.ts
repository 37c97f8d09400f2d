// One execution inside its thread: account, program, figures, limits. At each event of its symbols, in this order: orders
// at work are filled, the limits are looked at, the step of the figures ends if its second is over, the program decides,
// and what it decides becomes an order, which meets the next event. A program that is paused goes on seeing events, so
// that its indicators stay true; what it decides is dropped. Nothing here waits, reads a clock, or throws for what a
// program does.
import * as layout from "../../../assembly/layout.ts";
import { blankEvent, type Program } from "../../sandbox/sandbox.ts";
import { type Amendment, type RemoteNews, TapeRecorder } from "../../simulation/simulation.ts";
import type { Board } from "../risk/board.ts";
import type { Refusals, Seat, Stake } from "../risk/gate.ts";
import { Accounts } from "./accounts.ts";
import { Contest } from "./contest.ts";
import type { FeedEvent } from "./feed-event.ts";
import { Figures, STEP_US } from "./figures.ts";
import { closingOf, Gatekeeper, type GateTable } from "./gatekeeper.ts";
import { HeldSignals } from "./held.ts";
import { faultText, Lane, signalOf } from "./lane.ts";
import { breachText, LimitWatch } from "./limit-watch.ts";
import { type BestQuote, show } from "./market.ts";
import type { Answer, Beginning, BookedFill, ExecutionNews, NamedSignal, Past, ShareBy, Shares } from "./messages.ts";
import { ORDER_OVER } from "./order-notes.ts";
import type { Places } from "./places.ts";
import { Sharing } from "./sharing.ts";
import * as row from "./step-rows.ts";
import type { Terms } from "./terms.ts";
import { Tidings } from "./tidings.ts";
import { Versions } from "./versions.ts";

const PATIENCE_US = 60_000_000;

export class Hosted {
  readonly key: number;
  readonly places: Places;
  readonly from: number;
  /** Over: it sees nothing any more and has to be told of and forgotten. */
  over = false;
  paused: boolean;
  readonly versions: Versions;
  private readonly accounts: Accounts;
  private readonly tidings: Tidings;
  private readonly seat: Seat | null;
  /** Orders that risk, or the pause of a venue, refused since the last news. */
  private readonly refusals: Refusals = { count: 0, reason: null };
  private terms: Terms;
  private readonly figures: Figures;
  private readonly watch: LimitWatch;
  private readonly held = new HeldSignals();
  private readonly gatekeeper: Gatekeeper;
  /** Of the last event that it was given, or of the one before the first that it may see. */
  private sequence: number;
  private stepAt = 0;
  /** Places that are held since an earlier life and have no price of this one yet: until then equity is what it was. */
  private readonly unpriced: Set<number>;
  private readonly onNews: (hosted: Hosted) => void;
  /** Places of which nothing comes any more: no order may wait there. */
  private readonly silent = new Set<number>();
  private waits = false;
  /** Events have come since it told of itself. */
  private moved = false;
  private readonly patience: { readonly equity: number; readonly forgives: boolean };
  private patientSince = 0;
  /** There is something to tell besides a step. */
  private tells = true;
  private reignsTold = 0;
  private points: number[] = [];
  private breach: string | null = null;
  private fault: string | null = null;
  private ended = false;
  private readonly tape: TapeRecorder | null;
  private readonly market = blankEvent();

  /** `onNews`: it has something to tell, said once until it is asked for it. */
  constructor(
    order: Beginning,
    places: Places,
    program: Program | null,
    onNews: (hosted: Hosted) => void,
    board: Board | null = null,
  ) {
    this.onNews = onNews;
    const { key, from, paused, terms, version, fills } = order;
    this.key = key;
    this.from = from;
    this.sequence = from - 1;
    this.paused = paused;
    this.places = places;
    this.figures = new Figures(terms.capital);
    this.watch = new LimitWatch(terms);
    this.terms = terms;
    this.tape = order.taped === true ? new TapeRecorder() : null;
    const booked = (fill: BookedFill): void => this.booked(fill);
    this.seat = board === null || order.owner === null ? null : { board, owner: order.owner, refusals: this.refusals };
    this.tidings = new Tidings(order.lastOrder, (trade) => this.figures.trade(trade), booked, order.live === true);
    this.accounts = new Accounts(terms, places.names, this.tidings.listener, this.seat);
    const named = (symbol: string): number => places.named(symbol);
    this.accounts.recall(fills, order.carry, named);
    this.tidings.begin(order, this.accounts.main.balances());
    this.accounts.restore(order.orders, named);
    this.gatekeeper = new Gatekeeper(places.names, order.gates);
    this.versions = new Versions(this.accounts, new Lane(version, program), order.reigns);
    this.unpriced = new Set(this.accounts.main.positions());
    this.patience = { equity: order.past?.equity ?? terms.capital, forgives: order.past?.watch === null };
    if (order.past !== null) this.resume(order.past);
    this.speak();
  }

  private speak(): void {
    this.tells = true;
    this.ready();
  }
  private ready(): void {
    if (this.waits) return;
    this.waits = true;
    this.onNews(this);
  }

  private resume({ equity, highest, deepest, course, figures, watch }: Past): void {
    if (course === null) this.figures.goOn({ highest: Math.max(highest, equity), deepest, before: equity }, figures);
    else this.figures.resume(course.figures);
    if (course !== null) this.accounts.main.tally.resume(course.tally);
    if (watch !== null) this.watch.resume(watch);
    else this.watch.forgive(this.equity());
  }

  /** `best`: the symbol's quote as it stands; `decides`: whether the program is asked. */
  event(event: FeedEvent, best: BestQuote, decides: boolean): void {
    const place = this.places.of(event.subject);
    if (place < 0 || this.over || event.sequence < this.from) return;
    this.release(event.sequence);
    this.sequence = event.sequence;
    this.moved = true;
    if (this.silent.size > 0) this.silent.delete(place);
    this.tape?.row(place, event, best, decides);
    if (this.accounts.event(place, event)) this.places.moved(place, this.accounts.main.mark(place));
    this.versions.contest?.event(place, event);
    if (this.unpriced.size > 0) this.priced(place, event);
    this.settle(event.clock);
    if (decides) this.ask(place, event, best);
    if (this.tidings.urgent() || this.refusals.count > 0) this.speak();
  }

  /** No event of this symbol comes any more; `price`: the last one, 0 where its accounts know it. */
  leave(place: number, clock: number, price = 0): void {
    if (place < 0 || this.over) return;
    this.silent.add(place);
    this.unpriced.delete(place);
    this.accounts.leaveSymbol(place, clock, price, this.versions.contest?.stake ?? null);
    this.speak();
  }

  /** Signals of the core count from the event behind the one that caused them. */
  signals(sequence: number, signals: readonly NamedSignal[]): void {
    this.held.hold(sequence, signals);
    this.release(this.sequence + 1);
  }

  /** What it saw before it was opened (again), without deciding anything. `owns`: what the main account holds is its own. */
  remember(program: Program, event: FeedEvent, best: BestQuote, owns: boolean): void {
    const place = this.places.of(event.subject);
    if (place < 0) return;
    const held = owns ? this.accounts.main.heldAt(place, event.clock) : 0;
    program.decide(show(this.market, place, event, best, held));
  }

  /** Sizes, levels and limits from the next event on, and the program, where one was opened for other parameters. */
  retune(terms: Terms, program: Program | null): void {
    this.terms = terms;
    this.watch.retune(terms);
    this.accounts.retune(terms);
    this.versions.forget();
    if (program !== null) this.versions.lane.replace(program);
    this.speak();
  }

  gates(table: GateTable): void {
    this.gatekeeper.add(table);
  }

  /** A new version beside the one that trades, from the next event on. */
  contend(lane: Lane): void {
    const failed = (): void => this.speak();
    this.versions.enter(new Contest(lane, this.places.names, this.terms, this.tidings.listener, this.seat, failed));
  }

  /** Of the lanes some are new and some are kept; null: its version decides on all symbols. */
  balance(weights: Shares["weights"] | null, lanes: readonly Lane[]): void {
    this.versions.balance(weights === null ? null : new Sharing(weights, lanes, this.places.names), lanes);
    this.speak();
  }

  share(percent: number, by: ShareBy): void {
    this.versions.share(percent, by);
    this.speak();
  }

  /** Changes the order of this number, or takes it back; why not, or null. */
  order(number: number, change: Amendment | null, at: number): string | null {
    const { notes } = this.tidings;
    const done = change === null ? notes.cancel(number) : notes.amend(number, change);
    notes.changedAt(number, at);
    this.speak();
    if (done === null) return ORDER_OVER;
    return done.ok ? null : done.failure;
  }

  /** After whatever was asked for; `order`: the number of the one that was asked about. */
  answer(fault: string | null = null, order = 0): Answer {
    this.speak();
    const { versions, sequence } = this;
    const { version } = versions.lane;
    const comparison = versions.comparison();
    return { sequence: sequence + 1, version, comparison, order: this.tidings.notes.get(order), fault };
  }

  stake(symbol: string): Stake | null {
    const { gate } = this.accounts.main;
    return gate === null ? null : gate.stake(this.places.known(symbol));
  }

  /** A real venue has filled one of its orders, or moved it. */
  told(number: number, news: RemoteNews): void {
    const fault = this.accounts.main.told(number, news);
    if (fault !== null) this.fail(`a fill at the venue cannot be booked (order ${number}): ${fault}`);
    if (this.tidings.urgent()) this.speak();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (paused) this.tape?.stop();
    if (paused) this.accounts.cancelEntries(this.versions.contest?.stake ?? null);
    else this.watch.forgive(this.equity());
    this.speak();
  }

  /** At an event it would do nothing but take in the price. */
  get idle(): boolean {
    const { versions, accounts, held, tape, unpriced } = this;
    return versions.silent && versions.alone && held.none && tape === null && unpriced.size === 0 && accounts.idle;
  }
  /** When its next step of figures is due. */
  get nextStep(): number {
    return this.stepAt + STEP_US;
  }

  fail(reason: string): void {
    this.fault = reason;
    this.close();
  }
  end(): void {
    this.ended = true;
    this.close();
  }

  /** The market rests: what the last events made of what it holds is told, although its step is not over. */
  rest(): void {
    if (this.moved && this.accounts.openPositions > 0) this.ready();
  }

  /** One step at most and nothing else: then it fits a row. */
  get onlyStepped(): boolean {
    const { versions } = this;
    return !this.tells && this.points.length <= 3 && this.reignsTold === versions.reigns.length && versions.alone;
  }

  /** Since the last time, where it has only stepped. */
  step(rows: Float64Array, at: number): void {
    const [time = 0, point = 0, drawdown = 0] = this.points;
    const reign = this.versions.reigns.at(-1);
    this.waits = this.moved = false;
    this.points.length = 0;
    rows[at + row.STEP_KEY] = this.key;
    rows[at + row.STEP_SEQUENCE] = this.sequence;
    rows[at + row.STEP_EQUITY] = this.equity();
    rows[at + row.STEP_OPEN] = this.accounts.openPositions;
    rows[at + row.STEP_REIGN_LAST] = reign?.last ?? 0;
    rows[at + row.STEP_REIGN_EVENTS] = reign?.events ?? 0;
    rows[at + row.STEP_TIME] = time;
    rows[at + row.STEP_DRAWDOWN] = drawdown;
    rows[at + row.STEP_POINT] = point;
    row.writeCourse(rows, at, this.figures, this.watch.course(), this.accounts.main.tally.course());
  }

  /** Since the last time. */
  news(): ExecutionNews {
    this.tells = this.waits = this.moved = false;
    this.reignsTold = this.versions.reigns.length;
    const { key, points, breach, fault, ended } = this;
    const stake = this.versions.contest?.stake ?? null;
    const { marks, ...told } = this.tidings.take(this.accounts.holding(stake));
    this.points = [];
    this.breach = null;
    const equity = this.equity();
    const { versions, sequence } = this;
    const reigns = versions.reigns.map((reign) => ({ ...reign }));
    const state = {
      equity,
      openPositions: this.accounts.openPositions,
      sequence,
      version: versions.lane.version,
      reigns,
      balances: this.tidings.postings.balances,
      marks,
      course: {
        figures: this.figures.course(),
        watch: this.watch.course(),
        tally: this.accounts.main.tally.course(),
      },
    };
    const { count: refused, reason: refusal } = this.refusals;
    this.refusals.count = 0;
    const [out, comparison] = [versions.faults(), versions.comparison()];
    const news = { key, state, ...told, points, refused, refusal, breach, fault, out, comparison, ended };
    return this.over && this.tape !== null ? { ...news, tape: this.tape.tape(this.places.names) } : news;
  }

  private booked({ symbol, side, quantity, price, fee }: BookedFill): void {
    const place = this.places.named(symbol);
    this.tape?.filled({ symbol: place, side: side === "BUY" ? "buy" : "sell", quantity, price, fee });
  }

  /** Takes back every order; what is decided from now on is refused by risk. */
  takeBack(): void {
    this.accounts.cancelAll(this.versions.contest?.stake ?? null);
    this.speak();
  }

  /** Limits, or switches of risk, are others than before. */
  restrain(): void {
    this.accounts.restrain(this.versions.contest?.stake ?? null);
    if (this.tidings.urgent()) this.speak();
  }

  private close(): void {
    this.over = true;
    this.speak();
    const stake = this.versions.contest?.stake ?? null;
    this.versions.close();
    this.accounts.cancelAll(null);
    this.accounts.close(stake);
  }

  /** A symbol that is silent is waited for a minute of the engine clock, then counts at its last fill. */
  private priced(place: number, { kind, clock }: FeedEvent): void {
    const { unpriced } = this;
    if (kind !== layout.KIND_FUNDING) unpriced.delete(place);
    if (this.patientSince === 0) this.patientSince = clock;
    if (clock - this.patientSince >= PATIENCE_US) unpriced.clear();
    if (unpriced.size === 0 && this.patience.forgives) this.watch.forgive(this.equity());
  }

  private equity(): number {
    if (this.unpriced.size > 0) return this.patience.equity;
    return this.accounts.equity(this.versions.contest?.stake ?? null);
  }

  private release(before: number): void {
    if (this.held.none) return;
    const opens = (place: number): boolean => !this.silent.has(place) && this.gatekeeper.opens(place, before);
    this.held.release(before, this.paused ? null : this.accounts.main, this.places, opens);
  }

  private settle(clock: number): void {
    const step = clock - this.stepAt >= STEP_US;
    if (!step && !this.watch.looks(this.accounts.openPositions > 0)) return;
    const equity = this.equity();
    const drawdown = this.figures.drawdown(equity);
    const breach = this.watch.breach(clock, equity);
    if (breach !== null && !this.paused) {
      this.breach = breachText(breach);
      this.pause(true);
    }
    if (!step) return;
    this.stepAt = clock;
    this.accounts.mark(this.versions.contest?.stake ?? null);
    this.figures.step(clock, equity, this.places.step());
    this.points.push(clock, equity, drawdown);
    if (this.tidings.due()) this.speak();
    else this.ready();
  }

  private ask(place: number, event: FeedEvent, best: BestQuote): void {
    if (this.versions.silent) {
      this.versions.sees(event.sequence, event.clock);
      return;
    }
    const market = show(this.market, place, event, best, this.accounts.main.held(place));
    const open = this.gatekeeper.opens(place, event.sequence);
    const decided = this.versions.ask(event, market, this.paused, open);
    if (!decided.ok) {
      this.fail(faultText(decided.failure));
      return;
    }
    const { main } = this.accounts;
    if (decided.value !== null) this.tape?.decided(place, decided.value);
    const value = open ? decided.value : closingOf(decided.value, main.held(place));
    if (value !== null && !this.paused) main.signals([signalOf(value, market, main.sizeOf(value.size))]);
  }
}
