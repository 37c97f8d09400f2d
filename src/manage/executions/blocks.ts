// Pairs of returns for the test of an A/B test (sequential.ts): each is a block of a minute of the engine clock, not a tick.
// A minute puts what was gained and what it cost into one difference, and evens out what a tick says of the next one: a
// move that goes on, a bid that bounces, a symbol that follows another. A block ends with the first event behind its
// minute by which both accounts have been marked, and the next one begins there; one in which neither account moved is no
// pair. What goes on in another process begins with a new block.
import type { SequentialTest } from "../../learning/sequential.ts";

export const BLOCK_US = 60_000_000;

/** An account as an event left it. */
export interface Marked {
  readonly equity: number;
  /** The event was one of its own. */
  readonly seen: boolean;
}

export class Blocks {
  private readonly test: SequentialTest;
  private begun: number | null = null;
  private readonly before = { a: 0, b: 0 };
  /** Since the minute was over. */
  private readonly seen = { a: false, b: false };

  constructor(test: SequentialTest) {
    this.test = test;
  }

  /** Whether the block that ended with this event has decided. `clock` in microseconds. */
  event(clock: number, a: Marked, b: Marked): boolean {
    if (this.begun === null) {
      this.begin(clock, a, b);
      return false;
    }
    if (clock - this.begun < BLOCK_US) return false;
    const { seen, before } = this;
    seen.a ||= a.seen;
    seen.b ||= b.seen;
    if (!seen.a || !seen.b) return false;
    const difference = returned(before.a, a.equity) - returned(before.b, b.equity);
    this.begin(clock, a, b);
    return this.test.observe(difference);
  }

  private begin(clock: number, a: Marked, b: Marked): void {
    this.begun = clock;
    this.before.a = a.equity;
    this.before.b = b.equity;
    this.seen.a = false;
    this.seen.b = false;
  }
}

function returned(before: number, after: number): number {
  return after === before || !(before > 0) ? 0 : after / before - 1;
}
