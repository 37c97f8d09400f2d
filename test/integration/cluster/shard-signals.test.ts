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

async function listen(shards: number): Promise<{ readonly heard: HeardSignal[]; readonly ears: ShardSignals }> {
  const heard: HeardSignal[] = [];
  const address = redisAddress(`redis://127.0.0.1:${proxy.port}`) ?? {};
  const ears = new ShardSignals(shards, address, QUIET, (signals) => heard.push(...signals));
  await eventually(
    () => ears.connected,
    (connected) => connected,
  );
  return { heard, ears };
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
      await eventually(
        () => ears.connected,
        (connected) => connected,
      );
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
