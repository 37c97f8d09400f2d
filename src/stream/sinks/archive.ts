// The last signals, for GET /signals: a ring of ARCHIVE_SIGNALS approved entries, appended in O(1), read newest first.
// Exits are not signals of the API and are not kept. Demo signals are shown while there is nothing else and forgotten
// at the first real one: they never become history. Signals come in the order of their events' sequence numbers.
// Times in queries are epoch seconds. Main thread only.
import { failed, ok } from "../../domain/result.ts";
import { SignalFile } from "./signal-file.ts";
import type { Result } from "../../domain/result.ts";
import type { Approved } from "../../domain/approved.ts";
import type { Log } from "../../telemetry/log.ts";
import type { SignalPage, SignalQuery } from "../../domain/signal-query.ts";

export const ARCHIVE_SIGNALS = 10_000;

export class SignalArchive {
  private readonly ring: (Approved | undefined)[];
  /** Signals ever appended; signal number n sits in slot n % capacity. */
  private next = 0;
  private oldest = 0;
  private demo = false;
  private readonly capacity: number;
  private file: SignalFile | null = null;

  constructor(capacity: number = ARCHIVE_SIGNALS) {
    this.capacity = capacity;
    this.ring = Array.from({ length: capacity }, () => undefined);
  }

  append(signals: readonly Approved[]): void {
    for (const signal of signals) {
      if (signal.action === "exit") continue;
      if (signal.demo !== this.demo) {
        if (signal.demo && this.next > this.oldest) continue;
        this.forget();
        this.demo = signal.demo;
      }
      this.ring[this.next % this.capacity] = signal;
      this.next += 1;
      if (this.next - this.oldest > this.capacity) this.oldest = this.next - this.capacity;
      if (!signal.demo) this.file?.add(signal);
    }
  }

  /** The file holds what is here, and what is appended from now on. `told`: as `tell` has said it last. */
  keepIn(file: SignalFile, told: number): void {
    const here = this.all().filter(({ demo }) => !demo);
    file.begin(here, told);
    this.file = file;
  }

  /** Signals of events below `sequence` were judged; those that risk let pass are here and were told. */
  tell(sequence: number): void {
    this.file?.tell(sequence);
  }

  /** Everything that is kept, oldest first. */
  all(): readonly Approved[] {
    const found: Approved[] = [];
    for (let number = this.oldest; number < this.next; number += 1) {
      const signal = this.ring[number % this.capacity];
      if (signal !== undefined) found.push(signal);
    }
    return found;
  }

  /** What was appended is in the file. */
  async flush(): Promise<void> {
    await this.file?.flush();
  }

  /** The file has everything, and is let go. */
  async close(): Promise<void> {
    await this.file?.close();
  }

  /** The same, however long the disk takes: what is still on its way would begin a file anew that is another one's. */
  async left(): Promise<void> {
    await this.file?.close();
    await this.file?.left();
  }

  get size(): number {
    return this.next - this.oldest;
  }

  /** A page, newest first. Signals that arrive between two pages do not shift the second one. */
  query(query: SignalQuery): Result<SignalPage, "bad_cursor"> {
    const cursor = query.cursor === undefined ? null : readCursor(query.cursor);
    if (cursor === undefined) return failed("bad_cursor");
    const signals: Approved[] = [];
    for (let number = this.start(cursor) - 1; number >= this.oldest; number -= 1) {
      const signal = this.ring[number % this.capacity];
      if (signal === undefined || !matches(signal, query)) continue;
      if (signals.length === query.limit) return ok({ signals, nextCursor: writeCursor(signals.at(-1)) });
      signals.push(signal);
    }
    return ok({ signals, nextCursor: null });
  }

  /** Everything below this number is older than the cursor's signal. */
  private start(cursor: Cursor | null): number {
    if (cursor === null) return this.next;
    for (let number = this.next - 1; number >= this.oldest; number -= 1) {
      const signal = this.ring[number % this.capacity];
      if (signal === undefined || signal.sequence < cursor.sequence) return number + 1;
      if (signal.sequence === cursor.sequence && signal.id === cursor.id) return number;
    }
    return this.oldest;
  }

  private forget(): void {
    this.ring.fill(undefined);
    this.oldest = this.next;
  }
}

/** The last signal of a page, by numbers that a restart does not change. */
interface Cursor {
  readonly sequence: number;
  readonly id: string;
}

function writeCursor(last: Approved | undefined): string | null {
  return last === undefined ? null : Buffer.from(`${last.sequence}.${last.id}`).toString("base64url");
}

function readCursor(cursor: string): Cursor | undefined {
  const found = /^(\d{1,15})\.(sig_[A-Za-z0-9]{1,32})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  return found === null ? undefined : { sequence: Number(found[1]), id: found[2] ?? "" };
}

function matches(signal: Approved, query: SignalQuery): boolean {
  if (query.symbol !== undefined && signal.symbol !== query.symbol) return false;
  if (query.family !== undefined && signal.family !== query.family) return false;
  if (query.tier !== undefined && signal.tier !== query.tier) return false;
  if (query.minConfidence !== undefined && signal.confidence < query.minConfidence) return false;
  const strategy = query.strategy;
  if (
    strategy !== undefined &&
    signal.type !== strategy &&
    signal.strategy !== strategy &&
    signal.strategyId !== strategy
  ) {
    return false;
  }
  const timestamp = Math.floor(signal.clock / 1e6);
  return timestamp >= (query.sinceS ?? -Infinity) && timestamp <= (query.untilS ?? Infinity);
}

/** The part of a stream's options that says where signals are kept. */
interface Keeping {
  readonly journal: { readonly signalsDir?: string } | null;
  readonly log: Log;
}

/** Where signals are kept for a restart; null: nowhere. */
export function signalFile({ journal, log }: Keeping): SignalFile | null {
  const dir = journal?.signalsDir;
  if (dir === undefined) return null;
  const onTrouble = (reason: string): void => log.warn("signals are not kept for a restart", { reason });
  return new SignalFile({ dir, capacity: ARCHIVE_SIGNALS, onTrouble });
}
