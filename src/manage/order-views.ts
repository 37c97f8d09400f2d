// Orders and positions as REST and the bus show them. Times leave as ISO-8601 UTC.
import type { OrderRecord } from "../store/orders.ts";
import type { Position } from "./orders/orders.ts";

const STATUS = {
  new: "pending",
  working: "open",
  partially_filled: "partially_filled",
  filled: "filled",
  cancelled: "cancelled",
  rejected: "rejected",
  expired: "expired",
} as const;
export type OrderStatus = (typeof STATUS)[keyof typeof STATUS];

/** The state of an order by the word that the API has for it. */
export function stateOf(status: OrderStatus): OrderRecord["state"] {
  if (status === "pending") return "new";
  return status === "open" ? "working" : status;
}

/** `strategyName`: as people know it; null: it has been deleted. */
export function orderView(order: OrderRecord, strategyName: string | null) {
  return {
    order_id: order.orderId,
    execution_id: order.executionId,
    strategy_id: order.strategyId,
    strategy_name: strategyName,
    symbol: order.symbol,
    side: order.side,
    type: order.kind,
    status: STATUS[order.state],
    quantity: order.quantity,
    filled_quantity: order.filled,
    average_price: order.filled > 0 ? order.average : null,
    price: order.limit,
    stop_price: order.stop,
    purpose: order.purpose,
    reduce_only: order.reduceOnly,
    reason: order.reason,
    created_at: iso(order.createdAt),
    updated_at: iso(order.updatedAt),
  };
}

export function positionView(position: Position, strategyName: string | null) {
  const { executionId, strategyId, symbol, quantity, averagePrice, mark, unrealised } = position;
  return {
    execution_id: executionId,
    strategy_id: strategyId,
    strategy_name: strategyName,
    symbol,
    quantity,
    avg_price: averagePrice,
    unrealized_pnl: unrealised,
    mark_price: mark,
  };
}

function iso(timeUs: number): string {
  return new Date(timeUs / 1000).toISOString();
}
