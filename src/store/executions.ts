// Rows of the tables `executions`, `trades` and `equity`.
import type { JsonObject } from "./strategies.ts";
import { integer, json, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

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
