// What a REST client waits for while 100,000 ticks a second flow: the engine as users run it (own process, journal on),
// a feed process that is paced by the clock, and a client process with mixed requests on keep-alive connections. The
// feed comes by HTTP, through the thread that answers REST, and then by Redis. The rate is what the engine's own
// counters say it took in, over the time it took; a tick refused or lost makes the figure void.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineProcess } from "../../test/support/engine-process.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";
import type { MixedOrder, MixedReport } from "./mixed-client.ts";
import type { TickOrder, TickReport } from "./tick-client.ts";
import { sumOf } from "../../src/cli/top/look.ts";

const TICKS_PER_SECOND = 100_000;
const SYMBOLS = 1_000;
const REQUESTS_PER_SECOND = 500;
const CONNECTIONS = 16;
const WARMUP_MS = 1_000;
const MEASURED_MS = 4_000;
/** The feed begins before the first request and ends after the last. */
const FEED_MARGIN_MS = 250;
const FEED_MS = FEED_MARGIN_MS + WARMUP_MS + MEASURED_MS + FEED_MARGIN_MS;
const TAKEN_WITHIN_MS = 10_000;
const POLL_MS = 10;

export async function run(): Promise<readonly Result[]> {
  const dir = await mkdtemp(join(tmpdir(), "rest-under-load-"));
  const redis = await RedisServer.create();
  let engine: EngineProcess | null = null;
  try {
    engine = await EngineProcess.start({ DATA_DIR: dir, REDIS_URL: redis.url });
    const { body } = await engine.ask("POST", "/api/strategy/register", { strategy_type: "momentum_rider" });
    const strategyId = String(body["strategy_id"]);
    return [
      await measureUnder({ over: "http", port: engine.port }, engine, strategyId),
      await measureUnder({ over: "redis", port: redis.port }, engine, strategyId),
    ];
  } finally {
    await engine?.stop();
    await redis.remove();
    await rm(dir, { recursive: true, force: true });
  }
}

async function measureUnder(
  door: Pick<TickOrder, "over" | "port">,
  engine: EngineProcess,
  strategyId: string,
): Promise<Result> {
  const before = await tickCounts(engine);
  const feed: TickOrder = { ...door, ticksPerSecond: TICKS_PER_SECOND, durationMs: FEED_MS, symbols: SYMBOLS };
  const fed = child<TickReport>("./tick-client.js", feed);
  const asked = later(FEED_MARGIN_MS).then(() =>
    child<MixedReport>("./mixed-client.js", {
      port: engine.port,
      perSecond: REQUESTS_PER_SECOND,
      connections: CONNECTIONS,
      warmupMs: WARMUP_MS,
      durationMs: MEASURED_MS,
      strategyId,
    } satisfies MixedOrder),
  );
  const [report, latencies] = await Promise.all([fed, asked]);
  const perTickMs = (report.elapsedMs + (await allTaken(engine, before, report.ticks))) / report.ticks;
  return resultOf(door.over, perTickMs, latencies);
}

function resultOf(over: TickOrder["over"], perTickMs: number, latencies: MixedReport): Result {
  const kinds = Object.entries(latencies);
  const reads = kinds.filter(([name]) => name.startsWith("GET ")).flatMap(([, each]) => each);
  const writes = kinds.filter(([name]) => !name.startsWith("GET ")).flatMap(([, each]) => each);
  const slowest = kinds
    .map(([name, each]) => ({ name, p99Ms: (figureOfLatencies(name, each).p99Ns ?? Number.NaN) / 1e6 }))
    .toSorted((a, b) => b.p99Ms - a.p99Ms)[0];
  return {
    name: `REST under a feed of 100,000 ticks a second by ${over === "http" ? "HTTP" : "Redis"}`,
    pairs: [
      figureOfLatencies("request, due to answered", [...reads, ...writes]),
      figureOfLatencies("reads", reads),
      figureOfLatencies("writes, durable", writes),
      { label: "one tick of the feed, taken in", medianNs: perTickMs * 1e6 },
    ],
    ratio: 1,
    note:
      `${Math.round(1 / perTickMs)} thousand ticks/s taken in over ${FEED_MS} ms, ${SYMBOLS} symbols, msgpack, 100 a ` +
      `message, nothing refused; ${reads.length + writes.length} requests of ${kinds.length} kinds, ` +
      `${REQUESTS_PER_SECOND} a second, ${CONNECTIONS} connections; slowest kind ${slowest?.name ?? ""}, p99 ` +
      `${slowest?.p99Ms.toFixed(1) ?? ""} ms; engine with journal`,
  };
}

interface TickCounts {
  readonly ingested: number;
  readonly rejected: number;
}

async function tickCounts(engine: EngineProcess): Promise<TickCounts> {
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  return {
    ingested: sumOf(text, "strategy_ticks_ingested_total"),
    rejected: sumOf(text, "strategy_ticks_rejected_total"),
  };
}

/** Milliseconds until the engine has counted all of them; beyond a bound they are lost. */
async function allTaken(engine: EngineProcess, before: TickCounts, ticks: number): Promise<number> {
  const begin = performance.now();
  for (;;) {
    const now = await tickCounts(engine);
    const ingested = now.ingested - before.ingested;
    if (now.rejected > before.rejected) throw new Error(`${now.rejected - before.rejected} ticks were refused`);
    if (ingested > ticks) throw new Error(`${ticks} ticks were sent, ${ingested} taken in`);
    const waited = performance.now() - begin;
    if (ingested === ticks) return waited;
    if (waited > TAKEN_WITHIN_MS) throw new Error(`${ticks} ticks were sent, ${ingested} taken in`);
    await later(POLL_MS);
  }
}

/** What the child process answers to its one order. */
async function child<Report>(file: string, order: TickOrder | MixedOrder): Promise<Report> {
  const forked = fork(fileURLToPath(new URL(file, import.meta.url)));
  const ended = once(forked, "exit").then(() => Promise.reject(new Error(`${file} ended`)));
  try {
    forked.send(order);
    const [report] = (await Promise.race([once(forked, "message"), ended])) as [Report];
    return report;
  } finally {
    ended.catch(() => undefined);
    forked.kill();
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
