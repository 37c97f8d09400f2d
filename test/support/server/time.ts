// A clock that moves only when told to, and runs the timers that fall due.
import type { Time } from "../../../src/server/live/time.ts";

interface Timer {
  readonly intervalMs: number;
  readonly run: () => void;
  dueMs: number;
}

export class HandTime implements Time {
  private now = 1_756_029_600_000;
  private readonly timers = new Set<Timer>();

  nowMs(): number {
    return this.now;
  }

  every(intervalMs: number, run: () => void): () => void {
    const timer = { intervalMs, run, dueMs: this.now + intervalMs };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Moves on, running each timer at its moments, in order. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = [...this.timers].filter(({ dueMs }) => dueMs <= end).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.now = next.dueMs;
      next.dueMs += next.intervalMs;
      next.run();
    }
    this.now = end;
  }
}
