// From some moment on the orders of a symbol may only make its position smaller. One that stands against the position can
// do nothing else from then on; one that could open or enlarge it is taken back. What lies at a real venue cannot be
// changed to that, so it is taken back as well, whichever side it is on; what it was to leave is left in its place.
import type { EpochUs } from "../domain/units.ts";
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import type { WorkingOrder } from "./working-order.ts";

/** `arrival`: when what is taken back now is out of the market. Those that only leave the position now. */
export function restrain(
  execution: Execution,
  market: Market,
  arrival: EpochUs,
  reason: string,
): readonly WorkingOrder[] {
  const narrowed: WorkingOrder[] = [];
  for (const order of market.orders) {
    if (order.over || order.reduceOnly || order.cancelReason !== null) continue;
    const leaves = order.sign * market.position.quantity < 0;
    if (leaves && order.sent) withdraw(execution, order, reason);
    else if (leaves) {
      execution.narrow(order);
      narrowed.push(order);
      execution.changed(order);
    } else takeBack(execution, order, arrival, reason);
  }
  market.forgetOver();
  return narrowed;
}

export function takeBack(execution: Execution, order: WorkingOrder, arrival: EpochUs, reason: string): void {
  order.cancelAt = Math.min(order.cancelAt, arrival);
  order.cancelReason ??= reason;
  if (order.cancelAt <= execution.now) execution.end(order, "cancelled", order.cancelReason);
}

/** What it leaves goes on in an order of its own, once this one is over. */
function withdraw({ remote }: Execution, order: WorkingOrder, reason: string): void {
  order.cancelReason = reason;
  if (!order.withdrawn) remote?.cancel(order);
  order.withdrawn = true;
}
