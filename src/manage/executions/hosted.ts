// One execution inside its thread: account, program, figures, limits. At each event of its symbols, in this order: orders
// at work are filled, the limits are looked at, the step of the figures ends if its second is over, the program decides,
// and what it decides becomes an order, which meets the next event. A program that is paused goes on seeing events, so
// that its indicators stay true; what it decides is dropped. Nothing here waits, reads a clock, or throws for what a
// program does.
import * as layout from "../../../assembly/layout.ts";
import type { MarketEvent, Program } from "../../sandbox/sandbox.ts";
import type { ClosedTrade } from "../../simulation/simulation.ts";
import { Accounts } from "./accounts.ts";
import type { BookListener } from "./book.ts";
import { Contest } from "./contest.ts";
import type { FeedEvent } from "./feed-event.ts";
import { Figures, STEP_US } from "./figures.ts";
import { faultText, Lane, signalOf } from "./lane.ts";
import { breachText, LimitWatch } from "./limit-watch.ts";
import type { Answer, Beginning, BookedFill, ExecutionNews, NamedSignal, ShareBy } from "./messages.ts";
import type { Places } from "./places.ts";
import type { Terms } from "./terms.ts";
import { Versions } from "./versions.ts";

/** Of a symbol, as it stands; zeros before the first. */
export interface BestQuote {
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
}

type Filled = { -readonly [K in keyof MarketEvent]: MarketEvent[K] };

interface Held {
  readonly sequence: number;
  readonly signals: readonly NamedSignal[];
}

export class Hosted {
  readonly key: number;
  readonly places: Places;
  readonly from: number;
  /** Over: it sees nothing any more and has to be told of and forgotten. */
  over = false;
  paused: boolean;
  readonly versions: Versions;
  private readonly accounts: Accounts;
  private readonly listener: BookListener;
  private terms: Terms;
  private readonly figures: Figures;
  private readonly watch: LimitWatch;
  private readonly held: Held[] = [];
  /** Of the last event that it was given, or of the one before the first that it may see. */
  private sequence: number;
  private stepAt = 0;
  private tells = true;
  private fills: BookedFill[] = [];
  private points: number[] = [];
  private breach: string | null = null;
  private fault: string | null = null;
  private ended = false;
  /** One for all calls: programs read it and do not keep it. */
  private readonly market: Filled = { ...NOTHING };

  constructor(order: Beginning, places: Places, program: Program | null) {
    const { key, from, paused, terms, version, fills } = order;
    this.key = key;
    this.from = from;
    this.sequence = from - 1;
    this.paused = paused;
    this.places = places;
    this.figures = new Figures(terms.capital);
    this.watch = new LimitWatch(terms);
    this.terms = terms;
    this.listener = {
      booked: (fill: BookedFill) => void this.fills.push(fill),
      closed: (trade: ClosedTrade) => this.figures.trade(trade),
    };
    this.accounts = new Accounts(terms, places.names, this.listener);
    this.accounts.recall(fills, (symbol) => places.named(symbol));
    this.versions = new Versions(this.accounts, new Lane(version, program), order.reigns);
  }

  /** `best`: the symbol's quote as it stands; `decides`: whether the program is asked. */
  event(event: FeedEvent, best: BestQuote, decides: boolean): void {
    const place = this.places.of(event.subject);
    if (place < 0 || this.over || event.sequence < this.from) return;
    this.release(event.sequence);
    this.sequence = event.sequence;
    if (this.accounts.event(place, event)) this.places.moved(place, this.accounts.main.mark(place));
    this.versions.contest?.event(place, event);
    this.settle(event.clock);
    if (decides) this.ask(place, event, best);
    if (this.fills.length > 0) this.tells = true;
  }

  /** Signals of the core count from the event behind the one that caused them. */
  signals(sequence: number, signals: readonly NamedSignal[]): void {
    this.held.push({ sequence, signals });
    this.release(this.sequence + 1);
  }

  /** What it saw before it was opened (again), without deciding anything. */
  remember(program: Program, event: FeedEvent, best: BestQuote): void {
    const place = this.places.of(event.subject);
    if (place >= 0) program.decide(this.marketOf(place, event, best));
  }

  /** Sizes, levels and limits from the next event on, and the program, where one was opened for other parameters. */
  retune(terms: Terms, program: Program | null): void {
    this.terms = terms;
    this.watch.retune(terms);
    this.accounts.retune(terms);
    this.versions.forget();
    if (program !== null) this.versions.lane.replace(program);
    this.tells = true;
  }

  /** A new version beside the one that trades, from the next event on. */
  contend(lane: Lane): void {
    this.versions.enter(new Contest(lane, this.places.names, this.terms, this.listener));
  }

  share(percent: number, by: ShareBy): void {
    this.versions.share(percent, by);
    this.tells = true;
  }

  /** After whatever was asked for. */
  answer(fault: string | null = null): Answer {
    this.tells = true;
    const { versions, sequence } = this;
    return { sequence: sequence + 1, version: versions.lane.version, comparison: versions.comparison(), fault };
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (paused) this.accounts.main.cancelEntries();
    else this.watch.forgive(this.equity());
    this.tells = true;
  }

  fail(reason: string): void {
    this.fault = reason;
    this.close();
  }
  end(): void {
    this.ended = true;
    this.close();
  }

  /** Since the last time; null when there is nothing to tell. */
  news(): ExecutionNews | null {
    if (!this.tells) return null;
    this.tells = false;
    const { key, fills, points, breach, fault, ended } = this;
    this.fills = [];
    this.points = [];
    this.breach = null;
    const equity = this.equity();
    const metrics = this.figures.metrics(equity);
    const { versions, sequence } = this;
    const reigns = versions.reigns.map((reign) => ({ ...reign }));
    const state = {
      equity,
      metrics,
      openPositions: this.openPositions(),
      sequence,
      version: versions.lane.version,
      reigns,
    };
    return { key, state, fills, points, breach, fault, ended };
  }

  private close(): void {
    this.over = true;
    this.tells = true;
    this.versions.close();
  }

  private equity(): number {
    return this.accounts.equity(this.versions.contest?.stake ?? null);
  }
  private openPositions(): number {
    return this.accounts.openPositions(this.versions.contest?.stake ?? null);
  }

  private release(before: number): void {
    while (this.held[0] !== undefined && this.held[0].sequence < before) {
      const due = this.held.shift()?.signals ?? [];
      if (this.paused) continue;
      const known = due.map(({ symbol, ...signal }) => ({ ...signal, symbol: this.places.named(symbol) }));
      const wanted = known.filter(({ symbol }) => symbol >= 0);
      for (const type of new Set(wanted.map((signal) => signal.type)))
        this.accounts.main.signals(
          wanted.filter((signal) => signal.type === type),
          type,
        );
    }
  }

  private settle(clock: number): void {
    const step = clock - this.stepAt >= STEP_US;
    if (!step && !this.watch.looks(this.openPositions() > 0)) return;
    const equity = this.equity();
    const drawdown = this.figures.drawdown(equity);
    const breach = this.watch.breach(clock, equity);
    if (breach !== null && !this.paused) {
      this.breach = breachText(breach);
      this.pause(true);
    }
    if (!step) return;
    this.stepAt = clock;
    this.figures.step(clock, equity, this.places.step());
    this.points.push(clock, equity, drawdown);
    this.tells = true;
  }

  private ask(place: number, event: FeedEvent, best: BestQuote): void {
    const market = this.marketOf(place, event, best);
    const decided = this.versions.ask(event.sequence, event.clock, market, this.paused);
    if (!decided.ok) {
      this.fail(faultText(decided.failure));
      return;
    }
    const { value } = decided;
    const { main } = this.accounts;
    if (value !== null && !this.paused) main.signals([signalOf(value, market, main.sizeOf(value.size))]);
  }

  private marketOf(place: number, event: FeedEvent, best: BestQuote): Filled {
    const { market } = this;
    const { kind, time } = event;
    const a = event.value(0);
    const b = event.value(1);
    const c = event.value(2);
    const d = event.value(3);
    const e = event.value(4);
    const bar = kind === layout.KIND_BAR;
    const quote = kind === layout.KIND_QUOTE;
    market.symbol = place;
    market.time = time;
    market.price = quote ? a + (b - a) / 2 : bar ? d : a;
    market.volume = quote ? 0 : bar ? e : b;
    market.open = quote ? market.price : bar ? a : e;
    market.high = quote ? market.price : bar ? b : c;
    market.low = quote ? market.price : bar ? c : d;
    market.bid = best.bid;
    market.ask = best.ask;
    market.bidSize = best.bidSize;
    market.askSize = best.askSize;
    market.position = this.accounts.main.held(place);
    return market;
  }
}

const NOTHING: MarketEvent = {
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
