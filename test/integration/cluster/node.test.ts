// Nodes as a user runs them, with a real Redis: who serves what, the gateway with its keys, and starts that are refused.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { NODES_KEY, shardKeys } from "../../../src/bus/bus.ts";
import { shardOf } from "../../../src/domain/shard.ts";
import { type Answered, ask } from "../../support/cluster/ask.ts";
import { IMPATIENT_NODE } from "../../support/cluster/impatient-node.ts";
import { NodeProcess } from "../../support/cluster/node-process.ts";
import { EngineProcess, type LaunchOptions } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { noSocketLibrary } from "../../support/no-socket-library.ts";
import { RedisServer } from "../../support/redis-server.ts";

const SHARDS = 2;
const KEY = { "x-api-key": "first-key-of-test" };
const READ_KEY = { "x-api-key": "second-key-of-test" };
/** Long, so that a busy machine does not make shards move. */
const LEASE_MS = 20_000;

let server: RedisServer;
let redis: Redis;
let dir = "";
let a: NodeProcess;
let b: NodeProcess;

function envOf(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    REDIS_URL: server.url,
    CLUSTER_DIR: join(dir, "shared"),
    SHARDS: String(SHARDS),
    LEASE_MS: String(LEASE_MS),
    SHARDS_PER_NODE_MAX: "1",
    MAX_SYMBOLS: "64",
    MAX_INSTANCES: "64",
    API_KEYS: `${KEY["x-api-key"]},${READ_KEY["x-api-key"]}:read`,
    ...more,
  };
}

/** Each node has one shard, both are served, and both nodes have seen that. */
async function served(): Promise<void> {
  for (const node of [a, b]) {
    await node.line("shard served");
    await seen(node.port, "/cluster", ({ body }) => {
      const { nodes, shards } = body as { readonly nodes: readonly object[]; readonly shards: readonly Owned[] };
      return nodes.length === 2 && shards.length === SHARDS && shards.every(({ owner }) => owner !== null);
    });
  }
}
interface Owned {
  readonly owner: string | null;
}

beforeAll(async () => {
  server = await RedisServer.create();
  redis = new Redis(server.port, "127.0.0.1");
  dir = mkdtempSync(join(tmpdir(), "node-"));
  [a, b] = await Promise.all([NodeProcess.start("a", envOf()), NodeProcess.start("b", envOf())]);
  await served();
});
afterAll(async () => {
  const codes = await Promise.all([a.stop(), b.stop()]);
  redis.disconnect();
  await server.remove();
  rmSync(dir, { recursive: true, force: true });
  expect(codes).toEqual([0, 0]);
});

/** Until a node has seen what has happened. */
function seen(port: number, path: string, holds: (answer: Answered) => boolean): Promise<Answered> {
  return eventually(() => ask(port, path, { headers: KEY }), holds);
}

it("every node says who serves what", async () => {
  const told = await ask(a.port, "/cluster", { headers: KEY });
  const { nodes, shards } = told.body as { readonly nodes: readonly object[]; readonly shards: readonly object[] };
  expect(nodes).toMatchObject([
    { node_id: "a", address: `127.0.0.1:${a.port}`, capacity: 1, leaving: false },
    { node_id: "b", address: `127.0.0.1:${b.port}`, capacity: 1, leaving: false },
  ]);
  expect(shards).toMatchObject([
    { shard: 0, epoch: 1 },
    { shard: 1, epoch: 1 },
  ]);
  const healthy = await seen(b.port, "/health", ({ body }) => body["status"] === "healthy");
  expect(healthy.body).toMatchObject({ node_id: "b", shards: 2, shards_owned: 2, shards_here: 1, troubles: [] });
  expect((await ask(a.port, "/metrics", { headers: KEY })).text).toContain("strategy_node_shard_ready");
});

it("asks for keys as an engine does: health is open, a read key changes nothing", async () => {
  for (const path of ["/health", "/health/live", "/health/ready"]) expect((await ask(a.port, path)).status).toBe(200);
  for (const path of ["/cluster", "/metrics", "/shards/0/strategies"])
    expect((await ask(a.port, path)).status).toBe(401);
  const flag = { method: "PUT", body: '{"enabled":true}' };
  const refused = await ask(a.port, "/shards/0/config/flags/made_up", { ...flag, headers: READ_KEY });
  expect(refused.status).toBe(403);
  expect((await ask(a.port, "/shards/0/strategies", { headers: READ_KEY })).status).toBe(200);
});

it("a shard is reached through any node, with body, query and request id", async () => {
  for (const node of [a, b]) {
    for (let shard = 0; shard < SHARDS; shard++) {
      const symbol = `BY-${node.id.toUpperCase()}-${shard}`;
      const posted = await ask(node.port, `/shards/${shard}/api/strategy_engine/process_market_data`, {
        method: "POST",
        headers: { ...KEY, "content-type": "application/json", "x-request-id": "my-request" },
        body: JSON.stringify({ symbol, price: 5 }),
      });
      expect(posted.status).toBe(200);
      expect(posted.headers["x-request-id"]).toBe("my-request");
      const other = node === a ? b : a;
      const listed = await seen(other.port, `/shards/${shard}/symbols/${symbol}?x=1`, ({ status }) => status === 200);
      expect(listed.body).toMatchObject({ symbol });
      expect((await ask(other.port, `/shards/${1 - shard}/symbols/${symbol}`, { headers: KEY })).status).toBe(404);
    }
  }
});

it("a shard that there is not is a path that there is not", async () => {
  for (const path of ["/shards/2/health", "/shards/x/health", "/shards/", "/nothing"]) {
    const { status, body } = await ask(a.port, path, { headers: KEY });
    expect([status, body["error"]]).toEqual([404, "not_found"]);
  }
});

it("what producers write into the stream of a symbol's shard is taken there", async () => {
  const symbol = "STREAMEDUSD";
  const shard = shardOf(symbol, SHARDS);
  await redis.xadd(shardKeys(shard).input, "*", "data", JSON.stringify({ symbol, price: 7 }));
  const taken = await seen(a.port, `/shards/${shard}/symbols/${symbol}`, ({ status }) => status === 200);
  expect(taken.body).toMatchObject({ symbol, ticks: 1 });
  await seen(b.port, "/cluster", ({ body }) => {
    const told = (body["shards"] as readonly { readonly position: string | null; readonly newest_entry: string }[])[
      shard
    ];
    return told?.position !== null && told?.position === told?.newest_entry;
  });
});

it("a node hears no shard while nobody listens at it, and shows who comes what was said before", async () => {
  const { channel, signals } = shardKeys(0);
  const listening = async (): Promise<number> => {
    const [, count] = (await redis.call("PUBSUB", "SHARDNUMSUB", channel)) as readonly [string, number];
    return count;
  };
  expect(await listening()).toBe(0);
  const signal = { id: "sig_before", type: "momentum_rider", strategy: "momentum", symbol: "X", confidence: 1 };
  // Far behind what the shard itself has come to.
  await redis.xadd(signals, "4000000000-0", "data", JSON.stringify(signal));
  const socket = new WebSocket(`ws://127.0.0.1:${a.port}/ws?api_key=${KEY["x-api-key"]}`);
  onTestFinished(() => socket.terminate());
  const shown = new Promise<readonly object[]>((resolve) => {
    socket.on("message", (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString()) as { readonly type: string; readonly data: readonly object[] };
      if (message.type === "snapshot") resolve(message.data);
    });
  });
  socket.on("open", () => socket.send('{"op":"subscribe","id":1,"channel":"signals","snapshot":true}'));
  expect(await shown).toMatchObject([{ id: "sig_before", shard: 0, entry_id: "4000000000-0" }]);
  expect(await listening()).toBe(1);
  await redis.del(signals);
});

it("signals of every shard are heard at every node", async () => {
  const heard: Record<string, unknown>[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${b.port}/ws?api_key=${KEY["x-api-key"]}`);
  onTestFinished(() => socket.terminate());
  const subscribed = new Promise((resolve) => {
    socket.on("message", (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString()) as { readonly type: string; readonly data: Record<string, unknown> };
      if (message.type === "subscribed") resolve(null);
      if (message.type === "update") heard.push(message.data);
    });
  });
  socket.on("open", () => socket.send('{"op":"subscribe","id":1,"channel":"signals"}'));
  await subscribed;
  for (let shard = 0; shard < SHARDS; shard++) {
    const signal = { id: `sig_${shard}`, type: "momentum_rider", strategy: "momentum", symbol: "X", confidence: 1 };
    await redis.spublish(shardKeys(shard).channel, `9-${shard} ${JSON.stringify(signal)}`);
  }
  await eventually(
    () => heard,
    ({ length }) => length === SHARDS,
  );
  expect(heard.toSorted((one, other) => Number(one["shard"]) - Number(other["shard"]))).toMatchObject([
    { id: "sig_0", shard: 0, entry_id: "9-0", symbol: "X" },
    { id: "sig_1", shard: 1, entry_id: "9-1", symbol: "X" },
  ]);
});

/** Exit code and the last line for a person. */
async function refusal(
  env: Readonly<Record<string, string>>,
  options: LaunchOptions = {},
): Promise<readonly [number | null, string]> {
  const node = EngineProcess.launch(env, { command: "node", ...options });
  onTestFinished(() => node.kill());
  const code = await node.ended();
  return [code, node.stderr.join("").trim()];
}

it("a start that cannot be is refused with one sentence", async () => {
  const { CLUSTER_DIR: _, ...homeless } = envOf();
  const { REDIS_URL: __, ...lonely } = envOf();
  const refusals = await Promise.all([
    refusal(homeless),
    refusal(lonely),
    refusal({ ...envOf(), NODE_ID: "c", SHARDS: "3" }),
    refusal({ ...envOf(), NODE_ID: "c", PORT: String(a.port) }),
    refusal({ ...envOf(), NODE_ID: "c", HOST: "0.0.0.0" }),
    refusal({ ...envOf(), NODE_ID: "c", LIVE_TRADING: "true", VENUE: "redis" }),
  ]);
  expect(refusals.map(([code]) => code)).toEqual([1, 1, 1, 1, 1, 1]);
  const sentences = [
    "CLUSTER_DIR is not set",
    "REDIS_URL is not set",
    "begun with 2",
    "is taken",
    "set NODE_ADDRESS",
    "LIVE_TRADING=true is not possible in a cluster",
  ];
  sentences.forEach((words, index) => expect(refusals[index]?.[1]).toContain(words));
});

it("a folder that cannot be used is refused with one sentence, and nothing is claimed in Redis", async () => {
  const other = await RedisServer.create();
  onTestFinished(() => other.remove());
  const asker = new Redis(other.port, "127.0.0.1");
  onTestFinished(() => asker.disconnect());
  const silent = join(dir, "silent");
  mkdirSync(silent);
  execFileSync("mkfifo", [join(silent, "cluster.json")]); // who reads it waits without end, as at a network's folder
  const env = { ...envOf(), REDIS_URL: other.url, START_PATIENCE_MS: "1000" };
  const [none, below, quiet] = await Promise.all([
    refusal({ ...env, CLUSTER_DIR: "/proc/nope" }),
    refusal({ ...env, CLUSTER_DIR: "/dev/null/below" }),
    refusal({ ...env, CLUSTER_DIR: silent }, { cli: IMPATIENT_NODE }),
  ]);
  expect(none[0]).toBe(1);
  expect(none[1]).toMatch(
    /^strategy-engine: CLUSTER_DIR is \/proc\/nope, which cannot be used: ENOENT.*has to be a folder/,
  );
  expect(below[0]).toBe(1);
  expect(below[1]).toContain("CLUSTER_DIR is /dev/null/below, which cannot be used: ENOTDIR");
  expect(quiet[0]).not.toBe(0); // by a signal: an exit would wait for the folder
  expect(quiet[1]).toContain(`CLUSTER_DIR is ${silent}, which cannot be used: it does not answer within 1 s`);
  for (const one of [none, below, quiet]) expect(one[1].split("\n")).toHaveLength(1);
  expect(await asker.keys("*")).toEqual([]);
});

it("a Redis that answers as no Redis does leaves nothing open", async () => {
  const broken = await RedisServer.create();
  onTestFinished(() => broken.remove());
  const asker = new Redis(broken.port, "127.0.0.1");
  onTestFinished(() => asker.disconnect());
  await asker.set(NODES_KEY, "no hash"); // the first heartbeat is refused, when gateway, links and a spare are there
  const [code, said] = await refusal({ ...envOf(), REDIS_URL: broken.url, CLUSTER_DIR: join(dir, "own") });
  expect([code, said]).toEqual([1, expect.stringMatching(/the cluster in REDIS_URL cannot be asked: .*WRONGTYPE/)]);
});

it("explains a server library that cannot be loaded, as serve does", async () => {
  const [code, said] = await refusal(envOf(), { node: ["--import", noSocketLibrary(dir)] });
  expect(code).toBe(1);
  expect(said).toContain("uWebSockets.js, which serves HTTP and WebSocket, cannot be loaded here.");
  expect(said).not.toContain("    at ");
});
