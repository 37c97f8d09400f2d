// Rows of the table `sweeps`, in the order in which they were asked for.
import type { BacktestStatus } from "./backtests.ts";
import type { JsonObject } from "./strategies.ts";
import type { Reader, Statement } from "./store.ts";
import { integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

export interface SweepScore {
  readonly parameters: JsonObject;
  readonly score: number;
}

export const sweepTable = new Table(
  "sweeps",
  {
    /** Counts up; the newest is the largest. */
    position: integer("position"),
    sweepId: text("sweep_id"),
    status: word<BacktestStatus>("status"),
    request: json<JsonObject>("request"),
    combinations: integer("combinations"),
    completed: integer("completed"),
    results: json<readonly SweepScore[]>("results"),
    /** Over the best set of one that was completed. */
    verdict: nullable(json<JsonObject>("verdict")),
    error: nullable(text("error")),
    createdAt: integer("created_at"),
    endedAt: nullable(integer("ended_at")),
  },
  ["position"],
);
export type SweepRecord = RecordOf<typeof sweepTable>;

export async function readSweeps(store: Reader): Promise<readonly SweepRecord[]> {
  return sweepTable.load(store, "ORDER BY position");
}

/** All up to and with that position go. */
export function forgetSweeps(position: number): Statement {
  return { sql: "DELETE FROM sweeps WHERE position <= ?", params: [position] };
}
