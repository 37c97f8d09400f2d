// The audit trail: who changed what, from what to what (chain.ts says how entries hang together). An entry is stored in
// the transaction of the change that it tells of: neither exists without the other. Each entry needs the hash of the one
// before, so those that wait are chained in the order in which they came and handed to the store together: they share a
// sync, and the store takes them in that order. When one of them is refused, those behind it do not fit any more; the
// database itself refuses them (the trigger audit_chain), and they are chained and handed in again.
import { AsyncResource } from "node:async_hooks";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type AuditQuery, auditTable, type AuditRecord, readAudit } from "../../store/operations.ts";
import type { Statement, Store } from "../../store/store.ts";
import { StoreError } from "../../store/store-error.ts";
import type { Log } from "../../telemetry/log.ts";
import { type ChainReport, ChainWalk, type Change, entryAfter, type Head, NO_ENTRY } from "./chain.ts";

export type AuditEntry = AuditRecord;

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** `before` of the next page; null on the last one. */
  readonly next: number | null;
}

interface Waiting {
  readonly change: Change;
  readonly statements: readonly Statement[];
  /** Hands in for the request that recorded the change, whose Idempotency-Key is marked with it. */
  readonly store: Store["commit"];
  readonly resolve: (outcome: Result<void, Failure>) => void;
}

const VERIFY_ROWS = 1_000;
/** So many share a sync. */
const TOGETHER_MAX = 256;
const WAITING_MAX = 100_000;
const NOTE_MS = 1_000;

export class Audit {
  private readonly store: Store;
  private readonly now: () => number;
  private readonly log: Log;
  /** Null when the store has to be asked, because what it holds is in doubt. */
  private head: Head | null = null;
  private readonly waiting: Waiting[] = [];
  private together = TOGETHER_MAX;
  private busy = false;
  private written: Promise<void> = Promise.resolve();

  /** `now`: wall clock, integer microseconds. */
  constructor(store: Store, now: () => number, log: Log) {
    this.store = store;
    this.now = now;
    this.log = log;
  }

  async load(): Promise<void> {
    this.head = await this.readHead();
  }

  /**
   * Stores the change, that is `statements`, together with its entry: both or neither. `undo`: they take back what the
   * same request has stored before.
   */
  record(
    change: Change,
    statements: readonly Statement[] = [],
    how: "commit" | "undo" = "commit",
  ): Promise<Result<void, Failure>> {
    if (this.waiting.length >= WAITING_MAX)
      return Promise.resolve(failed({ code: "overloaded", what: "the queue of changes that wait for the disk" }));
    const store = AsyncResource.bind((all: readonly Statement[]) => this.store[how](all));
    const done = new Promise<Result<void, Failure>>((resolve) => {
      this.waiting.push({ change, statements, store, resolve });
    });
    if (!this.busy) this.written = this.writeAll();
    return done;
  }

  /**
   * For what is in force already and must not fail for want of a disk; when it cannot be stored, the log holds it.
   * Resolves when it is stored, cannot be, or NOTE_MS have passed.
   */
  note(change: Change): Promise<void> {
    const kept = this.record(change).then((outcome) => {
      if (!outcome.ok) this.log.error("missing in the audit trail", { change, reason: outcome.failure });
    });
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, NOTE_MS);
      void kept.finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Resolves when what was recorded so far is stored, or cannot be. */
  async close(): Promise<void> {
    await this.written;
  }

  async page(query: AuditQuery): Promise<AuditPage> {
    const { limit } = query;
    const found = await readAudit(this.store.reads, { ...query, limit: limit + 1 });
    const entries = found.slice(0, limit);
    return { entries, next: found.length > limit ? (entries.at(-1)?.position ?? null) : null };
  }

  async verify(): Promise<ChainReport> {
    const walk = new ChainWalk();
    for (let last = 0; ;) {
      const rest = "WHERE position > ? ORDER BY position LIMIT ?";
      const entries = await auditTable.load(this.store.reads, rest, [last, VERIFY_ROWS]);
      if (!entries.every((entry) => walk.take(entry)) || entries.length < VERIFY_ROWS) return walk.report;
      last = entries.at(-1)?.position ?? last;
    }
  }

  private async writeAll(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) {
      const some = this.waiting.splice(0, this.together);
      const again = await this.write(some).catch((error: unknown) => this.refuse(some, error));
      this.waiting.unshift(...again);
      // A full disk still has room for small ones, and one that is refused would turn back all behind it.
      this.together = again.length > 0 ? 1 : Math.min(this.together * 2, TOGETHER_MAX);
    }
    this.busy = false;
  }

  /** Answers each but those that are to be tried again, which it gives back. */
  private async write(some: readonly Waiting[]): Promise<readonly Waiting[]> {
    const known = this.head !== null;
    let head = (this.head ??= await this.readHead());
    const stored = some.map(({ change, statements, store }) => {
      const entry = entryAfter(head, change, this.now());
      head = entry;
      return store([...statements, auditTable.insert(entry)]);
    });
    const outcomes = await Promise.all(stored);
    const first = outcomes.findIndex((outcome) => !outcome.ok);
    this.head = first < 0 ? head : null;
    // The first refusal is about the change itself, unless the trail has grown behind our back.
    const judged = first < 0 || !known ? first : first === 0 ? -1 : first;
    return some.filter(({ resolve }, index) => {
      const outcome = outcomes[index] ?? ok(undefined);
      const unfit = !outcome.ok && outcome.failure.code === "conflict" && index > judged && first >= 0;
      if (!unfit) resolve(outcome);
      return unfit;
    });
  }

  private refuse(some: readonly Waiting[], error: unknown): readonly Waiting[] {
    this.head = null;
    if (!(error instanceof StoreError)) this.log.error("the audit trail could not be read", { error });
    const failure: Failure = error instanceof StoreError ? error.failure : { code: "storage_unavailable" };
    for (const { resolve } of some) resolve(failed(failure));
    return [];
  }

  private async readHead(): Promise<Head> {
    const [last] = await auditTable.load(this.store, "ORDER BY position DESC LIMIT 1");
    return last ?? NO_ENTRY;
  }
}
