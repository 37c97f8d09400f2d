// Whether an order that is at work can become what is asked of it: one sentence says what was found and what is allowed.
import type { Amendment, OrderRequest } from "./order.ts";
import type { WorkingOrder } from "./working-order.ts";

const PRICE_MAX = 1e15;

/** The order as it would be with all changes that are on their way, for those who judge it as if it came anew. */
export function amended(order: WorkingOrder, further: Amendment): OrderRequest {
  const change = { ...order.amendment, ...further };
  const { symbol, side, kind, reduceOnly } = order;
  const limit = change.limit ?? order.limit;
  const stop = change.stop ?? order.stop;
  return {
    symbol,
    side,
    kind,
    reduceOnly,
    quantity: change.quantity ?? order.quantity,
    ...(limit === null ? {} : { limit }),
    ...(stop === null ? {} : { stop }),
  };
}

export function notOpen(id: number): string {
  return `order ${id} is not open; only orders that are new, working or partially filled can be changed`;
}

export function amendmentFault(order: WorkingOrder, { quantity, limit, stop }: Amendment): string | null {
  const prices: readonly (readonly [string, number | undefined, number])[] = [
    ["limit", limit, order.limitAt],
    ["stop", stop, order.stopAt],
  ];
  for (const [name, value, current] of prices) {
    if (value === undefined) continue;
    if (Number.isNaN(current)) return `an order of kind ${order.kind} has no ${name} to change`;
    if (!(value > 0 && value <= PRICE_MAX))
      return `${name} must be a positive finite number (at most 1e15), not ${value}`;
  }
  if (quantity === undefined) return null;
  if (!(quantity > 0 && Number.isFinite(quantity))) return `quantity must be a positive finite number, not ${quantity}`;
  return quantity < order.filled ? `quantity ${quantity} is less than the ${order.filled} that are filled` : null;
}
