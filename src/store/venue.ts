// Rows of orders at a real venue, their fills, and the positions that these come to. Times in microseconds, quantities in
// units of the symbol. An order is settled when it is over and every fill that the venue tells of is booked.
import type { Reader } from "./store.ts";
import { bool, integer, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

export const venueOrderTable = new Table(
  "venue_orders",
  {
    clientOrderId: text("client_order_id"),
    venue: text("venue"),
    executionId: text("execution_id"),
    strategyId: text("strategy_id"),
    symbol: text("symbol"),
    side: word<"buy" | "sell">("side"),
    kind: word<"market" | "limit" | "stop" | "stop_limit">("kind"),
    quantity: real("quantity"),
    limit: nullable(real("limit_price")),
    stop: nullable(real("stop_price")),
    timeInForce: word<"gtc" | "ioc" | "fok" | "day">("time_in_force"),
    postOnly: bool("post_only"),
    reduceOnly: bool("reduce_only"),
    /** Last price when it was decided. */
    mark: real("mark"),
    state: word<"new" | "working" | "partially_filled" | "filled" | "cancelled" | "rejected" | "expired">("state"),
    /** Filled, as the venue says; its fills may come later. */
    claimed: real("claimed"),
    /** The venue has said something about it. */
    acknowledged: bool("acknowledged"),
    settled: bool("settled"),
    cancelling: bool("cancelling"),
    venueOrderId: nullable(text("venue_order_id")),
    reason: nullable(text("reason")),
    createdAt: integer("created_at"),
    updatedAt: integer("updated_at"),
  },
  ["clientOrderId"],
);
export type VenueOrderRecord = RecordOf<typeof venueOrderTable>;

export const venueFillTable = new Table(
  "venue_fills",
  {
    clientOrderId: text("client_order_id"),
    fillId: text("fill_id"),
    executionId: text("execution_id"),
    symbol: text("symbol"),
    side: word<"buy" | "sell">("side"),
    quantity: real("quantity"),
    price: real("price"),
    fee: real("fee"),
    timestamp: integer("timestamp"),
  },
  ["clientOrderId", "fillId"],
);
export type VenueFillRecord = RecordOf<typeof venueFillTable>;

export const venuePositionTable = new Table(
  "venue_positions",
  { venue: text("venue"), symbol: text("symbol"), quantity: real("quantity") },
  ["venue", "symbol"],
);

/** Open orders at the venue that are not ours and may be there. */
export const venueAcceptedTable = new Table(
  "venue_accepted",
  {
    venue: text("venue"),
    orderId: text("order_id"),
    actor: text("actor"),
    acceptedAt: integer("accepted_at"),
  },
  ["venue", "orderId"],
);

/** Oldest first. */
export function readUnsettled(store: Reader, venue: string): Promise<readonly VenueOrderRecord[]> {
  return venueOrderTable.load(store, "WHERE venue = ? AND settled = 0 ORDER BY created_at, client_order_id", [venue]);
}

/** The latest to which the venue has given an id, oldest first. */
export async function readNamedOrders(
  store: Reader,
  venue: string,
  most: number,
): Promise<readonly VenueOrderRecord[]> {
  const rest = "WHERE venue = ? AND venue_order_id IS NOT NULL ORDER BY rowid DESC LIMIT ?";
  return (await venueOrderTable.load(store, rest, [venue, most])).toReversed();
}

export async function readVenueOrder(store: Reader, clientOrderId: string): Promise<VenueOrderRecord | null> {
  const [found] = await venueOrderTable.load(store, "WHERE client_order_id = ?", [clientOrderId]);
  return found ?? null;
}

/** In the order in which they were booked. */
export function readVenueFills(store: Reader, clientOrderId: string): Promise<readonly VenueFillRecord[]> {
  return venueFillTable.load(store, "WHERE client_order_id = ? ORDER BY rowid", [clientOrderId]);
}
