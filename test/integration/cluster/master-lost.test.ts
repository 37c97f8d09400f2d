// A node whose shards' leases lie on a master of a Redis Cluster that dies, and whose replica takes over only when those
// leases have run out: the shards wait, are not served meanwhile, and go on in the same processes under the same leases,
// with every entry once. cluster-node-timeout is a minute and the replica is told when, so nothing depends on how fast
// anybody is.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NODES_KEY, shardKeys } from "../../../src/bus/bus.ts";
import { ask } from "../../support/cluster/ask.ts";
import { NodeProcess } from "../../support/cluster/node-process.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisCluster } from "../../support/redis-cluster.ts";
import type { RedisServer } from "../../support/redis-server.ts";

const SHARDS = 4;
const LEASE_MS = 5_000;
/** A guard against hangs. */
const MOST_MS = 240_000;

let cluster: RedisCluster;
let redis: Cluster;
let node: NodeProcess;
let dir = "";

beforeAll(async () => {
  cluster = await RedisCluster.create({ directives: ["--cluster-require-full-coverage", "no"] });
  dir = mkdtempSync(join(tmpdir(), "master-lost-"));
  redis = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
  redis.on("error", () => undefined); // masters are killed here
  node = await NodeProcess.start("a", {
    REDIS_URL: cluster.url,
    CLUSTER_DIR: join(dir, "shared"),
    SHARDS: String(SHARDS),
    LEASE_MS: String(LEASE_MS),
    MAX_SYMBOLS: "64",
    MAX_INSTANCES: "64",
    STRATEGY_WORKERS: "1",
  });
  await Promise.all(ALL.map((shard) => node.line("shard served", (line) => line["shard"] === shard)));
}, MOST_MS);
afterAll(async () => {
  const code = await node.stop();
  redis.disconnect();
  await cluster.remove();
  rmSync(dir, { recursive: true, force: true });
  expect(code).toBe(0);
}, MOST_MS);

const ALL = Array.from({ length: SHARDS }, (_, shard) => shard);

/** A shard's lease as the Redis Cluster has it. */
const leaseOf = (shard: number): Promise<string | null> => redis.get(shardKeys(shard).lease);

/** Ticks of one symbol that the shard has counted. */
async function ticksOf(shard: number): Promise<number> {
  const { status, body } = await ask(node.port, `/shards/${shard}/symbols/S${shard}USD`);
  return status === 200 ? Number(body["ticks"]) : -1;
}

/** Fed and counted: as many as there ever were. */
async function takes(shard: number, fed: number): Promise<void> {
  const tick = JSON.stringify({ symbol: `S${shard}USD`, price: 100 + fed });
  await redis.xadd(shardKeys(shard).input, "*", "data", tick);
  await eventually(
    () => ticksOf(shard),
    (ticks) => ticks >= fed,
    MOST_MS,
  );
  expect(await ticksOf(shard)).toBe(fed);
}

async function mastersOf(): Promise<readonly RedisServer[]> {
  return Promise.all(ALL.map((shard) => cluster.masterOf(shardKeys(shard).lease)));
}

/** The replica that has a master's place from now on, whatever the others think. */
async function takeOver(lost: RedisServer): Promise<void> {
  const replica = cluster.nodes[(cluster.nodes.indexOf(lost) + cluster.nodes.length / 2) % cluster.nodes.length];
  if (replica === undefined) throw new Error("a master has no replica");
  await cluster.ask(replica, "CLUSTER", "FAILOVER", "TAKEOVER");
}

it(
  "shards go on where they were, in the same processes, when a replica has taken over behind the end of their leases",
  async () => {
    const masters = await mastersOf();
    const lost = await cluster.masterOf(NODES_KEY); // the node's own place is gone as well, in the worst case
    const its = ALL.filter((shard) => masters[shard] === lost);
    const others = ALL.filter((shard) => masters[shard] !== lost);
    expect([its.length > 0, others.length > 0]).toEqual([true, true]);
    for (const shard of ALL) await takes(shard, 1);
    const [leases, pids] = [await Promise.all(ALL.map(leaseOf)), ALL.map((shard) => node.processOf(shard))];
    await lost.kill();
    await Promise.all(
      its.map((shard) =>
        node.line(
          "shard waits: the part of Redis that has its lease does not answer",
          (line) => line["shard"] === shard,
        ),
      ),
    );
    for (const shard of its) {
      const { status, body } = await ask(node.port, `/shards/${shard}/symbols`);
      expect([status, body["error"]]).toEqual([503, "not_ready"]);
    }
    const told = (await ask(node.port, "/cluster")).body["shards"] as readonly { readonly state: string }[];
    expect(told.map(({ state }) => state === "waiting")).toEqual(ALL.map((shard) => its.includes(shard)));
    for (const shard of others) await takes(shard, 2);

    await takeOver(lost);
    await Promise.all(
      its.map((shard) => node.line("shard goes on: its lease is had again", (line) => line["shard"] === shard)),
    );
    for (const shard of its) await takes(shard, 2);
    expect(await Promise.all(ALL.map(leaseOf))).toEqual(leases);
    expect(ALL.map((shard) => node.processOf(shard))).toEqual(pids);
    await lost.start();
    await cluster.settled();
  },
  2 * MOST_MS,
);

it(
  "a shard that waits is given up when another node says that it has it",
  async () => {
    const masters = await mastersOf();
    const place = await cluster.masterOf(NODES_KEY);
    const shard = ALL.find((one) => masters[one] !== place) ?? 0;
    const lost = masters[shard];
    if (lost === undefined || lost === place) throw new Error("all leases lie where the nodes do");
    const ofShard = (line: Readonly<Record<string, unknown>>): boolean => line["shard"] === shard;
    const before = node.lines.length;
    await lost.kill();
    await eventually(
      () => node.lines.slice(before).some((line) => line.msg.startsWith("shard waits") && ofShard(line)),
      (waits) => waits,
      MOST_MS,
    );
    const other = {
      run: "z",
      id: "z",
      address: "127.0.0.1:1",
      version: "1",
      shards: [shard],
      capacity: 1,
      leaving: false,
    };
    const says = (): Promise<unknown> => redis.hset(NODES_KEY, "z", JSON.stringify({ at: Date.now(), ...other }));
    const line = await eventually(
      async () => {
        await says(); // it lives for as long as it says so
        return node.lines.slice(before).find((one) => one.msg.startsWith("shard lost") && ofShard(one));
      },
      (found) => found !== undefined,
      MOST_MS,
    );
    expect(line?.["reason"]).toBe("z has it");
    await redis.hdel(NODES_KEY, "z");
    await takeOver(lost);
    await eventually(
      () => node.lines.slice(before).some((one) => one.msg === "shard served" && ofShard(one)),
      (served) => served,
      MOST_MS,
    );
    expect((await leaseOf(shard))?.split(":")[0]).not.toBe("1"); // as any other owner
    await lost.start();
    await cluster.settled();
  },
  2 * MOST_MS,
);
