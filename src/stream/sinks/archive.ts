// The last signals, for GET /signals: a ring of ARCHIVE_SIGNALS approved entries, appended in O(1), read newest first.
// Exits are not signals of the API and are not kept. Demo signals are shown while there is nothing else and forgotten
// at the first real one: they never become history. Times in queries are epoch seconds. Main thread only.
import { randomBytes } from "node:crypto";
import { failed, ok } from "../../domain/result.ts";
import type { Result } from "../../domain/result.ts";
import type { Approved } from "../../domain/approved.ts";
import type { SignalPage, SignalQuery } from "../../domain/signal-query.ts";

export const ARCHIVE_SIGNALS = 10_000;

export class SignalArchive {
  private readonly ring: (Approved | undefined)[];
  /** Signals ever appended; signal number n sits in slot n % capacity. */
  private next = 0;
  private oldest = 0;
  private demo = false;
  /** Cursors name the process that made them: numbers of an earlier one mean other signals. */
  private readonly mark = randomBytes(4).toString("hex");
  private readonly capacity: number;

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
    }
  }

  get size(): number {
    return this.next - this.oldest;
  }

  /** A page, newest first. Signals that arrive between two pages do not shift the second one. */
  query(query: SignalQuery): Result<SignalPage, "bad_cursor"> {
    const before = query.cursor === undefined ? this.next : this.readCursor(query.cursor);
    if (before === null) return failed("bad_cursor");
    const signals: Approved[] = [];
    let last = before;
    for (let number = before - 1; number >= this.oldest; number -= 1) {
      const signal = this.ring[number % this.capacity];
      if (signal === undefined || !matches(signal, query)) continue;
      if (signals.length === query.limit) return ok({ signals, nextCursor: this.writeCursor(last) });
      signals.push(signal);
      last = number;
    }
    return ok({ signals, nextCursor: null });
  }

  private forget(): void {
    this.ring.fill(undefined);
    this.oldest = this.next;
  }

  private writeCursor(before: number): string {
    return Buffer.from(`${this.mark}.${before}`).toString("base64url");
  }

  private readCursor(cursor: string): number | null {
    const found = /^([0-9a-f]{8})\.(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
    if (found === null || found[1] !== this.mark) return null;
    const before = Number(found[2]);
    return before <= this.next ? before : null;
  }
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
