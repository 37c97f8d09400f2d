// Rows of the table `performance`: results that were tracked for a strategy, in the order of resultId.
import { bool, integer, real, type RecordOf, Table, text } from "./table.ts";

export const performanceTable = new Table(
  "performance",
  {
    resultId: integer("result_id"),
    strategyId: text("strategy_id"),
    pnl: real("pnl"),
    executionTimeMs: real("execution_time_ms"),
    success: bool("success"),
    timestamp: integer("timestamp"),
  },
  ["resultId"],
);
export type PerformanceRecord = RecordOf<typeof performanceTable>;
