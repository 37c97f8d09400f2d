// Shards that this node gave away so that others have their share. One that comes back although those who had room for
// it are still there shows that they could not serve it: they are given none for a minute, the next time for two, and so
// on to an hour. Otherwise a node that cannot serve makes shards move to and fro for ever.
import type { LivingMember } from "../bus/bus.ts";

const FIRST_WAIT_MS = 60_000;
const WAIT_MS_MAX = 3_600_000;
/** What comes back later than this has been served meanwhile. */
const COMES_BACK_MS = 600_000;

interface Gift {
  readonly at: number;
  /** Nodes that had room for it. */
  readonly to: readonly string[];
}
interface Shunned {
  readonly count: number;
  readonly until: number;
}

export class Gifts {
  private readonly given = new Map<number, Gift>();
  private readonly nodes = new Map<string, Shunned>();

  /** At monotonic ms. */
  gave(shard: number, to: readonly string[], now: number): void {
    this.given.set(shard, { at: now, to });
  }

  /** The shard is here again. */
  took(shard: number, members: readonly LivingMember[], now: number): void {
    const gift = this.given.get(shard);
    this.given.delete(shard);
    if (gift === undefined || now - gift.at > COMES_BACK_MS) return;
    const there = members.filter(({ id, leaving }) => !leaving && gift.to.includes(id));
    for (const { id } of there) {
      const before = this.nodes.get(id);
      const again = before !== undefined && now - before.until < WAIT_MS_MAX;
      const count = again ? before.count + 1 : 1;
      this.nodes.set(id, { count, until: now + Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (count - 1)) });
    }
  }

  /** The node is given nothing at the moment. */
  shuns(nodeId: string, now: number): boolean {
    return now < (this.nodes.get(nodeId)?.until ?? -Infinity);
  }
}
