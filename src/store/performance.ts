// Rows of the tables `performance`, the newest results that were tracked for each strategy in the order of resultId, and
// `performance_totals`, what all of them come to.
import type { Reader, Statement } from "./store.ts";
import { bool, integer, json, real, type RecordOf, Table, text } from "./table.ts";

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

export const performanceTotalsTable = new Table(
  "performance_totals",
  {
    strategyId: text("strategy_id"),
    totals: json<Readonly<Record<string, number>>>("totals"),
    updatedAt: integer("updated_at"),
  },
  ["strategyId"],
);

const FORGET = `
DELETE FROM performance WHERE strategy_id = ? AND result_id <= (
  SELECT result_id FROM performance WHERE strategy_id = ? ORDER BY result_id DESC LIMIT 1 OFFSET ?)`;

/** All but the newest `keep` results of the strategy go. */
export function forgetResults(strategyId: string, keep: number): Statement {
  return { sql: FORGET, params: [strategyId, strategyId, keep] };
}

/** The newest `most` results, oldest first. */
export async function readResults(
  store: Reader,
  strategyId: string,
  most: number,
): Promise<readonly PerformanceRecord[]> {
  const rest = "WHERE strategy_id = ? ORDER BY result_id DESC LIMIT ?";
  return (await performanceTable.load(store, rest, [strategyId, most])).toReversed();
}

/** The newest `most` of each strategy, oldest first. */
export function readRecentResults(store: Reader, most: number): Promise<readonly PerformanceRecord[]> {
  const rest = `WHERE result_id IN (
    SELECT result_id FROM (
      SELECT result_id, row_number() OVER (PARTITION BY strategy_id ORDER BY result_id DESC) AS age FROM performance
    ) WHERE age <= ?
  ) ORDER BY result_id`;
  return performanceTable.load(store, rest, [most]);
}

export async function lastResultId(store: Reader): Promise<number> {
  const [row] = await store.query("SELECT COALESCE(MAX(result_id), 0) AS last FROM performance", []);
  return Number(row?.["last"] ?? 0);
}
