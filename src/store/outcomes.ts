// Rows of the tables `learning_outcomes`, trades that ended, and `learning_followed`, signals that are followed to their
// end, each as its opening. Times in microseconds of engine clock, `net` as a share of the entry.
import type { Regime } from "../domain/regime.ts";
import type { Reader, Statement } from "./store.ts";
import type { JsonObject } from "./strategies.ts";
import { integer, json, real, type RecordOf, Table, text, word } from "./table.ts";

export const outcomeTable = new Table(
  "learning_outcomes",
  {
    /** Counts up; the newest is the largest. */
    position: integer("position"),
    /** Of the signal that opened it, which counts once. */
    signalId: text("signal_id"),
    strategy: text("strategy"),
    instance: integer("instance"),
    symbol: text("symbol"),
    side: integer("side"),
    confidenceRaw: real("confidence_raw"),
    confidence: real("confidence"),
    openedAt: integer("opened_at"),
    closedAt: integer("closed_at"),
    net: real("net"),
    ended: word<"target" | "stop" | "time" | "exit">("ended"),
    regime: word<Regime>("regime"),
    source: word<"signal" | "execution">("source"),
  },
  ["position"],
);
export type OutcomeRecord = RecordOf<typeof outcomeTable>;

export const followedTable = new Table(
  "learning_followed",
  { signalId: text("signal_id"), symbol: text("symbol"), opening: json<JsonObject>("opening") },
  ["signalId", "symbol"],
);

/** Counted once, whatever became of the attempt before, which may have been the same row. */
export function keepOutcome(record: OutcomeRecord): Statement {
  const { sql, params } = outcomeTable.insert(record);
  return { sql: `${sql} ON CONFLICT DO NOTHING`, params };
}

/** All up to and with that position go. */
export function forgetOutcomes(position: number): Statement {
  return { sql: "DELETE FROM learning_outcomes WHERE position <= ?", params: [position] };
}

/** The newest `most`, oldest first. */
export async function readOutcomes(store: Reader, most: number): Promise<readonly OutcomeRecord[]> {
  return (await outcomeTable.load(store, "ORDER BY position DESC LIMIT ?", [most])).toReversed();
}
