// A shared folder that does not answer, as that of a network that is away: a node goes on renewing what it holds, finds its
// Redis again, says what it waits for, takes up the shards that it could not begin as soon as the folder answers, and comes
// to its end without it. The folder's file is a pipe here, which keeps who reads it waiting until somebody writes.
import { execFileSync } from "node:child_process";
import { linkSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NODES_KEY, shardKeys } from "../../../src/bus/bus.ts";
import { ask } from "../../support/cluster/ask.ts";
import { IMPATIENT_NODE } from "../../support/cluster/impatient-node.ts";
import { NodeProcess } from "../../support/cluster/node-process.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisServer } from "../../support/redis-server.ts";

/** Far beyond what a busy machine makes a node wait. */
const LEASE_MS = 10_000;
const WAIT_MS = 240_000;
/** Of the node with the folder; what answers at all does so sooner. */
const SILENT_MS = 1_000;
const SILENT = "the folder of the cluster does not answer; shards wait for it";
/** For files and names of hosts. Two shards that wait for the folder at the same time would have both. */
const THREADS = 2;

let server: RedisServer;
let redis: Redis;
let node: NodeProcess;
let dir = "";
let shared = "";

beforeAll(async () => {
  server = await RedisServer.create();
  redis = new Redis(server.port, "127.0.0.1");
  dir = mkdtempSync(join(tmpdir(), "slow-folder-"));
  shared = join(dir, "shared");
  const env = {
    REDIS_URL: `redis://localhost:${server.port}`, // by a name, which has to be looked up
    CLUSTER_DIR: shared,
    SHARDS: "3",
    LEASE_MS: String(LEASE_MS),
    MAX_SYMBOLS: "64",
    MAX_INSTANCES: "64",
    SILENT_PATIENCE_MS: String(SILENT_MS),
    UV_THREADPOOL_SIZE: String(THREADS),
  };
  node = await NodeProcess.start("a", env, { cli: IMPATIENT_NODE });
  for (const shard of [0, 1, 2]) await node.line("shard served", (line) => line["shard"] === shard);
});
afterAll(async () => {
  await node.kill();
  redis.disconnect();
  await server.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** From now on who reads the folder's file waits; what this gives lets it answer again. */
function silence(): () => void {
  const file = join(shared, "cluster.json");
  const text = readFileSync(file, "utf8");
  const [pipe, other] = [join(dir, "pipe"), join(dir, "other")];
  execFileSync("mkfifo", [pipe]);
  linkSync(pipe, other);
  renameSync(other, file);
  return () => {
    writeFileSync(other, text);
    renameSync(other, file);
    writeFileSync(pipe, text); // to who reads it since then
    rmSync(pipe);
  };
}

function left(shard: number): Promise<number> {
  return redis.pttl(shardKeys(shard).lease);
}

it("a folder that does not answer holds up no renewal, and what waits for it goes on when it answers", async () => {
  const lease = await redis.get(shardKeys(0).lease);
  const answers = silence();
  node.signal("SIGKILL", [node.processOf(1) ?? 0, node.processOf(2) ?? 0]);
  const waits = await node.line(SILENT);
  expect(waits).toMatchObject({ folder: shared, for_ms: SILENT_MS });
  await redis.call("CLIENT", "KILL", "TYPE", "normal"); // the next renewal needs another connection
  let before = await left(0);
  await eventually(
    async () => {
      const now = await left(0);
      const renewed = now > before;
      before = now;
      return renewed;
    },
    (renewed) => renewed,
    WAIT_MS,
  );
  expect(await redis.get(shardKeys(0).lease)).toBe(lease);
  expect((await ask(node.port, "/shards/0/health")).status).toBe(200);
  for (const shard of [1, 2]) expect(await redis.get(shardKeys(shard).lease)).toBeNull();

  answers();
  for (const shard of [1, 2]) {
    await node.line("shard served", (line) => line["shard"] === shard && line["epoch"] === 2);
  }
  expect(await redis.get(shardKeys(0).lease)).toBe(lease);
});

it("a node that is stopped while its folder does not answer hands over, says that it leaves, and ends", async () => {
  silence();
  const told = node.lines.length;
  node.signal("SIGKILL", [node.processOf(1) ?? 0]);
  await node.line(SILENT, (line) => node.lines.indexOf(line) >= told);
  expect(await redis.hexists(NODES_KEY, "a")).toBe(1);
  expect(await node.stop()).toBeNull(); // by a signal: an exit would wait for the folder
  const handedOver = node.lines.filter(({ msg }) => msg === "shard handed over").map((line) => line["shard"]);
  expect(new Set(handedOver)).toEqual(new Set([0, 2]));
  expect(await redis.exists(...[0, 1, 2].map((shard) => shardKeys(shard).lease))).toBe(0);
  expect(await redis.hexists(NODES_KEY, "a")).toBe(0);
});
