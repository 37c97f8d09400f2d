// What becomes of an order that leaves a position when a real venue refuses it, does not know it, or ends it, and nobody had
// asked for that: what is left of it goes on, in an order of its own under the same number for whoever follows it, and
// somebody has to know.
//   stop, target  is watched again as before, and sent again when the market is at its level
//   exit          is sent again, as a market order for what is left of it, never for more than is held: who decided it
//                 believes the position left, and says it once
//   turn          only what leaves the position goes on, as an exit: what was to be opened behind it is an old decision
// Orders of the same purpose wait before they are sent again: one second, then twice as long each time, half a minute at
// most, until one of them is filled; nobody gives up before nothing is held. Those that are refused within such a pause
// were sent before it, and make it no longer. What is to be sent again of exits is one order, however many were refused.
// An exit is over before that where a newer decision keeps the position (`decided`). An entry that is refused is over,
// and none of its side is sent for as long. What an entry is filled of after a decision has taken it back is left again.
// Used from one thread.
import type { Execution } from "./execution.ts";
import type { Market, Patience } from "./market.ts";
import type { OrderRequest } from "./order.ts";
import { WorkingOrder } from "./working-order.ts";

const PAUSE_US = 1_000_000;
const PAUSE_US_MAX = 30_000_000;
/** Those so long ago count no more. */
const FORGOTTEN_US = 600_000_000;
/** Setbacks that still double the pause. */
const DOUBLED_MAX = 5;

/** The order is over. `reached`: the venue has had it. */
export function setBack(
  execution: Execution,
  market: Market,
  order: WorkingOrder,
  reason: string | null,
  reached = true,
): void {
  const held = -order.sign * market.position.quantity;
  if (order.ending || (reached && tookWhatThereWas(order))) return;
  if (!(held > 0) && !order.reduceOnly && order.filled === 0) again(market.refused[order.side], market.known);
  if (!(held > 0) || order.open === 0 || order.final) return;
  // For the sake of an order that leaves the position as well it goes on without a pause, and without a word.
  const times = order.withdrawn ? 0 : pause(market, order);
  const now = order.protects ? watchAgain(execution, market, order) : leaveAgain(execution, market, order, held);
  if (order.withdrawn) return;
  execution.remote?.setback?.({
    order: now,
    reason: reason ?? "no reason was given",
    times,
    turned: !order.reduceOnly,
  });
}

/** What an entry was filled of although it was taken back: who took it back wants none of it. */
export function leaveLate(execution: Execution, market: Market, entry: WorkingOrder, opened: number): void {
  const { symbol, side: bought, heir } = entry;
  const side = bought === "buy" ? "sell" : "buy";
  const waiting = heir !== null && !heir.over && !heir.sent ? heir : refusedBefore(market);
  entry.heir = waiting ?? successor(execution, { symbol, side, kind: "market", quantity: opened, reduceOnly: true });
  if (waiting === null) execution.place(market, entry.heir);
  else enlarge(execution, waiting, opened);
}

/**
 * The newest decision about the position: 1 long, -1 short, 0 none. An order that leaves what it wants to be held ends at
 * once if it has not left, and if it has, is over when it is refused: every one of them, however many there are. What an
 * entry that was taken back is filled of all the same is kept where it goes the same way.
 */
export function decided(execution: Execution, { orders }: Market, sign: number): void {
  if (execution.remote === null) return;
  for (const order of orders) {
    if (order.over || order.protects || order.purpose !== "signal") continue;
    if (!order.reduceOnly) order.final = order.cancelReason !== null && order.sign !== sign;
    else if (order.sent) order.final = order.sign === -sign;
    else if (order.sign === -sign) execution.end(order, "cancelled", "a newer decision keeps the position");
  }
}

/** One that was to be had at once and at its price or not at all, and was not: so it is on paper, and no refusal. */
function tookWhatThereWas({ reduceOnly, limit, timeInForce, state }: WorkingOrder): boolean {
  return !reduceOnly && limit !== null && (timeInForce === "ioc" || timeInForce === "fok") && state !== "rejected";
}

function pause({ setbacks, known }: Market, { purpose }: WorkingOrder): number {
  const row = setbacks.get(purpose) ?? { times: 0, until: 0 };
  setbacks.set(purpose, row);
  return again(row, known);
}

function again(row: Patience, now: number): number {
  if (now < row.until) return row.times;
  if (now - row.until > FORGOTTEN_US) row.times = 0;
  row.times++;
  row.until = now + Math.min(PAUSE_US_MAX, PAUSE_US * 2 ** Math.min(row.times - 1, DOUBLED_MAX));
  return row.times;
}

/** What is left of it goes on in its place, from the next event on. */
function watchAgain(execution: Execution, market: Market, order: WorkingOrder): WorkingOrder {
  const next = successor(execution, protectingRequest(order));
  next.lost = order.lost;
  next.bornAt = order.bornAt;
  next.resting = order.kind === "limit";
  for (const { children } of market.orders) {
    const at = children.indexOf(order);
    if (at >= 0) children[at] = next;
  }
  execution.place(market, next);
  return next;
}

function leaveAgain(execution: Execution, market: Market, order: WorkingOrder, held: number): WorkingOrder {
  const { symbol, side, purpose, open } = order;
  const quantity = Math.min(open, held);
  const waiting = purpose === "signal" ? refusedBefore(market) : null;
  const request = { symbol, side, kind: "market", quantity, reduceOnly: true, purpose, replaces: order } as const;
  order.heir = waiting ?? successor(execution, request);
  if (waiting === null) execution.place(market, order.heir);
  else enlarge(execution, waiting, quantity);
  return order.heir;
}

/** The exit that a venue has refused and that waits to be sent again: what else is to be left goes with it. */
function refusedBefore({ orders }: Market): WorkingOrder | null {
  const waits = ({ over, sent, purpose, before }: WorkingOrder): boolean =>
    !over && !sent && purpose === "signal" && before !== null;
  return orders.find(waits) ?? null;
}

function enlarge(execution: Execution, order: WorkingOrder, by: number): void {
  order.quantity += by;
  execution.changed(order);
}

function successor(execution: Execution, request: OrderRequest): WorkingOrder {
  const { now, event } = execution;
  const next = new WorkingOrder(execution.nextId(), request, now, Number.NEGATIVE_INFINITY, event + 1);
  next.move("working");
  return next;
}

function protectingRequest(order: WorkingOrder): OrderRequest {
  const { symbol, side, kind, limit, stop, trailing, timeInForce, postOnly, purpose, oco, open: quantity } = order;
  return {
    symbol,
    side,
    kind,
    quantity,
    ...(limit === null ? {} : { limit }),
    ...(stop === null ? {} : { stop }),
    ...(trailing === null ? {} : { trail: trailing }),
    timeInForce,
    postOnly,
    reduceOnly: true,
    purpose,
    oco,
    replaces: order,
  };
}
