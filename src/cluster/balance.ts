// Which shards a node takes and which it gives back, from what it sees; pure. All nodes compute the same from nearly the
// same view, and the lease decides where they differ.
//   fair share      shards / nodes, rounded up
//   takes           free shards while it has less than its fair share and nobody has fewer than it; a shard that stays
//                   free for a whole lease is taken by whoever has room
//   gives one back  when all shards are owned and all its own are served, and somebody with room has two fewer
import type { Lease, LivingMember } from "../bus/bus.ts";

export interface View {
  readonly nodeId: string;
  /** Most shards of this node. */
  readonly capacity: number;
  readonly leaseMs: number;
  /** By shard; null: free. */
  readonly leases: readonly (Lease | null)[];
  readonly members: readonly LivingMember[];
  /** Shards that this node holds, lowest first. */
  readonly mine: readonly number[];
  /** Every one of them is served and stays. */
  readonly settled: boolean;
  /** How long a shard has been free, ms. */
  readonly freeMs: (shard: number) => number;
  /** It failed here just now and is left to others for a while. */
  readonly avoided: (shard: number) => boolean;
}

export interface Decision {
  readonly take: readonly number[];
  readonly give: number | null;
}

export function decide(view: View): Decision {
  const { nodeId, capacity, leaseMs, leases, members, mine } = view;
  const others = members.filter(({ id, leaving }) => id !== nodeId && !leaving);
  const fewest = Math.min(...others.map(({ shards }) => shards.length));
  const fair = Math.ceil(leases.length / (others.length + 1));
  const free = leases.flatMap((lease, shard) => (lease === null ? [shard] : []));
  const take: number[] = [];
  for (const shard of rotated(free, nodeId)) {
    const count = mine.length + take.length;
    if (count >= capacity) break;
    if (view.avoided(shard) || mine.includes(shard)) continue;
    const turn = count < fair && count <= fewest;
    if (turn || view.freeMs(shard) > leaseMs) take.push(shard);
  }
  const room = others.some(({ shards, capacity: most }) => shards.length <= mine.length - 2 && shards.length < most);
  const give = room && free.length === 0 && view.settled ? (mine.at(-1) ?? null) : null;
  return { take, give };
}

/** Nodes that see the same free shards begin at different ones, so that they seldom ask for the same. */
function rotated(free: readonly number[], nodeId: string): readonly number[] {
  if (free.length === 0) return free;
  const sum = Buffer.from(nodeId).reduce((total, byte) => total + byte, 0);
  const from = sum % free.length;
  return [...free.slice(from), ...free.slice(0, from)];
}
