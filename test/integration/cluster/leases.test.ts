// Leases with a real Redis: of many one gets it, who lost it cannot prolong it, ages are by the clock of Redis.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CLUSTER_KEY, type Lease, LeaseStore, NODES_KEY, redisAddress, shardKeys } from "../../../src/bus/bus.ts";
import { leaseOf } from "../../../src/bus/lease-store.ts";
import { eventually } from "../../support/eventually.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { RedisServer } from "../../support/redis-server.ts";

/** So long that nothing ends by itself while a test runs; ends are made by hand. */
const LIFE_MS = 600_000;
let server: RedisServer;
let redis: Redis;
const stores: LeaseStore[] = [];

async function storeOf(lifeMs = LIFE_MS): Promise<LeaseStore> {
  const store = new LeaseStore(redisAddress(server.url) ?? {}, lifeMs, QUIET);
  stores.push(store);
  await eventually(
    () => store.connected,
    (up) => up,
  );
  return store;
}

function had(lease: Lease | null): Lease {
  if (lease === null) throw new Error("the lease was not given");
  return lease;
}

beforeAll(async () => {
  server = await RedisServer.create();
  redis = new Redis(server.port, "127.0.0.1");
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  redis.disconnect();
  await server.remove();
});

describe("a lease", () => {
  it("goes to one of all who ask at once", async () => {
    const [a, b] = [await storeOf(), await storeOf()];
    const asked = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? a : b).acquire(7, `node-${index}`, "10.0.0.1:8700", 0),
    );
    const given = (await Promise.all(asked)).filter((lease) => lease !== null);
    expect(given).toHaveLength(1);
    expect(await a.look(8)).toEqual([null, null, null, null, null, null, null, given[0]]);
  });

  it("carries owner, address and an epoch that rises with each owner", async () => {
    const store = await storeOf();
    const first = had(await store.acquire(0, "a.b-c_1", "[::1]:8700", 0));
    expect(first).toEqual({
      shard: 0,
      epoch: 1,
      nodeId: "a.b-c_1",
      address: "[::1]:8700",
      token: "1:a.b-c_1:[::1]:8700",
    });
    expect(leaseOf(0, first.token)).toEqual(first);
    await store.release(first);
    expect(had(await store.acquire(0, "b", "h:1", 0)).epoch).toBe(2);
  });

  it("gets an epoch above what is on disk, even when Redis has forgotten its counter", async () => {
    const store = await storeOf();
    const lease = had(await store.acquire(0, "a", "h:1", 41));
    expect(lease.epoch).toBe(42);
    await store.release(lease);
    expect(had(await store.acquire(0, "a", "h:1", 41)).epoch).toBe(43);
  });

  it("is prolonged by its token only, and never once it has ended", async () => {
    const store = await storeOf();
    const { lease: key } = shardKeys(0);
    const lease = had(await store.acquire(0, "a", "h:1", 0));
    await redis.pexpire(key, 60_000);
    expect(await store.renew(lease)).toBe(true);
    expect(await redis.pttl(key)).toBeGreaterThan(60_000);
    expect(await store.renew({ ...lease, token: "9:a:h:1" })).toBe(false);
    await redis.del(key); // as if its time had come
    expect(await store.renew(lease)).toBe(false);
    expect(await redis.exists(key)).toBe(0);
    const next = had(await store.acquire(0, "b", "h:2", 0));
    expect(await store.renew(lease)).toBe(false);
    await store.release(lease);
    expect(await store.renew(next)).toBe(true);
  });

  it("that has ended is had again by its last owner, and by nobody else", async () => {
    const store = await storeOf();
    const { lease: key, epoch } = shardKeys(0);
    const lease = had(await store.acquire(0, "a", "h:1", 0));
    expect(await store.resume(lease)).toBe(true); // it had not ended
    await redis.del(key); // as if its time had come
    expect(await store.resume({ ...lease, epoch: 9, token: "9:b:h:1" })).toBe(false);
    expect(await redis.exists(key)).toBe(0);
    expect(await store.resume(lease)).toBe(true);
    expect(await redis.get(key)).toBe(lease.token);
    expect(await redis.pttl(key)).toBeGreaterThan(LIFE_MS / 2);
    expect(await store.acquire(0, "b", "h:2", 0)).toBeNull();

    await redis.del(key);
    const next = had(await store.acquire(0, "b", "h:2", 0));
    expect(await store.resume(lease)).toBe(false);
    await store.release(next);
    expect(await store.resume(lease)).toBe(false); // somebody was owner since
    expect(await redis.exists(key)).toBe(0);
    await redis.del(epoch); // a Redis that knows nothing any more
    expect(await store.resume(next)).toBe(false);
  });

  it("is given to one of last owner and newcomers who ask at the same time", async () => {
    const [a, b] = [await storeOf(), await storeOf()];
    for (let round = 0; round < 50; round += 1) {
      const shard = 100 + round;
      const lease = had(await a.acquire(shard, "a", "h:1", 0));
      await redis.del(shardKeys(shard).lease);
      const [again, taken] = await Promise.all([a.resume(lease), b.acquire(shard, "b", "h:2", 0)]);
      expect([again, taken === null]).toEqual([!(taken !== null), again]);
    }
  });

  it("ends by itself", async () => {
    const store = await storeOf(200);
    had(await store.acquire(0, "a", "h:1", 0));
    await eventually(
      () => store.look(1),
      ([lease]) => lease === null,
    );
  });
});

describe("nodes", () => {
  const member = { run: "r1", id: "a", address: "h:1", version: "1", shards: [1, 2], capacity: 4, leaving: false };

  it("see each other with what they said last", async () => {
    const store = await storeOf();
    await store.heartbeat(member);
    await store.heartbeat({ ...member, run: "r2", id: "b", shards: [] });
    const seen = await store.heartbeat({ ...member, shards: [1] });
    if (seen === "taken") throw new Error("the id was free");
    const told = seen.toSorted((one, other) => one.id.localeCompare(other.id));
    expect(told).toMatchObject([
      { ...member, shards: [1] },
      { ...member, run: "r2", id: "b", shards: [] },
    ]);
    expect(told.every(({ at }) => at > 1e12)).toBe(true);
    expect(seen).toHaveLength(2);
  });

  it("have an id of their own: a second process with it is refused while the first one lives", async () => {
    const store = await storeOf();
    await store.heartbeat(member);
    expect(await store.heartbeat({ ...member, run: "r2" })).toBe("taken");
    await store.leave({ ...member, run: "r2" });
    expect(await redis.hexists(NODES_KEY, "a")).toBe(1);
    await store.leave(member);
    expect(await store.heartbeat({ ...member, run: "r2" })).toHaveLength(1);
  });

  it("that are silent count as gone, and are forgotten later", async () => {
    const store = await storeOf(50);
    await store.heartbeat(member);
    const other = { ...member, run: "r2", id: "b" };
    await eventually(
      () => store.heartbeat(other),
      (living) => living.length === 1,
    );
    await eventually(
      async () => {
        await store.heartbeat(other);
        return redis.hlen(NODES_KEY);
      },
      (count) => count === 1,
    );
  });

  it("agree on the folder and the number of shards that the first one named", async () => {
    const store = await storeOf();
    expect(await store.shardsOfCluster()).toBeNull();
    expect(await store.claimCluster("first", 4)).toEqual({ id: "first", shards: 4 });
    expect(await store.claimCluster("second", 8)).toEqual({ id: "first", shards: 4 });
    expect(await store.shardsOfCluster()).toBe(4);
    expect(await redis.hgetall(CLUSTER_KEY)).toEqual({ id: "first", shards: "4" });
  });

  it("take the number of shards from who named the folder, whoever writes next", async () => {
    const store = await storeOf();
    await redis.hset(CLUSTER_KEY, "id", "first"); // it is just about to name the number as well
    expect((await store.claimCluster("second", 8)).id).toBe("first");
    expect(await redis.hgetall(CLUSTER_KEY)).toEqual({ id: "first" });
    expect(await store.claimCluster("first", 4)).toEqual({ id: "first", shards: 4 });
  });
});

it("how far a shard is follows from its stream and the group of its epoch", async () => {
  const store = await storeOf();
  const { input, position } = shardKeys(2);
  expect(await store.progress(2, 1)).toEqual({ newest: null, position: null, lag: null, pending: 0 });
  for (const id of ["1-1", "1-2", "1-3"]) await redis.xadd(input, id, "data", "{}");
  await redis.xgroup("CREATE", input, "strategy_engine:5", "0");
  await redis.xreadgroup("GROUP", "strategy_engine:5", "c", "COUNT", 1, "STREAMS", input, ">");
  await redis.set(position, "1-0");
  expect(await store.progress(2, 5)).toEqual({ newest: "1-3", position: "1-0", lag: 2, pending: 1 });
  expect(await store.progress(2, 4)).toEqual({ newest: "1-3", position: "1-0", lag: null, pending: 0 });
});
