// Rows of the tables `backtests` and `backtest_pages`, in the order in which they were asked for.
import type { JsonObject } from "./strategies.ts";
import type { Reader, Statement } from "./store.ts";
import { bytes, integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

export type BacktestStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

export const backtestTable = new Table(
  "backtests",
  {
    /** Counts up; the newest is the largest. */
    position: integer("position"),
    backtestId: text("backtest_id"),
    status: word<BacktestStatus>("status"),
    request: json<JsonObject>("request"),
    result: nullable(json<JsonObject>("result")),
    error: nullable(text("error")),
    createdAt: integer("created_at"),
    endedAt: nullable(integer("ended_at")),
  },
  ["position"],
);
export type BacktestRecord = RecordOf<typeof backtestTable>;

/** The page of a completed one, gzipped. Runs of versions that kept no page have no row. */
export const backtestPageTable = new Table("backtest_pages", { position: integer("position"), page: bytes("page") }, [
  "position",
]);

/** The records of these positions with their results, newest first. */
export async function readBacktests(store: Reader, positions: readonly number[]): Promise<readonly BacktestRecord[]> {
  if (positions.length === 0) return [];
  const marks = positions.map(() => "?").join(", ");
  return backtestTable.load(store, `WHERE position IN (${marks}) ORDER BY position DESC`, positions);
}

/** All without their results, which are large. */
export async function readBacktestHeads(store: Reader): Promise<readonly BacktestRecord[]> {
  const sql =
    "SELECT position, backtest_id, status, request, NULL AS result, error, created_at, ended_at FROM backtests ORDER BY position";
  return (await store.query(sql, [])).map((row) => backtestTable.read(row));
}

export async function readBacktestPage(store: Reader, position: number): Promise<Uint8Array | null> {
  const [row] = await backtestPageTable.load(store, "WHERE position = ?", [position]);
  return row?.page ?? null;
}

/** All up to and with that position go. */
export function forgetBacktests(position: number): readonly Statement[] {
  return ["backtests", "backtest_pages"].map((table) => {
    return { sql: `DELETE FROM ${table} WHERE position <= ?`, params: [position] };
  });
}
