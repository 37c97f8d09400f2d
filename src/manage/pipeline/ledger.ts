// The pipelines that there are and were, newest last: in the store as rows, written ahead; in memory whole while they are
// under way, and as heads of a few words once they have ended, because what the stages found is some thirty kilobytes of
// each. Who wants that of one that has ended reads the store. What a pipeline says is stored line by line while it runs.
// The newest KEPT are kept, and those that have not ended. Times in microseconds since the epoch.
import { fitText } from "../../store/fit-text.ts";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  forgetPipelines,
  headOf,
  lastLogId,
  type PipelineHead,
  type PipelineLogRecord,
  pipelineLogTable,
  type PipelineRecord,
  pipelineTable,
  readPipelineHeads,
  readPipelineLogs,
  readPipelines,
} from "../../store/pipelines.ts";
import { StoreError } from "../../store/store-error.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Level } from "./words.ts";

export interface LedgerOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly log: Log;
}
export interface LogQuery {
  readonly stage?: string;
  readonly before?: number;
  readonly limit: number;
}
export interface Insertion {
  /** A new one, and the end of those that are forgotten for it. */
  readonly statements: readonly Statement[];
  /** They are stored. */
  readonly stored: () => void;
}
export interface LogPage {
  /** Newest first. */
  readonly lines: readonly PipelineLogRecord[];
  /** `before` of the next page; null on the last one. */
  readonly next: number | null;
}

export const KEPT = 10_000;
/** Old ones are removed together. */
export const FORGET_EVERY = 100;
const LINE_MAX = 2_000;
/** What comes is JSON, and taking it apart holds the main thread for a millisecond each: other work comes between. */
const READ_AT_ONCE = 25;
const UNREADABLE: Failure = {
  code: "storage_unavailable",
  issue: "what pipelines that have ended came to cannot be read just now; nothing was changed, ask again",
};

export class Ledger {
  private readonly options: LedgerOptions;
  /** Of all, in the order in which they were asked for. */
  private readonly heads = new Map<string, PipelineHead>();
  /** Those that have not ended. */
  private readonly open = new Map<string, PipelineRecord>();
  private readonly writes = new Set<Promise<unknown>>();
  private logId = 0;

  constructor(options: LedgerOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    const { store } = this.options;
    for (const head of await readPipelineHeads(store)) this.heads.set(head.pipelineId, head);
    const lasting = this.all().filter(({ endedAt }) => endedAt === null);
    const ids = lasting.map(({ pipelineId }) => pipelineId);
    for (const record of ids.length === 0 ? [] : await readPipelines(store, ids)) this.add(record);
    this.logId = await lastLogId(store);
  }

  get(pipelineId: string): PipelineHead | null {
    return this.heads.get(pipelineId) ?? null;
  }
  /** Oldest first. */
  all(): readonly PipelineHead[] {
    return [...this.heads.values()];
  }
  /** Whole; null: it has ended, or there is none. */
  underway(pipelineId: string): PipelineRecord | null {
    return this.open.get(pipelineId) ?? null;
  }

  /** These as they are at the end of it, whole and in this order; one that is forgotten meanwhile is left out. */
  async read(pipelineIds: readonly string[]): Promise<Result<readonly PipelineRecord[], Failure>> {
    const found = new Map<string, PipelineRecord | null>();
    const unread = (id: string): boolean => !found.has(id) && !this.open.has(id) && this.heads.has(id);
    try {
      // One that ends while others are read is read in another round.
      const next = (): readonly string[] => pipelineIds.filter(unread).slice(0, READ_AT_ONCE);
      for (let ids = next(); ids.length > 0; ids = next()) {
        for (const id of ids) found.set(id, null);
        for (const record of await readPipelines(this.options.store.reads, ids)) found.set(record.pipelineId, record);
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.options.log.error("pipelines could not be read", { reason: error.message });
      return failed(UNREADABLE);
    }
    return ok(pipelineIds.flatMap((id) => this.underway(id) ?? found.get(id) ?? []));
  }

  /** What has to be stored with a new one. */
  inserting(record: PipelineRecord): Insertion {
    const surplus = this.heads.size - KEPT;
    const over = surplus < FORGET_EVERY ? [] : this.all().slice(0, surplus);
    const old = over.filter(({ endedAt }) => endedAt !== null).map(({ pipelineId }) => pipelineId);
    return {
      statements: [...(old.length === 0 ? [] : forgetPipelines(old)), pipelineTable.insert(record)],
      stored: () => {
        for (const pipelineId of old) this.heads.delete(pipelineId);
        this.add(record);
      },
    };
  }

  add(record: PipelineRecord): void {
    const { pipelineId, endedAt } = record;
    this.heads.set(pipelineId, headOf(record));
    if (endedAt === null) this.open.set(pipelineId, record);
    else this.open.delete(pipelineId);
  }

  /** The statement that stores the record as it will be; `add` follows when it is stored. */
  putting(record: PipelineRecord): Statement {
    return pipelineTable.put(record);
  }

  /** Stored, then in memory. */
  async put(record: PipelineRecord): Promise<Result<void, Failure>> {
    const stored = await this.options.store.commit([this.putting(record)]);
    if (stored.ok) this.add(record);
    return stored;
  }

  /** Nobody waits for a line; one that cannot be stored is in the log of the process alone. */
  say(pipelineId: string, stage: string, level: Level, message: string): void {
    const { store, now, log } = this.options;
    const text = fitText(message.slice(0, LINE_MAX), " ");
    const row = { logId: ++this.logId, pipelineId, timestamp: now(), stage, level, message: text };
    const stored = store.commit([pipelineLogTable.insert(row)]).then((done) => {
      if (!done.ok) log.error("a line of a pipeline could not be stored", { pipeline_id: pipelineId, line: text });
    });
    this.writes.add(stored);
    void stored.finally(() => this.writes.delete(stored));
  }

  async lines(pipelineId: string, query: LogQuery): Promise<LogPage> {
    await Promise.all(this.writes); // what was said is there to be read
    const { limit, stage = null, before = Number.MAX_SAFE_INTEGER } = query;
    const found = await readPipelineLogs(this.options.store.reads, { pipelineId, stage, before, limit: limit + 1 });
    const lines = found.slice(0, limit);
    return { lines, next: found.length > limit ? (lines.at(-1)?.logId ?? null) : null };
  }

  async close(): Promise<void> {
    await Promise.all(this.writes);
  }
}
