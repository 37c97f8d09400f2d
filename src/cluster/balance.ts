// Which shards a node takes and which it gives back, from what it sees; pure. All nodes compute the same from nearly the
// same view, and the lease decides where they differ.
//   counts          nodes that stay and do not fail; what a node that fails has too few of is not its share
//   fair share      shards / nodes that count, rounded up
//   takes           free shards while it has less than its fair share and nobody has fewer than it, but not what another
//                   one waits for to go on with; a shard that stays free for a whole lease is taken by whoever has room
//   gives one back  when all shards are owned and all its own are served, nobody has more (of equals the one with the
//                   lowest id gives), and somebody with room has two fewer: so one moves at a time in the whole cluster
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
  /** What was given to that node came back: it is given nothing for a while. */
  readonly shunned: (nodeId: string) => boolean;
}

export interface Decision {
  readonly take: readonly number[];
  readonly give: { readonly shard: number; readonly to: readonly string[] } | null;
}

export function decide(view: View): Decision {
  const { nodeId, capacity, leaseMs, leases, members, mine } = view;
  const others = members.filter(({ id, leaving, failing }) => id !== nodeId && !leaving && failing !== true);
  const fewest = Math.min(...others.map(({ shards }) => shards.length));
  const fair = Math.ceil(leases.length / (others.length + 1));
  const awaited = new Set(others.flatMap(({ waiting = [] }) => waiting));
  const free = leases.flatMap((lease, shard) => (lease === null ? [shard] : []));
  const take: number[] = [];
  for (const shard of rotated(free, nodeId)) {
    const count = mine.length + take.length;
    if (count >= capacity) break;
    if (view.avoided(shard) || mine.includes(shard)) continue;
    const turn = count < fair && count <= fewest && !awaited.has(shard);
    if (turn || view.freeMs(shard) > leaseMs) take.push(shard);
  }
  const give = free.length === 0 && view.settled ? gift(view, others) : null;
  return { take, give };
}

function gift({ nodeId, mine, shunned }: View, others: readonly LivingMember[]): Decision["give"] {
  const before = ({ id, shards }: LivingMember): boolean =>
    shards.length > mine.length || (shards.length === mine.length && id < nodeId);
  const shard = mine.at(-1);
  if (shard === undefined || others.some(before)) return null;
  const room = others.filter(({ id, shards, capacity }) => {
    return shards.length <= mine.length - 2 && shards.length < capacity && !shunned(id);
  });
  return room.length === 0 ? null : { shard, to: room.map(({ id }) => id) };
}

/** Nodes that see the same free shards begin at different ones, so that they seldom ask for the same. */
function rotated(free: readonly number[], nodeId: string): readonly number[] {
  if (free.length === 0) return free;
  const sum = Buffer.from(nodeId).reduce((total, byte) => total + byte, 0);
  const from = sum % free.length;
  return [...free.slice(from), ...free.slice(0, from)];
}
