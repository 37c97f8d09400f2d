// Rows of what operators set and see: `config`, `flags`, `instruments`, `risk`, `alerts`, `audit`, and `idempotency`.
import type { Reader } from "./store.ts";
import type { JsonObject } from "./strategies.ts";
import { bool, integer, json, nullable, real, type RecordOf, Table, text, word } from "./table.ts";

export const configTable = new Table(
  "config",
  { component: text("component"), value: json<JsonObject>("value"), updatedAt: integer("updated_at") },
  ["component"],
);
export type ConfigRecord = RecordOf<typeof configTable>;

export const flagTable = new Table(
  "flags",
  {
    name: text("name"),
    enabled: bool("enabled"),
    rolloutPercent: real("rollout_percent"),
    description: text("description"),
    updatedAt: integer("updated_at"),
    /** What it gates; empty: nothing. */
    strategies: json<readonly string[]>("strategies"),
    /** Empty: all. */
    symbols: json<readonly string[]>("symbols"),
    /** The first event that it counts for as it is. */
    fromSequence: integer("from_sequence"),
  },
  ["name"],
);
export type FlagRecord = RecordOf<typeof flagTable>;

export const instrumentTable = new Table(
  "instruments",
  { symbol: text("symbol"), settings: json<JsonObject>("settings"), updatedAt: integer("updated_at") },
  ["symbol"],
);
export type InstrumentRecord = RecordOf<typeof instrumentTable>;

/** What risk has to remember, a JSON object per name. */
export const riskTable = new Table(
  "risk",
  { name: text("name"), value: json<JsonObject>("value"), updatedAt: integer("updated_at") },
  ["name"],
);

export const alertTable = new Table(
  "alerts",
  {
    /** Counts up; the newest is the largest. */
    position: integer("position"),
    alertId: text("alert_id"),
    level: word<"info" | "warning" | "critical">("level"),
    type: word<"performance" | "risk" | "system" | "pipeline">("type"),
    strategyId: nullable(text("strategy_id")),
    symbol: nullable(text("symbol")),
    message: text("message"),
    createdAt: integer("created_at"),
    acknowledged: bool("acknowledged"),
    acknowledgedAt: nullable(integer("acknowledged_at")),
    acknowledgedBy: nullable(text("acknowledged_by")),
    /** How often it was found, and when last. */
    occurrences: integer("occurrences"),
    lastAt: integer("last_at"),
  },
  ["position"],
);
export type AlertRecord = RecordOf<typeof alertTable>;

export const auditTable = new Table(
  "audit",
  {
    /** Counts up without a gap. */
    position: integer("position"),
    auditId: text("audit_id"),
    timestamp: integer("timestamp"),
    actor: text("actor"),
    action: text("action"),
    target: text("target"),
    before: json<unknown>("before"),
    after: json<unknown>("after"),
    previousHash: text("previous_hash"),
    hash: text("hash"),
  },
  ["position"],
);
export type AuditRecord = RecordOf<typeof auditTable>;

export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  /** Microseconds, both included. */
  readonly since?: number;
  readonly until?: number;
  /** Only entries of a lower position. */
  readonly before?: number;
  readonly limit: number;
}

/** By time the trail has no index, since clocks are put back: so many entries are looked at in one query. */
const LOOKED_AT = 20_000;

/** Newest first. */
export async function readAudit(store: Reader, query: AuditQuery): Promise<readonly AuditRecord[]> {
  const { before, since, until, limit } = query;
  if (since === undefined && until === undefined)
    return readAuditPart(store, query, 0, before ?? Number.MAX_SAFE_INTEGER, limit);
  const newest = "SELECT max(position) AS last FROM audit";
  const found: AuditRecord[] = [];
  const last = Number((await store.query(newest, []))[0]?.["last"] ?? 0);
  let below = Math.min(before ?? Number.MAX_SAFE_INTEGER, last + 1);
  for (; below > 0 && found.length < limit; below -= LOOKED_AT)
    found.push(...(await readAuditPart(store, query, below - LOOKED_AT, below, limit - found.length)));
  return found;
}

/** Of positions in [from, below). */
function readAuditPart(store: Reader, query: AuditQuery, from: number, below: number, limit: number) {
  const given: readonly (readonly [condition: string, value: string | number | undefined])[] = [
    ["actor = ?", query.actor],
    ["action = ?", query.action],
    ["timestamp >= ?", query.since],
    ["timestamp <= ?", query.until],
  ];
  const asked = given.flatMap(([condition, value]) => (value === undefined ? [] : [[condition, value] as const]));
  const conditions = asked.map(([condition]) => ` AND ${condition}`).join("");
  const byName = query.actor === undefined ? (query.action === undefined ? "" : "action") : "actor";
  const index = byName === "" ? "NOT INDEXED" : `INDEXED BY audit_by_${byName}`;
  const rest = `${index} WHERE position >= ? AND position < ?${conditions} ORDER BY position DESC LIMIT ?`;
  return auditTable.load(store, rest, [from, below, ...asked.map(([, value]) => value), limit]);
}

export const idempotencyTable = new Table(
  "idempotency",
  {
    owner: text("owner"),
    key: text("key"),
    path: text("path"),
    bodyHash: text("body_hash"),
    status: text("status"),
    answer: text("answer"),
    createdAt: integer("created_at"),
  },
  ["owner", "key", "path"],
);
export type IdempotencyRecord = RecordOf<typeof idempotencyTable>;
