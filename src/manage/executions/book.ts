// The paper account of an execution: market events fill orders at the simulated venue, decisions and signals become orders
// there by the policy of its trader. The same code as backtests use: an order meets the first event after the decision.
// What closes a part of a position bears that part of the fees of its opening.
import * as layout from "../../../assembly/layout.ts";
import {
  type ClosedTrade,
  type Fill,
  DEFAULT_POLICY,
  freeTerms,
  rolePolicy,
  shareOf,
  Simulation,
  Trader,
  type TradeSignal,
} from "../../simulation/simulation.ts";
import type { FeedEvent } from "./feed-event.ts";
import type { BookedFill, StoredFill } from "./messages.ts";
import type { Terms } from "./terms.ts";

const MILLION = 1_000_000;

export interface BookListener {
  booked(fill: BookedFill): void;
  closed(trade: ClosedTrade): void;
}

interface Holding {
  quantity: number;
  /** Fees of the opening that no closing has borne yet. */
  fees: number;
}

export class Book {
  private readonly names: readonly string[];
  private readonly listener: BookListener;
  private readonly venue: Simulation;
  private terms: Terms;
  private share: number;
  /** By the implementation whose signals it trades; code has the empty name. */
  private readonly traders = new Map<string, Trader>();
  private readonly holdings: Holding[] = [];
  private realised = 0;
  private sequence = 0;
  private recalling = false;

  /** `names`: of the symbols by their places, which may become more. `share`: of the capital that it sizes by. */
  constructor(terms: Terms, names: readonly string[], listener: BookListener, share = 1) {
    this.names = names;
    this.listener = listener;
    this.venue = new Simulation({
      capital: terms.capital,
      costs: terms.costs,
      instruments: [],
      onFill: (fill) => this.booked(fill),
      onTrade: (trade) => this.listener.closed(trade),
    });
    this.terms = terms;
    this.share = share;
  }

  /** Fills of an earlier life, in their order; nobody is told of them. */
  recall(fills: readonly StoredFill[], places: (symbol: string) => number): void {
    this.recalling = true;
    for (const { symbol, side, quantity, price, fee, time } of fills) {
      const place = places(symbol);
      this.grow(place);
      const signed = side === "BUY" ? quantity : -quantity;
      this.venue.recall({ symbol: place, quantity: signed, price, fee, time });
      this.settle(place, fee);
    }
    this.recalling = false;
  }

  retune(terms: Terms, share = 1): void {
    this.terms = terms;
    this.share = share;
    for (const [type, trader] of this.traders) trader.retune(policyOf(terms, share, type));
  }

  /** Orders at work meet the event. False when it is no price that a venue could trade at. */
  event(place: number, event: FeedEvent): boolean {
    const { kind, clock, time, aux } = event;
    this.grow(place);
    this.sequence = event.sequence;
    const a = event.value(0);
    const b = event.value(1);
    const c = event.value(2);
    const d = event.value(3);
    const e = event.value(4);
    switch (kind) {
      case layout.KIND_TRADE:
        return this.venue.trade(place, clock, a, b) === null;
      case layout.KIND_QUOTE:
        return this.venue.quote(place, clock, a, b, c, d) === null;
      case layout.KIND_BAR:
        return this.venue.bar(place, Math.min(time - aux * 1_000, clock - 1), clock, a, b, c, d, e) === null;
      case layout.KIND_FUNDING:
        return this.venue.funding(place, clock, a) === null;
      default:
        return false;
    }
  }

  /** Of one event and, for a built-in strategy, one of the 18. */
  signals(signals: readonly TradeSignal[], type = ""): void {
    for (const { symbol } of signals) this.grow(symbol);
    this.trader(type).signals(signals);
  }

  /** What `wanted` of the usual size comes to within the limits; 0 stands for the whole. */
  sizeOf(wanted: number): number {
    const policy = { ...DEFAULT_POLICY, ...policyOf(this.terms, this.share, "") };
    return wanted > 0 ? shareOf(policy, this.terms.capital, wanted) : 1;
  }

  held(place: number): number {
    return this.venue.held(place);
  }
  mark(place: number): number {
    return this.venue.mark(place);
  }
  equity(): number {
    return this.venue.equity();
  }
  openPositions(): number {
    return this.venue.openPositions();
  }
  /** Places of the symbols that are held. */
  positions(): readonly number[] {
    return this.venue.positions().map(({ symbol }) => symbol);
  }

  /** Takes back what would open positions; stops and targets stay. */
  cancelEntries(): void {
    for (const { id, reduceOnly } of this.venue.orders()) if (!reduceOnly) this.venue.cancel(id);
  }

  /** Takes back everything and leaves every position at the next event of its symbol. */
  closeAll(): void {
    this.venue.cancelAll();
    this.trader("").closeAll(this.positions());
  }

  private trader(type: string): Trader {
    const known = this.traders.get(type) ?? new Trader(this.venue, policyOf(this.terms, this.share, type));
    this.traders.set(type, known);
    return known;
  }

  private grow(place: number): void {
    while (this.holdings.length <= place) {
      this.venue.addInstrument(freeTerms(this.names[this.holdings.length] ?? ""));
      this.holdings.push({ quantity: 0, fees: 0 });
    }
  }

  private booked({ symbol: place, side, quantity, price, fee, time }: Fill): void {
    const pnl = this.settle(place, fee);
    if (this.recalling) return;
    const name = this.names[place] ?? "";
    const { sequence } = this;
    this.listener.booked({
      symbol: name,
      side: side === "buy" ? "BUY" : "SELL",
      quantity,
      price,
      fee,
      time,
      pnl,
      sequence,
    });
  }

  /** What the fill that was just booked has closed, after its fees. */
  private settle(place: number, fee: number): number {
    const holding = this.holdings[place];
    if (holding === undefined) return 0;
    const { realised } = this.venue.books();
    const gain = (realised - this.realised) / MILLION;
    this.realised = realised;
    const before = Math.abs(holding.quantity);
    const after = Math.abs(this.venue.held(place));
    const opened = after > before && this.venue.held(place) * holding.quantity >= 0;
    holding.quantity = this.venue.held(place);
    if (opened) {
      holding.fees += fee;
      return 0;
    }
    const borne = before > 0 ? holding.fees * Math.min(1, (before - after) / before) : 0;
    holding.fees -= borne;
    return gain - fee - borne;
  }
}

function policyOf(terms: Terms, share: number, type: string) {
  const { policy } = terms;
  const most = policy.maxPositionSize ?? null;
  const size = policy.positionSize ?? DEFAULT_POLICY.positionSize;
  return {
    ...policy,
    ...rolePolicy(type),
    positionSize: size * share,
    maxPositionSize: most === null ? null : most * share,
  };
}
