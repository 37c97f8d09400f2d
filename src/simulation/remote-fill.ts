// Books what a real venue has filled of an order (remote.ts): at its price and with its fee, what it closes first.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import { millionths, units } from "./money.ts";
import { mayMove, type OrderState } from "./order-states.ts";
import { SETTLED_BY_OPERATOR } from "./remote.ts";
import { leaveLate, setBack } from "./setback.ts";
import type { WorkingOrder } from "./working-order.ts";

export interface RemoteFill {
  readonly quantity: number;
  readonly price: Price;
  /** Units of account. */
  readonly fee: number;
  readonly time: EpochUs;
}

export type RemoteNews =
  | { readonly kind: "fill"; readonly fill: RemoteFill }
  | {
      readonly kind: "state";
      readonly state: OrderState;
      readonly reason: string | null;
      /** False: it is over, and the venue never had it. */
      readonly reached?: boolean;
    };

/** Null: it is done, or changes nothing; else why it cannot be booked. */
export function takeRemote(
  execution: Execution,
  markets: readonly Market[],
  id: number,
  news: RemoteNews,
): string | null {
  const order = execution.orders.get(id);
  const market = order === undefined ? undefined : markets[order.symbol];
  if (order === undefined || market === undefined) return news.kind === "fill" ? "the order is over" : null;
  if (news.kind === "fill") {
    execution.now = Math.max(execution.now, news.fill.time);
    const fault = bookRemote(execution, market, order, news.fill);
    if (market.position.quantity === 0) market.setbacks.clear();
    goOn(execution, market);
    return fault;
  }
  const { reason, reached } = news;
  const state = meant(order, news.state);
  if (state !== order.state && state !== "partially_filled" && mayMove(order.state, state)) {
    execution.move(order, state, (state === "cancelled" ? order.cancelReason : null) ?? reason);
    if (reason === SETTLED_BY_OPERATOR && !order.protects) order.final = true;
    if (order.over && state !== "filled") setBack(execution, market, order, reason, reached);
  }
  goOn(execution, market);
  return null;
}

/** What has waited for the order that was told of leaves. */
function goOn(execution: Execution, market: Market): void {
  market.forgetOver();
  const { remote } = execution;
  if (remote === null) return;
  for (const order of market.orders) if (order.standsBack && !order.over) execution.dispatch(remote, market, order);
  market.forgetOver();
}

/** What has been at work here, a stop that was watched for instance, cannot be rejected any more: it was taken out. */
function meant(order: WorkingOrder, state: OrderState): OrderState {
  return state === "rejected" && order.state !== "new" ? "cancelled" : state;
}

/** Books a fill of the venue, what it closes first; null: done, else why it cannot be. */
function bookRemote(execution: Execution, market: Market, order: WorkingOrder, fill: RemoteFill): string | null {
  const { quantity, price, fee, time } = fill;
  if (order.over) return "the order is over";
  if (quantity > order.quantity - order.filled) order.quantity = order.filled + quantity;
  if (order.reduceOnly) market.setbacks.delete(order.purpose);
  else market.refused[order.side].times = market.refused[order.side].until = 0;
  const against = Math.min(quantity, Math.max(0, -order.sign * market.position.quantity));
  const whole = millionths(fee);
  const part = Math.round((whole * against) / quantity);
  const booked = (size: number, charge: number, closing: boolean): boolean =>
    execution.book(market, order, size, price, price, false, time, closing, charge);
  if (against > 0 && !booked(against, part, true)) return order.reason;
  const opening = quantity - against;
  // A fill that turns the position may have ended the order that the rest belongs to.
  if (opening <= 1e-12 * quantity) return null;
  if (order.over) return `${units(millionths(opening * price))} of it could not be booked`;
  if (!booked(opening, whole - part, false)) return order.reason;
  if (order.final && !order.reduceOnly) leaveLate(execution, market, order, opening);
  return null;
}
