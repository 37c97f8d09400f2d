// What becomes of an order that leaves a position when a real venue refuses it, does not know it, or ends it, and nobody had
// asked for that. A stop or target is watched again as before, in an order of its own under the same number for whoever
// follows it, and is sent again when the market is at its level; an exit is over. Either way somebody has to know. Orders
// of the same purpose wait before they are sent again: one second, then twice as long each time, half a minute at most, until
// one of them is filled. Used from one thread.
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { OrderRequest } from "./order.ts";
import { WorkingOrder } from "./working-order.ts";

const PAUSE_US = 1_000_000;
const PAUSE_US_MAX = 30_000_000;
/** Setbacks that still double the pause. */
const DOUBLED_MAX = 5;

/** The order is over. */
export function setBack(execution: Execution, market: Market, order: WorkingOrder, reason: string | null): void {
  const { position } = market;
  const leaves = order.reduceOnly && order.open > 0 && -order.sign * position.quantity > 0;
  if (!leaves || order.ending) return;
  const again = order.protects;
  const now = again ? watchAgain(execution, market, order) : order;
  if (order.withdrawn) return; // for the sake of an order that leaves the position as well
  const times = pause(market, order);
  execution.remote?.setback?.({ order: now, reason: reason ?? "no reason was given", times, again });
}

function pause({ setbacks, known }: Market, { purpose }: WorkingOrder): number {
  const times = (setbacks.get(purpose)?.times ?? 0) + 1;
  const pauseUs = Math.min(PAUSE_US_MAX, PAUSE_US * 2 ** Math.min(times - 1, DOUBLED_MAX));
  setbacks.set(purpose, { times, until: known + pauseUs });
  return times;
}

/** What is left of it goes on in its place, from the next event on. */
function watchAgain(execution: Execution, market: Market, order: WorkingOrder): WorkingOrder {
  const { event } = execution;
  const next = new WorkingOrder(
    execution.nextId(),
    requestOf(order),
    execution.now,
    Number.NEGATIVE_INFINITY,
    event + 1,
  );
  next.lost = order.lost;
  next.bornAt = order.bornAt;
  next.resting = order.kind === "limit";
  next.move("working");
  for (const { children } of market.orders) {
    const at = children.indexOf(order);
    if (at >= 0) children[at] = next;
  }
  execution.place(market, next);
  return next;
}

function requestOf(order: WorkingOrder): OrderRequest {
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
