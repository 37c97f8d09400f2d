// Market orders of several symbols that belong together (a pair, a triangle): none is filled before each of its symbols
// has had an event after the decision. Then all are, each at what a market order would pay or get at its last event, so
// that a share of the equity is of the same equity for all.
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { Basket, WorkingOrder } from "./working-order.ts";

/** After an event of a market: fills the baskets that waited for it only. */
export function matchBaskets(execution: Execution, markets: readonly Market[], market: Market): void {
  const count = market.orders.length;
  for (let index = 0; index < count; index++) {
    const order = market.orders[index];
    if (order === undefined || order.basket === null || order.over || order.seen) continue;
    if (order.firstEvent > execution.event || order.activeAt > market.known) continue;
    order.seen = true;
    order.basket.waiting--;
    if (order.basket.waiting === 0) fillBasket(execution, markets, order.basket, market.known);
  }
}

function fillBasket(execution: Execution, markets: readonly Market[], basket: Basket, time: number): void {
  execution.moment = "end";
  const legs = basket.orders.filter((order) => !order.over);
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
