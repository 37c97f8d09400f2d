// The paper account of an execution: market events fill orders at the simulated venue, decisions and signals become orders
// there by the policy of its trader. The same code as backtests use: an order meets the first event after the decision.
// Orders, fills and payments are told as they happen; each fill and payment is posted with what it did to the books.
// What closes a part of a position bears that part of the fees of its opening.
import * as layout from "../../../assembly/layout.ts";
import {
  type Carry,
  type ClosedTrade,
  type Fill,
  type Order,
  DEFAULT_POLICY,
  ENTRY_PAUSES,
  freeTerms,
  type Remote,
  type RemoteNews,
  policyOfType,
  rolePolicy,
  shareOf,
  Simulation,
  type SimulationOptions,
  type Tally,
  Trader,
  type TradeSignal,
  Underway,
  type Venue,
} from "../../simulation/simulation.ts";
import type { Balances, BookedOrder, BookedPosition } from "../orders/orders.ts";
import { Gate, type GateAccount, type Seat } from "../risk/gate.ts";
import type { FeedEvent } from "./feed-event.ts";
import type { BookedFill, StoredFill } from "./messages.ts";
import { balancesOf, type Postings } from "./postings.ts";
import type { Terms } from "./terms.ts";

const MILLION = 1_000_000;
/** Of the event at which a position of a market that is over is left: more than any. */
const ALL = 1e18;

export interface BookListener {
  booked(fill: BookedFill): void;
  closed(trade: ClosedTrade): void;
  /** Of accounts whose orders and books are those of the execution. */
  readonly real?: {
    /** Numbers of orders. */
    readonly numbering: { last: number };
    /** What all of them have open together: its limits are those of the execution. */
    readonly tally: Tally;
    readonly postings: Postings;
    ordered(order: Order, symbol: string, time: number, venue: Pick<Venue, "amend" | "cancel">): void;
    /** Where its orders leave for a real venue. */
    readonly remote?: (symbol: (place: number) => string) => Remote;
  };
}

/** A symbol, what it earned by being held, in millionths, and up to when borrowing it was paid; 0: never. */
export type Carried = readonly [symbol: string, amount: number, borrowedUntil: number];

interface Holding {
  quantity: number;
  /** Fees of the opening that no closing has borne yet. */
  fees: number;
  /** Engine clock of the fill that opened it, or turned it over. */
  since: number;
}

export class Book {
  private readonly names: readonly string[];
  private readonly listener: BookListener;
  private readonly venue: Simulation;
  private terms: Terms;
  private share: number;
  /** By the implementation whose signals it trades; code has the empty name. */
  private readonly traders = new Map<string, Trader>();
  /** What any of them has on its way. */
  private readonly underway = new Underway();
  private readonly holdings: Holding[] = [];
  private realised = 0;
  private sequence = 0;
  private recalling = false;
  private posted: Balances;
  /** What its orders go through; null: nothing here is real. */
  readonly gate: Gate | null;
  /** What a real venue's pause has kept from leaving is counted with what risk has. */
  private readonly refused: ((reason: string) => void) | undefined;

  /**
   * `names`: of the symbols by their places, which may become more. `seat`: whose limits its orders keep, null for none.
   * `share`: of the capital that it sizes by.
   */
  constructor(terms: Terms, names: readonly string[], listener: BookListener, seat: Seat | null = null, share = 1) {
    this.names = names;
    this.listener = listener;
    const { real } = listener;
    this.venue = new Simulation({
      capital: terms.capital,
      costs: terms.costs,
      instruments: [],
      onFill: (fill) => this.booked(fill),
      onTrade: (trade) => this.listener.closed(trade),
      ...(real === undefined
        ? {}
        : {
            numbering: real.numbering,
            tally: real.tally,
            onOrder: (order) => {
              this.gate?.changed(order);
              real.ordered(order, names[order.symbol] ?? "", this.venue.now(), this.venue);
            },
            onCarry: (carry) => this.paid(carry),
            ...(real.remote === undefined ? {} : { remote: real.remote((place) => names[place] ?? "") }),
          }),
      ...(seat === null ? {} : this.guarded()),
    });
    this.posted = balancesOf(this.venue.books());
    this.gate = seat === null ? null : new Gate(seat, this.asked());
    if (seat !== null && real?.remote !== undefined) this.refused = (reason) => paused(seat, reason);
    this.terms = terms;
    this.share = share;
  }

  /** Fills and payments of an earlier life, in their order; nobody is told of them. */
  recall(fills: readonly StoredFill[], carry: readonly Carried[], places: (symbol: string) => number): void {
    this.recalling = true;
    for (const { symbol, side, quantity, price, fee, time } of fills) {
      const place = places(symbol);
      this.grow(place);
      const signed = side === "BUY" ? quantity : -quantity;
      this.venue.recall({ symbol: place, quantity: signed, price, fee, time });
      this.settle(place, fee, time);
    }
    for (const [symbol, amount, borrowedUntil] of carry) {
      const place = places(symbol);
      this.grow(place);
      this.venue.recallCarry(place, amount, borrowedUntil);
    }
    this.recalling = false;
    for (const place of this.positions()) this.gate?.moved(place);
    this.posted = balancesOf(this.venue.books());
  }

  /** Orders of an earlier life that are in the market still. */
  restore(orders: readonly BookedOrder[], places: (symbol: string) => number): void {
    for (const order of orders) {
      const { number: id, symbol, side, kind, quantity, filled, average: price, limit, stop, trail, oco } = order;
      const { timeInForce, reduceOnly, purpose, createdAt: submittedAt } = order;
      const place = places(symbol);
      if (place < 0) continue;
      this.grow(place);
      const levels = {
        ...(limit === null ? {} : { limit }),
        ...(stop === null ? {} : { stop }),
        ...(trail === null ? {} : { trail }),
      };
      const plain = { symbol: place, side: side === "BUY" ? "buy" : "sell", kind, quantity, oco } as const;
      const request = { ...plain, ...levels, timeInForce, reduceOnly, purpose };
      this.venue.restore({ id, request, filled, price, submittedAt });
    }
  }

  /** What a real venue tells of an order; a reason when it cannot be booked. */
  told(number: number, news: RemoteNews): string | null {
    return this.venue.told(number, news);
  }

  /** What was posted, or would have been. */
  balances(): Balances {
    return this.posted;
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
  /** What is held now of the symbol, at a time when that was held already; 0 before. */
  heldAt(place: number, clock: number): number {
    return clock >= (this.holdings[place]?.since ?? Number.NaN) ? this.held(place) : 0;
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
  /** What it has open, together with the other accounts of its execution. */
  get tally(): Tally {
    return this.venue.tally;
  }
  /** Nothing is held, and no order is at work. */
  get idle(): boolean {
    return this.venue.idle;
  }
  /** Places of the symbols that are held. */
  positions(): readonly number[] {
    return this.venue.positions().map(({ symbol }) => symbol);
  }
  /** What is held, by name. */
  holding(): readonly BookedPosition[] {
    return this.venue.holdings().map(({ name: symbol, quantity, cost, mark }) => ({ symbol, quantity, cost, mark }));
  }
  /** Takes back every order. */
  cancelAll(): void {
    this.venue.cancelAll();
  }

  /** Takes back what would open positions; stops and targets stay. */
  cancelEntries(): void {
    this.venue.cancelEntries();
  }

  /** Where only what leaves a position may pass by now, nothing else stays in the market. */
  restrain(): void {
    this.gate?.restrain((symbol, reason) => this.venue.restrain(symbol, reason));
  }

  /** Takes back everything and leaves every position at the next event of its symbol. */
  closeAll(): void {
    this.venue.cancelAll();
    this.trader("").closeAll(this.positions());
  }

  /**
   * Takes back the orders of a symbol of which no event comes any more, and leaves what is held of it at its last price,
   * as an order that meets one more trade there. `price`: 0 where it is known here.
   */
  leave(place: number, clock: number, price: number): void {
    if (this.listener.real?.remote !== undefined) return; // a venue has prices of its own
    const { feedLatencyUs, orderLatencyUs } = this.terms.costs;
    this.grow(place);
    const last = price > 0 ? price : this.venue.mark(place);
    this.venue.cancelAll(place);
    this.trader("").closeAll([place]);
    const arrival = Math.max(clock, this.venue.now()) + feedLatencyUs + orderLatencyUs;
    if (last > 0) this.venue.trade(place, arrival, last, ALL);
  }

  /** Nothing is traded here any more: what its orders and positions had claimed is free for others. */
  close(): void {
    this.venue.cancelAll();
    this.gate?.release();
  }

  private guarded(): Pick<SimulationOptions, "admit" | "withdraw"> {
    return {
      admit: (request, position, price, amends) => this.gate?.admit(request, position, price, amends) ?? null,
      withdraw: (symbol) => this.gate?.withdraw(symbol),
    };
  }
  private asked(): GateAccount {
    return {
      held: (place) => this.venue.held(place),
      mark: (place) => this.venue.mark(place),
      equity: () => this.venue.equity(),
      name: (place) => this.names[place] ?? "",
    };
  }

  private trader(type: string): Trader {
    const known = this.traders.get(type);
    if (known !== undefined) return known;
    const made = new Trader(this.venue, policyOf(this.terms, this.share, type), this.refused, this.underway);
    this.traders.set(type, made);
    return made;
  }

  private grow(place: number): void {
    while (this.holdings.length <= place) {
      this.venue.addInstrument(freeTerms(this.names[this.holdings.length] ?? ""));
      this.holdings.push({ quantity: 0, fees: 0, since: Number.NaN });
    }
  }

  private booked({ symbol: place, side, quantity, price, fee, time }: Fill): void {
    const pnl = this.settle(place, fee, time);
    if (this.recalling) return;
    const name = this.names[place] ?? "";
    this.post("fill", name, time);
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

  private paid({ symbol, kind, time }: Carry): void {
    if (!this.recalling) this.post(kind, this.names[symbol] ?? "", time);
  }

  private post(kind: "fill" | Carry["kind"], symbol: string, time: number): void {
    const { real } = this.listener;
    if (real === undefined) return;
    const before = this.posted;
    this.posted = balancesOf(this.venue.books());
    real.postings.post({ kind, symbol, timestamp: Math.round(time) }, before, this.posted);
  }

  /** What the fill that was just booked has closed, after its fees. */
  private settle(place: number, fee: number, time: number): number {
    const holding = this.holdings[place];
    if (holding === undefined) return 0;
    const { realised } = this.venue.books();
    const gain = (realised - this.realised) / MILLION;
    this.realised = realised;
    const before = Math.abs(holding.quantity);
    const after = Math.abs(this.venue.held(place));
    const opened = after > before && this.venue.held(place) * holding.quantity >= 0;
    if (this.venue.held(place) * holding.quantity <= 0) holding.since = time;
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

function paused({ refusals }: Seat, reason: string): void {
  if (reason !== ENTRY_PAUSES) return;
  refusals.count++;
  refusals.reason = reason;
}

function policyOf(terms: Terms, share: number, type: string) {
  const { policy, inventories } = terms;
  const most = policy.maxPositionSize ?? null;
  const size = policy.positionSize ?? DEFAULT_POLICY.positionSize;
  return {
    ...policyOfType(type, policy),
    ...rolePolicy(type),
    inventory: inventories[type] ?? DEFAULT_POLICY.inventory,
    positionSize: size * share,
    maxPositionSize: most === null ? null : most * share,
  };
}
