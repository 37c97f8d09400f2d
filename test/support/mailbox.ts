// Receives messages and lets a test wait for the next ones instead of sleeping.
import { inTime } from "./eventually.ts";

/** Until the next one: some come from processes that have to start. */
const MOST_MS = 120_000;

export class Mailbox<T> {
  readonly received: T[] = [];
  private waiting: (() => void)[] = [];

  readonly put = (message: T): void => {
    this.received.push(message);
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  };

  /** Comes back when `count` messages have come in altogether. */
  async atLeast(count: number): Promise<readonly T[]> {
    while (this.received.length < count) {
      const more = new Promise<void>((resolve) => this.waiting.push(resolve));
      await inTime(more, () => this.received, MOST_MS);
    }
    return this.received;
  }

  /** Comes back with the first message, of those that came or will come, that the test looks for. */
  async find(wanted: (message: T) => boolean): Promise<T> {
    for (let next = 0; ; next += 1) {
      const message = (await this.atLeast(next + 1))[next] as T;
      if (wanted(message)) return message;
    }
  }
}
