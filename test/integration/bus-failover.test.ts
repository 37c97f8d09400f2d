// A Redis Cluster and a Redis behind Sentinels, real ones, whose master is killed or hangs: the bus and the input stream go
// on by themselves once a replica has taken over, and nobody waits meanwhile. Each test has servers of its own and mostly
// waits for them, so several run at the same time: those that are about what a fail-over leaves standing, not those that a
// fail-over by itself would spoil.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, Redis } from "ioredis";
import { describe, it } from "vitest";
import { type Bus, openBus } from "../../src/bus/bus.ts";
import { redisAddress } from "../../src/bus/redis-address.ts";
import { RedisLink } from "../../src/bus/redis-link.ts";
import { createLog, type Log, SILENT_LOG } from "../../src/telemetry/log.ts";
import { runCommand } from "../support/command.ts";
import { EngineProcess } from "../support/engine-process.ts";
import { eventually } from "../support/eventually.ts";
import { Mailbox } from "../support/mailbox.ts";
import { RedisCluster } from "../support/redis-cluster.ts";
import { RedisSentinels } from "../support/redis-sentinels.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { WatchedBus, WRITES_EACH } from "../support/watched-bus.ts";

const KEY = "strategy_engine:config:thresholds";
const STREAM = "strategy_engine_input:stream";
/** Of several slots, on all masters. */
const CHANNELS = Array.from({ length: 8 }, (_, shard) => `strategy_engine:{${shard}}:signal`);
/** So long without an answer, and a replica takes over; also where the machine is just busy. */
const GONE_MS = 2_000;
/** Where that must not happen to a master that is there. */
const PATIENT_MS = 5_000;
/** A call that takes longer has waited. */
const AT_ONCE_MS = 250;

/** What a test opens is closed when it ends: of several tests at a time each has to say it for itself. */
type AtEnd = (close: () => Promise<void> | void) => void;

/** What the two kinds have in common. */
interface Group {
  readonly url: string;
  masterOf(key: string): Promise<RedisServer>;
  /** A client of the test's own. */
  client(): Redis | Cluster;
}

async function clusterOf(atEnd: AtEnd, nodeTimeoutMs?: number): Promise<RedisCluster> {
  const cluster = await RedisCluster.create(nodeTimeoutMs === undefined ? {} : { nodeTimeoutMs });
  atEnd(() => cluster.remove());
  return cluster;
}

async function sentinels(atEnd: AtEnd, goneMs: number): Promise<RedisSentinels> {
  const all = await RedisSentinels.create(goneMs);
  atEnd(() => all.remove());
  return all;
}

const GROUPS: readonly { readonly name: string; readonly open: (atEnd: AtEnd, goneMs: number) => Promise<Group> }[] = [
  {
    name: "a Redis Cluster",
    open: async (atEnd, goneMs) => {
      const cluster = await clusterOf(atEnd, goneMs);
      const places = cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
      return {
        url: cluster.url,
        masterOf: (key) => cluster.masterOf(key),
        client: () => new Cluster(places, { shardedSubscribers: true }),
      };
    },
  },
  {
    name: "a Redis behind Sentinels",
    open: async (atEnd, goneMs) => {
      const all = await sentinels(atEnd, goneMs);
      const address = redisAddress(all.url) ?? {};
      return {
        url: all.url,
        masterOf: async () => all.master,
        client: () => new Redis({ ...address, maxRetriesPerRequest: null }),
      };
    },
  },
];

class Watched extends WatchedBus {
  constructor(bus: Bus, atEnd: AtEnd) {
    super(bus);
    atEnd(() => bus.close());
  }

  static async open(url: string, atEnd: AtEnd, log: Log = SILENT_LOG): Promise<Watched> {
    const side = new Watched(await openBus(url, log), atEnd);
    await side.reaches(true);
    return side;
  }

  /** Writes and publishes until both come back: a slot may be between two masters for a moment after `connected`. */
  async goesOn(text: string): Promise<void> {
    const written = async (): Promise<string> => {
      this.bus.setKey(KEY, text, null);
      this.bus.publishRaw("ticks", Buffer.from(text));
      return String(Buffer.from((await this.bus.getKey(KEY)) ?? []));
    };
    await eventually(written, (kept) => kept === text);
    await this.messages.find((message) => message === text);
  }
}

function folder(atEnd: AtEnd): string {
  const dir = mkdtempSync(join(tmpdir(), "failover-"));
  atEnd(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe.concurrent.each(GROUPS)("$name", ({ open }) => {
  it.for(["is killed", "hangs"])("whose master %s: the bus goes on with the next one", async (fault, context) => {
    const { expect, onTestFinished: atEnd } = context;
    const group = await open(atEnd, GONE_MS);
    const side = await Watched.open(group.url, atEnd);
    await side.goesOn("before");
    const master = await group.masterOf(KEY);
    if (fault === "hangs") master.pause();
    else await master.kill();
    expect(side.slowestCallMs(1_000)).toBeLessThan(AT_ONCE_MS);
    await side.reaches(false);
    expect(side.slowestCallMs(1_000)).toBeLessThan(AT_ONCE_MS);
    await side.reaches(true);
    await side.goesOn("after");
    // Other masters of a Cluster take what is theirs until the bus has noticed; of the keys a third is the lost one's.
    const { dropped, messagesOut } = side.bus.counters();
    expect(dropped).toBeGreaterThanOrEqual(500);
    expect(dropped + messagesOut).toBeGreaterThanOrEqual(2 * 1_000 * WRITES_EACH);
  });

  it("carries sharded channels, and says when to subscribe again", async ({ expect, onTestFinished: atEnd }) => {
    const group = await open(atEnd, GONE_MS);
    const address = redisAddress(group.url);
    if (address === null) throw new Error(group.url);
    const heard = new Mailbox<string>();
    const ups = new Mailbox<string>();
    const link: RedisLink = new RedisLink("shards", address, SILENT_LOG, {
      onUp: () =>
        void Promise.all(CHANNELS.map((channel) => link.redis.ssubscribe(channel))).then(
          () => ups.put("subscribed"),
          () => link.break("no subscription"),
        ),
      onDown: () => ups.put("down"),
      onShardMessage: (_channel, bytes) => heard.put(Buffer.from(bytes).toString()),
    });
    atEnd(() => link.close());
    await ups.find((word) => word === "subscribed");
    const other = group.client();
    other.on("error", () => undefined);
    atEnd(() => other.disconnect());
    /** Says something on all channels, again and again, until all of it was heard. */
    const says = async (word: string): Promise<void> => {
      const texts = CHANNELS.map((channel) => `${word} ${channel}`);
      const said = async (): Promise<readonly string[]> => {
        for (const channel of CHANNELS) await other.spublish(channel, `${word} ${channel}`).catch(() => 0);
        return texts.filter((text) => heard.received.includes(text));
      };
      await expect.poll(said, { timeout: 120_000 }).toEqual(texts);
    };
    await says("before");

    const seen = ups.received.length;
    await (await group.masterOf(CHANNELS[0] ?? "")).kill();
    await ups.atLeast(seen + 1);
    expect(ups.received[seen]).toBe("down");
    await expect.poll(() => ups.received.slice(seen), { timeout: 120_000 }).toContain("subscribed");
    await says("after");
  });
});

describe.concurrent("a Redis Cluster", () => {
  it("is reached by any of the nodes that the address names", async ({ expect, onTestFinished: atEnd }) => {
    const cluster = await clusterOf(atEnd, GONE_MS);
    const [first] = cluster.nodes;
    await first?.kill();
    const side = new Watched(await openBus(cluster.url, SILENT_LOG), atEnd);
    await side.reaches(true); // as soon as the replica of the first holds its slots
    await side.goesOn("x");
    expect(side.messages.received).toContain("x");
  });

  it("is not connected while slots are without a master, and the log says why", async ({
    expect,
    onTestFinished: atEnd,
  }) => {
    const cluster = await clusterOf(atEnd, GONE_MS);
    const lines = new Mailbox<string>();
    const log = createLog("info", { write: lines.put, flushSync: () => undefined });
    const side = await Watched.open(cluster.url, atEnd, log);
    const master = await cluster.masterOf(KEY);
    const replica = cluster.nodes[cluster.nodes.indexOf(master) + 3];
    await replica?.kill();
    await master.kill();
    await side.reaches(false);
    await lines.find((line) => line.includes("state fail"));
    expect(side.bus.connected()).toBe(false);
    await master.start();
    await replica?.start();
    await side.reaches(true);
    await side.goesOn("whole again");
  });

  it("with a password takes the right one, and the log never holds the wrong one", async ({
    expect,
    onTestFinished: atEnd,
  }) => {
    const directives = ["--requirepass", "p@ss word", "--masterauth", "p@ss word"];
    const cluster = await RedisCluster.create({ directives, password: "p@ss word" });
    atEnd(() => cluster.remove());
    const side = await Watched.open(cluster.url, atEnd);
    await side.goesOn("in");
    const lines = new Mailbox<string>();
    const log = createLog("info", { write: lines.put, flushSync: () => undefined });
    const wrong = await openBus(cluster.url.replace("p%40ss%20word", "wrong-secret"), log);
    atEnd(() => wrong.close());
    await lines.find((line) => line.includes("WRONGPASS") && line.includes("writer"));
    await lines.find((line) => line.includes("WRONGPASS") && line.includes("listener"));
    expect(wrong.connected()).toBe(false);
    expect(lines.received.join("")).not.toContain("wrong-secret");

    const { out } = await runCommand(folder(atEnd), ["doctor", "--json"], { REDIS_URL: cluster.url });
    const findings = JSON.parse(out) as { readonly subject: string; readonly level: string; readonly found: string }[];
    const found = findings.find(({ subject }) => subject === "Redis");
    expect(found).toMatchObject({ level: "ok" });
    expect(found?.found).toContain("redis-cluster://:***@127.0.0.1");
  });
});

describe.concurrent("Sentinels", () => {
  it("are asked one after the other when the first hangs", async ({ expect, onTestFinished: atEnd }) => {
    const all = await sentinels(atEnd, GONE_MS);
    all.pauseFirst();
    const side = new Watched(await openBus(all.url, SILENT_LOG), atEnd);
    await side.reaches(true);
    await side.goesOn("x");
    expect(side.messages.received).toContain("x");
  });
});

// By itself: a server that the others keep from answering for two seconds costs a connection, and none may be lost here.
describe("slots of a Redis Cluster", () => {
  it("may move slots while keys are written", async ({ expect, onTestFinished: atEnd }) => {
    const cluster = await clusterOf(atEnd);
    const side = await Watched.open(cluster.url, atEnd);
    const from = await cluster.masterOf(KEY);
    const to = cluster.nodes.slice(0, 3).find((node) => node !== from);
    if (to === undefined) throw new Error("one master only");
    await cluster.moveSlotOf(KEY, from, to);
    side.bus.setKey(KEY, "moved", null);
    // The bus gives up an answer after a second; what was written stays where it is.
    const kept = async (): Promise<string> => String(Buffer.from((await side.bus.getKey(KEY)) ?? []));
    await expect.poll(kept).toBe("moved");
    expect(await cluster.ask(to, "GET", KEY)).toBe("moved");
    const masters = (): Promise<readonly RedisServer[]> =>
      Promise.all(cluster.nodes.map((node) => cluster.masterOf(KEY, [node])));
    await expect.poll(async () => (await masters()).every((master) => master === to)).toBe(true);
    expect(side.bus.counters()).toMatchObject({ dropped: 0, reconnects: 0, gaps: 0 });
  });
});

async function lag(master: Redis): Promise<number> {
  const info = String(await master.call("INFO", "replication"));
  const number = (name: RegExp): number => Number(name.exec(info)?.[1] ?? NaN);
  return number(/master_repl_offset:(\d+)/) - number(/slave0:.*offset=(\d+)/);
}

// Not beside the others, and with more patience: a master that is replaced although nobody touched it takes with it what
// the producer was told is written.
describe.concurrent("the input stream", () => {
  it.for(GROUPS)(
    "goes on behind the killed master of $name and misses nothing that was replicated",
    async ({ open }, context) => {
      const { expect, onTestFinished: atEnd } = context;
      const group = await open(atEnd, PATIENT_MS);
      const producer = group.client();
      producer.on("error", () => undefined);
      atEnd(() => producer.disconnect());
      const add = (price: number): Promise<unknown> =>
        producer.xadd(STREAM, "*", "data", JSON.stringify({ symbol: "LIVE", price }));
      const env = { DATA_DIR: folder(atEnd), REDIS_URL: group.url, INGEST: "streams", MAX_SYMBOLS: "64" };
      const engine = await EngineProcess.start(env);
      atEnd(() => engine.kill());
      const last = async (): Promise<unknown> => (await engine.get("/symbols/LIVE"))["last_price"];

      for (let price = 1; price <= 100; price += 1) await add(price);
      await expect.poll(last).toBe(100);
      const master = await group.masterOf(STREAM);
      const own = new Redis(master.socketPath);
      atEnd(() => own.disconnect());
      own.on("error", () => undefined);
      await expect.poll(async () => String(await own.call("INFO", "replication"))).toMatch(/slave0:.*state=online/);
      await expect.poll(() => lag(own)).toBe(0);

      await master.kill();
      // What the producer says to nobody is its own to say again.
      for (let price = 101; price <= 200; price += 1) {
        await expect.poll(() => add(price).then(Boolean, () => false), { timeout: 120_000 }).toBe(true);
      }
      await expect.poll(last, { timeout: 120_000 }).toBe(200);
      expect(Number((await engine.get("/symbols/LIVE"))["ticks"])).toBeGreaterThanOrEqual(200);
      const pending = async (): Promise<unknown> =>
        ((await producer.xpending(STREAM, "strategy_engine")) as readonly unknown[])[0];
      await expect.poll(pending).toBe(0);
      await expect.poll(async () => (await engine.get("/health"))["status"]).toBe("healthy");
    },
  );
});
