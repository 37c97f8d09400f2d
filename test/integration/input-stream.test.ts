// INGEST=streams: ticks by a Redis stream whose entries stay until the engine has them for good.
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Packr } from "msgpackr";
import { expect, it, onTestFinished } from "vitest";
import { numberedFiles, SEGMENT_SUFFIX } from "../../src/stream/journal/files.ts";
import { SegmentReader } from "../../src/stream/journal/segment-reader.ts";
import { LOCAL_REDIS, PROBE_MS, probeRedis } from "../../src/bus/bus.ts";
import { EngineProcess } from "../support/engine-process.ts";
import { RedisServer } from "../support/redis-server.ts";

const STREAM = "strategy_engine_input:stream";
const GROUP = "strategy_engine";
const WAIT_MS = 120_000;

interface Stage {
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly env: Readonly<Record<string, string>>;
}

async function stage(): Promise<Stage> {
  const server = await RedisServer.create();
  const dir = mkdtempSync(join(tmpdir(), "stream-"));
  const redis = new Redis(server.url);
  redis.on("error", () => undefined); // it is taken away in some tests
  onTestFinished(async () => {
    redis.disconnect();
    await server.remove();
    rmSync(dir, { recursive: true, force: true });
  });
  return { server, redis, env: { DATA_DIR: dir, REDIS_URL: server.url, INGEST: "streams", MAX_SYMBOLS: "64" } };
}

async function start(env: Readonly<Record<string, string>>): Promise<EngineProcess> {
  const engine = await EngineProcess.start(env);
  onTestFinished(() => engine.kill());
  return engine;
}

const tick = (symbol: string, price: number): string => JSON.stringify({ symbol, price });
const add = (redis: Redis, data: string | Buffer): Promise<unknown> => redis.xadd(STREAM, "*", "data", data);

/** Waits for what the engine shows, which comes by itself. */
async function until<T>(look: () => Promise<T>, good: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`after ${WAIT_MS} ms: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const ticksOf = async (engine: EngineProcess, symbol: string): Promise<number> =>
  Number((await engine.get(`/symbols/${symbol}`))["ticks"] ?? 0);
const pending = async (redis: Redis): Promise<number> => ((await redis.xpending(STREAM, GROUP)) as [number])[0];
async function counted(engine: EngineProcess, line: string): Promise<number> {
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  return Number(
    text
      .split("\n")
      .find((one) => one.startsWith(`${line} `))
      ?.slice(line.length + 1),
  );
}

it("takes JSON, msgpack and batches in order, counts garbage, and acknowledges all of it", async () => {
  const { redis, env } = await stage();
  await add(redis, tick("BEFORE", 1)); // what the stream holds already counts as well
  const engine = await start(env);
  await add(redis, JSON.stringify({ market_data: [1, 2, 3].map((price) => ({ symbol: "BATCH", price })) }));
  await add(redis, Buffer.from(new Packr({ useRecords: false }).pack({ symbol: "PACKED", price: 5 })));
  await add(redis, "garbage");
  await redis.xadd(STREAM, "*", "other", "field");
  await add(redis, tick("LAST", 7));
  await until(
    () => ticksOf(engine, "LAST"),
    (ticks) => ticks === 1,
  );
  expect(await ticksOf(engine, "BEFORE")).toBe(1);
  expect(await engine.get("/symbols/BATCH")).toMatchObject({ ticks: 3, last_price: 3 });
  expect(await ticksOf(engine, "PACKED")).toBe(1);
  expect(await counted(engine, 'strategy_ticks_ingested_total{transport="stream",encoding="json"}')).toBe(5);
  expect(await counted(engine, 'strategy_ticks_ingested_total{transport="stream",encoding="msgpack"}')).toBe(1);
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  expect(await redis.xlen(STREAM)).toBe(6); // its producers decide how long it is
});

it("does not listen to the channel", async () => {
  const { redis, env } = await stage();
  const engine = await start(env);
  await add(redis, tick("FIRST", 1));
  await until(
    () => ticksOf(engine, "FIRST"),
    (ticks) => ticks === 1,
  );
  expect(await redis.publish("strategy_engine_input", tick("CHANNEL", 1))).toBe(0);
});

it("misses nothing of what came while it was down or killed, and takes nothing twice after an orderly end", async () => {
  const { redis, env } = await stage();
  const first = await start(env);
  for (let price = 1; price <= 50; price += 1) await add(redis, tick("LIVE", price));
  await until(
    () => ticksOf(first, "LIVE"),
    (ticks) => ticks === 50,
  );
  expect(await first.stopsInOrder()).toBeNull();
  expect(await pending(redis)).toBe(0);
  for (let price = 51; price <= 60; price += 1) await add(redis, tick("LIVE", price));
  const second = await start(env);
  await until(
    () => ticksOf(second, "LIVE"),
    (ticks) => ticks === 60,
  );
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  await add(redis, tick("KILLED", 1));
  await until(
    () => ticksOf(second, "KILLED"),
    (ticks) => ticks === 1,
  );
  await second.kill();
  for (let price = 2; price <= 20; price += 1) await add(redis, tick("KILLED", price));
  const third = await start(env);
  const seen = await until(
    () => third.get("/symbols/KILLED"),
    ({ last_price: last }) => last === 20,
  );
  expect(seen["ticks"]).toBe(20);
  expect(await ticksOf(third, "LIVE")).toBe(60);
});

it("counts every entry exactly once, killed again and again in the midst of them", async () => {
  const { redis, env } = await stage();
  const ENTRIES = 30_000;
  const KILLS = 3;
  let added = 0;
  /** Adds entries of two ticks each, and an entry of many between them, as fast as Redis takes them. */
  const produce = async (to: number): Promise<void> => {
    while (added < to) {
      const pipeline = redis.pipeline();
      for (let index = 0; index < 500; index += 1) {
        added += 1;
        pipeline.xadd(
          STREAM,
          "*",
          "data",
          JSON.stringify([
            { symbol: `S${added % 7}`, price: added },
            { symbol: "ALL", price: added },
          ]),
        );
      }
      await pipeline.exec();
    }
  };
  let engine = await start(env);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const producing = produce((kill * ENTRIES) / (KILLS + 1));
    const before = ((kill - 1) * ENTRIES) / (KILLS + 1);
    const alive = engine;
    await until(
      () => ticksOf(alive, "ALL"),
      (ticks) => ticks > before,
    );
    await engine.kill();
    await producing;
    engine = await start(env);
  }
  await produce(ENTRIES);
  const last = engine;
  await until(
    () => last.get("/symbols/ALL"),
    ({ last_price: price }) => price === ENTRIES,
  );
  expect(await ticksOf(engine, "ALL")).toBe(ENTRIES);
  for (let index = 0; index < 7; index += 1) {
    const expected = Math.floor(ENTRIES / 7) + (index > 0 && index <= ENTRIES % 7 ? 1 : 0);
    expect(await ticksOf(engine, `S${index}`)).toBe(expected);
  }
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
});

it("takes an entry whole that the journal has only in part", async () => {
  const { redis, env: given } = await stage();
  const env: Stage["env"] = { ...given, SNAPSHOT_INTERVAL_MS: "86400000" }; // no snapshot may have what is cut from the journal
  const first = await start(env);
  await add(redis, tick("BIG", 1));
  await until(
    () => ticksOf(first, "BIG"),
    (ticks) => ticks === 1,
  );
  const prices = Array.from({ length: 9_000 }, (_, index) => ({ symbol: "BIG", price: 2 + index }));
  await add(redis, JSON.stringify(prices));
  await until(
    () => ticksOf(first, "BIG"),
    (ticks) => ticks === 9_001,
  );
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  await first.kill();
  // As a machine leaves it that lost its power: the records of the entry are written in several blocks, the last are lost.
  const segment = numberedFiles(join(env["DATA_DIR"] ?? "", "journal"), SEGMENT_SUFFIX).at(-1);
  if (segment === undefined) throw new Error("there is no journal");
  const reader = SegmentReader.open(segment.path);
  let cut = 0;
  for (
    let offset = reader.offset, block = reader.next();
    block !== null;
    offset = reader.offset, block = reader.next()
  ) {
    if (block.count === 4_096) cut = offset;
  }
  reader.close();
  expect(cut).toBeGreaterThan(0);
  truncateSync(segment.path, cut);
  const second = await start(env);
  expect(second.lines.some(({ msg }) => msg.includes("ended within entries of the input stream"))).toBe(true);
  await add(redis, tick("LAST", 1));
  await until(
    () => ticksOf(second, "LAST"),
    (ticks) => ticks === 1,
  );
  expect(await ticksOf(second, "BIG")).toBe(9_001);
});

it("counts entries that were trimmed before they were read, and says how many wait", async () => {
  const { redis, env } = await stage();
  const first = await start(env);
  for (let price = 1; price <= 5; price += 1) await add(redis, tick("KEPT", price));
  await until(
    () => ticksOf(first, "KEPT"),
    (ticks) => ticks === 5,
  );
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  // The number of an entry is known from the first comparison on, and stands in the positions behind it.
  await first.stop();
  for (let price = 6; price <= 25; price += 1) await add(redis, tick("KEPT", price));
  await redis.xtrim(STREAM, "MAXLEN", 3);
  const second = await start(env);
  await until(
    () => ticksOf(second, "KEPT"),
    (ticks) => ticks === 8,
  );
  expect(await counted(second, "strategy_input_gap_entries_total")).toBe(17);
  await until(
    () => counted(second, "strategy_input_lag_entries"),
    (lag) => lag === 0,
  );
});

it("goes on where it was when Redis comes back, and makes its group again when that was removed", async () => {
  const { redis, env } = await stage();
  const engine = await start(env);
  await add(redis, tick("KEPT", 1));
  await until(
    () => ticksOf(engine, "KEPT"),
    (ticks) => ticks === 1,
  );
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await add(redis, tick("KEPT", 2));
  await until(
    () => ticksOf(engine, "KEPT"),
    (ticks) => ticks === 2,
  );
  await redis.del(STREAM);
  await add(redis, tick("AGAIN", 1));
  await until(
    () => ticksOf(engine, "AGAIN"),
    (ticks) => ticks === 1,
  );
  expect(await ticksOf(engine, "KEPT")).toBe(2);
});

it("reads a stream from its beginning that was made anew with earlier ids, says so, and goes on in it", async () => {
  const { redis, env } = await stage();
  const first = await start(env);
  await add(redis, tick("KEPT", 1));
  await until(
    () => ticksOf(first, "KEPT"),
    (ticks) => ticks === 1,
  );
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  await first.kill();
  await redis.flushall();
  const entry = (back: number, price: number): Promise<unknown> =>
    redis.xadd(STREAM, `${Date.now() - back}-0`, "data", tick("KEPT", price));
  for (let back = 600_010; back > 600_000; back -= 1) await entry(back, back);
  const second = await start(env);
  await until(
    () => ticksOf(second, "KEPT"),
    (ticks) => ticks === 11,
  );
  expect(await counted(second, "strategy_input_replaced_total")).toBe(1);
  const { alerts } = (await second.get("/alerts")) as { alerts: readonly { message: string }[] };
  expect(alerts.map(({ message }) => message)).toContainEqual(expect.stringMatching(/input stream is another one/));
  await until(
    () => pending(redis),
    (left) => left === 0,
  );
  await second.kill();
  const third = await start(env);
  await entry(500_000, 3);
  await until(
    () => ticksOf(third, "KEPT"),
    (ticks) => ticks === 12,
  );
  expect(await counted(third, "strategy_input_replaced_total")).toBe(0);
});

const local = await probeRedis(LOCAL_REDIS, PROBE_MS);
it.skipIf(local === "redis")("is refused at the start without a Redis", async () => {
  const started = EngineProcess.start({ DATA_DIR: "", INGEST: "streams" });
  await expect(started).rejects.toThrow("INGEST=streams reads ticks from a Redis stream, and there is no Redis");
});
