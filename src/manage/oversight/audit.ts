// The audit trail: who changed what, from what to what. Each entry carries the SHA-256 over itself and the hash of the
// entry before it, so nothing can be changed or taken out of the middle without every later hash being wrong.
//   hash = SHA-256 of the UTF-8 JSON of [previous hash, position, timestamp, actor, action, target, from, to]
// with timestamp in microseconds since the epoch; the first previous hash is "". An entry is stored in the transaction of
// the change that it tells of: neither exists without the other. Entries are written one after the other, because each
// needs the hash of the one before; reads go to the store.
import { createHash } from "node:crypto";
import type { Failure } from "../../domain/failure.ts";
import { ok, type Result } from "../../domain/result.ts";
import { auditTable, type AuditRecord } from "../../store/operations.ts";
import type { SqlValue, Statement, Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";

export type AuditEntry = AuditRecord;

/** Null where there was nothing, or is nothing any more. */
export interface Change {
  readonly actor: string;
  /** What was done, e.g. config.put. */
  readonly action: string;
  /** To what, e.g. the name of a component. */
  readonly target: string;
  readonly from: unknown;
  readonly to: unknown;
}

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

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** `before` of the next page; null on the last one. */
  readonly next: number | null;
}

interface Head {
  readonly position: number;
  readonly hash: string;
}

const PAGE = `
WHERE position < ? AND timestamp >= ? AND timestamp <= ? AND (? IS NULL OR actor = ?) AND (? IS NULL OR action = ?)
ORDER BY position DESC LIMIT ?`;
const VERIFY_ROWS = 1_000;
/** So many of those that were noted go into one transaction. */
const NOTED_MAX = 500;

export class Audit {
  private readonly store: Store;
  private readonly now: () => number;
  private readonly log: Log;
  /** Null when the store has to be asked, because the last write is in doubt. */
  private head: Head | null = null;
  private readonly noted: Change[] = [];
  private queue: Promise<unknown> = Promise.resolve();

  /** `now`: wall clock, integer microseconds. */
  constructor(store: Store, now: () => number, log: Log) {
    this.store = store;
    this.now = now;
    this.log = log;
  }

  async load(): Promise<void> {
    this.head = await this.readHead();
  }

  /** Stores the change, that is `statements`, together with its entry: both or neither. */
  record(change: Change, statements: readonly Statement[] = []): Promise<Result<void, Failure>> {
    const mine = this.queue.then(() => this.write([change], statements));
    this.queue = mine.catch(() => undefined); // how this one ended is its caller's business
    return mine;
  }

  /** For what is in force already and must not wait for the disk; when it cannot be stored, the log holds it. */
  note(change: Change): void {
    this.noted.push(change);
    if (this.noted.length > 1) return; // goes with those before it
    this.queue = this.queue.then(() => this.writeNoted());
  }

  /** Resolves when what was noted so far is stored, or cannot be. */
  async close(): Promise<void> {
    await this.queue;
  }

  async page(query: AuditQuery): Promise<AuditPage> {
    const { actor = null, action = null, limit } = query;
    const params: readonly SqlValue[] = [
      query.before ?? Number.MAX_SAFE_INTEGER,
      query.since ?? 0,
      query.until ?? Number.MAX_SAFE_INTEGER,
      actor,
      actor,
      action,
      action,
      limit + 1,
    ];
    const found = await auditTable.load(this.store, PAGE, params);
    const entries = found.slice(0, limit);
    return { entries, next: found.length > limit ? (entries.at(-1)?.position ?? null) : null };
  }

  /** Position of the first entry that is not what was written, or is missing; null when all are well. */
  async verify(): Promise<number | null> {
    let last: Head = { position: 0, hash: "" };
    for (;;) {
      const rest = "WHERE position > ? ORDER BY position LIMIT ?";
      const entries = await auditTable.load(this.store, rest, [last.position, VERIFY_ROWS]);
      for (const entry of entries) {
        const expected = last.position + 1;
        if (entry.position !== expected || entry.previousHash !== last.hash || entry.hash !== hashOf(entry)) {
          return expected;
        }
        last = entry;
      }
      if (entries.length < VERIFY_ROWS) return null;
    }
  }

  private async writeNoted(): Promise<void> {
    const changes = this.noted.splice(0);
    for (let at = 0; at < changes.length; at += NOTED_MAX) {
      const some = changes.slice(at, at + NOTED_MAX);
      const outcome = await this.write(some, []).catch((error: unknown) => ({ ok: false as const, failure: error }));
      if (!outcome.ok) this.log.error("missing in the audit trail", { changes: some, reason: outcome.failure });
    }
  }

  private async write(changes: readonly Change[], statements: readonly Statement[]): Promise<Result<void, Failure>> {
    let head = (this.head ??= await this.readHead());
    const inserts: Statement[] = [];
    for (const change of changes) {
      const entry = entryAfter(head, change, this.now());
      inserts.push(auditTable.insert(entry));
      head = entry;
    }
    const stored = await this.store.commit([...statements, ...inserts]);
    if (stored.ok) this.head = head;
    else if (stored.failure.code === "storage_unavailable") this.head = null;
    return stored.ok ? ok(undefined) : stored;
  }

  private async readHead(): Promise<Head> {
    const [last] = await auditTable.load(this.store, "ORDER BY position DESC LIMIT 1");
    return last ?? { position: 0, hash: "" };
  }
}

function entryAfter(head: Head, { actor, action, target, from, to }: Change, timestamp: number): AuditEntry {
  const position = head.position + 1;
  const auditId = `audit_${String(position).padStart(6, "0")}`;
  const [before, after] = [from ?? null, to ?? null];
  const entry = { position, auditId, timestamp, actor, action, target, before, after, previousHash: head.hash };
  return { ...entry, hash: hashOf(entry) };
}

function hashOf(entry: Omit<AuditEntry, "hash" | "auditId">): string {
  const { previousHash, position, timestamp, actor, action, target, before, after } = entry;
  const text = JSON.stringify([previousHash, position, timestamp, actor, action, target, before, after]);
  return createHash("sha256").update(text).digest("hex");
}
