// What ties a folder to its Redis, with both: a folder that is not mounted, another one, a Redis that forgot everything,
// and an epoch that was complete and is gone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { CLUSTER_KEY, type Lease, LeaseStore, redisAddress, shardKeys } from "../../../src/bus/bus.ts";
import { makeEpoch } from "../../../src/cluster/folders.ts";
import { agree, identityOf } from "../../../src/cluster/identity.ts";
import { PATIENCE } from "../../../src/cluster/shared-folder.ts";
import { eventually } from "../../support/eventually.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { RedisServer } from "../../support/redis-server.ts";

let server: RedisServer;
let redis: Redis;
let store: LeaseStore;
let dir = "";

beforeAll(async () => {
  server = await RedisServer.create();
  redis = new Redis(server.port, "127.0.0.1");
  store = new LeaseStore(redisAddress(server.url) ?? {}, 600_000, QUIET);
  await eventually(
    () => store.connected,
    (up) => up,
  );
});
beforeEach(async () => {
  await redis.flushall();
  if (dir !== "") rmSync(dir, { recursive: true, force: true });
  dir = mkdtempSync(join(tmpdir(), "identity-"));
});
afterAll(async () => {
  await store.close();
  redis.disconnect();
  await server.remove();
  rmSync(dir, { recursive: true, force: true });
});

const folder = (name: string): string => join(dir, name);

async function refused(clusterDir: string, shards = 4): Promise<string> {
  const agreed = await agree(store, clusterDir, shards, PATIENCE.startMs);
  return agreed.ok ? "" : agreed.failure;
}

it("nodes that begin a cluster together agree in one id, in the folder and in Redis", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => agree(store, folder("a"), 4, PATIENCE.startMs)));
  const told = await identityOf(folder("a"));
  expect(told).toMatchObject({ shards: 4 });
  for (const one of all) expect(one).toEqual({ ok: true, value: told });
  expect(await redis.hgetall(CLUSTER_KEY)).toEqual({ id: told?.id, shards: "4" });
});

it("a folder that is not mounted, or another one, is refused and nothing is written into it", async () => {
  await agree(store, folder("a"), 4, PATIENCE.startMs);
  expect(await refused(folder("unmounted"))).toContain("has no cluster.json");
  expect(await identityOf(folder("unmounted"))).toBeNull();
  mkdirSync(folder("b"));
  writeFileSync(join(folder("b"), "cluster.json"), '{"id":"0123","shards":4}\n');
  expect(await refused(folder("b"))).toContain("belongs to the cluster 0123");
  writeFileSync(join(folder("b"), "cluster.json"), "half");
  expect(await refused(folder("b"))).toContain("is not what a node wrote");
});

it("a folder that cannot be written claims nothing in Redis, and the sentence names the setting", async () => {
  writeFileSync(folder("file"), "");
  for (const bad of ["/proc/nope", "/proc/nope/deeper", join(folder("file"), "below"), folder("file")]) {
    expect(await refused(bad)).toMatch(
      new RegExp(`^CLUSTER_DIR is ${bad}, which cannot be used: .+; it has to be a folder that all nodes see and`),
    );
    expect(await redis.exists(CLUSTER_KEY)).toBe(0);
  }
  expect(await refused(folder("a"))).toBe("");
});

it("of two that begin a cluster with folders of their own, one is refused and the other has its number of shards", async () => {
  const [one, other] = await Promise.all([
    agree(store, folder("a"), 4, PATIENCE.startMs),
    agree(store, folder("b"), 8, PATIENCE.startMs),
  ]);
  expect([one.ok, other.ok].filter(Boolean)).toHaveLength(1);
  const won = one.ok ? one : other;
  const begun = await redis.hgetall(CLUSTER_KEY);
  expect(begun).toEqual(won.ok ? { id: won.value.id, shards: String(won.value.shards) } : null);
});

it("a node that ended between its two words is taken up where it was", async () => {
  await agree(store, folder("a"), 4, PATIENCE.startMs);
  const before = await redis.hgetall(CLUSTER_KEY);
  await redis.del(CLUSTER_KEY); // the file is written, nothing is claimed
  expect(await refused(folder("a"))).toBe("");
  expect(await redis.hgetall(CLUSTER_KEY)).toEqual(before);
  await redis.hdel(CLUSTER_KEY, "shards"); // the id is claimed, the number is not
  expect(await refused(folder("a"), 8)).toContain("SHARDS is 8, but this cluster was begun with 4");
  expect(await refused(folder("a"))).toBe("");
  expect(await redis.hgetall(CLUSTER_KEY)).toEqual(before);
});

it("a Redis that forgot everything is given back what the folder says", async () => {
  await agree(store, folder("a"), 4, PATIENCE.startMs);
  const before = await redis.hgetall(CLUSTER_KEY);
  await redis.flushall();
  expect(await refused(folder("a"), 8)).toContain("SHARDS is 8, but this cluster was begun with 4");
  expect(await redis.exists(CLUSTER_KEY)).toBe(0);
  expect(await refused(folder("a"))).toBe("");
  expect(await redis.hgetall(CLUSTER_KEY)).toEqual(before);
});

it("a cluster of before there were ids gets one, with the shards that it has", async () => {
  await redis.hset(CLUSTER_KEY, "shards", "4");
  expect(await refused(folder("a"), 8)).toContain("was begun with 4");
  expect(await identityOf(folder("a"))).toBeNull();
  expect(await refused(folder("a"))).toBe("");
  expect(JSON.parse(readFileSync(join(folder("a"), "cluster.json"), "utf8"))).toMatchObject({ shards: 4 });
});

it("only the owner says that a folder is complete, and the number never falls", async () => {
  const had = (lease: Lease | null): Lease => {
    if (lease === null) throw new Error("the lease was not given");
    return lease;
  };
  const first = had(await store.acquire(0, "a", "h:1", 0));
  expect(await store.folderOf(0)).toBe(0);
  expect(await store.markFolder(first)).toBe(true);
  await store.release(first);
  const second = had(await store.acquire(0, "b", "h:1", 0));
  expect(await store.markFolder(first)).toBe(false);
  expect(await store.folderOf(0)).toBe(1);
  expect(await store.markFolder(second)).toBe(true);
  await redis.set(shardKeys(0).folder, "9");
  expect(await store.markFolder(second)).toBe(true);
  expect(await store.folderOf(0)).toBe(9);
});

it("a shard is not begun anew when the folder that it had is gone", async () => {
  await expect(makeEpoch(folder("a"), 0, 8, 7)).rejects.toThrow("no epoch, but epoch-7 was complete");
  await makeEpoch(folder("a"), 0, 6);
  await expect(makeEpoch(folder("a"), 0, 8, 7)).rejects.toThrow("ends with epoch-6, but epoch-7 was complete");
  await makeEpoch(folder("a"), 0, 7);
  expect(await makeEpoch(folder("a"), 0, 8, 7)).toBe(join(folder("a"), "shard-0", "epoch-8"));
});
