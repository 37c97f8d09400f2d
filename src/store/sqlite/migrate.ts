// Brings a database to this version's tables, one migration after the other, all of them or none: an upgrade that fails
// leaves what the engine before can open, and a new database costs one sync instead of one for each. What was applied is in
// the table `migrations` with a checksum of its SQL: a database that a newer engine has changed, or whose history is another
// one, is refused rather than guessed at. A migration that was released is never edited; a change is a new one.
import { createHash } from "node:crypto";
import type { Row, SqlDriver } from "./driver.ts";
import { openLibsql } from "./libsql-driver.ts";
import { STRATEGIES } from "./migrations/0001-strategies.ts";
import { EXECUTIONS } from "./migrations/0002-executions.ts";
import { PIPELINES } from "./migrations/0003-pipelines.ts";
import { OPERATIONS } from "./migrations/0004-operations.ts";
import { PERFORMANCE_TOTALS } from "./migrations/0005-performance-totals.ts";
import { AUDIT_CHAIN } from "./migrations/0006-audit-chain.ts";
import { BACKTESTS } from "./migrations/0007-backtests.ts";
import { SWEEPS } from "./migrations/0008-sweeps.ts";
import { SWEEP_VERDICTS } from "./migrations/0009-sweep-verdicts.ts";
import { LEDGER } from "./migrations/0010-ledger.ts";
import { VENUE } from "./migrations/0011-venue.ts";
import { RISK } from "./migrations/0012-risk.ts";
import { PIPELINE_RETRIES } from "./migrations/0013-pipeline-retries.ts";
import { ORDERS } from "./migrations/0014-orders.ts";
import { TRAFFIC } from "./migrations/0015-traffic.ts";
import { ALERT_DELIVERY } from "./migrations/0016-alert-delivery.ts";
import { LEARNING } from "./migrations/0017-learning.ts";
import { OUTCOMES } from "./migrations/0018-outcomes.ts";
import { BACKTEST_PAGES } from "./migrations/0019-backtest-pages.ts";
import { READS } from "./migrations/0020-reads.ts";
import { UNFILLED_ORDERS } from "./migrations/0021-unfilled-orders.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "strategies", sql: STRATEGIES },
  { version: 2, name: "executions", sql: EXECUTIONS },
  { version: 3, name: "pipelines", sql: PIPELINES },
  { version: 4, name: "operations", sql: OPERATIONS },
  { version: 5, name: "performance totals", sql: PERFORMANCE_TOTALS },
  { version: 6, name: "audit chain", sql: AUDIT_CHAIN },
  { version: 7, name: "backtests", sql: BACKTESTS },
  { version: 8, name: "sweeps", sql: SWEEPS },
  { version: 9, name: "sweep verdicts", sql: SWEEP_VERDICTS },
  { version: 10, name: "ledger", sql: LEDGER },
  { version: 11, name: "venue", sql: VENUE },
  { version: 12, name: "risk", sql: RISK },
  { version: 13, name: "pipeline retries", sql: PIPELINE_RETRIES },
  { version: 14, name: "orders", sql: ORDERS },
  { version: 15, name: "traffic", sql: TRAFFIC },
  { version: 16, name: "alert delivery", sql: ALERT_DELIVERY },
  { version: 17, name: "learning", sql: LEARNING },
  { version: 18, name: "outcomes", sql: OUTCOMES },
  { version: 19, name: "backtest pages", sql: BACKTEST_PAGES },
  { version: 20, name: "reads", sql: READS },
  { version: 21, name: "unfilled orders", sql: UNFILLED_ORDERS },
];

export type MigrationFailure =
  | { readonly code: "store_newer"; readonly found: number; readonly known: number }
  | { readonly code: "store_history"; readonly version: number; readonly name: string }
  /** `strange`: what is there that its migrations do not make, or not so. */
  | { readonly code: "store_foreign"; readonly strange: string };

/** What is in a database besides its rows; the database itself may add statistics. */
const SCHEMA = `SELECT type, name, tbl_name, sql FROM sqlite_schema
  WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat3', 'sqlite_stat4'))`;

export interface Migrated {
  /** 0: the database was new. */
  readonly from: number;
  readonly to: number;
}

const TABLE = `
CREATE TABLE IF NOT EXISTS migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;`;

export function checksum(sql: string): string {
  return createHash("sha256").update(sql).digest("hex");
}

/** `steps`: numbered from 1 without a gap. `now`: microseconds, kept beside each migration. */
export function migrate(driver: SqlDriver, steps: readonly Migration[], now: number): Migrated | MigrationFailure {
  driver.script(TABLE);
  const applied = driver.all("SELECT version, name, checksum FROM migrations ORDER BY version");
  const known = steps.length;
  const found = Number(applied.at(-1)?.["version"] ?? 0);
  if (found > known) return { code: "store_newer", found, known };
  for (const [index, row] of applied.entries()) {
    const step = steps[index];
    if (step === undefined || step.version !== row["version"] || checksum(step.sql) !== row["checksum"]) {
      return { code: "store_history", version: Number(row["version"]), name: String(row["name"]) };
    }
  }
  const strange = strangeIn(driver, steps.slice(0, applied.length));
  if (strange !== null) return { code: "store_foreign", strange };
  const missing = steps.slice(applied.length);
  if (missing.length > 0) driver.transaction(() => apply(driver, missing, now));
  return { from: found, to: known };
}

/** Who hands over a database may choose its rows, which can be looked at, but not triggers that rule what is stored later. */
function strangeIn(driver: SqlDriver, steps: readonly Migration[]): string | null {
  const own = openLibsql(":memory:");
  try {
    for (const sql of [TABLE, ...steps.map((step) => step.sql)]) own.script(sql);
    const known = new Map(own.all(SCHEMA).map((row) => [JSON.stringify(row), row]));
    const more = driver.all(SCHEMA).find((row) => !known.delete(JSON.stringify(row)));
    if (more !== undefined) return nameOf(more);
    const [missing] = known.values();
    return missing === undefined ? null : `without ${nameOf(missing)}`;
  } finally {
    own.close();
  }
}

/** As others chose it, for one line. */
function nameOf({ type, name }: Row): string {
  return `${String(type)} ${JSON.stringify(String(name).slice(0, 100))}`;
}

function apply(driver: SqlDriver, steps: readonly Migration[], now: number): void {
  for (const { version, name, sql } of steps) {
    driver.script(sql);
    driver.run("INSERT INTO migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)", [
      version,
      name,
      checksum(sql),
      now,
    ]);
  }
}
