// Changes of orders that somebody asks for: found in the book, looked at, and handed to the thread of their execution, which
// answers between two events with what the venue said. Whoever asked is told once the order is stored as it is then. Main
// thread.
import { type Failure, invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Amendment } from "../../simulation/simulation.ts";
import type { OrderRecord } from "../../store/orders.ts";
import { isOverState, type OrderBook } from "../orders/orders.ts";
import type { Ledger } from "./ledger.ts";
import type { Entry } from "./entry.ts";
import { ORDER_OVER } from "./order-notes.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";

export interface OrderChangeParts {
  readonly orders: OrderBook;
  readonly roll: Roll;
  readonly pool: Pool;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly ledger: Ledger;
}

/** Keeps that it was done, in force as it is. */
export type Noted = () => Promise<void>;

const STORED_MS = 5_000;
/** By the venue's word and by the API's. */
const FIELDS = [
  ["limit", "price"],
  ["stop", "stop_price"],
  ["quantity", "quantity"],
] as const;
const DUST = 1e-9;

const LOST: Failure = { code: "conflict", issue: "the order's thread was lost meanwhile; look at the order again" };

/** The order as it is afterwards; a null change takes it back. */
export async function changeOrder(
  { orders, roll, pool, ledger, now }: OrderChangeParts,
  orderId: string,
  change: Amendment | null,
  noted: Noted,
): Promise<Result<OrderRecord, Failure>> {
  const order = await orders.get(orderId);
  if (order === null) return failed({ code: "not_found", kind: "order", id: orderId });
  const entry = roll.entry(order.executionId);
  if (entry?.active !== true || isOverState(order.state)) return failed(over(order, change));
  const fault = change === null ? null : changeFault(order, change, reducible(order, entry));
  if (fault !== null) return failed(fault);
  const answer = await pool.ask(entry.key, { kind: "order", number: order.number, change, at: now() });
  if (answer === null) return failed(LOST);
  const after = (await orders.get(orderId)) ?? order;
  if (answer.fault === null) {
    // What its thread told of it came before the answer, so the book has it as it is.
    const [stored] = await Promise.all([ledger.kept(orders.settleOne(after), STORED_MS), noted()]);
    if (!stored) return failed({ code: "storage_unavailable" });
    return ok(answer.order === null ? after : { ...after, ...answer.order });
  }
  if (answer.fault === ORDER_OVER || answer.sequence < 0 || change === null) return failed(over(after, change));
  return failed(refused(answer.fault, change));
}

function over({ orderId, state }: OrderRecord, change: Amendment | null): Failure {
  return {
    code: "invalid_state",
    kind: "order",
    id: orderId,
    state: isOverState(state) ? state : "over",
    wanted: change === null ? "cancelling it" : "changing it",
    allowed: ["pending", "open", "partially_filled"],
    legal: ["nothing"],
  };
}

/** Most units that the order may be for: what it has reduced, and the position that is there; null: any number. */
function reducible({ reduceOnly, symbol, side, filled }: OrderRecord, { positions }: Entry): number | null {
  if (!reduceOnly) return null;
  const held = positions.find((position) => position.symbol === symbol)?.quantity ?? 0;
  return filled + Math.max(0, side === "SELL" ? held : -held);
}

function changeFault(order: OrderRecord, change: Amendment, most: number | null): Failure | null {
  const { kind, limit, stop, filled, quantity } = order;
  if (change.limit === undefined && change.stop === undefined && change.quantity === undefined)
    return invalid("body", "must name price, quantity or stop_price; nothing else of an order can be changed");
  if (change.limit !== undefined && limit === null)
    return invalid("price", `cannot be changed: an order of kind ${kind} has no limit`);
  if (change.stop !== undefined && stop === null)
    return invalid("stop_price", `cannot be changed: an order of kind ${kind} has no trigger`);
  if (change.quantity === undefined) return null;
  if (change.quantity < filled)
    return invalid("quantity", `must be at least the ${filled} that are filled; it was ${change.quantity}`);
  if (most !== null && change.quantity > Math.max(quantity, most * (1 + DUST)))
    return invalid("quantity", `must be at most the ${most} that it can reduce; it was ${change.quantity}`);
  return null;
}

/** What the venue says begins with its own word for the field. */
function refused(fault: string, change: Amendment): Failure {
  const changed = FIELDS.filter(([word]) => change[word] !== undefined);
  for (const [word, field] of changed)
    if (fault.startsWith(`${word} `)) return invalid(field, fault.slice(word.length + 1));
  return invalid(changed[0]?.[1] ?? "quantity", `cannot be changed so: ${fault}`);
}
