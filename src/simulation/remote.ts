// Orders that a real venue fills instead of the simulation. Market and limit orders that were submitted leave at once;
// stops, trailing stops and the targets of entries are watched here, and what they want leaves when the market reaches
// them. From then on an order is filled and ended by what the venue tells alone: to end it here is to ask for that.
// Books, positions and everything that follows from a fill are those of the simulation. Used from one thread.
import type { Price } from "../domain/units.ts";
import type { Market } from "./market.ts";
import type { Order } from "./order.ts";
import type { WorkingOrder } from "./working-order.ts";

export interface Remote {
  /** `quantity`: what is wanted of it. `mark`: the last price of the symbol. */
  send(order: Order, quantity: number, mark: Price): void;
  /** It may end, or be filled before it does. */
  cancel(order: Order): void;
}

/** Whether it leaves as soon as it is placed. */
export function leavesAtOnce(order: WorkingOrder): boolean {
  return !order.isStop && Number.isNaN(order.bornAt);
}

export function send(remote: Remote, market: Market, order: WorkingOrder, quantity: number): void {
  if (order.sent || !(quantity > 0) || standsBack(remote, market, order)) return;
  order.sent = true;
  remote.send(order, quantity, market.position.mark);
}

/** Two orders that leave the same position would turn it: the one at the venue has to be over before the next is sent. */
function standsBack(remote: Remote, market: Market, order: WorkingOrder): boolean {
  if (!order.reduceOnly) return false;
  const before = market.orders.filter((other) => other !== order && other.sent && !other.over && other.reduceOnly);
  for (const other of before) remote.cancel(other);
  return before.length > 0;
}
