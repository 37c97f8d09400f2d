// Rows of the tables `executions`, `trades` and `equity`. Times in microseconds, money in units of account.
import type { Reader, Statement } from "./store.ts";
import type { JsonObject } from "./strategies.ts";
import { integer, json, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

export interface ReignRecord {
  readonly version: string;
  readonly first: number;
  readonly last: number;
  readonly events: number;
}

export const executionTable = new Table(
  "executions",
  {
    executionId: text("execution_id"),
    strategyId: text("strategy_id"),
    version: text("version"),
    status: word<"running" | "paused" | "stopped" | "error">("status"),
    startTime: integer("start_time"),
    endTime: nullable(integer("end_time")),
    finalPnl: real("final_pnl"),
    tradeCount: integer("trade_count"),
    performanceMetrics: json<JsonObject>("performance_metrics"),
    executionConfig: json<JsonObject>("execution_config"),
    stopReason: nullable(text("stop_reason")),
    error: nullable(text("error")),
    /** Which events each version of the code has seen. */
    reigns: json<readonly ReignRecord[]>("reigns"),
  },
  ["executionId"],
);
export type ExecutionRecord = RecordOf<typeof executionTable>;

export const tradeTable = new Table(
  "trades",
  {
    tradeId: text("trade_id"),
    executionId: text("execution_id"),
    symbol: text("symbol"),
    side: word<"BUY" | "SELL">("side"),
    quantity: real("quantity"),
    price: real("price"),
    timestamp: integer("timestamp"),
    pnl: real("pnl"),
    /** Counts from 0 within its execution. */
    position: integer("position"),
    /** Of the event at which it was filled; -1: not known. */
    sequence: integer("sequence"),
    fee: real("fee"),
  },
  ["tradeId"],
);
export type TradeRecord = RecordOf<typeof tradeTable>;

export const equityTable = new Table(
  "equity",
  {
    executionId: text("execution_id"),
    /** Counts from 0 within its execution. */
    point: integer("point"),
    timestamp: integer("timestamp"),
    equity: real("equity"),
    drawdown: real("drawdown"),
  },
  ["executionId", "point"],
);
export type EquityRecord = RecordOf<typeof equityTable>;

/** All that have not ended, and the newest: whichever of them began later is in front. */
export function readExecutions(store: Reader, most: number): Promise<readonly ExecutionRecord[]> {
  const newest = "SELECT execution_id FROM executions ORDER BY start_time DESC, execution_id DESC LIMIT ?";
  const rest = `WHERE status IN ('running', 'paused') OR execution_id IN (${newest})
    ORDER BY start_time DESC, execution_id DESC`;
  return executionTable.load(store, rest, [most]);
}

export interface TradeQuery {
  readonly executionId: string;
  readonly symbol: string | null;
  /** Only trades of a lower position. */
  readonly before: number;
  readonly limit: number;
}

/** Newest first. */
export function readTrades(store: Reader, { executionId, symbol, before, limit }: TradeQuery) {
  const ordered = "position < ? ORDER BY position DESC, timestamp DESC LIMIT ?";
  if (symbol === null) {
    const rest = `INDEXED BY trades_by_position WHERE execution_id = ? AND ${ordered}`;
    return tradeTable.load(store, rest, [executionId, before, limit]);
  }
  const rest = `INDEXED BY trades_by_symbol WHERE execution_id = ? AND symbol = ? AND ${ordered}`;
  return tradeTable.load(store, rest, [executionId, symbol, before, limit]);
}

/** Of all executions, in the order in which they were stored: the newest, oldest first. */
export async function readLatestTrades(store: Reader, most: number): Promise<readonly TradeRecord[]> {
  return (await tradeTable.load(store, "ORDER BY rowid DESC LIMIT ?", [most])).toReversed();
}

/** In the order of booking. */
export function readLedger(store: Reader, executionId: string): Promise<readonly TradeRecord[]> {
  return tradeTable.load(store, "WHERE execution_id = ? ORDER BY position", [executionId]);
}

/** As many of its points as a course is drawn of, oldest first: evenly those of before, all of the newest, and the deepest. */
export async function readEquity(store: Reader, executionId: string): Promise<readonly EquityRecord[]> {
  const last = (await readLastEquity(store, executionId))?.point ?? 0;
  const rest = `WHERE execution_id = ? AND (point % ? = 0 OR point > ? OR point = (${DEEPEST})) ORDER BY point`;
  const params = [executionId, strideOf(last), last - POINTS_KEPT, executionId];
  return equityTable.load(store, rest, params);
}

/** Its newest point; null: it has none. */
export async function readLastEquity(store: Reader, executionId: string): Promise<EquityRecord | null> {
  const [last] = await equityTable.load(store, "WHERE execution_id = ? ORDER BY point DESC LIMIT 1", [executionId]);
  return last ?? null;
}

/**
 * What is due with this point: of those before it only so many stay, evenly, and the deepest, so that an execution has no
 * more than twice POINTS_KEPT rows however long it runs. Null: nothing.
 */
export function thinEquity(executionId: string, point: number): Statement | null {
  if (point % POINTS_KEPT !== 0 || point <= POINTS_KEPT) return null;
  return {
    sql: `DELETE FROM equity WHERE execution_id = ? AND point < ? AND point % ? != 0 AND point != (${DEEPEST})`,
    params: [executionId, point, strideOf(point), executionId],
  };
}

/** Points of an execution that stay when there are more. */
export const POINTS_KEPT = 2_048;
const DEEPEST = "SELECT point FROM (SELECT point, min(drawdown) FROM equity WHERE execution_id = ?)";

/** The least power of two of which no more than POINTS_KEPT multiples lie below. */
function strideOf(point: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(point / POINTS_KEPT)));
}
