// Market orders of several symbols that belong together (a pair, a triangle): none is filled before each of its symbols
// has had an event after the decision. Then all are, each at what a market order would pay or get at its last event, so
// that a share of the equity is of the same equity for all. Where one of them ends before, the others go on without it only
// as far as they leave a position; what would open one ends, for it was to be held together with the other.
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { Basket, WorkingOrder } from "./working-order.ts";

/** After an event of a market: fills the baskets that waited for it only. */
export function matchBaskets(execution: Execution, markets: readonly Market[], market: Market): void {
  const count = market.orders.length;
  for (let index = 0; index < count; index++) {
    const order = market.orders[index];
    if (order === undefined || order.basket === null || order.over) continue;
    if (order.firstEvent > execution.event || order.activeAt > market.known) continue;
    order.meetBasket(order.basket);
    if (order.basket.waiting === 0) fillBasket(execution, markets, order.basket, market.known);
  }
}

/** Orders that may open a position, and all that are to be filled together with one. */
export function entriesAmong(orders: Iterable<WorkingOrder>): readonly WorkingOrder[] {
  const opens = ({ reduceOnly, over }: WorkingOrder): boolean => !reduceOnly && !over;
  return [...orders].filter((order) => opens(order) || order.basket?.orders.some(opens));
}

function fillBasket(execution: Execution, markets: readonly Market[], basket: Basket, time: number): void {
  execution.moment = "end";
  const legs = basket.orders.filter((order) => !order.over);
  if (basket.broken) endOpening(execution, markets, legs);
  each(markets, legs, (market, order, price) => {
    order.basket = null;
    if (!Number.isNaN(order.share)) execution.closeAgainst(market, order, price, time);
  });
  const equity = execution.account.equity();
  each(markets, legs, (market, order, price) => {
    if (Number.isNaN(order.share) || execution.sizeOf(market, order, price, equity))
      execution.take(market, order, price, false, time);
  });
}

function endOpening(execution: Execution, markets: readonly Market[], legs: readonly WorkingOrder[]): void {
  for (const order of legs) {
    const held = -order.sign * (markets[order.symbol]?.position.quantity ?? 0);
    const leaves = order.reduceOnly || order.share === 0 || (Number.isNaN(order.share) && order.open <= held);
    if (!leaves) execution.end(order, "cancelled", "another order of its group has ended before it could be filled");
  }
}

function each(
  markets: readonly Market[],
  legs: readonly WorkingOrder[],
  visit: (market: Market, order: WorkingOrder, price: number) => void,
): void {
  for (const order of legs) {
    const market = markets[order.symbol];
    if (market === undefined || order.over) continue;
    market.offer(order.sign);
    visit(market, order, order.sign > 0 ? market.buyAt : market.sellAt);
    market.taken(order.sign);
  }
}
