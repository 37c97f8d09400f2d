// Fills that were made before, booked again: those of an account, in their order, give its books, so that trading goes on
// after a restart where it ended, and orders that were in the market, placed there as they were. What stands against a
// fill is closed first; a fee that was paid for both is shared out.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Account } from "./account.ts";
import { pairOf } from "./brackets.ts";
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import { millionths } from "./money.ts";
import type { OrderRequest } from "./order.ts";
import { WorkingOrder } from "./working-order.ts";

export interface PastFill {
  readonly symbol: number;
  /** Negative when it was sold. */
  readonly quantity: number;
  readonly price: Price;
  readonly fee: number;
  readonly time: EpochUs;
}

export function bookAgain(account: Account, market: Market, { quantity, price, fee, time }: PastFill): void {
  const { position } = market;
  const sign = Math.sign(quantity);
  const whole = Math.abs(quantity);
  const against = Math.min(whole, Math.max(0, -sign * position.quantity));
  const charge = millionths(fee);
  const part = whole > 0 ? Math.round((charge * against) / whole) : 0;
  if (against > 0) account.reduce(position, sign * against, price, part, 0, time, "signal");
  if (whole > against) account.add(position, sign * (whole - against), price, charge - part, 0, time);
  market.known = Math.max(market.known, time);
  market.owedSince = Math.max(market.owedSince, time); // a fill is booked with what was owed until then
  market.settle(price, price, price);
}

/** What a position had earned by being held, in millionths. */
export function carryAgain(account: Account, market: Market, amount: number, borrowedUntil: EpochUs): void {
  account.accrue(market.position, amount);
  market.owedSince = Math.max(market.owedSince, borrowedUntil);
}

/**
 * An order that was at work: what was asked of it as it stands now, and how far it came. One that stood in the place of
 * another bears that one as `request.replaces`.
 */
export interface PastOrder {
  readonly id: number;
  readonly request: OrderRequest;
  readonly filled: number;
  /** Mean price of what is filled. */
  readonly price: Price;
  readonly submittedAt: EpochUs;
  /** Its stop was reached: it is a market or limit order since. A stop that has fills was reached in any case. */
  readonly setOff?: boolean;
}

/** In an event before the first one of this life. */
const EARLIER = -1;

/** Places an order as it was; orders that come later have higher numbers. */
export function placeAgain(execution: Execution, market: Market, past: PastOrder): void {
  const order = restored(past, execution.now);
  if (order.timeInForce === "day") order.expiresAt = market.sessionEnd(past.submittedAt);
  execution.numberedUpTo(order.id);
  // Stop and target know their entry by the number of their pair: what it fills from now on is added to them.
  for (const other of market.orders) {
    if (belongs(other, order)) order.children.push(other);
    if (belongs(order, other)) other.children.push(order);
  }
  execution.place(market, order);
}

function restored({ id, request, filled, price, submittedAt, setOff }: PastOrder, now: EpochUs): WorkingOrder {
  const order = new WorkingOrder(id, request, submittedAt, Math.min(submittedAt, now), 0);
  order.move("working");
  order.filled = filled;
  order.value = filled * price;
  if (filled > 0) order.move("partially_filled");
  if (order.isStop && (setOff === true || filled > 0)) order.setOffIn = EARLIER;
  order.resting = order.kind === "limit" || (order.kind === "stop_limit" && order.setOffIn === EARLIER);
  return order;
}

function belongs(child: WorkingOrder, entry: WorkingOrder): boolean {
  return entry.bracket !== null && child.reduceOnly && child.oco === pairOf(entry);
}
