// History of symbols under market_data:{symbol}:history, with a Redis that has none yet, hangs, or is asked by the next
// life of the engine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { RedisServer } from "../support/redis-server.ts";

const ROWS = 60;
const WAIT = { timeout: 120_000 };
const HISTORY = JSON.stringify(
  Array.from({ length: ROWS }, (_, row) => ({ timestamp: 1_700_000_000_000 + row * 60_000, close: 1 + row })),
);

interface Stage {
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly start: () => Promise<EngineProcess>;
}

async function stage(): Promise<Stage> {
  const server = await RedisServer.create();
  const dir = mkdtempSync(join(tmpdir(), "back-fill-"));
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    server.resume();
    await server.remove();
    rmSync(dir, { recursive: true, force: true });
  });
  const env = { DATA_DIR: dir, REDIS_URL: server.url, MAX_SYMBOLS: "64" };
  const start = async (): Promise<EngineProcess> => {
    const engine = await EngineProcess.start(env);
    onTestFinished(() => engine.kill());
    return engine;
  };
  return { server, redis, start };
}

const connected = async (engine: EngineProcess): Promise<unknown> =>
  (await engine.get("/health"))["messagebus_connected"];
const ticksOf = async (engine: EngineProcess, symbol: string): Promise<unknown> =>
  (await engine.get(`/symbols/${symbol}`))["ticks"];

it("is asked for again by the next start, for symbols that have none yet", async () => {
  const { redis, start } = await stage();
  const first = await start();
  await first.post('{"symbol":"ETHUSD","price":7}');
  expect(await ticksOf(first, "ETHUSD")).toBe(1);
  await first.kill();
  await redis.set("market_data:ETHUSD:history", HISTORY);
  const second = await start();
  await expect.poll(() => ticksOf(second, "ETHUSD"), WAIT).toBe(1 + ROWS);
  await second.kill();
  const third = await start();
  await expect.poll(() => connected(third), WAIT).toBe(true);
  expect(await ticksOf(third, "ETHUSD")).toBe(1 + ROWS); // once in its life
}, 360_000);

it("comes when a Redis that hung answers again", async () => {
  const { server, redis, start } = await stage();
  const engine = await start();
  await expect.poll(() => connected(engine), WAIT).toBe(true);
  await redis.set("market_data:ETHUSD:history", HISTORY);
  server.pause();
  await engine.post('{"symbol":"ETHUSD","price":7}');
  await expect.poll(() => connected(engine), WAIT).toBe(false);
  expect(await ticksOf(engine, "ETHUSD")).toBe(1);
  server.resume();
  await expect.poll(() => ticksOf(engine, "ETHUSD"), WAIT).toBe(1 + ROWS);
}, 360_000);
