// What happens to the orders of a symbol before an event may fill them: changes and cancellations that have arrived take
// effect, sessions end, and new orders enter the market.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { Amendment, OrderRequest } from "./order.ts";
import { WorkingOrder } from "./working-order.ts";

/** As it was asked for just now; not in the market before `activeAt`. */
export function newOrder(execution: Execution, market: Market, request: OrderRequest, activeAt: EpochUs): WorkingOrder {
  const { now, event } = execution;
  const order = new WorkingOrder(execution.nextId(), request, now, activeAt, event + 1);
  if (order.kind === "trailing_stop" && Number.isNaN(order.stopAt))
    order.stopAt = market.position.mark + order.sign * order.trail;
  if (order.timeInForce === "day") order.expiresAt = market.sessionEnd(now);
  return order;
}

/** Changes of orders whose time has come. */
export function settleChanges(execution: Execution, market: Market, time: EpochUs): void {
  for (const order of market.orders) {
    if (order.over || order.sent) continue;
    if (order.amendAt <= time) applyAmendment(execution, order);
    if (order.cancelAt <= time) execution.end(order, "cancelled", order.cancelReason ?? "");
    else if (order.expiresAt <= time)
      execution.end(
        order,
        "expired",
        `the ${order.slice === null ? "session" : "time"} for which it was given is over`,
      );
  }
}

export function applyAmendment(execution: Execution, order: WorkingOrder): void {
  const change: Amendment = order.amendment ?? {};
  order.amendment = null;
  order.amendAt = Number.POSITIVE_INFINITY;
  // At another price it meets the market as if it came anew: what now crosses takes, and does not rest at its limit.
  if (change.limit !== undefined && change.limit !== order.limitAt) order.resting = false;
  if (change.limit !== undefined) order.limitAt = change.limit;
  if (change.stop !== undefined) order.stopAt = change.stop;
  if (change.quantity !== undefined) {
    order.mostUnits += change.quantity - order.quantity;
    order.quantity = change.quantity;
    order.lost = 0;
  }
  if (change.quantity !== undefined && order.open === 0)
    execution.end(order, "cancelled", "its quantity was reduced to what is filled");
  else execution.changed(order);
}

/** Whether an order may be filled from this event on, at its beginning. */
export function hasArrived(execution: Execution, order: WorkingOrder, time: EpochUs): boolean {
  if (order.over || order.sent || order.standsBack || order.basket !== null) return false;
  return order.firstEvent <= execution.event && order.activeAt <= time;
}

/** Whether a limit would be filled at this price of the other side. */
export function crosses(order: WorkingOrder, price: Price): boolean {
  return order.sign > 0 ? price <= order.limitAt : price >= order.limitAt;
}

/** Whether the market went so far that a resting limit was filled for certain, or as good as. */
export function reaches(market: Market, order: WorkingOrder, price: Price): boolean {
  if (market.costs.resting === "touch") return crosses(order, price);
  return order.sign > 0 ? price < order.limitAt : price > order.limitAt;
}

/** Whether a stop is set off at this price. */
export function setsOff(order: WorkingOrder, price: Price): boolean {
  return order.sign > 0 ? price >= order.stopAt : price <= order.stopAt;
}

/** A limit order meets the market: what is new takes what it can, and what is left of it rests at its price. */
export function meet(
  execution: Execution,
  market: Market,
  order: WorkingOrder,
  price: Price,
  resting: Price,
  time: EpochUs,
): void {
  if (order.slice !== null) {
    // A part takes what is there and the rest waits for the next event, not at its limit.
    enter(execution, order);
    if (crosses(order, price)) execution.take(market, order, price, false, time);
    return;
  }
  if (order.resting) {
    if (reaches(market, order, price)) execution.take(market, order, resting, true, time);
    return;
  }
  if (crosses(order, price)) {
    // One that was in the market already cannot be refused any more, only be taken out.
    const end = order.state === "new" ? "rejected" : "cancelled";
    if (order.postOnly) execution.end(order, end, `it would take at ${price}, and it is post-only`);
    else execution.take(market, order, price, false, time);
  }
  order.resting = true;
  enter(execution, order);
}

/** What was on its way is in the market. */
export function enter(execution: Execution, order: WorkingOrder): void {
  if (order.state === "new") execution.move(order, "working");
}

/** An order that only wants what is there at once ends with its first event. */
export function endImmediate(execution: Execution, order: WorkingOrder): void {
  const { timeInForce } = order;
  if (timeInForce !== "ioc" && timeInForce !== "fok") return;
  if (order.isStop) return;
  execution.end(
    order,
    "cancelled",
    order.filled > 0 ? "the rest could not be had at once" : "nothing could be had at once",
  );
}

/** A trailing stop follows the best price at its distance. */
export function follow(order: WorkingOrder, best: Price): void {
  const level = best + order.sign * order.trail;
  if (order.sign < 0 ? level > order.stopAt : level < order.stopAt) order.stopAt = level;
}
