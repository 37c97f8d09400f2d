// What an engine that runs has on its disk, read from the file by itself, read-only: alerts and fills are told, and shown,
// a moment before they are stored, so who kills it and wants them in the next process waits for that.
import { join } from "node:path";
import Database from "libsql";
import { STORE_FILE } from "../../../src/store/backup.ts";

export function storedAlerts(dataDir: string): number {
  return count(dataDir, "alerts");
}

export function storedTrades(dataDir: string): number {
  return count(dataDir, "trades");
}

function count(dataDir: string, table: string): number {
  const database = new Database(join(dataDir, STORE_FILE), { readonly: true });
  try {
    const [row] = database.prepare(`SELECT count(*) AS rows FROM ${table}`).all() as { readonly rows: number }[];
    return row?.rows ?? 0;
  } finally {
    database.close();
  }
}
