// Reads the audit trail out of a database file, also while an engine works with it: one snapshot, oldest entry first, one
// entry in memory at a time. For a process of its own, not for the engine's.
import { existsSync } from "node:fs";
import { failed, ok, type Result } from "../domain/result.ts";
import { auditTable, type AuditRecord } from "./operations.ts";
import { SqlError } from "./sqlite/driver.ts";
import { openLibsql } from "./sqlite/libsql-driver.ts";
import { explainOpen, inspect } from "./sqlite/open.ts";

/** Until `take` answers false. The failure is a sentence for who asked. */
export function readTrail(store: string, take: (entry: AuditRecord) => boolean): Result<void, string> {
  if (!existsSync(store))
    return failed(`${store} is not there; name the DATA_DIR of an engine that ran with --data-dir`);
  try {
    const driver = openLibsql(store, true);
    try {
      const fault = inspect(driver, store);
      if (fault !== null) return failed(explainOpen(fault));
      for (const row of driver.iterate("SELECT * FROM audit ORDER BY position")) if (!take(auditTable.read(row))) break;
      return ok(undefined);
    } finally {
      driver.close();
    }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return failed(`${store} cannot be read (${error.message}); start an engine of this version on it once`);
  }
}
