// A cluster in which one node cannot serve anything, however often it tries: what the others hold comes to rest with
// them, in fair shares, and moves a few times in a day instead of all the time.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { LivingMember } from "../../../src/bus/bus.ts";
import { decide } from "../../../src/cluster/balance.ts";
import { Gifts } from "../../../src/cluster/gifts.ts";
import { Setbacks } from "../../../src/cluster/setbacks.ts";

const LEASE_MS = 2_000;
const TURN_MS = 500;
const HOUR_MS = 3_600_000;

class Node {
  readonly shards = new Set<number>();
  readonly setbacks = new Setbacks();
  readonly gifts = new Gifts();
  readonly id: string;
  readonly broken: boolean;
  constructor(id: string, broken: boolean) {
    this.id = id;
    this.broken = broken;
  }
  member(now: number): LivingMember {
    const { id } = this;
    const failing = (this.broken || this.shards.size === 0) && this.setbacks.failing(now);
    const told = { id, run: id, address: "h:1", version: "1", capacity: 32, leaving: false, at: 0 };
    return { ...told, shards: [...this.shards], failing };
  }
}

interface Cluster {
  readonly nodes: readonly Node[];
  readonly freeSince: Map<number, number>;
  readonly shards: number;
  moves: number;
}

/** One node looks and acts; what a broken one took has failed by its next turn. */
function turn(cluster: Cluster, node: Node, now: number): void {
  if (node.broken) {
    for (const shard of node.shards) {
      node.setbacks.note(shard, now);
      cluster.freeSince.set(shard, now);
    }
    node.shards.clear();
  }
  const owners = Array.from({ length: cluster.shards }, (_, shard) =>
    cluster.nodes.find(({ shards }) => shards.has(shard)),
  );
  const members = cluster.nodes.map((one) => one.member(now));
  const { take, give } = decide({
    nodeId: node.id,
    capacity: 32,
    leaseMs: LEASE_MS,
    leases: owners.map((owner, shard) =>
      owner === undefined ? null : { shard, nodeId: owner.id, epoch: 1, address: "h:1", token: "" },
    ),
    members,
    mine: [...node.shards].toSorted((one, other) => one - other),
    settled: !node.broken,
    freeMs: (shard) => now - (cluster.freeSince.get(shard) ?? now),
    avoided: (shard) => node.setbacks.avoided(shard, now),
    shunned: (id) => node.gifts.shuns(id, now),
  });
  for (const shard of take) {
    node.shards.add(shard);
    node.gifts.took(shard, members, now);
    cluster.freeSince.delete(shard);
  }
  if (give === null) return;
  node.gifts.gave(give.shard, give.to, now);
  node.shards.delete(give.shard);
  cluster.freeSince.set(give.shard, now);
  cluster.moves += 1;
}

it("shards rest with the nodes that can serve them", () => {
  const scene = fc.record({
    shards: fc.integer({ min: 2, max: 12 }),
    good: fc.integer({ min: 1, max: 3 }),
    broken: fc.nat({ max: 3 }),
    jitter: fc.infiniteStream(fc.nat({ max: 1_000 })),
  });
  fc.assert(
    fc.property(scene, ({ shards, good, broken, jitter }) => {
      const nodes = Array.from(
        { length: good + 1 },
        (_, index) => new Node(`n${index}`, index === broken % (good + 1)),
      );
      const freeSince = new Map(Array.from({ length: shards }, (_, shard) => [shard, 0] as const));
      const cluster: Cluster = { nodes, shards, freeSince, moves: 0 };
      let atRest = 0;
      for (let now = 0; now < 6 * HOUR_MS; now += TURN_MS) {
        // An hour in full, then the moments around each minute: nothing else changes in between.
        if (now > HOUR_MS && now % 60_000 > 10_000) continue;
        for (const node of nodes) if (Number(jitter.next().value) > 100) turn(cluster, node, now);
        if (now === 5 * HOUR_MS) atRest = cluster.moves;
      }
      const counts = nodes.filter(({ broken: bad }) => !bad).map((node) => node.shards.size);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(shards - 1);
      // Each of the others tries it again once an hour: what it gives comes back, perhaps to another one, and is evened out.
      expect(cluster.moves - atRest, "in the last hour").toBeLessThanOrEqual(3 * nodes.length);
      expect(cluster.moves, "in six hours").toBeLessThanOrEqual(40 * nodes.length);
    }),
    { numRuns: 10, seed: 1 },
  );
});
