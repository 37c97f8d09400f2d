// Idempotency-Key: a request that is sent again gets the answer of the first one, and has no second effect, for 24 hours
// and over restarts. Each caller has keys of its own; a key belongs to a path, and to one body.
//
//   1  the effect and a mark "this key has taken effect" are one transaction (`marking`, the store that rooms get)
//   2  the answer is written over the mark and synced
//   3  the answer is sent
//
// Killed before 1: nothing has happened, and the next try is the first. Between 1 and 2: the effect is there and its
// answer is lost; the next try is told so (409) instead of acting again. After 2: the answer is replayed. A request that
// comes while the first one runs waits for it. What a request changes outside the store (market data goes to the journal)
// has no mark: its key counts from 2 on. Answers of 500 and above are kept only if the request took effect, so that a
// refusal for want of room can be tried again.
import { AsyncLocalStorage } from "node:async_hooks";
import { failed, ok } from "../../domain/result.ts";
import { idempotencyTable } from "../../store/operations.ts";
import { StoreError } from "../../store/store.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { IdempotencyRecord } from "../../store/operations.ts";
import type { KeyedStore, Statement, Store } from "../../store/store.ts";
import type { Reply } from "../reply.ts";

export const KEPT_MS = 24 * 3_600_000;
/** Answers of one caller; the oldest give way. */
export const ANSWERS_MAX = 20_000;
/** Beyond, the answer is not kept, and a repeated request is told that the first one took effect. */
export const ANSWER_LENGTH_MAX = 256 * 1_024;
const RUNNING_MAX = 10_000;
const TIDY_EVERY = 256;

export interface Question {
  readonly owner: string;
  readonly key: string;
  readonly path: string;
  readonly bodyHash: string;
}

export interface Served {
  readonly reply: Reply;
  /** It is the answer of an earlier request. */
  readonly replayed: boolean;
}

interface Run {
  readonly question: Question;
  /** The kept answer; null when nothing was kept. */
  readonly done: Promise<Reply | null>;
  readonly finish: (reply: Reply | null) => void;
  /** No longer once the answer is made: what its work goes on doing afterwards is not part of it. */
  open: boolean;
  marked: boolean;
}

export interface BookLog {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export class AnswerBook {
  /** For rooms whose changes are caused by requests: marks the key of the request together with the change. */
  readonly marking: Store;
  private readonly store: KeyedStore;
  private readonly nowMs: () => number;
  private readonly log: BookLog;
  private readonly context = new AsyncLocalStorage<Run>();
  private readonly running = new Map<string, Run>();
  private untidy = 0;

  /** `nowMs` is wall time: what is kept outlives the process. */
  constructor(store: KeyedStore, nowMs: () => number, log: BookLog) {
    this.store = store;
    this.nowMs = nowMs;
    this.log = log;
    this.marking = {
      commit: (statements) => this.commit(statements),
      undo: (statements) => this.undo(statements),
      query: (sql, params) => store.query(sql, params),
      reads: store.reads,
      status: () => store.status(),
      close: () => store.close(),
    };
  }

  /** Runs `work` unless it, or one with the same question, has been run before. Never rejects but for a fault of `work`. */
  async serve(question: Question, work: () => Promise<Reply>): Promise<Result<Served, Failure>> {
    const name = JSON.stringify([question.owner, question.key, question.path]);
    for (let first = this.running.get(name); first !== undefined; first = this.running.get(name)) {
      if (first.question.bodyHash !== question.bodyHash) return failed({ code: "idempotency_key_reuse" });
      const reply = await first.done;
      if (reply !== null) return ok({ reply, replayed: true });
    }
    if (this.running.size >= RUNNING_MAX) return failed({ code: "overloaded", what: "the list of keyed requests" });
    const run = begin(question);
    this.running.set(name, run);
    let kept: Reply | null = null;
    try {
      const known = await this.find(question);
      if (!known.ok) return known;
      if (known.value !== null) {
        kept = known.value;
        return ok({ reply: kept, replayed: true });
      }
      const reply = await this.context.run(run, work);
      run.open = false;
      kept = await this.keep(run, reply);
      return ok({ reply, replayed: false });
    } finally {
      run.open = false;
      this.running.delete(name);
      run.finish(kept);
      // The hooks behind the context cost every promise of the process a little; nobody needs them now.
      if (this.running.size === 0) this.context.disable();
    }
  }

  private async find(question: Question): Promise<Result<Reply | null, Failure>> {
    const { owner, key, path, bodyHash } = question;
    const since = (this.nowMs() - KEPT_MS) * 1_000;
    const where = "WHERE owner = ? AND key = ? AND path = ? AND created_at > ?";
    try {
      const [record] = await idempotencyTable.load(this.store.lookUps, where, [owner, key, path, since]);
      if (record === undefined) return ok(null);
      if (record.bodyHash !== bodyHash) return failed({ code: "idempotency_key_reuse" });
      return record.status === "" ? failed({ code: "idempotency_unfinished" }) : ok(replyOf(record));
    } catch (error) {
      if (error instanceof StoreError) return failed(error.failure);
      throw error;
    }
  }

  private async commit(statements: readonly Statement[]): Promise<Result<void, Failure>> {
    const run = this.context.getStore();
    if (run === undefined || !run.open) return this.store.commit(statements);
    const committed = await this.store.commit([...statements, idempotencyTable.put(this.record(run, null))]);
    if (committed.ok) run.marked = true;
    return committed;
  }

  /** What the request has stored goes, and its mark with it: it may be tried again. */
  private async undo(statements: readonly Statement[]): Promise<Result<void, Failure>> {
    const run = this.context.getStore();
    if (run === undefined || !run.open || !run.marked) return this.store.undo(statements);
    const { owner, key, path } = run.question;
    const undone = await this.store.undo([...statements, idempotencyTable.remove({ owner, key, path })]);
    if (undone.ok) run.marked = false;
    return undone;
  }

  /** The answer if it is durable now. One that cannot be stored is sent all the same: its effect has happened. */
  private async keep(run: Run, reply: Reply): Promise<Reply | null> {
    if (!run.marked && Number.parseInt(reply.status, 10) >= 500) return null;
    const short = typeof reply.body === "string" && reply.body.length <= ANSWER_LENGTH_MAX;
    const stored = await this.store.commit([idempotencyTable.put(this.record(run, short ? reply : null))]);
    if (!stored.ok) {
      const { key, path } = run.question;
      this.log.warn("an answer could not be kept for its Idempotency-Key", { key, path, reason: stored.failure.code });
      return null;
    }
    this.untidy += 1;
    if (this.untidy >= TIDY_EVERY) await this.tidy(run.question.owner);
    return reply;
  }

  private async tidy(owner: string): Promise<void> {
    this.untidy = 0;
    const beyond = "SELECT rowid FROM idempotency WHERE owner = ? ORDER BY created_at DESC LIMIT -1 OFFSET ?";
    await this.store.commit([
      { sql: "DELETE FROM idempotency WHERE created_at <= ?", params: [(this.nowMs() - KEPT_MS) * 1_000] },
      { sql: `DELETE FROM idempotency WHERE rowid IN (${beyond})`, params: [owner, ANSWERS_MAX] },
    ]);
  }

  /** Without a reply: the mark. */
  private record({ question }: Run, reply: Reply | null): IdempotencyRecord {
    const answer = reply === null ? "" : JSON.stringify([reply.contentType, reply.body]);
    return { ...question, status: reply?.status ?? "", answer, createdAt: this.nowMs() * 1_000 };
  }
}

function begin(question: Question): Run {
  let finish: (reply: Reply | null) => void = () => undefined;
  const done = new Promise<Reply | null>((resolve) => {
    finish = resolve;
  });
  return { question, done, finish, open: true, marked: false };
}

function replyOf({ status, answer }: IdempotencyRecord): Reply {
  const [contentType, body] = JSON.parse(answer) as [string, string];
  return { status, contentType, body };
}
