// Signals of all shards over a real Redis, through connections that break: each comes once and in order of its id.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type HeardSignal, redisAddress, shardKeys, ShardSignals } from "../../../src/bus/bus.ts";
import { eventually } from "../../support/eventually.ts";
import { FaultProxy } from "../../support/fault-proxy.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { RedisServer } from "../../support/redis-server.ts";

let server: RedisServer;
let proxy: FaultProxy;
let redis: Redis;

beforeAll(async () => {
  server = await RedisServer.create();
  proxy = await FaultProxy.create({ host: "127.0.0.1", port: server.port });
  redis = new Redis(server.port, "127.0.0.1");
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await proxy.close();
  await server.remove();
});

/** As a shard's script does it. */
async function say(shard: number, id: string): Promise<void> {
  const { signals, channel } = shardKeys(shard);
  await redis.xadd(signals, id, "data", `{"n":"${id}"}`);
  await redis.spublish(channel, `${id} {"n":"${id}"}`);
}

interface Ears {
  readonly heard: HeardSignal[];
  readonly ears: ShardSignals;
  readonly at: { wanted: boolean; holes: number };
}

/** Nobody has asked for anything yet. */
async function resting(shards: number): Promise<Ears> {
  const heard: HeardSignal[] = [];
  const at = { wanted: false, holes: 0 };
  const address = redisAddress(`redis://127.0.0.1:${proxy.port}`) ?? {};
  const ears = new ShardSignals(shards, address, QUIET, {
    onSignals: (signals) => heard.push(...signals),
    wanted: () => at.wanted,
    onHole: () => {
      at.holes += 1;
      heard.length = 0;
    },
  });
  await connected(ears);
  return { heard, ears, at };
}

async function listen(shards: number): Promise<Ears> {
  const one = await resting(shards);
  one.at.wanted = true;
  void one.ears.listen();
  await connected(one.ears);
  return one;
}

async function connected(ears: ShardSignals): Promise<void> {
  await eventually(
    () => ears.connected,
    (all) => all,
  );
}

/** Nobody has wanted it for long enough. */
async function sendToRest({ ears, at }: Ears, shards: number): Promise<void> {
  at.wanted = false;
  while (ears["looking"] !== null) ears["look"]();
  await eventually(
    () => listeners(shards),
    (count) => count === 0,
  );
}

/** Who hears the channels of these shards, by Redis. */
async function listeners(shards: number): Promise<number> {
  const channels = Array.from({ length: shards }, (_, shard) => shardKeys(shard).channel);
  const counts = (await redis.call("PUBSUB", "SHARDNUMSUB", ...channels)) as readonly (string | number)[];
  return counts.reduce<number>((sum, one, place) => sum + (place % 2 === 1 ? Number(one) : 0), 0);
}

function idsOf(heard: readonly HeardSignal[], shard: number): readonly string[] {
  return heard.filter((signal) => signal.shard === shard).map(({ id }) => id);
}

/** Answers to XRANGE are there, and come later. */
function slowPages(ears: ShardSignals) {
  const commands = ears["ask"].redis;
  const xrange = commands.xrange.bind(commands) as (...values: unknown[]) => Promise<unknown>;
  const waiting: (() => void)[] = [];
  const at = { slow: true, asked: 0, answered: 0 };
  Object.assign(commands, {
    xrange: async (...values: unknown[]): Promise<unknown> => {
      at.asked += 1;
      const found = await xrange(...values);
      at.answered += 1;
      if (at.slow) await new Promise<void>((resolve) => waiting.push(resolve));
      return found;
    },
  });
  const pass = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const passOne = (): void => waiting.shift()?.();
  const held = async (count: number): Promise<void> => {
    await eventually(
      () => waiting.length,
      (length) => length >= count,
    );
  };
  const allHeld = async (): Promise<void> => {
    await eventually(
      () => at.asked - at.answered,
      (left) => left === 0,
    );
  };
  const end = (): void => {
    at.slow = false;
    pass();
  };
  return { pass, passOne, held, allHeld, end };
}

/** The next subscription is asked for later. */
function slowSubscription(ears: ShardSignals) {
  const subscribe = ears["subscribeAll"].bind(ears);
  let pass = (): void => undefined;
  let begin = (): void => undefined;
  const gate = new Promise<void>((resolve) => (pass = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  ears["subscribeAll"] = async (channels) => {
    begin();
    await gate;
    await subscribe(channels);
  };
  return { begun, pass };
}

it("hears what was said before it came, and what is said then", async () => {
  await say(1, "5-0");
  const { heard, ears } = await listen(3);
  await say(1, "5-1");
  await say(2, "1-0");
  await eventually(
    () => heard.length,
    (count) => count === 3,
  );
  expect(idsOf(heard, 1)).toEqual(["5-0", "5-1"]);
  expect(heard.at(-1)).toEqual({ shard: 2, id: "1-0", data: '{"n":"1-0"}' });
  await ears.close();
});

it("misses and doubles nothing while its connections are cut again and again", async () => {
  const { heard, ears } = await listen(2);
  const said: string[][] = [[], []];
  for (let number = 1; number <= 1_200; number++) {
    const shard = number % 2;
    const id = `${number}-${number % 3}`;
    await say(shard, id);
    said[shard]?.push(id);
    if (number % 100 === 50) proxy.cut();
    if (number % 300 === 299) {
      await connected(ears);
    }
  }
  await eventually(
    () => heard.length,
    (count) => count >= 1_200,
  );
  for (const shard of [0, 1]) expect(idsOf(heard, shard)).toEqual(said[shard]);
  expect(ears.repairs).toBeGreaterThan(0);
  await ears.close();
});

it("misses nothing when only its listening breaks, while a stretch is still being read", async () => {
  const { heard, ears } = await listen(1);
  await say(0, "1-0");
  await eventually(
    () => heard.length,
    (count) => count === 1,
  );
  const pages = slowPages(ears);
  await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
  await pages.held(1);
  const subscribing = slowSubscription(ears);
  await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
  await subscribing.begun;
  pages.pass(); // the first reading goes on, and would look again at once
  await new Promise((resolve) => setImmediate(resolve));
  await pages.allHeld();
  await say(0, "2-0"); // nobody listens
  subscribing.pass();
  await eventually(
    () => ears["subscribed"],
    (subscribed) => subscribed,
  );
  await say(0, "3-0");
  await eventually(
    () => ears["ears"][0]?.waiting?.length,
    (waiting) => waiting === 1,
  );
  pages.passOne(); // of the first reading, if it still goes on
  await new Promise((resolve) => setImmediate(resolve));
  pages.end();
  await eventually(
    () => idsOf(heard, 0).at(-1),
    (last) => last === "3-0",
  );
  expect(idsOf(heard, 0)).toEqual(["1-0", "2-0", "3-0"]);
  await ears.close();
});

it("leaves out what is published a second time", async () => {
  const { heard, ears } = await listen(1);
  await say(0, "7-0");
  await redis.spublish(shardKeys(0).channel, "7-0 again");
  await redis.spublish(shardKeys(0).channel, "6-9 late");
  await say(0, "7-1");
  await eventually(
    () => idsOf(heard, 0),
    (ids) => ids.includes("7-1"),
  );
  expect(idsOf(heard, 0)).toEqual(["7-0", "7-1"]);
  await ears.close();
});

it("hears nothing while nobody is to be told, and gives what was said meanwhile when somebody comes", async () => {
  await say(0, "1-0");
  const one = await resting(2);
  const { heard, ears, at } = one;
  expect([await listeners(2), heard]).toEqual([0, []]);
  const before = ears.listen();
  expect(before).not.toBeNull();
  await before;
  await connected(ears);
  at.wanted = true;
  expect([await listeners(2), idsOf(heard, 0)]).toEqual([2, ["1-0"]]);
  expect(ears.listen()).toBeNull(); // it is known already
  await say(0, "1-1");
  await eventually(
    () => heard.length,
    (count) => count === 2,
  );
  for (let look = 0; look < 100; look++) ears["look"](); // somebody listens
  expect(ears["looking"]).not.toBeNull();
  await sendToRest(one, 2);
  expect(ears.connected).toBe(true);
  await say(0, "2-0");
  await say(1, "1-0");
  await say(0, "2-1");
  expect(heard).toHaveLength(2);
  await ears.listen();
  await connected(ears);
  expect([idsOf(heard, 0), idsOf(heard, 1)]).toEqual([["1-0", "1-1", "2-0", "2-1"], ["1-0"]]);
  await say(0, "2-2");
  await eventually(
    () => idsOf(heard, 0).at(-1),
    (last) => last === "2-2",
  );
  expect([at.holes, ears.repairs]).toEqual([0, 0]);
  await ears.close();
});

it("misses and doubles nothing although it is sent to rest and woken up again and again while signals are said", async () => {
  const one = await listen(2);
  const { heard, ears, at } = one;
  const said: string[][] = [[], []];
  for (let number = 1; number <= 600; number++) {
    const shard = number % 2;
    await say(shard, `${number}-0`);
    said[shard]?.push(`${number}-0`);
    if (number % 20 === 5) await sendToRest(one, 2);
    if (number % 20 === 6) void ears.listen(); // not waited for: signals are said while it catches up
    if (number % 20 === 12) at.wanted = true;
    if (number % 60 === 35) proxy.cut();
  }
  at.wanted = true;
  void ears.listen();
  await eventually(
    () => heard.length,
    (count) => count >= 600,
  );
  for (const shard of [0, 1]) expect(idsOf(heard, shard)).toEqual(said[shard]);
  expect(at.holes).toBe(0);
  await ears.close();
});

it("begins anew with the latest ones when more was said than is read, and says that there is a hole", async () => {
  await say(1, "1-0");
  const one = await listen(2);
  const { heard, ears, at } = one;
  await sendToRest(one, 2);
  const line = redis.pipeline();
  for (let number = 1; number <= 1_000; number++) line.xadd(shardKeys(0).signals, `${number}-0`, "data", "{}");
  await line.exec();
  void ears.listen();
  await connected(ears);
  expect(at.holes).toBe(1);
  expect(idsOf(heard, 0)).toEqual(Array.from({ length: 100 }, (_, place) => `${901 + place}-0`));
  expect(idsOf(heard, 1)).toEqual(["1-0"]);
  await ears.close();
});

it("reads all of it all the same when somebody has been told what came before", async () => {
  const one = await listen(1);
  const { heard, ears, at } = one;
  await say(0, "0-1");
  await eventually(
    () => heard.length,
    (count) => count === 1,
  );
  await sendToRest(one, 1);
  const line = redis.pipeline();
  for (let number = 1; number <= 2_500; number++) line.xadd(shardKeys(0).signals, `${number}-0`, "data", "{}");
  await line.exec();
  at.wanted = true;
  void ears.listen();
  await connected(ears);
  expect(at.holes).toBe(0);
  expect(heard).toHaveLength(2_501);
  await ears.close();
});
