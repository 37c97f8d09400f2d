// Rows of the table `alert_deliveries`: which alert is to be brought to which webhook, and how far that has come.
import type { Reader, Statement } from "./store.ts";
import { integer, nullable, type RecordOf, Table, text, word } from "./table.ts";

export const deliveryTable = new Table(
  "alert_deliveries",
  {
    /** Of the alert. */
    position: integer("position"),
    /** The webhook, by a name that tells nothing of its URL. */
    webhook: text("webhook"),
    body: text("body"),
    state: word<"pending" | "delivered" | "failed">("state"),
    attempts: integer("attempts"),
    /** Why the last attempt failed. */
    error: nullable(text("error")),
    createdAt: integer("created_at"),
  },
  ["position", "webhook"],
);
export type DeliveryRecord = RecordOf<typeof deliveryTable>;

/** The newest alerts' ones and all that are pending, oldest first. */
export function readDeliveries(store: Reader, most: number): Promise<readonly DeliveryRecord[]> {
  const rest =
    "WHERE state = 'pending' OR position > (SELECT COALESCE(MAX(position), 0) - ? FROM alerts) ORDER BY position";
  return deliveryTable.load(store, rest, [most]);
}

/** Of all alerts, those included whose deliveries alone are stored. */
export async function highestPosition(store: Reader): Promise<number> {
  const sql =
    "SELECT MAX((SELECT COALESCE(MAX(position), 0) FROM alerts), " +
    "(SELECT COALESCE(MAX(position), 0) FROM alert_deliveries)) AS highest";
  return Number((await store.query(sql, []))[0]?.["highest"] ?? 0);
}

/** Those of alerts that are forgotten themselves. */
export function forgetDeliveries(position: number): Statement {
  return { sql: "DELETE FROM alert_deliveries WHERE position <= ?", params: [position] };
}
