// The store: what must outlive the process, in one SQLite file below DATA_DIR. Commits are transactions that are durable
// (synced) when they resolve; those that wait together share a sync, and each is all or nothing by itself. The database
// lives in a worker of its own (sqlite/), so no commit holds up the main thread, and what requests read in another
// (reads.ts), so no reader holds up a commit. Without DATA_DIR: the same in memory, in one worker.
// What each thing's rows look like is in the file of its name: strategies.ts, versions.ts and so on.
import { existsSync, realpathSync } from "node:fs";
import type { Failure } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { type Reader, Reads } from "./reads.ts";
import type { Commit, Fault, Statement } from "./sqlite/commits.ts";
import type { Row, SqlValue } from "./sqlite/driver.ts";
import type { Done, Found } from "./sqlite/messages.ts";
import { explainDamage, explainOpen, MEMORY, type OpenFailure } from "./sqlite/open.ts";
import { type StoreLog, StoreThread } from "./sqlite/store-thread.ts";
import { removeMark } from "./sqlite/whole-mark.ts";
import { StoreError } from "./store-error.ts";
import { type CheckBounds, type Verdict, WholeCheck } from "./whole-check.ts";

export type { Reader } from "./reads.ts";
export type { Commit, Statement } from "./sqlite/commits.ts";
export type { Row, SqlValue } from "./sqlite/driver.ts";
export type { OpenFailure } from "./sqlite/open.ts";
export type { StoreLog } from "./sqlite/store-thread.ts";
export { StoreError } from "./store-error.ts";

export interface Store extends Reader {
  /**
   * One transaction: all of its statements or none. Durable when it resolves with ok. Refusals: `conflict` (a rule of
   * the tables), `validation_error` (a value that cannot be stored), `storage_full`, `storage_unavailable` (after a
   * fault of the storage thread it may or may not have been stored), `overloaded`, `shutting_down`.
   */
  commit(statements: readonly Statement[]): Promise<Result<void, Failure>>;
  /** A commit that takes back what one before it has stored for the same request: then the request had no effect. */
  undo(statements: readonly Statement[]): Promise<Result<void, Failure>>;
  /** Sees every commit that was handed in before, and comes between them. Rejects with a StoreError when the database cannot be read. */
  query(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]>;
  /** For what requests ask: sees every commit that was confirmed before, and holds up none. */
  readonly reads: Reader;
  status(): StoreStatus;
  /** Waits for what was handed in; afterwards everything is refused. */
  close(): Promise<void>;
}

/** For who asks for single rows by their key. */
export interface KeyedStore extends Store {
  /**
   * In the storage worker, as `query`: sees every commit that was confirmed before, and what came of one that was in
   * doubt. Many go at once, and with commits.
   */
  readonly lookUps: Reader;
}

export interface StoreStatus {
  /** null: in memory. */
  readonly file: string | null;
  /** Why nothing can be stored; null while all is well. */
  readonly trouble: string | null;
  readonly commits: number;
  /** Transactions of the database, that is syncs; fewer than commits when commits wait together. */
  readonly groups: number;
  readonly waiting: number;
}

export interface StoreOptions {
  /** null: in memory. */
  readonly file: string | null;
  readonly log: StoreLog;
  /** After this long without an answer the storage thread counts as hung; default 30 s. */
  readonly hangMs?: number;
  /** After this long a read that a request asked for is refused; default 5 s. */
  readonly readMs?: number;
  /** When the check behind the start is ended. */
  readonly checkBounds?: CheckBounds;
  /** Told when changes cannot be stored, at most once in TROUBLE_MS. */
  readonly onTrouble?: (reason: string) => void;
}

const GROUP_COMMITS_MAX = 256;
/** Behind answers of 250 KB each, commits would wait for hundreds of milliseconds. */
const GROUP_LOOK_UPS_MAX = 16;
/** A query during which the thread died is asked once more: it may have been a commit's fault, or the disk's. */
const QUERY_TRIES = 2;
const TROUBLE_MS = 60_000;
const WAITING_MAX = 100_000;
/** Where the file is stands in the log, in alerts and in /health. */
const DAMAGED: Failure = {
  code: "storage_unavailable",
  issue: "the database is damaged and takes no changes; GET /health says what to do",
};

/** The failure is for who starts the engine: one sentence, with what to do. */
export async function openStore(options: StoreOptions): Promise<Result<ThreadedStore, string>> {
  const store = new ThreadedStore({ ...options, file: options.file === null ? null : placeOf(options.file) });
  const refused = await store.open();
  return refused === null ? ok(store) : failed(explainOpen(refused));
}

/** Behind a link: its log, and what else stands beside it, bear the name that it has there. */
function placeOf(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

interface WaitingCommit {
  readonly statements: Commit;
  readonly resolve: (outcome: Result<void, Failure>) => void;
}
interface WaitingQuery {
  tries: number;
  /** Where it waits. */
  readonly line: WaitingQuery[];
  readonly query: Statement;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: StoreError) => void;
}

export class ThreadedStore implements KeyedStore {
  private readonly file: string | null;
  private readonly log: StoreLog;
  private readonly thread: StoreThread;
  /** Null: in memory, where there is one connection. */
  private readonly desk: Reads | null;
  /** Null: in memory. */
  private readonly check: WholeCheck | null;
  readonly reads: Reader;
  readonly lookUps: Reader = { query: (sql, params) => this.ask(this.keys, sql, params) };
  private readonly onTrouble: (reason: string) => void;
  private readonly commits: WaitingCommit[] = [];
  private readonly queries: WaitingQuery[] = [];
  /** Look-ups. */
  private readonly keys: WaitingQuery[] = [];
  private sentCommits: readonly WaitingCommit[] = [];
  private sentQueries: readonly WaitingQuery[] = [];
  private sendDue = false;
  private closed = false;
  private drained: (() => void) | null = null;
  private committed = 0;
  private failing: string | null = null;
  /** What was found, in a sentence; from then on nothing is changed. */
  private damage: string | null = null;
  private toldAt = -Infinity;
  private groups = 0;

  constructor({ file, log, hangMs, readMs, checkBounds, onTrouble }: StoreOptions) {
    this.file = file;
    this.onTrouble = onTrouble ?? (() => undefined);
    this.log = log;
    const onDamage = (reason: string): void => this.damaged(reason);
    const patience = readMs === undefined ? {} : { patienceMs: readMs };
    this.desk = file === null ? null : new Reads({ file, log, onDamage, ...patience });
    const onVerdict = (verdict: Verdict): void => this.judged(verdict);
    const bounds = checkBounds === undefined ? {} : { bounds: checkBounds };
    this.check = file === null ? null : new WholeCheck({ file, log, onVerdict, ...bounds });
    this.reads = this.desk ?? { query: (sql, params) => this.query(sql, params) };
    this.thread = new StoreThread({
      file: file ?? MEMORY,
      log,
      ...(hangMs === undefined ? {} : { hangMs }),
      onOpened: (checked) => {
        if (checked) this.foundWhole();
        else this.check?.due();
      },
      onIdle: () => this.send(),
      onDone: (done) => this.settle(done),
      onLost: (reason, replacing) => this.lost(reason, replacing),
    });
  }

  async open(): Promise<OpenFailure | null> {
    const opened = await this.thread.open();
    if ("code" in opened) return opened;
    this.log.info("store opened", { file: this.file, tables: opened.to, upgraded_from: opened.from });
    return null;
  }

  /** The engine serves: what was opened on the word of its mark is checked now. */
  checkRest(): void {
    this.check?.begin();
  }

  undo(statements: readonly Statement[]): Promise<Result<void, Failure>> {
    return this.commit(statements);
  }

  commit(statements: readonly Statement[]): Promise<Result<void, Failure>> {
    if (this.closed) return Promise.resolve(failed({ code: "shutting_down" }));
    if (this.damage !== null) return Promise.resolve(failed(DAMAGED));
    if (this.thread.state !== "working") return Promise.resolve(failed({ code: "storage_unavailable" }));
    if (this.commits.length >= WAITING_MAX) {
      return Promise.resolve(failed({ code: "overloaded", what: "the queue of changes that wait for the disk" }));
    }
    return new Promise((resolve) => {
      this.commits.push({ statements, resolve });
      this.sendLater();
    });
  }

  query(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.ask(this.queries, sql, params);
  }

  private ask(line: WaitingQuery[], sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    if (this.closed) return Promise.reject(new StoreError({ code: "shutting_down" }, "the store is closed"));
    if (this.thread.state === "down") return Promise.reject(unreadable(this.thread.trouble ?? "no thread"));
    if (line.length >= WAITING_MAX) {
      return Promise.reject(new StoreError({ code: "overloaded", what: "the queue of reads" }, "too many reads wait"));
    }
    return new Promise((resolve, reject) => {
      line.push({ tries: 0, line, query: { sql, params }, resolve, reject });
      this.sendLater();
    });
  }

  status(): StoreStatus {
    const { file, committed, groups, commits, queries, keys, sentCommits } = this;
    const waiting = commits.length + sentCommits.length + queries.length + keys.length;
    const trouble = this.damage ?? this.thread.trouble ?? this.failing;
    return { file, trouble, commits: committed, groups, waiting };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.check?.close();
    const unread = this.desk?.close();
    if (this.thread.state === "working" && !this.isEmpty()) {
      await new Promise<void>((done) => {
        this.drained = done;
        this.send();
      });
    }
    this.refuseAll({ code: "shutting_down" }, "the store is closed");
    await unread;
    await this.thread.close();
  }

  /** What is handed in during this turn of the loop goes together. */
  private sendLater(): void {
    if (this.sendDue) return;
    this.sendDue = true;
    setImmediate(() => this.send());
  }

  private send(): void {
    this.sendDue = false;
    const { commits, queries, keys } = this;
    if (!this.thread.isIdle || commits.length + queries.length + keys.length === 0) return;
    this.sentCommits = commits.splice(0, GROUP_COMMITS_MAX);
    // A query may rely on a commit that is not in this group yet. One at a time: commits that come meanwhile go before the
    // next, and a thread is given up for one that takes too long, never for many that do not.
    const asked = queries.splice(0, commits.length > 0 ? 0 : 1);
    this.sentQueries = [...keys.splice(0, GROUP_LOOK_UPS_MAX), ...asked];
    this.thread.send({
      kind: "batch",
      commits: this.sentCommits.map(({ statements }) => statements),
      queries: this.sentQueries.map(({ query }) => query),
    });
  }

  private settle(done: Done): void {
    const [commits, queries] = [this.sentCommits, this.sentQueries];
    this.sentCommits = [];
    this.sentQueries = [];
    if (commits.length > 0) this.groups += 1;
    commits.forEach(({ resolve }, index) => {
      const fault = done.commits[index];
      if (fault === null) this.stored();
      resolve(fault === null || fault === undefined ? ok(undefined) : failed(this.refusal(fault)));
    });
    queries.forEach((query, index) => this.found(query, done.queries[index]));
    if (this.isEmpty()) this.drained?.();
  }

  private found({ query, resolve, reject }: WaitingQuery, found: Found | undefined): void {
    if (found !== undefined && "rows" in found) return resolve(found.rows);
    const { kind, reason } = found?.fault ?? { kind: "other", reason: "no answer" };
    this.log.error("a read of the store failed", { reason, sql: query.sql });
    if (kind === "corrupt") this.damaged(reason);
    reject(unreadable(this.damage ?? reason));
  }

  private stored(): void {
    this.committed += 1;
    this.failing = null;
  }

  private judged(verdict: Verdict): void {
    if (verdict.kind === "whole") {
      this.log.info("the database was checked and is whole", { file: this.file });
      this.foundWhole();
    } else if (verdict.kind === "damaged") this.damaged(verdict.reason);
    else if (verdict.kind === "ended") {
      const { reason } = verdict;
      this.log.warn("the database was not checked to the end; the next start does so before it serves", { reason });
    } else {
      const issue = `${this.file} could not be checked (${verdict.reason}); the next start does so before it serves`;
      this.log.error(issue);
      this.onTrouble(issue);
    }
  }

  /** By a check that sees less than a read or a change comes across. */
  private foundWhole(): void {
    if (this.damage === null) this.thread.judged(true);
  }

  /** The next start checks it before it serves, and is refused if that check sees the damage. */
  private damaged(reason: string): void {
    if (this.damage !== null || this.file === null) return;
    this.damage = explainDamage(this.file, reason);
    this.unmark(this.file);
    this.log.error("the database is damaged", { reason: this.damage });
    this.onTrouble(this.damage);
    for (const { resolve } of this.commits.splice(0)) resolve(failed(DAMAGED));
    if (this.isEmpty()) this.drained?.();
  }

  /** Here, because its thread may be busy for long, or gone; there, so that it is not put again. */
  private unmark(file: string): void {
    this.thread.judged(false);
    try {
      removeMark(file);
    } catch (error) {
      this.log.error("the mark of a whole database could not be removed", { reason: String(error) });
    }
  }

  private troubled(reason: string): void {
    this.failing = reason;
    const now = performance.now();
    if (now - this.toldAt < TROUBLE_MS) return; // a disk that is nearly full takes some and refuses others
    this.toldAt = now;
    this.onTrouble(reason);
  }

  private lost(reason: string, replacing: boolean): void {
    this.troubled(reason);
    for (const { resolve } of this.sentCommits) resolve(failed({ code: "storage_unavailable" }));
    this.sentCommits = [];
    for (const query of this.sentQueries.toReversed()) {
      if (++query.tries < QUERY_TRIES) query.line.unshift(query);
      else query.reject(unreadable(reason));
    }
    this.sentQueries = [];
    for (const { resolve } of this.commits.splice(0)) resolve(failed({ code: "storage_unavailable" }));
    if (!replacing) for (const { reject } of this.unasked()) reject(unreadable(reason));
    this.drained?.();
  }

  private refuseAll(failure: Failure, reason: string): void {
    for (const { resolve } of this.commits.splice(0)) resolve(failed(failure));
    for (const { reject } of this.unasked()) reject(new StoreError(failure, reason));
  }

  /** What waits to be asked, which is asked no more. */
  private unasked(): readonly WaitingQuery[] {
    return [...this.keys.splice(0), ...this.queries.splice(0)];
  }

  private isEmpty(): boolean {
    const { commits, queries, keys, sentCommits, sentQueries } = this;
    return commits.length + queries.length + keys.length + sentCommits.length + sentQueries.length === 0;
  }

  /** The log has the database's own words; who asked gets a sentence of ours. */
  private refusal({ kind, reason }: Fault): Failure {
    switch (kind) {
      case "full":
        this.log.error("the disk is full; changes are refused, reads go on", { reason });
        this.troubled("the disk is full; changes are refused, reads go on");
        return { code: "storage_full" };
      case "constraint":
        return {
          code: "conflict",
          issue: `this contradicts what is stored (${reason}); read what is there, and send what fits to it`,
        };
      case "unfit":
        return { code: "validation_error", issues: [{ field: "body", issue: `cannot be stored: ${reason}` }] };
      case "corrupt":
        this.damaged(reason);
        return DAMAGED;
      case "busy":
      case "io":
      case "other":
        this.log.error("a change could not be stored", { kind, reason });
        if (kind !== "other") this.troubled(reason);
        return { code: "storage_unavailable" };
    }
  }
}

function unreadable(reason: string): StoreError {
  const issue = "the store could not be read, its log names the cause; send it again in a moment";
  return new StoreError({ code: "storage_unavailable", issue }, reason);
}
