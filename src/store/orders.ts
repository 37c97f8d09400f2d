// Rows of the tables `orders` and `ledger`. Times in microseconds, prices and quantities as they are; what the ledger
// counts is whole millionths, debits positive.
import type { Reader, Statement } from "./store.ts";
import { bool, integer, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

export const orderTable = new Table(
  "orders",
  {
    orderId: text("order_id"),
    /** Counts over all orders of the book. */
    position: integer("position"),
    executionId: text("execution_id"),
    strategyId: text("strategy_id"),
    /** Counts within its execution. */
    number: integer("number"),
    symbol: text("symbol"),
    side: word<"BUY" | "SELL">("side"),
    kind: word<"market" | "limit" | "stop" | "stop_limit" | "trailing_stop">("kind"),
    state: word<"new" | "working" | "partially_filled" | "filled" | "cancelled" | "rejected" | "expired">("state"),
    quantity: real("quantity"),
    filled: real("filled"),
    /** Mean price of what is filled; 0 before. */
    average: real("average"),
    limit: nullable(real("limit_price")),
    stop: nullable(real("stop_price")),
    trail: nullable(real("trail")),
    timeInForce: word<"gtc" | "ioc" | "fok" | "day">("time_in_force"),
    reduceOnly: bool("reduce_only"),
    purpose: word<"signal" | "stop" | "target" | "trailing" | "expired" | "liquidated">("purpose"),
    oco: integer("oco"),
    reason: nullable(text("reason")),
    createdAt: integer("created_at"),
    updatedAt: integer("updated_at"),
  },
  ["orderId"],
);
export type OrderRecord = RecordOf<typeof orderTable>;

export const ledgerTable = new Table(
  "ledger",
  {
    executionId: text("execution_id"),
    /** Counts from 0 within its execution. */
    entry: integer("entry"),
    kind: word<"capital" | "fill" | "funding" | "borrowing" | "recall">("kind"),
    timestamp: integer("timestamp"),
    symbol: nullable(text("symbol")),
    /** Position of the fill in its execution. */
    trade: nullable(integer("trade")),
    cash: integer("cash"),
    cost: integer("cost"),
    fees: integer("fees"),
    realised: integer("realised"),
    carry: integer("carry"),
    capital: integer("capital"),
  },
  ["executionId", "entry"],
);
export type LedgerRecord = RecordOf<typeof ledgerTable>;

export interface OrderQuery {
  readonly strategyId: string | null;
  readonly symbol: string | null;
  /** Null: all. */
  readonly state: OrderRecord["state"] | null;
  /** Only orders of a lower position. */
  readonly before: number;
  readonly limit: number;
}

/** Few: an execution keeps only its newest ones of those that were never filled. In the words of their index. */
const UNFILLED = "state IN ('cancelled', 'rejected', 'expired')";
const UNFILLED_STATES: readonly OrderRecord["state"][] = ["cancelled", "rejected", "expired"];

/** Newest first. */
export function readOrders(store: Reader, { strategyId, symbol, state, before, limit }: OrderQuery) {
  const given: readonly (readonly [condition: string, value: string | null])[] = [
    ["strategy_id = ?", strategyId],
    ["symbol = ?", symbol],
    ["state = ?", state],
  ];
  const asked = given.filter(([, value]) => value !== null);
  const conditions = asked.map(([condition]) => ` AND ${condition}`).join("");
  const isUnfilled = state !== null && UNFILLED_STATES.includes(state);
  const index = isUnfilled ? indexOfUnfilled(strategyId) : indexOf(strategyId, symbol);
  const narrowed = isUnfilled ? `${conditions} AND ${UNFILLED}` : conditions;
  const rest = `INDEXED BY ${index} WHERE position < ?${narrowed} ORDER BY position DESC LIMIT ?`;
  return orderTable.load(store, rest, [before, ...asked.map(([, value]) => value), limit]);
}

/** Said by hand, because what SQLite guesses of tables that it has not measured may walk them. */
function indexOf(strategyId: string | null, symbol: string | null): string {
  if (strategyId === null) return symbol === null ? "orders_by_position" : "orders_by_symbol";
  return symbol === null ? "orders_by_strategy" : "orders_by_pair";
}

/** A symbol narrows no further: with indexes for it as well, each order that is cancelled would cost half as much again. */
function indexOfUnfilled(strategyId: string | null): string {
  return strategyId === null ? "orders_unfilled" : "orders_unfilled_by_strategy";
}

/** Orders since then that might open something and were filled or still may be. */
export function readOpeningOrders(store: Reader, since: number): Promise<readonly OrderRecord[]> {
  const rest = `WHERE created_at >= ? AND reduce_only = 0
    AND (filled > 0 OR state IN ('new', 'working', 'partially_filled'))`;
  return orderTable.load(store, rest, [since]);
}

export async function readOrder(store: Reader, orderId: string): Promise<OrderRecord | null> {
  return (await orderTable.load(store, "WHERE order_id = ?", [orderId]))[0] ?? null;
}

/** Of an execution, in the order of their numbers. */
export function readOpenOrders(store: Reader, executionId: string): Promise<readonly OrderRecord[]> {
  const rest = "WHERE execution_id = ? AND state IN ('new', 'working', 'partially_filled') ORDER BY number";
  return orderTable.load(store, rest, [executionId]);
}

/** The highest position of the book; -1: there is no order. */
export async function lastOrderPosition(store: Reader): Promise<number> {
  const [row] = await store.query("SELECT max(position) AS last FROM orders", []);
  return typeof row?.["last"] === "number" ? row["last"] : -1;
}

/** The highest number of an execution's orders; 0: it has none. */
export async function lastOrderNumber(store: Reader, executionId: string): Promise<number> {
  const [row] = await store.query("SELECT max(number) AS last FROM orders WHERE execution_id = ?", [executionId]);
  return typeof row?.["last"] === "number" ? row["last"] : 0;
}

/** Of what was never filled and is over, an execution keeps its newest orders. */
export function pruneOrders(executionId: string, kept: number): Statement {
  const sql = `
DELETE FROM orders WHERE execution_id = ? AND filled = 0 AND ${UNFILLED}
AND number <= (SELECT number FROM orders WHERE execution_id = ? AND filled = 0
               AND ${UNFILLED} ORDER BY number DESC LIMIT 1 OFFSET ?)`;
  return { sql, params: [executionId, executionId, kept] };
}

/** Newest first. */
export function readPostings(store: Reader, executionId: string, before: number, limit: number) {
  const rest = "WHERE execution_id = ? AND entry < ? ORDER BY entry DESC LIMIT ?";
  return ledgerTable.load(store, rest, [executionId, before, limit]);
}

const sumsTable = new Table(
  "ledger_sums",
  {
    executionId: text("execution_id"),
    entries: integer("entries"),
    cash: integer("cash"),
    cost: integer("cost"),
    fees: integer("fees"),
    realised: integer("realised"),
    carry: integer("carry"),
    capital: integer("capital"),
  },
  ["executionId"],
);

export type LedgerSums = Omit<RecordOf<typeof sumsTable>, "executionId">;

/** What everything that was posted for an execution comes to, which the database keeps; null: nothing was. */
export async function readLedgerSums(store: Reader, executionId: string): Promise<LedgerSums | null> {
  const [found] = await sumsTable.load(store, "WHERE execution_id = ?", [executionId]);
  if (found === undefined) return null;
  const { executionId: _, ...sums } = found;
  return sums;
}

/** Carry of an execution by symbol, earned positive, in millionths, and when borrowing was paid last; 0: never. */
export async function readCarry(
  store: Reader,
  executionId: string,
): Promise<readonly (readonly [symbol: string, amount: number, borrowedUntil: number])[]> {
  const sql = `
SELECT symbol, -sum(carry) AS amount, max(CASE kind WHEN 'borrowing' THEN timestamp ELSE 0 END) AS until
FROM ledger WHERE execution_id = ? AND symbol IS NOT NULL GROUP BY symbol`;
  const rows = await store.query(sql, [executionId]);
  return rows.map((row) => [String(row["symbol"]), Number(row["amount"]), Number(row["until"])] as const);
}
