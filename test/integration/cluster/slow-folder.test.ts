// A shared folder that does not answer, as that of a network that is away: a node goes on renewing what it holds, says what
// it waits for, and takes up the shard that it could not begin as soon as the folder answers. The folder's file is a pipe
// here, which keeps who reads it waiting until somebody writes.
import { execFileSync } from "node:child_process";
import { linkSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { shardKeys } from "../../../src/bus/bus.ts";
import { ask } from "../../support/cluster/ask.ts";
import { NodeProcess } from "../../support/cluster/node-process.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisServer } from "../../support/redis-server.ts";

const LEASE_MS = 12_000;
/** A quarter of a lease lies between two, so this many take longer than one lives. */
const RENEWALS = 6;
const WAIT_MS = 240_000;

it("a folder that does not answer holds up no renewal, and what waits for it goes on when it answers", async () => {
  const server = await RedisServer.create();
  onTestFinished(() => server.remove());
  const redis = new Redis(server.port, "127.0.0.1");
  onTestFinished(() => redis.disconnect());
  const dir = mkdtempSync(join(tmpdir(), "slow-folder-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const shared = join(dir, "shared");
  const sizes = { MAX_SYMBOLS: "64", MAX_INSTANCES: "64" };
  const env = { REDIS_URL: server.url, CLUSTER_DIR: shared, SHARDS: "2", LEASE_MS: String(LEASE_MS), ...sizes };
  const node = await NodeProcess.start("a", env);
  onTestFinished(() => node.kill());
  for (const shard of [0, 1]) await node.line("shard served", (line) => line["shard"] === shard);

  const file = join(shared, "cluster.json");
  const text = readFileSync(file, "utf8");
  const [pipe, other] = [join(dir, "pipe"), join(dir, "other")];
  execFileSync("mkfifo", [pipe]);
  linkSync(pipe, other);
  renameSync(other, file);
  node.signal("SIGKILL", [node.processOf(1) ?? 0]);
  const waits = await node.line("the folder of a shard does not answer; it waits");
  expect(waits).toMatchObject({ shard: 1, folder: shared });

  const lease = await redis.get(shardKeys(0).lease);
  let renewals = 0;
  let before = await redis.pttl(shardKeys(0).lease);
  await eventually(
    async () => {
      const left = await redis.pttl(shardKeys(0).lease);
      if (left > before) renewals += 1;
      before = left;
      return renewals;
    },
    (count) => count >= RENEWALS,
    WAIT_MS,
  );
  expect(await redis.get(shardKeys(0).lease)).toBe(lease);
  expect((await ask(node.port, "/shards/0/health")).status).toBe(200);
  expect(await redis.get(shardKeys(1).lease)).toBeNull();

  writeFileSync(other, text);
  renameSync(other, file);
  writeFileSync(pipe, text); // to who reads it since then
  await node.line("shard served", (line) => line["shard"] === 1 && line["epoch"] === 2);
  expect(await redis.get(shardKeys(0).lease)).toBe(lease);
  expect(await node.stop()).toBe(0);
});
