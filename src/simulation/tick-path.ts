// How orders are filled by single prices. A trade at a price sets off stops and fills market orders at that price and
// resting limits at theirs; what it trades is what there is to take. A quote fills buyers at its ask and sellers at its
// bid: stops are set off by the side at which they would be filled. The size that own orders took of a level is gone
// until the level changes: the same quote again brings nothing new, a larger size only the difference.
import { endImmediate, follow, hasArrived, meet, enter, setsOff } from "./arrivals.ts";
import { setOff } from "./bar-path.ts";
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { WorkingOrder } from "./working-order.ts";

export function matchTrade(execution: Execution, market: Market, price: number, time: number): void {
  execution.moment = "end";
  const count = market.orders.length;
  for (let index = 0; index < count; index++) takers(execution, market, market.orders[index], price, time);
  for (let index = 0; index < count; index++) resters(execution, market, market.orders[index], price, time);
}

export function matchQuote(execution: Execution, market: Market, time: number): void {
  execution.moment = "end";
  const count = market.orders.length;
  for (const first of [true, false]) {
    for (let index = 0; index < count; index++) {
      const order = market.orders[index];
      if (order === undefined) continue;
      const buys = order.sign > 0;
      market.offer(order.sign);
      const price = buys ? market.ask : market.bid;
      if (first) takers(execution, market, order, price, time);
      else resters(execution, market, order, price, time);
      market.taken(order.sign);
    }
  }
}

/** Units of a quote's level that own orders have not taken. */
export function quoteLeft(
  market: Market,
  price: number,
  size: number,
  oldPrice: number,
  oldSize: number,
  left: number,
): number {
  const offered = market.share(size);
  if (price !== oldPrice || market.costs.participation === null) return offered;
  return Math.min(offered, left + Math.max(0, offered - market.share(oldSize)));
}

/** Market orders and stops come before what rests. */
function takers(
  execution: Execution,
  market: Market,
  order: WorkingOrder | undefined,
  price: number,
  time: number,
): void {
  if (order === undefined || !hasArrived(execution, order, time)) return;
  if (order.isStop) {
    enter(execution, order);
    if (setsOff(order, price)) setOff(execution, market, order, price, time);
    else if (!Number.isNaN(order.trail)) follow(order, price);
  } else if (Number.isNaN(order.limitAt)) execution.take(market, order, price, false, time);
}

function resters(
  execution: Execution,
  market: Market,
  order: WorkingOrder | undefined,
  price: number,
  time: number,
): void {
  if (order === undefined || !hasArrived(execution, order, time)) return;
  if (!order.isStop && !Number.isNaN(order.limitAt)) meet(execution, market, order, price, order.limitAt, time);
  endImmediate(execution, order);
}
