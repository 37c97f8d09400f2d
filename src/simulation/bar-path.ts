// How orders are filled inside a bar, of which only four prices are known. Where their order is unknown, the worse one is
// assumed for the account:
//   1. the open: what arrived before it. Market orders and stops that it lies beyond are filled at the open, then limits
//      that it lies beyond, also at the open.
//   2. inside: stops that the range reaches, at their level; then limits and targets that it reaches, at theirs. An entry
//      inside the bar brings its stop into force at once (the bar may have gone there afterwards), its target only with
//      the next bar (it may have been there before).
//   3. trailing stops follow the bar's best price; if the bar closes beyond the new level, they are filled there.
//   4. orders that arrive inside the bar: market orders at the worse of open and close; all others wait for the next bar.
//   5. market orders of a basket, once each of its symbols has had an event: at the close.
import { endImmediate, enter, follow, hasArrived, meet, reaches, setsOff } from "./arrivals.ts";
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { WorkingOrder } from "./working-order.ts";

export function matchBar(execution: Execution, market: Market): void {
  if (untouched(market)) return;
  atOpen(execution, market);
  inside(execution, market);
  afterTrailing(execution, market);
  duringBar(execution, market);
}

/** Whether all orders wait at fixed prices that the range of the bar does not reach: most bars, and then one look is enough. */
function untouched(market: Market): boolean {
  for (const order of market.orders) {
    if (order.over) continue;
    if (order.state === "new" || order.setOffIn !== 0 || order.trail > 0 || order.basket !== null) return false;
    const buys = order.sign > 0;
    if (order.isStop ? setsOff(order, buys ? market.high : market.low) : !order.resting) return false;
    if (order.resting && reaches(market, order, buys ? market.low : market.high)) return false;
  }
  return true;
}

function atOpen(execution: Execution, market: Market): void {
  const { start, open } = market;
  execution.moment = "open";
  const count = market.orders.length;
  for (let index = 0; index < count; index++) {
    const order = market.orders[index];
    if (order === undefined || !hasArrived(execution, order, start)) continue;
    if (order.isStop) {
      enter(execution, order);
      if (setsOff(order, open)) setOff(execution, market, order, open, start);
    } else if (Number.isNaN(order.limitAt)) execution.take(market, order, open, false, start);
  }
  for (let index = 0; index < count; index++) {
    const order = market.orders[index];
    if (order === undefined || !hasArrived(execution, order, start)) continue;
    if (!order.isStop && !Number.isNaN(order.limitAt)) meet(execution, market, order, open, open, start);
    endImmediate(execution, order);
  }
}

/** A stop becomes a market order, or a limit order that meets the market here. */
export function setOff(execution: Execution, market: Market, order: WorkingOrder, price: number, time: number): void {
  order.setOffIn = execution.event;
  if (Number.isNaN(order.limitAt)) execution.take(market, order, price, false, time);
  else meet(execution, market, order, price, price, time);
}

/** Stops before limits, and again as long as a limit brought an entry whose stop counts in this bar. */
function inside(execution: Execution, market: Market): void {
  execution.moment = "inside";
  let from = 0;
  while (from < market.orders.length) {
    const first = from;
    for (let index = first; index < market.orders.length; index++) insideStop(execution, market, market.orders[index]);
    from = market.orders.length;
    for (let index = first; index < from; index++) insideLimit(execution, market, market.orders[index]);
  }
}

function insideStop(execution: Execution, market: Market, order: WorkingOrder | undefined): void {
  if (order === undefined || !order.isStop || !hasArrived(execution, order, market.start)) return;
  const extreme = order.sign > 0 ? market.high : market.low;
  if (setsOff(order, extreme)) setOff(execution, market, order, levelInBar(execution, order, order.stopAt), market.end);
}

/** A level beyond the price at which its entry was filled in this bar was passed already: then it is that price. */
function levelInBar(execution: Execution, order: WorkingOrder, level: number): number {
  if (order.firstEvent !== execution.event || Number.isNaN(order.bornAt)) return level;
  const passed = order.isStop === order.sign < 0 ? level > order.bornAt : level < order.bornAt;
  return passed ? order.bornAt : level;
}

function insideLimit(execution: Execution, market: Market, order: WorkingOrder | undefined): void {
  if (order === undefined || !order.resting || order.setOffIn === execution.event) return;
  if (!hasArrived(execution, order, market.start)) return;
  const extreme = order.sign > 0 ? market.low : market.high;
  meet(execution, market, order, extreme, levelInBar(execution, order, order.limitAt), market.end);
}

function afterTrailing(execution: Execution, market: Market): void {
  const count = market.orders.length;
  for (let index = 0; index < count; index++) {
    const order = market.orders[index];
    if (order === undefined || Number.isNaN(order.trail) || !order.isStop) continue;
    if (!hasArrived(execution, order, market.start) || order.trailFrom > execution.event) continue;
    follow(order, order.sign < 0 ? market.high : market.low);
    if (setsOff(order, market.close)) setOff(execution, market, order, order.stopAt, market.end);
  }
}

function duringBar(execution: Execution, market: Market): void {
  const { start, end, open, close } = market;
  execution.moment = "end";
  const count = market.orders.length;
  for (let index = 0; index < count; index++) {
    const order = market.orders[index];
    if (order === undefined || order.over || order.basket !== null || order.firstEvent > execution.event) continue;
    if (order.activeAt <= start || order.activeAt >= end || order.state !== "new") continue;
    if (order.isStop || !Number.isNaN(order.limitAt)) continue;
    const worse = order.sign > 0 ? Math.max(open, close) : Math.min(open, close);
    execution.take(market, order, worse, false, end);
    endImmediate(execution, order);
  }
}
