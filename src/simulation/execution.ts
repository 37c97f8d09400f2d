// Filling: how much of an order can be had, at what price after slippage, at what fee, and what follows from it: books,
// the other orders of the pair, stop and target of an entry. What an event offers is taken once: `liquidity` of the
// market shrinks with every fill. Called by the paths (bar-path.ts, tick-path.ts), which say at which price.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Account } from "./account.ts";
import type { CloseReason } from "./closed-trade.ts";
import type { Margin } from "./costs.ts";
import { wholeLots, roundedDown, roundedUp } from "./instrument-terms.ts";
import type { Market } from "./market.ts";
import { millionths, units } from "./money.ts";
import { bracketOf, type Moment, openPair } from "./brackets.ts";
import type { Carry, Fill, Order } from "./order.ts";
import type { OrderState } from "./order-states.ts";
import { leavesAtOnce, type Remote, send } from "./remote.ts";
import { partOf } from "./slicing.ts";
import type { WorkingOrder } from "./working-order.ts";

export interface Listeners {
  readonly onFill?: (fill: Fill) => void;
  /** An order came, moved to another state, or was amended or resized as it stands. */
  readonly onOrder?: (order: Order) => void;
  /** Funding and borrowing, as it is booked. */
  readonly onCarry?: (carry: Carry) => void;
}

const BPS = 10_000;
/** However thin the market: a fill is never worse than half or one and a half times its price. */
const WORSE_MAX = 0.5;
/** Rounding that a margin check forgives, as a share. */
const ROUNDING = 1e-9;
/** A remainder below this share of a quantity is what rounding left. */
const DUST = 1e-12;
const NOTHING_LEFT = "there is no position left that it could reduce";
const NOTHING_OPENED = "it may open no more than it has";

export class Execution {
  readonly account: Account;
  readonly margin: Margin | null;
  private readonly listeners: Listeners;
  /** Orders that are not over, by id. */
  readonly orders = new Map<number, WorkingOrder>();
  private readonly numbering: { last: number };
  readonly remote: Remote | null;
  now: EpochUs = 0;
  /** Number of the event under way or, between events, of the last one. */
  event = 0;
  moment: Moment = "end";

  constructor(
    account: Account,
    margin: Margin | null,
    listeners: Listeners,
    numbering = { last: 0 },
    remote: Remote | null = null,
  ) {
    this.account = account;
    this.numbering = numbering;
    this.margin = margin;
    this.listeners = listeners;
    this.remote = remote;
  }

  nextId(): number {
    return ++this.numbering.last;
  }
  /** Numbers up to this one are taken. */
  numberedUpTo(id: number): void {
    this.numbering.last = Math.max(this.numbering.last, id);
  }

  place(market: Market, order: WorkingOrder): void {
    this.orders.set(order.id, order);
    market.orders.push(order);
    if (!order.reduceOnly) {
      order.counted = true;
      this.account.tally.enters(order.symbol);
    }
    this.listeners.onOrder?.(order);
    if (this.remote !== null && leavesAtOnce(order)) this.dispatch(this.remote, market, order);
  }

  /** Sends what there is to leave and may be opened now of an order, unless it has to wait. */
  dispatch(remote: Remote, market: Market, order: WorkingOrder): void {
    const wanted = this.wanted(market, order);
    const against = Math.min(wanted, Math.max(0, -order.sign * market.position.quantity));
    const opening = this.allowed(market, order, wanted - against, market.position.mark);
    const whole = opening < wanted - against ? against + opening : wanted;
    if (!(whole > DUST * wanted)) {
      const nothing = order.reduceOnly ? NOTHING_LEFT : NOTHING_OPENED;
      this.end(order, order.state === "new" ? "rejected" : "cancelled", nothing);
    } else if (send(remote, market, order, whole) && !order.reduceOnly && whole < order.open) {
      order.quantity = order.filled + whole;
      this.changed(order);
    }
  }

  move(order: WorkingOrder, to: OrderState, reason: string | null = null): void {
    order.move(to, reason);
    if (order.over) {
      this.orders.delete(order.id);
      this.discount(order);
    }
    this.listeners.onOrder?.(order);
  }

  /** From now on it only makes a position smaller. */
  narrow(order: WorkingOrder): void {
    order.reduceOnly = true;
    this.discount(order);
  }

  /** It opens nothing any more. */
  private discount(order: WorkingOrder): void {
    if (order.counted) this.account.tally.leaves(order.symbol, order.arrived);
    order.counted = false;
  }

  /** Its prices or its quantity are others now, in the state in which it is. */
  changed(order: WorkingOrder): void {
    this.listeners.onOrder?.(order);
  }

  /** Ends an order if it is not over yet. */
  end(order: WorkingOrder, to: OrderState, reason: string): void {
    if (order.over) return;
    if (!order.sent) {
      this.move(order, to, reason);
      return;
    }
    order.ending = true;
    this.remote?.cancel(order);
  }

  /** Fills what can be had of an order at the market's price; `maker`: it was resting there. */
  take(market: Market, order: WorkingOrder, reference: Price, maker: boolean, time: EpochUs): void {
    if (order.over) return;
    if (!Number.isNaN(order.share) && !this.sized(market, order, reference, time)) return;
    const whole = this.wanted(market, order);
    if (whole <= 0) {
      this.end(order, "cancelled", NOTHING_LEFT);
      return;
    }
    if (this.remote !== null) {
      this.dispatch(this.remote, market, order);
      return;
    }
    const wanted = order.slice === null ? whole : this.part(market, order, whole, time);
    const quantity = wanted <= market.liquidity ? wanted : wholeLots(Math.max(0, market.liquidity), market.terms.lot);
    if (order.timeInForce === "fok" && quantity < wanted) {
      this.end(order, "cancelled", `only ${quantity} of ${wanted} could be had at once`);
      return;
    }
    if (quantity > 0) this.execute(market, order, quantity, reference, maker, time);
  }

  /** What a sliced order wants of this event; one that gets nothing waits in the market. */
  private part(market: Market, order: WorkingOrder, whole: number, time: EpochUs): number {
    const part = partOf(market, order, this.event, time);
    if (order.state === "new" && part < whole) this.move(order, "working");
    return part < whole ? wholeLots(part, market.terms.lot) : whole;
  }

  private wanted(market: Market, order: WorkingOrder): number {
    const { open } = order;
    return order.reduceOnly ? Math.min(open, Math.max(0, -order.sign * market.position.quantity)) : open;
  }

  private execute(
    market: Market,
    order: WorkingOrder,
    quantity: number,
    reference: Price,
    maker: boolean,
    time: EpochUs,
  ): void {
    const price = maker ? reference : this.slipped(market, order, quantity, reference);
    const against = Math.min(quantity, Math.max(0, -order.sign * market.position.quantity));
    const wanted = quantity - against;
    const opening = this.allowed(market, order, wanted, price);
    if (opening < wanted && against + opening <= DUST * quantity) {
      this.end(order, order.state === "new" ? "rejected" : "cancelled", NOTHING_OPENED);
      return;
    }
    if (opening < wanted) order.quantity = order.filled + against + opening;
    if (against > 0 && !this.book(market, order, against, reference, price, maker, time, true)) return;
    if (order.over || opening <= DUST * quantity) return;
    this.book(market, order, opening, reference, price, maker, time, false);
  }

  /** What of these units an order may open at this price. */
  private allowed({ terms }: Market, order: WorkingOrder, wanted: number, price: Price): number {
    const left = Math.min(order.mostUnits - order.opened, (order.mostMoney - order.openedValue) / price);
    return wanted <= left * (1 + ROUNDING) ? wanted : wholeLots(Math.max(0, left), terms.lot);
  }

  /** Books one side of a fill: what leaves the position, or what opens it. False when it could not be. */
  book(
    market: Market,
    order: WorkingOrder,
    quantity: number,
    reference: Price,
    price: Price,
    maker: boolean,
    time: EpochUs,
    closing: boolean,
    charged: number | null = null,
  ): boolean {
    const { position, costs } = market;
    const signed = order.sign * quantity;
    const value = millionths(signed * price);
    const fee = charged ?? Math.round((Math.abs(value) * (maker ? costs.makerBps : costs.takerBps)) / BPS);
    const fault = this.fault(value, fee, closing);
    if (fault !== null) {
      this.end(order, order.state === "new" ? "rejected" : "cancelled", fault);
      return false;
    }
    const slippage = Math.abs(millionths(quantity * Math.abs(price - reference)));
    let flat = false;
    this.payBorrowing(market, time);
    if (closing) {
      flat = this.account.reduce(position, signed, price, fee, slippage, time, closeReason(order, quantity));
    } else this.open(market, order, quantity, price, fee, slippage, time);
    market.liquidity -= quantity;
    order.filled += quantity;
    order.value += quantity * price;
    this.move(order, order.open === 0 ? "filled" : "partially_filled");
    this.report(order, quantity, price, fee, slippage, maker, time);
    this.shrinkOthers(market, order, quantity);
    if (flat) this.dropReducing(market);
    if (!closing && order.bracket !== null) this.placeBracket(market, order, quantity, price, time);
    return true;
  }

  private open(
    { position }: Market,
    order: WorkingOrder,
    quantity: number,
    price: Price,
    fee: number,
    slippage: number,
    time: EpochUs,
  ): void {
    if (position.quantity === 0 && order.counted && !order.arrived) {
      order.arrived = true;
      this.account.tally.arrives();
    }
    this.account.add(position, order.sign * quantity, price, fee, slippage, time);
    order.opened += quantity;
    order.openedValue += quantity * price;
  }

  private report(
    order: WorkingOrder,
    quantity: number,
    price: Price,
    fee: number,
    slippage: number,
    maker: boolean,
    time: EpochUs,
  ): void {
    const { symbol, side } = order;
    this.listeners.onFill?.({
      order,
      symbol,
      side,
      quantity,
      price,
      fee: units(fee),
      slippage: units(slippage),
      maker,
      time,
    });
  }

  /** Why the books or the margin do not allow a fill; leaving a position is always allowed. */
  private fault(value: number, fee: number, closing: boolean): string | null {
    if (!this.account.canBook(value, fee)) return "its value is beyond what the account can count";
    if (closing || this.margin === null) return null;
    const { initial } = this.margin;
    const needed = initial * (this.account.exposure() + Math.abs(value));
    const equity = this.account.equity() - fee;
    if (needed <= equity + ROUNDING * Math.abs(needed) + 2) return null;
    return `it needs equity of ${units(Math.ceil(needed))}, and there is ${units(equity)}`;
  }

  /** The price after slippage, never beyond the order's limit. */
  slipped(market: Market, order: WorkingOrder, quantity: number, reference: Price): Price {
    const { costs, terms } = market;
    let worse = costs.slippageBps / BPS;
    if (costs.volatilitySlippage > 0 || costs.impact > 0) {
      const deviation = Math.sqrt(market.variance);
      const part = market.volume > 0 ? Math.sqrt(quantity / market.volume) : 0;
      worse += deviation * (costs.volatilitySlippage + costs.impact * part);
    }
    if (worse === 0) return reference;
    const price = reference * (1 + order.sign * Math.min(worse, WORSE_MAX));
    const rounded = order.sign > 0 ? roundedUp(price, terms.tick) : roundedDown(price, terms.tick);
    const found = rounded > 0 ? rounded : price;
    if (Number.isNaN(order.limitAt)) return found;
    return order.sign > 0 ? Math.min(found, order.limitAt) : Math.max(found, order.limitAt);
  }

  /** Turns a share of the equity into a quantity; first closes what stands against it. False: not at this event. */
  private sized(market: Market, order: WorkingOrder, reference: Price, time: EpochUs): boolean {
    if (!this.closeAgainst(market, order, reference, time)) return false;
    return this.sizeOf(market, order, reference, this.account.equity());
  }

  /** Closes a position in the other direction; true when none is left. */
  closeAgainst(market: Market, order: WorkingOrder, reference: Price, time: EpochUs): boolean {
    const against = -order.sign * market.position.quantity;
    if (against <= 0) return true;
    const quantity = against <= market.liquidity ? against : wholeLots(market.liquidity, market.terms.lot);
    if (quantity <= 0) return false;
    const before = order.filled;
    order.quantity = before + against * (order.share === 0 ? 1 : 2); // it is not over with the closing half
    const price = this.slipped(market, order, quantity, reference);
    if (!this.book(market, order, quantity, reference, price, false, time, true)) return false;
    return order.state !== "filled" && market.position.quantity === 0;
  }

  /** What is missing of a share of this equity (millionths), fees included. False: nothing, and the order is over. */
  sizeOf(market: Market, order: WorkingOrder, reference: Price, equity: number): boolean {
    const { position, terms, costs } = market;
    const rough = (units(equity) * order.share) / reference;
    const price = this.slipped(market, order, Math.max(0, rough), reference);
    const aim = wholeLots((units(equity) * order.share) / (price * (1 + costs.takerBps / BPS)), terms.lot);
    const missing = aim - order.sign * position.quantity;
    order.share = Number.NaN;
    order.quantity = order.filled + Math.max(0, missing);
    if (missing > 0) return true;
    const why = equity <= 0 ? "there is no equity left" : "the position has that share of the equity already";
    this.end(
      order,
      order.filled > 0 ? "filled" : "cancelled",
      order.share === 0 ? "there is no position to close" : why,
    );
    return false;
  }

  private placeBracket(market: Market, entry: WorkingOrder, quantity: number, price: Price, time: EpochUs): void {
    const pair = openPair(entry);
    for (const child of pair) {
      child.quantity += quantity;
      this.changed(child);
    }
    if (pair.length > 0) return;
    for (const child of bracketOf(market, entry, quantity, price, time, this)) {
      entry.children.push(child);
      this.place(market, child);
    }
  }

  /** What one order of a pair filled, the others lose. */
  private shrinkOthers(market: Market, order: WorkingOrder, quantity: number): void {
    if (order.oco === 0) return;
    for (const other of market.orders) {
      if (other === order || other.oco !== order.oco || other.over) continue;
      other.quantity -= quantity;
      other.lost += quantity;
      if (other.quantity - other.filled > DUST * quantity) {
        this.changed(other);
        continue;
      }
      other.quantity += other.lost; // what was ordered, for whoever reads of it
      this.end(other, "cancelled", `order ${order.id} of its pair was filled`);
    }
  }

  /** A position that is gone takes with it the orders that could only reduce it, and what is left of one that opened it. */
  private dropReducing(market: Market): void {
    for (const order of market.orders) {
      if (order.reduceOnly) this.end(order, "cancelled", "the position that it would reduce is closed");
      else if (order.once && order.opened > 0) this.end(order, "cancelled", "the position that it opened is closed");
    }
  }

  /** Books what borrowing costs up to now. */
  payBorrowing(market: Market, time: EpochUs): void {
    market.borrow(time);
    const due = Math.round(market.owed);
    market.owed -= due;
    if (due > 0) this.accrue(market, "borrowing", -due, time);
  }

  accrue(market: Market, kind: Carry["kind"], amount: number, time: EpochUs): void {
    if (amount === 0 || !this.account.accrue(market.position, amount)) return;
    this.listeners.onCarry?.({ symbol: market.symbol, kind, amount, time });
  }
}

function closeReason(order: WorkingOrder, closed: number): CloseReason {
  if (order.purpose !== "signal") return order.purpose;
  return order.quantity - order.filled > closed * (1 + DUST) ? "flip" : "signal";
}
