// What all sockets of one caller, a key or an address, may have the engine do together. Whoever opens more sockets gets
// nothing more by it. Work is counted in kept events that are looked at, about 20 ns each; reading a message counts by its
// length. What is spent comes back by the second, also while no socket is open, so that a new one is no way around it.
import type { Time } from "./time.ts";

/** About 4 % of the main thread. */
export const WORK_PER_SECOND = 2_000_000;
/** For the moment in which hundreds of dashboards come back at once. */
export const WORK_AT_ONCE = 20_000_000;
/** Different filters that somebody listens to: each event is held against every one of them. */
export const FEEDS_MAX = 2_000;
const PER_MESSAGE = 100;
const BYTES_PER_WORK = 4;
const NAMES_KEPT = 1_024;
const NAMES_MAX = 65_536;

export class Caller {
  /** Connections that are open. */
  sockets = 0;
  /** Feeds that it was the first to want. */
  feeds = 0;
  private readonly time: Time;
  private left = WORK_AT_ONCE;
  private filledMs: number;

  constructor(time: Time) {
    this.time = time;
    this.filledMs = time.nowMs();
  }

  /** What is begun is done: the last one may cost more than was left, which the next ones wait for. */
  spend(work: number): void {
    this.fill();
    this.left -= work;
  }

  spendOnMessage(bytes: number): void {
    this.spend(PER_MESSAGE + bytes / BYTES_PER_WORK);
  }

  get exhausted(): boolean {
    this.fill();
    return this.left <= 0;
  }

  /** Nothing would be forgotten with it. */
  get idle(): boolean {
    this.fill();
    return this.sockets === 0 && this.feeds === 0 && this.left >= WORK_AT_ONCE;
  }

  private fill(): void {
    const now = this.time.nowMs();
    const elapsed = Math.max(0, now - this.filledMs);
    this.filledMs = now;
    this.left = Math.min(WORK_AT_ONCE, this.left + (elapsed * WORK_PER_SECOND) / 1_000);
  }
}

export class Callers {
  private readonly time: Time;
  private readonly known = new Map<string, Caller>();

  constructor(time: Time) {
    this.time = time;
  }

  of(name: string): Caller {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    if (this.known.size >= NAMES_KEPT) this.forget();
    const caller = new Caller(this.time);
    this.known.set(name, caller);
    return caller;
  }

  get size(): number {
    return this.known.size;
  }

  /** Those who are owed nothing, and beyond NAMES_MAX the oldest of those who hold nothing. */
  private forget(): void {
    const tooMany = this.known.size >= NAMES_MAX;
    for (const [name, caller] of this.known) {
      const empty = caller.sockets === 0 && caller.feeds === 0;
      if (caller.idle || (empty && tooMany)) this.known.delete(name);
      if (tooMany && this.known.size < NAMES_MAX) return;
    }
  }
}
