// Processes that have loaded everything and wait for a shard: a shard that is taken over starts in the time that its
// recovery takes, without that of node and modules.
import { ShardChild } from "./shard-child.ts";

export class Spares {
  private readonly entry: string;
  private readonly most: number;
  private readonly waiting = new Set<ShardChild>();
  private closed = false;

  constructor(entry: string, most: number) {
    this.entry = entry;
    this.most = most;
  }

  get count(): number {
    return this.waiting.size;
  }

  /** One of them, or a new one that still has to load; more follow with `refill`. */
  take(): ShardChild {
    const [spare] = this.waiting;
    if (spare === undefined) return new ShardChild(this.entry);
    this.waiting.delete(spare);
    return spare;
  }

  refill(): void {
    while (!this.closed && this.waiting.size < this.most) {
      const spare = new ShardChild(this.entry);
      this.waiting.add(spare);
      void spare.ended.then(() => this.waiting.delete(spare));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.waiting];
    for (const spare of all) spare.kill();
    await Promise.all(all.map(({ ended }) => ended));
  }
}
