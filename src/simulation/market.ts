// One symbol as the simulation sees it: its terms and costs, the event under way, what may still be taken of it, the
// last prices, and the orders that wait for it.
import { sessionEnd, type InstrumentTerms } from "./instrument-terms.ts";
import { Position } from "./account.ts";
import type { Costs } from "./costs.ts";
import { MILLION, units } from "./money.ts";
import type { PositionView, Purpose, Side } from "./order.ts";
import type { WorkingOrder } from "./working-order.ts";

/** How often in a row a real venue did not take such an order, and until when none is sent. */
export interface Patience {
  times: number;
  until: number;
}

const MEMORY = 0.94;
const BPS = 10_000;
const YEAR_US = 365 * 86_400_000_000;

export class Market {
  readonly symbol: number;
  terms: InstrumentTerms;
  costs: Costs;
  readonly position: Position;
  orders: WorkingOrder[] = [];
  /** Event under way: a bar's prices; of a trade all four are its price. */
  start = 0;
  end = 0;
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  volume = 0;
  /** Units of the event under way that own orders may still take. */
  liquidity = 0;
  /** The last quote; 0 before the first. */
  bid = 0;
  ask = 0;
  bidSize = 0;
  askSize = 0;
  /** What own orders took of each side of the quote. */
  bidLeft = 0;
  askLeft = 0;
  /** What a market order would pay or get now. */
  buyAt = 0;
  sellAt = 0;
  /** Time of the last event. */
  known = 0;
  /** Price at the end of the last event. */
  private last = 0;
  /** The event under way or the last one was a quote, whose sides offer apart. */
  quoting = false;
  /** Exponential mean of squared returns from event to event. */
  variance = 0;
  /** Events so far, and when the first one was. */
  private events = 0;
  private firstAt = 0;
  /** Orders that leave the position and were not taken by a real venue, by what they are for; and entries, by side. */
  readonly setbacks = new Map<Purpose, Patience>();
  readonly refused: Readonly<Record<Side, Patience>> = { buy: { times: 0, until: 0 }, sell: { times: 0, until: 0 } };
  /** Borrowing that is owed and not booked, in millionths, and since when it runs. */
  owed = 0;
  owedSince = 0;

  constructor(symbol: number, terms: InstrumentTerms, costs: Costs) {
    this.symbol = symbol;
    this.terms = terms;
    this.costs = costs;
    this.position = new Position(symbol, terms.name);
  }

  /** What may be taken of a volume or size. */
  share(of: number): number {
    const { participation } = this.costs;
    return participation === null ? Number.POSITIVE_INFINITY : of * participation;
  }

  /** Before an order takes from a quote: what its side has left; afterwards `taken` keeps what is left then. */
  offer(sign: number): void {
    if (this.quoting) this.liquidity = sign > 0 ? this.askLeft : this.bidLeft;
  }
  taken(sign: number): void {
    if (!this.quoting) return;
    if (sign > 0) this.askLeft = this.liquidity;
    else this.bidLeft = this.liquidity;
  }

  /** The price at which the event ends becomes the mark. */
  settle(price: number, buyAt: number, sellAt: number): void {
    if (this.last > 0) {
      const step = price / this.last - 1;
      this.variance = MEMORY * this.variance + (1 - MEMORY) * step * step;
    }
    this.last = price;
    if (this.events++ === 0) this.firstAt = this.known;
    this.position.mark = price;
    this.buyAt = buyAt;
    this.sellAt = sellAt;
  }

  /** What is held; null when nothing is. */
  view(): PositionView | null {
    const { symbol, position } = this;
    const { quantity, mark } = position;
    if (quantity === 0) return null;
    const unrealized = units(position.value() - position.cost);
    return { symbol, quantity, entryPrice: position.entryPrice(), mark, unrealized };
  }

  /** Units that orders of this side may still open, or add. */
  underway(side: Side): number {
    let sum = 0;
    for (const order of this.orders) if (order.counted && order.side === side) sum += order.open;
    return sum;
  }

  /** Events in a year at the rate at which they came. */
  yearly(): number {
    const elapsed = this.known - this.firstAt;
    return elapsed > 0 ? ((this.events - 1) * YEAR_US) / elapsed : 0;
  }

  /** Orders that are over leave the list once no event is under way. */
  forgetOver(): void {
    for (const order of this.orders) {
      if (!order.over) continue;
      this.orders = this.orders.filter((each) => !each.over);
      return;
    }
  }

  /** Counts what borrowing the units of a short position cost since the last time. */
  borrow(time: number): void {
    const { quantity, mark } = this.position;
    const elapsed = time - this.owedSince;
    if (quantity < 0 && elapsed > 0) {
      const rate = this.costs.borrowBps / BPS / YEAR_US;
      this.owed -= quantity * mark * MILLION * rate * elapsed;
    }
    this.owedSince = time;
  }

  sessionEnd(time: number): number {
    return sessionEnd(time, this.terms.session);
  }
}
