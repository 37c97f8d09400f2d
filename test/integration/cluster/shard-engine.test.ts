// The engine of a shard as its own process over a real Redis: what it does with its seat, and what a process that has
// lost it can still do, which is nothing.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { redisAddress, shardGroup, shardKeys } from "../../../src/bus/bus.ts";
import { ShardPublisher } from "../../../src/bus/shard-publisher.ts";
import { ShardGroup } from "../../../src/bus/stream-group.ts";
import { StreamReader } from "../../../src/bus/stream-reader.ts";
import { ShardChild } from "../../../src/cluster/shard-child.ts";
import { loadConfig } from "../../../src/config.ts";
import type { ShardSeat } from "../../../src/domain/seat.ts";
import { ARCHIVE_SIGNALS } from "../../../src/stream/sinks/archive.ts";
import { eventually } from "../../support/eventually.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { RedisServer } from "../../support/redis-server.ts";

const SHARD = 3;
const KEYS = shardKeys(SHARD);
const ENTRY = fileURLToPath(new URL("../../../src/cli/shard-process.js", import.meta.url));
const SYMBOLS = 10;
const WAIT_MS = 120_000;

type Seat = Omit<ShardSeat, "onLost">;

interface Stage {
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly dir: string;
  /** Takes the lease as a node does, whoever had it. */
  seat(epoch: number): Promise<Seat>;
  child(seat: Seat): Promise<ShardChild>;
}

async function stage(): Promise<Stage> {
  const server = await RedisServer.create();
  const redis = new Redis(server.url);
  const dir = mkdtempSync(join(tmpdir(), "shard-"));
  onTestFinished(async () => {
    redis.disconnect();
    await server.remove();
    rmSync(dir, { recursive: true, force: true });
  });
  const loaded = loadConfig(null, {
    DATA_DIR: dir,
    REDIS_URL: server.url,
    MAX_SYMBOLS: "64",
    LEASE_MS: "600000", // nobody renews it here
    LOG_LEVEL: "error",
    STRATEGY_COMPILER_WARM: "false",
    SIGNAL_COOLDOWN_MS: "0",
    SNAPSHOT_INTERVAL_MS: "1000", // so that kills fall on both sides of snapshots
  });
  if (!loaded.ok) throw new Error(loaded.failure);
  const { config } = loaded.value;
  const seat = async (epoch: number): Promise<Seat> => {
    const token = `${epoch}:node:127.0.0.1:1`;
    await redis.set(KEYS.lease, token);
    return { shard: SHARD, shards: 8, epoch, token, nodeId: "node" };
  };
  const child = async (owner: Seat): Promise<ShardChild> => {
    const process = new ShardChild(ENTRY);
    onTestFinished(async () => {
      process.kill();
      await process.ended;
    });
    process.seat(owner, config);
    await eventually(
      () => process.state,
      (state) => state === "ready" || state === "ended",
      WAIT_MS,
    );
    expect(process.state).toBe("ready");
    return process;
  };
  return { server, redis, dir, seat, child };
}

/** Steps of all symbols, each a bit higher: from the thirteenth on there are signals. */
async function climb(redis: Redis, from: number, to: number): Promise<void> {
  const pipeline = redis.pipeline();
  for (let step = from; step <= to; step += 1) {
    const price = 100 * (1 + 1e-4) ** step;
    const ticks = Array.from({ length: SYMBOLS }, (_, index) => ({
      symbol: `UP${index}USD`,
      price,
      volume: step,
      asset_type: "crypto",
    }));
    pipeline.xadd(KEYS.input, "*", "data", JSON.stringify(ticks));
  }
  await pipeline.exec();
}

async function get(child: ShardChild, path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`http://127.0.0.1:${child.port}${path}`)).json()) as Record<string, unknown>;
}
const ticksOf = async (child: ShardChild, symbol: string): Promise<number> =>
  Number((await get(child, `/symbols/${symbol}`))["ticks"] ?? 0);

interface Said {
  readonly id: string;
  readonly signal: string;
}
async function said(redis: Redis): Promise<readonly Said[]> {
  const entries = await redis.xrange(KEYS.signals, "-", "+");
  return entries.map(([id, [, data = ""]]) => ({
    id,
    signal: (JSON.parse(data) as { id: string }).id,
  }));
}

/** Everything that the shard's archive has, oldest first. */
async function known(child: ShardChild): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ;) {
    const page = (await get(child, `/signals?limit=500${cursor}`)) as {
      readonly signals: readonly { readonly id: string }[];
      readonly next_cursor: string | null;
    };
    ids.push(...page.signals.map(({ id }) => id));
    if (page.next_cursor === null) return ids.toReversed();
    cursor = `&cursor=${page.next_cursor}`;
  }
}

/** All signals, once everything is evaluated and its archive, its stream and who listened have the same in one order. */
async function agreed(child: ShardChild, redis: Redis, heard: readonly string[]): Promise<readonly string[]> {
  const { all } = await eventually(
    async () => {
      const { events_waiting: waiting } = await get(child, "/health");
      return { waiting, all: await known(child), stream: await said(redis), heard: [...heard] };
    },
    (seen) =>
      seen.waiting === 0 &&
      same(
        seen.stream.map(({ signal }) => signal),
        seen.all,
      ) &&
      same(
        seen.heard,
        seen.stream.map(({ id }) => id),
      ),
    WAIT_MS,
  );
  return all;
}
const same = (some: readonly string[], others: readonly string[]): boolean => some.join() === others.join();

it("reads its stream, acknowledges up to a position, and says each signal to all once it is durable", async () => {
  const { redis, seat, child } = await stage();
  const listener = redis.duplicate();
  onTestFinished(() => listener.disconnect());
  const heard: string[] = [];
  listener.on("smessage", (_: string, message: string) => heard.push(message.slice(0, message.indexOf(" "))));
  await listener.ssubscribe(KEYS.channel);
  const engine = await child(await seat(1));
  await climb(redis, 1, 60);
  await eventually(
    () => ticksOf(engine, "UP9USD"),
    (ticks) => ticks >= 60,
    WAIT_MS,
  );
  expect(await ticksOf(engine, "UP9USD")).toBe(60);
  const last = (await redis.xrevrange(KEYS.input, "+", "-", "COUNT", 1))[0]?.[0];
  await eventually(
    () => redis.get(KEYS.position),
    (position) => position === last,
    WAIT_MS,
  );
  expect(await redis.xpending(KEYS.input, shardGroup(1))).toEqual([0, null, null, null]);
  const all = await agreed(engine, redis, heard);
  expect(all.length).toBeGreaterThan(20);
  for (const id of all) expect(id).toMatch(/^sig_03[0-9a-z]{13}$/); // the shard is in the id
  engine.drain();
  expect(await engine.ended).toMatchObject({ how: "drained" });
});

it("says all of its signals once and in order, and counts every tick once, over kills of its owners", async () => {
  const { redis, seat, child } = await stage();
  const listener = redis.duplicate();
  onTestFinished(() => listener.disconnect());
  const heard: string[] = [];
  listener.on("smessage", (_: string, message: string) => heard.push(message.slice(0, message.indexOf(" "))));
  await listener.ssubscribe(KEYS.channel);
  let owner = await child(await seat(1));
  let step = 0;
  for (let epoch = 2; epoch <= 4; epoch += 1) {
    const before = step;
    const climbing = (async () => {
      for (let part = 0; part < 10; part += 1) {
        await climb(redis, step + 1, step + 20);
        step += 20;
      }
    })();
    const alive = owner;
    await eventually(
      () => ticksOf(alive, "UP0USD"),
      (ticks) => ticks > before,
      WAIT_MS,
    );
    owner.kill();
    await owner.ended;
    await climbing;
    owner = await child(await seat(epoch));
  }
  const last = owner;
  await eventually(
    () => ticksOf(last, "UP9USD"),
    (ticks) => ticks >= step,
    WAIT_MS,
  );
  const groups = (await redis.xinfo("GROUPS", KEYS.input)) as readonly (readonly string[])[];
  expect(groups.map((group) => group[1])).toEqual([shardGroup(4)]); // nobody's of before
  const all = await agreed(owner, redis, heard);
  for (let symbol = 0; symbol < SYMBOLS; symbol += 1) expect(await ticksOf(owner, `UP${symbol}USD`)).toBe(step);
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeLessThan(ARCHIVE_SIGNALS); // else it would not have all of them
});

it("can neither read, acknowledge nor say anything any more when another one has its shard", async () => {
  const { server, redis, seat } = await stage();
  const address = redisAddress(server.url) ?? {};
  const lost: string[] = [];
  const zombie: ShardSeat = { ...(await seat(1)), onLost: (reason) => lost.push(reason) };
  const reader = new StreamReader(new ShardGroup(zombie), address, QUIET);
  const publisher = new ShardPublisher(zombie, address, QUIET);
  onTestFinished(async () => {
    await Promise.all([reader.close(), publisher.close()]);
  });
  await redis.xadd(KEYS.input, "1-0", "data", "one");
  reader.goOnBehind(null);
  const [taken] = await eventually(
    () => reader.read(),
    (entries) => entries.length > 0,
  );
  expect(taken?.id).toBe("1-0");
  expect(
    await eventually(
      () => publisher.say([{ id: "7-0", data: "{}" }]),
      (newest) => newest !== null,
    ),
  ).toBe("7-0");
  expect(
    await publisher.say([
      { id: "7-0", data: "{}" },
      { id: "6-9", data: "{}" },
    ]),
  ).toBe("7-0"); // said before
  expect(await redis.xlen(KEYS.signals)).toBe(1);
  expect(lost).toEqual([]);

  const heir: ShardSeat = { ...(await seat(2)), onLost: () => expect.unreachable() };
  expect(await reader.acknowledge(["1-0"])).toBe(false);
  expect(await publisher.say([{ id: "8-0", data: "{}" }])).toBeNull();
  expect(lost).toHaveLength(2);
  expect(await redis.get(KEYS.position)).toBeNull();
  expect(await redis.xlen(KEYS.signals)).toBe(1);
  expect((await redis.xpending(KEYS.input, shardGroup(1)))[0]).toBe(1);

  const next = new StreamReader(new ShardGroup(heir), address, QUIET);
  onTestFinished(() => next.close());
  next.goOnBehind({ id: "1-0", ordinal: 1 });
  await redis.xadd(KEYS.input, "2-0", "data", "two");
  const [two] = await eventually(
    () => next.read(),
    (entries) => entries.length > 0,
  );
  expect(two).toMatchObject({ id: "2-0", ordinal: 2 });
  await redis.xadd(KEYS.input, "3-0", "data", "three");
  for (let attempt = 0; attempt < 3; attempt += 1) expect(await reader.read()).toEqual([]); // its group is gone
  expect(lost.length).toBeGreaterThan(2);
  const [three] = await eventually(
    () => next.read(),
    (entries) => entries.length > 0,
  );
  expect(three?.id).toBe("3-0");
  expect(await next.acknowledge(["2-0", "3-0"])).toBe(true);
  expect(await redis.get(KEYS.position)).toBe("3-0");
});

it("waits while nobody has its lease, and goes on where it was when it has it again", async () => {
  const { server, redis, seat } = await stage();
  const address = redisAddress(server.url) ?? {};
  const owner: ShardSeat = { ...(await seat(1)), onLost: () => expect.unreachable() };
  const reader = new StreamReader(new ShardGroup(owner), address, QUIET);
  const publisher = new ShardPublisher(owner, address, QUIET);
  onTestFinished(async () => {
    await Promise.all([reader.close(), publisher.close()]);
  });
  const read = async (): Promise<readonly string[]> =>
    (
      await eventually(
        () => reader.read(),
        (entries) => entries.length > 0,
      )
    ).map(({ id }) => id);
  await redis.xadd(KEYS.input, "1-0", "data", "one");
  reader.goOnBehind(null);
  expect(await read()).toEqual(["1-0"]);
  await eventually(
    () => publisher.say([{ id: "7-0", data: "{}" }]),
    (newest) => newest === "7-0",
  );

  await redis.del(KEYS.lease); // as if its time had come
  expect(await reader.acknowledge(["1-0"])).toBe(false);
  expect(await publisher.say([{ id: "8-0", data: "{}" }])).toBeNull();
  await redis.xgroup("DESTROY", KEYS.input, shardGroup(1)); // as if a replica knew less
  await redis.xadd(KEYS.input, "2-0", "data", "two");
  for (let attempt = 0; attempt < 3; attempt += 1) expect(await reader.read()).toEqual([]);
  expect([await redis.get(KEYS.position), await redis.xlen(KEYS.signals)]).toEqual([null, 1]);

  await seat(1);
  expect(await read()).toEqual(["2-0"]);
  expect(await reader.acknowledge(["1-0", "2-0"])).toBe(true);
  expect(await publisher.say([{ id: "8-0", data: "{}" }])).toBe("8-0");
  expect([await redis.get(KEYS.position), await redis.xlen(KEYS.signals)]).toEqual(["2-0", 2]);
});

it("ends itself when it hears that its shard is another one's", async () => {
  const { redis, seat, child } = await stage();
  const engine = await child(await seat(1));
  await seat(2);
  await climb(redis, 1, 1);
  expect(await engine.ended).toMatchObject({ how: "lost" });
  expect(await redis.get(KEYS.position)).toBeNull();
  expect(await redis.xlen(KEYS.signals)).toBe(0);
});
