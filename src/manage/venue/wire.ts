// Orders and what becomes of them as the platform's execution engine says it on the bus (docs/bus.md): the words of the
// API, times in ISO-8601. What comes in is read field by field and judged later: a number that is none becomes NaN, so
// that nobody mistakes it for one. Pure.
import type { OrderState } from "../../simulation/simulation.ts";
import type { VenueFill, VenueOrder, VenueOrderState, VenuePosition, VenueUpdate } from "./port.ts";

type Fields = Readonly<Record<string, unknown>>;

const STATES: Readonly<Record<string, OrderState>> = {
  new: "new",
  pending: "new",
  open: "working",
  working: "working",
  partially_filled: "partially_filled",
  filled: "filled",
  cancelled: "cancelled",
  rejected: "rejected",
  expired: "expired",
};

export type Answer =
  | { readonly kind: "status"; readonly order: VenueOrderState | null }
  | {
      readonly kind: "snapshot";
      readonly open: readonly VenueOrderState[];
      readonly positions: readonly VenuePosition[];
    };

export type Message =
  | { readonly kind: "update"; readonly update: VenueUpdate }
  /** Null: an answer that says nothing that can be relied on. */
  | { readonly kind: "answer"; readonly requestId: string; readonly answer: Answer | null };

export function orderFields(order: VenueOrder): Readonly<Record<string, string | number | boolean | null>> {
  const { clientOrderId, symbol, side, kind, quantity, limit, stop, timeInForce, postOnly, reduceOnly } = order;
  return {
    client_order_id: clientOrderId,
    symbol,
    side: side === "buy" ? "BUY" : "SELL",
    type: kind,
    quantity,
    price: limit,
    stop_price: stop,
    time_in_force: timeInForce,
    post_only: postOnly,
    reduce_only: reduceOnly,
  };
}

export function messageOf(bytes: Uint8Array): Message {
  const body = parsed(bytes);
  if (body === null) return unreadable(null, "it is not a JSON object");
  const payload = fieldsOf(body["payload"]) ?? body;
  const id = payload["client_order_id"];
  const clientOrderId = typeof id === "string" && id !== "" ? id : null;
  switch (payload["type"]) {
    case "order":
      return orderUpdate(clientOrderId, payload);
    case "fill":
      if (clientOrderId === null) return unreadable(null, "a fill without client_order_id");
      return { kind: "update", update: { kind: "fill", clientOrderId, fill: fillOf(payload) } };
    case "status":
    case "snapshot":
      return answerOf(payload, payload["type"]);
    default:
      return unreadable(clientOrderId, "its type is none of order, fill, status, snapshot");
  }
}

function orderUpdate(clientOrderId: string | null, payload: Fields): Message {
  const state = stateOf(payload["status"]);
  if (clientOrderId === null) return unreadable(null, "an order without client_order_id");
  if (state === null) return unreadable(clientOrderId, "its status is no state of an order");
  const { filled_quantity: filled } = payload;
  return {
    kind: "update",
    update: {
      kind: "order",
      clientOrderId,
      venueOrderId: textOf(payload["order_id"]),
      state,
      filled: filled === undefined || filled === null ? null : numberOf(filled),
      reason: textOf(payload["reason"]),
    },
  };
}

function answerOf(payload: Fields, kind: "status" | "snapshot"): Message {
  const requestId = textOf(payload["request_id"]);
  if (requestId === null) return unreadable(null, "an answer without request_id");
  return { kind: "answer", requestId, answer: kind === "status" ? statusOf(payload) : snapshotOf(payload) };
}

/** Only a literal null says that there is no such order: an order that cannot be read may be alive. */
function statusOf(payload: Fields): Answer | null {
  if (payload["order"] === null) return { kind: "status", order: null };
  const fields = fieldsOf(payload["order"]);
  const order = fields === null ? null : orderOf(fields);
  return order === null ? null : { kind: "status", order };
}

function snapshotOf(payload: Fields): Answer | null {
  const [orders, held] = [rowsOf(payload["orders"]), rowsOf(payload["positions"])];
  if (orders === null || held === null) return null;
  const open = orders.map(orderOf).filter((order) => order !== null);
  const positions = held.map(({ symbol, quantity }) => {
    return { symbol: textOf(symbol) ?? "", quantity: numberOf(quantity) };
  });
  const whole = positions.every(({ symbol, quantity }) => symbol !== "" && Number.isFinite(quantity));
  return whole && open.length === orders.length ? { kind: "snapshot", open, positions } : null;
}

function orderOf(order: Fields): VenueOrderState | null {
  const state = stateOf(order["status"]);
  const clientOrderId = textOf(order["client_order_id"]);
  const venueOrderId = textOf(order["order_id"]) ?? clientOrderId;
  const filled = numberOf(order["filled_quantity"]);
  const fills = order["fills"] === undefined ? [] : rowsOf(order["fills"]);
  if (state === null || venueOrderId === null || !(filled >= 0) || fills === null) return null;
  return {
    clientOrderId,
    venueOrderId,
    symbol: textOf(order["symbol"]) ?? "",
    state,
    filled,
    fills: fills.map(fillOf),
    reason: textOf(order["reason"]),
  };
}

function fillOf(fields: Fields): VenueFill {
  const time = Date.parse(textOf(fields["timestamp"]) ?? "") * 1_000;
  return {
    fillId: textOf(fields["fill_id"]) ?? "",
    quantity: numberOf(fields["quantity"]),
    price: numberOf(fields["price"]),
    fee: numberOf(fields["fee"] ?? 0),
    time,
  };
}

function unreadable(clientOrderId: string | null, issue: string): Message {
  return { kind: "update", update: { kind: "unreadable", clientOrderId, issue } };
}

function stateOf(value: unknown): OrderState | null {
  return typeof value === "string" && Object.hasOwn(STATES, value) ? (STATES[value] ?? null) : null;
}
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}
/** Null: it is no list, or something in it is no row. */
function rowsOf(value: unknown): readonly Fields[] | null {
  if (!Array.isArray(value)) return null;
  const rows = value.map((item: unknown) => fieldsOf(item)).filter((item) => item !== null);
  return rows.length === value.length ? rows : null;
}

const BYTES_MAX = 16 * 1024 * 1024;

function parsed(bytes: Uint8Array): Fields | null {
  if (bytes.length > BYTES_MAX) return null;
  try {
    return fieldsOf(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return null;
  }
}
