// Rows of the tables `orders` and `ledger`. Times in microseconds, prices and quantities as they are; what the ledger
// counts is whole millionths, debits positive.
import type { Statement, Store } from "./store.ts";
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
  /** Only these states. */
  readonly states: readonly OrderRecord["state"][];
  /** Only orders of a lower position. */
  readonly before: number;
  readonly limit: number;
}

/** Newest first. */
export function readOrders(store: Store, { strategyId, symbol, states, before, limit }: OrderQuery) {
  const marks = states.map(() => "?").join(", ");
  const rest = `WHERE position < ? AND (? IS NULL OR strategy_id = ?) AND (? IS NULL OR symbol = ?) AND state IN (${marks})
    ORDER BY position DESC LIMIT ?`;
  return orderTable.load(store, rest, [before, strategyId, strategyId, symbol, symbol, ...states, limit]);
}

/** Orders since then that might open something and were filled or still may be. */
export function readOpeningOrders(store: Store, since: number): Promise<readonly OrderRecord[]> {
  const rest = `WHERE created_at >= ? AND reduce_only = 0
    AND (filled > 0 OR state IN ('new', 'working', 'partially_filled'))`;
  return orderTable.load(store, rest, [since]);
}

export async function readOrder(store: Store, orderId: string): Promise<OrderRecord | null> {
  return (await orderTable.load(store, "WHERE order_id = ?", [orderId]))[0] ?? null;
}

/** Of an execution, in the order of their numbers. */
export function readOpenOrders(store: Store, executionId: string): Promise<readonly OrderRecord[]> {
  const rest = "WHERE execution_id = ? AND state IN ('new', 'working', 'partially_filled') ORDER BY number";
  return orderTable.load(store, rest, [executionId]);
}

/** The highest position of the book; -1: there is no order. */
export async function lastOrderPosition(store: Store): Promise<number> {
  const [row] = await store.query("SELECT max(position) AS last FROM orders", []);
  return typeof row?.["last"] === "number" ? row["last"] : -1;
}

/** The highest number of an execution's orders; 0: it has none. */
export async function lastOrderNumber(store: Store, executionId: string): Promise<number> {
  const [row] = await store.query("SELECT max(number) AS last FROM orders WHERE execution_id = ?", [executionId]);
  return typeof row?.["last"] === "number" ? row["last"] : 0;
}

/** Of what was never filled and is over, an execution keeps its newest orders. */
export function pruneOrders(executionId: string, kept: number): Statement {
  const sql = `
DELETE FROM orders WHERE execution_id = ? AND filled = 0 AND state IN ('cancelled', 'rejected', 'expired')
AND number <= (SELECT number FROM orders WHERE execution_id = ? AND filled = 0
               AND state IN ('cancelled', 'rejected', 'expired') ORDER BY number DESC LIMIT 1 OFFSET ?)`;
  return { sql, params: [executionId, executionId, kept] };
}

/** Newest first. */
export function readPostings(store: Store, executionId: string, before: number, limit: number) {
  const rest = "WHERE execution_id = ? AND entry < ? ORDER BY entry DESC LIMIT ?";
  return ledgerTable.load(store, rest, [executionId, before, limit]);
}

export interface LedgerSums {
  readonly entries: number;
  readonly cash: number;
  readonly cost: number;
  readonly fees: number;
  readonly realised: number;
  readonly carry: number;
  readonly capital: number;
}

/** What everything that was posted for an execution comes to; null: nothing was. */
export async function readLedgerSums(store: Store, executionId: string): Promise<LedgerSums | null> {
  const names = ["cash", "cost", "fees", "realised", "carry", "capital"] as const;
  const sums = names.map((name) => `sum(${name}) AS ${name}`).join(", ");
  const [row] = await store.query(`SELECT count(*) AS entries, ${sums} FROM ledger WHERE execution_id = ?`, [
    executionId,
  ]);
  const read = (name: string): number => Number(row?.[name] ?? 0);
  if (read("entries") === 0) return null;
  const [cash, cost, fees, realised, carry, capital] = names.map(read);
  return {
    entries: read("entries"),
    cash: cash ?? 0,
    cost: cost ?? 0,
    fees: fees ?? 0,
    realised: realised ?? 0,
    carry: carry ?? 0,
    capital: capital ?? 0,
  };
}

/** Carry of an execution by symbol, earned positive, in millionths, and when borrowing was paid last; 0: never. */
export async function readCarry(
  store: Store,
  executionId: string,
): Promise<readonly (readonly [symbol: string, amount: number, borrowedUntil: number])[]> {
  const sql = `
SELECT symbol, -sum(carry) AS amount, max(CASE kind WHEN 'borrowing' THEN timestamp ELSE 0 END) AS until
FROM ledger WHERE execution_id = ? AND symbol IS NOT NULL GROUP BY symbol`;
  const rows = await store.query(sql, [executionId]);
  return rows.map((row) => [String(row["symbol"]), Number(row["amount"]), Number(row["until"])] as const);
}
