// A Redis Cluster that has lost one master, for good or for a while, and nobody takes its place: what belongs to the other
// masters goes on as if nothing were, over the same connections; only what belongs to the lost one is refused, and it is
// there again when the master is. No fail-over happens here (cluster-node-timeout is a minute), so nothing depends on when.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lease, LeaseStore, redisAddress, shardKeys, ShardSignals } from "../../../src/bus/bus.ts";
import { RedisLink } from "../../../src/bus/redis-link.ts";
import { eventually } from "../../support/eventually.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { RedisCluster } from "../../support/redis-cluster.ts";
import type { RedisServer } from "../../support/redis-server.ts";

const SHARDS = 6;
const LIFE_MS = 600_000;

let cluster: RedisCluster;
let store: LeaseStore;
let leases: readonly Lease[] = [];
/** A master, the shards that it has, and those of the others. */
let lost: RedisServer;
let its: readonly Lease[] = [];
let others: readonly Lease[] = [];

beforeAll(async () => {
  cluster = await RedisCluster.create();
  store = new LeaseStore(redisAddress(cluster.url) ?? {}, LIFE_MS, QUIET);
  await eventually(
    () => store.connected,
    (up) => up,
  );
  leases = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => taken(shard)));
  const masters = await Promise.all(leases.map(({ shard }) => cluster.masterOf(shardKeys(shard).lease)));
  const [first] = masters;
  if (first === undefined) throw new Error("the Redis Cluster has no master");
  lost = first;
  its = leases.filter((_, index) => masters[index] === lost);
  others = leases.filter((_, index) => masters[index] !== lost);
});
afterAll(async () => {
  await store.close();
  await cluster.remove();
});

async function taken(shard: number): Promise<Lease> {
  const lease = await store.acquire(shard, "a", "h:1", 0);
  if (lease === null) throw new Error("the lease was not given");
  return lease;
}

async function allRenewed(): Promise<void> {
  await eventually(
    async () => (await Promise.all(leases.map((lease) => store.renew(lease).catch(() => false)))).every(Boolean),
    (done) => done,
  );
}

async function refusedOnce(lease: Lease): Promise<number> {
  try {
    await store.renew(lease);
    return 0;
  } catch {
    return 1;
  }
}

/** The lost master's are refused; meanwhile the others' never are. */
async function onlyItsRefused(): Promise<void> {
  let refused = 0;
  while (refused < 3) {
    const asked = its.map(refusedOnce);
    for (let round = 0; round < 10; round++) {
      const renewed = await Promise.all(others.map((lease) => store.renew(lease)));
      expect(renewed).toEqual(others.map(() => true));
      expect(store.connected).toBe(true);
    }
    const answers: readonly number[] = await Promise.all(asked);
    refused += answers.every((one) => one === 1) ? 1 : 0;
  }
}

for (const fault of ["is killed", "hangs"] as const) {
  it(`leases of other masters are renewed all the time while one ${fault}`, async () => {
    expect([its.length > 0, others.length > 0]).toEqual([true, true]);
    await allRenewed();
    if (fault === "hangs") lost.pause();
    else await lost.kill();
    await onlyItsRefused();
    const seen = await store.look(SHARDS);
    for (const { shard } of its) expect(seen[shard]).toBe("unknown");
    for (const lease of others) expect(seen[lease.shard]).toEqual(lease);
    if (fault === "hangs") lost.resume();
    else await lost.start();
    if (fault === "hangs") return allRenewed();
    await eventually(
      () => store.look(SHARDS).catch(() => []),
      (again) => its.every(({ shard }) => again[shard] === null), // it came back with nothing
    );
    its = await Promise.all(its.map(({ shard }) => taken(shard)));
    leases = [...its, ...others];
    await allRenewed();
  });
}

/** Somebody always wants to be told. */
function earsInto(heard: string[]): ShardSignals {
  const ears = new ShardSignals(SHARDS, redisAddress(cluster.url) ?? {}, QUIET, {
    onSignals: (signals) => heard.push(...signals.map(({ shard, id }) => `${shard} ${id}`)),
    wanted: () => true,
    onHole: () => heard.push("hole"),
  });
  void ears.listen();
  return ears;
}

it("signals of shards on other masters are heard while one is dead, and all when it is back, each once", async () => {
  const heard: string[] = [];
  const ears = earsInto(heard);
  const connected = (): Promise<boolean> =>
    eventually(
      () => ears.connected,
      (all) => all,
    );
  const say = async (shards: readonly Lease[], id: string): Promise<readonly string[]> => {
    for (const { shard } of shards) {
      const { signals, channel } = shardKeys(shard);
      const master = await cluster.masterOf(signals);
      await cluster.ask(master, "XADD", signals, id, "data", "{}");
      await cluster.ask(master, "SPUBLISH", channel, `${id} {}`);
    }
    return shards.map(({ shard }) => `${shard} ${id}`);
  };
  try {
    await connected();
    await lost.kill();
    await eventually(
      () => ears.connected,
      (all) => !all,
    );
    const told = [...(await say(others, "1-0")), ...(await say(others, "1-1"))];
    await eventually(
      () => heard,
      ({ length }) => length >= told.length,
    );
    expect(ears.connected).toBe(false);
    await lost.start();
    await connected();
    told.push(...(await say(its, "1-0")), ...(await say(others, "1-2")));
    await eventually(
      () => heard,
      ({ length }) => length >= told.length,
    );
    expect(heard.toSorted()).toEqual(told.toSorted());
  } finally {
    await ears.close();
  }
});

it("a node that comes while one master is dead knows the newest signals of the others, and repairs nothing", async () => {
  const add = async (shard: number, id: string): Promise<string> => {
    const { signals } = shardKeys(shard);
    await cluster.ask(await cluster.masterOf(signals), "XADD", signals, id, "data", "{}");
    return `${shard} ${id}`;
  };
  const other = others[0]?.shard ?? 0;
  const before = await add(other, "2-0");
  await lost.kill();
  const heard: string[] = [];
  const ears = earsInto(heard);
  const reaches = async (signal: string): Promise<void> => {
    await eventually(
      () => heard,
      (all) => all.includes(signal),
    );
  };
  try {
    await reaches(before);
    const after = await add(other, "2-1");
    await reaches(after);
    expect([ears.connected, ears.repairs]).toEqual([false, 0]);
    await lost.start();
    await eventually(
      () => ears.connected,
      (all) => all,
    );
    expect(heard.filter((signal) => [before, after].includes(signal))).toEqual([before, after]);
  } finally {
    await ears.close();
  }
});

it("a link for keys one by one is down when no master answers, and up again with the first", async () => {
  const events: string[] = [];
  const told = { onUp: () => events.push("up"), onDown: () => events.push("down") };
  const link = new RedisLink("parts", redisAddress(cluster.url) ?? {}, QUIET, told, "parts");
  try {
    await eventually(
      () => link.up,
      (up) => up,
    );
    const masters = cluster.nodes.slice(0, 3);
    await Promise.all(masters.map((node) => node.kill()));
    await eventually(
      () => link.up,
      (up) => !up,
    );
    await masters[0]?.start();
    await eventually(
      () => link.up,
      (up) => up,
    );
    expect(events).toEqual(["up", "down", "up"]);
  } finally {
    await link.close();
  }
});
