// Who takes which shard: nodes that decide by the same rules, each by what it saw a moment ago, come to rest at fair
// shares, and every shard finds an owner.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, type View } from "../../../src/cluster/balance.ts";
import type { Lease, LivingMember } from "../../../src/bus/bus.ts";

function member(id: string, shards: readonly number[], more: Partial<LivingMember> = {}): LivingMember {
  return { id, run: id, address: "h:1", version: "1", shards, capacity: 32, leaving: false, at: 0, ...more };
}
function lease(shard: number, nodeId: string): Lease {
  return { shard, nodeId, epoch: 1, address: "h:1", token: `1:${nodeId}:h:1` };
}

function view(nodeId: string, owners: readonly (string | null)[], members: readonly LivingMember[]): View {
  return {
    nodeId,
    capacity: 32,
    leaseMs: 2_000,
    leases: owners.map((owner, shard) => (owner === null ? null : lease(shard, owner))),
    members,
    mine: owners.flatMap((owner, shard) => (owner === nodeId ? [shard] : [])),
    settled: true,
    freeMs: () => 0,
    avoided: () => false,
    shunned: () => false,
  };
}

const ordered = (shards: readonly number[]): readonly number[] => shards.toSorted((one, other) => one - other);

describe("a node", () => {
  const two = [member("a", []), member("b", [])];

  it("alone takes everything that it has room for", () => {
    const alone = view("a", [null, null, null], [member("a", [])]);
    expect(ordered(decide(alone).take)).toEqual([0, 1, 2]);
    expect(decide({ ...alone, capacity: 2 }).take).toHaveLength(2);
  });

  it("takes one at a time while another has as few", () => {
    expect(decide(view("a", [null, null, null, null], two)).take).toHaveLength(1);
  });

  it("leaves a free shard to who has fewer, for one lease", () => {
    const full = view("a", ["a", "a", null, null], [member("a", [0, 1]), member("b", [])]);
    expect(decide(full).take).toEqual([]);
    expect(ordered(decide({ ...full, freeMs: () => 2_001 }).take)).toEqual([2, 3]);
  });

  it("leaves a shard that its owner waits for to that one, for one lease", () => {
    const members = [member("a", []), member("b", [1], { waiting: [1] })];
    const seen = view("a", ["b", null], members);
    expect(decide(seen).take).toEqual([]);
    expect(decide({ ...seen, freeMs: () => 2_001 }).take).toEqual([1]);
    expect(decide({ ...seen, members: [member("a", []), member("b", [1])] }).take).toEqual([1]);
  });

  it("leaves what failed here to others, however long it is free", () => {
    expect(decide({ ...view("a", [null], two), avoided: () => true, freeMs: () => 99_999 }).take).toEqual([]);
  });

  it("gives one back when another has two fewer, and none while a shard is on its way or the other has no room", () => {
    const heavy = view("a", ["a", "a", "a"], [member("a", [0, 1, 2]), member("b", [])]);
    expect(decide(heavy).give).toEqual({ shard: 2, to: ["b"] });
    expect(decide({ ...heavy, settled: false }).give).toBeNull();
    expect(decide({ ...heavy, members: [member("a", [0, 1, 2]), member("b", [], { capacity: 0 })] }).give).toBeNull();
    expect(decide({ ...heavy, members: [member("a", [0, 1, 2]), member("b", [], { leaving: true })] }).give).toBeNull();
    expect(decide(view("a", ["a", "a", "b"], [member("a", [0, 1]), member("b", [2])])).give).toBeNull();
  });
});

describe("who gives", () => {
  const light = member("z", []);
  const heavy = (id: string, ...shards: readonly number[]): LivingMember => member(id, shards);

  it("is the one with the most, of equals the first by id", () => {
    const owners = ["a", "a", "b", "b", "b"];
    const members = [heavy("a", 0, 1), heavy("b", 2, 3, 4), light];
    expect(decide(view("a", owners, members)).give).toBeNull();
    expect(decide(view("b", owners, members)).give).toEqual({ shard: 4, to: ["z"] });
    const equal = [heavy("a", 0, 1), heavy("b", 2, 3), light];
    expect(decide(view("a", ["a", "a", "b", "b"], equal)).give).toEqual({ shard: 1, to: ["z"] });
    expect(decide(view("b", ["a", "a", "b", "b"], equal)).give).toBeNull();
  });

  it("gives nothing to who fails, and to nobody from whom it came back", () => {
    const owners = ["a", "a", "a"];
    const failing = [heavy("a", 0, 1, 2), member("z", [], { failing: true })];
    expect(decide(view("a", owners, failing)).give).toBeNull();
    const members = [heavy("a", 0, 1, 2), light];
    expect(decide({ ...view("a", owners, members), shunned: (id) => id === "z" }).give).toBeNull();
  });

  it("does not wait for who fails before it takes what is free", () => {
    const owners = ["a", "a", null, null];
    const members = (failing: boolean): readonly LivingMember[] => [heavy("a", 0, 1), member("z", [], { failing })];
    expect(decide(view("a", owners, members(false))).take).toEqual([]);
    expect(ordered(decide(view("a", owners, members(true))).take)).toEqual([2, 3]);
  });
});

it("nodes that come and go end at fair shares, whatever the order in which they look", () => {
  const scene = fc.record({
    shards: fc.integer({ min: 1, max: 24 }),
    nodes: fc.integer({ min: 1, max: 6 }),
    dead: fc.nat({ max: 5 }),
    order: fc.infiniteStream(fc.nat()),
  });
  fc.assert(
    fc.property(scene, ({ shards, nodes, dead, order }) => {
      const owners: (string | null)[] = Array.from({ length: shards }, () => null);
      let ids = Array.from({ length: nodes }, (_, index) => `node-${index}`);
      settle(owners, ids, order);
      if (nodes > 1) {
        const gone = `node-${dead % nodes}`;
        ids = ids.filter((id) => id !== gone);
        owners.forEach((owner, shard) => {
          if (owner === gone) owners[shard] = null;
        });
        settle(owners, ids, order);
      }
      const counts = ids.map((id) => owners.filter((owner) => owner === id).length);
      expect(owners.every((owner) => owner !== null)).toBe(true);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
});

/** Turns in any order; what somebody gave back is free at the next look. */
function settle(owners: (string | null)[], ids: readonly string[], order: Iterator<number>): void {
  for (let turn = 0; turn < 60 * ids.length; turn++) {
    const id = ids[turn < 30 * ids.length ? Number(order.next().value) % ids.length : turn % ids.length] ?? "";
    const members = ids.map((one) =>
      member(
        one,
        owners.flatMap((owner, shard) => (owner === one ? [shard] : [])),
      ),
    );
    const { take, give } = decide(view(id, owners, members));
    for (const shard of take) owners[shard] = id;
    if (give !== null) owners[give.shard] = null;
  }
}
