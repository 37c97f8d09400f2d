// Shards whose process ended here without being asked to. The first time it is started again at once; who fails again
// and again waits longer each time, and leaves the shard to other nodes meanwhile. A minute without a fault is forgotten.
// A node in which one fails after the other, whichever they are, is itself what fails.
const FIRST_WAIT_MS = 1_000;
const WAIT_MS_MAX = 30_000;
const FORGOTTEN_MS = 60_000;
/** One may fail anywhere. */
const FAILING = 2;

interface Setback {
  readonly count: number;
  readonly at: number;
  readonly until: number;
}

export class Setbacks {
  private readonly shards = new Map<number, Setback>();
  /** Since the start. */
  total = 0;
  /** Of all shards, since the last good minute. */
  private streak = 0;
  private quietAt = -Infinity;

  /** One more, at monotonic ms; gives how long the shard is avoided. */
  note(shard: number, now: number): number {
    this.total += 1;
    this.streak = now < this.quietAt ? this.streak + 1 : 1;
    const before = this.shards.get(shard);
    const recent = before !== undefined && now - Math.max(before.at, before.until) < FORGOTTEN_MS;
    const count = recent ? before.count + 1 : 1;
    const waitMs = count === 1 ? 0 : Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (count - 2));
    this.shards.set(shard, { count, at: now, until: now + waitMs });
    this.quietAt = Math.max(this.quietAt, now + waitMs + FORGOTTEN_MS);
    return waitMs;
  }

  /** Several failed of late. */
  failing(now: number): boolean {
    return this.streak >= FAILING && now < this.quietAt;
  }

  avoided(shard: number, now: number): boolean {
    return now < (this.shards.get(shard)?.until ?? -Infinity);
  }
}
