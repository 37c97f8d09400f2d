// History of symbols under market_data:{symbol}:history, with a Redis that has none yet, hangs, or is asked by the next
// life of the engine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_WHOLE } from "../../assembly/back-fill-layout.ts";
import * as layout from "../../assembly/layout.ts";
import { historyTicks } from "../../src/stream/ingest/ingest.ts";
import { readEvents, Stream } from "../../src/stream/stream.ts";
import { EngineProcess } from "../support/engine-process.ts";
import { QUIET_STREAM } from "../support/quiet-stream.ts";
import { RedisServer } from "../support/redis-server.ts";

const ROWS = 60;
const WAIT = { timeout: 120_000 };
const HISTORY = JSON.stringify(
  Array.from({ length: ROWS }, (_, row) => ({ timestamp: 1_700_000_000_000 + row * 60_000, close: 1 + row })),
);

interface Stage {
  readonly dir: string;
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
  const small = { MAX_SYMBOLS: "64", MAX_INSTANCES: "64", STRATEGY_WORKERS: "1" };
  const env = { DATA_DIR: dir, REDIS_URL: server.url, JOURNAL_SYNC: "always", ...small }; // what is answered survives a kill
  const start = async (): Promise<EngineProcess> => {
    const engine = await EngineProcess.start(env);
    onTestFinished(() => engine.kill());
    return engine;
  };
  return { dir, server, redis, start };
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
  await expect.poll(() => ticksOf(third, "ETHUSD"), WAIT).toBe(1 + ROWS); // once in its life
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

/** The journal of an engine that ended when a tick and `rows` rows of history were in. */
async function endedIn(dir: string, rows: number): Promise<void> {
  const stream = await Stream.open({
    ...QUIET_STREAM,
    capacity: { maxSymbols: 64, maxInstances: 64, workers: 1 },
    journal: {
      dir: join(dir, "journal"),
      sync: "batch",
      segmentBytes: 1 << 24,
      retention: { bytes: 1 << 30, ageMs: 3_600_000 },
      snapshotMs: 0,
    },
    now: () => Date.now() * 1_000,
    monotonicMs: () => performance.now(),
  });
  await stream.process(Buffer.from('{"symbol":"ETHUSD","price":7}'), "http");
  const { ingest } = stream;
  const ticks = historyTicks(HISTORY, "ETHUSD", ingest.clock) ?? [];
  expect(ingest.history.mark("ETHUSD", HISTORY_BEGINS)).toBe(true);
  expect(ingest.acceptValue(ticks.slice(0, rows), "redis", "json", layout.FLAG_HISTORY).accepted).toBe(rows);
  ingest.publish();
  await stream.close();
}

/** What the journal says of histories, in its order. */
function marksIn(dir: string): readonly number[] {
  const marks: number[] = [];
  for (const { events, count } of readEvents(join(dir, "journal"), 0, Infinity)) {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let at = 0; at < count * layout.EVENT_BYTES; at += layout.EVENT_BYTES) {
      if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_CONTROL) continue;
      if (view.getUint32(at + layout.EVENT_AUX, true) !== CONTROL_HISTORY) continue;
      marks.push(view.getFloat64(at + layout.EVENT_PAYLOAD, true));
    }
  }
  return marks;
}

it("begins anew where the engine ended in the midst of it, and does so once", async () => {
  const { dir, redis, start } = await stage();
  await endedIn(dir, ROWS - 5);
  await redis.set("market_data:ETHUSD:history", HISTORY);
  // The start takes out what is in, in front of everything live; then it comes.
  const all = [HISTORY_BEGINS, HISTORY_BEGINS, HISTORY_BEGINS, HISTORY_WHOLE];
  const first = await start();
  await expect.poll(() => marksIn(dir), WAIT).toEqual(all);
  await expect.poll(() => ticksOf(first, "ETHUSD"), WAIT).toBe(1 + ROWS);
  await first.kill();
  const second = await start();
  await expect.poll(() => connected(second), WAIT).toBe(true);
  expect(await ticksOf(second, "ETHUSD")).toBe(1 + ROWS);
  await second.kill();
  expect(marksIn(dir)).toEqual(all);
}, 360_000);
