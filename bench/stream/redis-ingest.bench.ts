// Ticks per second through a real Redis into the rings and through the kernels: publisher process, redis-server, the
// engine's own bus, ingest and kernel worker in this process. Every tick published must be counted as ingested, none
// as rejected, and all be evaluated, or the figure is void. The publisher is paced by what was evaluated, so nothing
// can be dropped on the way.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openBus, type Bus } from "../../src/bus/bus.ts";
import { RedisFeed, Stream } from "../../src/stream/stream.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import { areEnough } from "../enough.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";
import type { FloodMessage } from "./flood-client.ts";
import { told } from "./told.ts";

const LOADS = [
  { ticksPerMessage: 1, messages: 250_000, rounds: 5 },
  { ticksPerMessage: 100, messages: 20_000, rounds: 5 },
] as const;
const CREDIT_MS = 2;
const STALLED_MS = 20_000;

export async function run(): Promise<readonly Result[]> {
  // By default Redis cuts off a subscriber that lags by 32 MB.
  const redis = await RedisServer.create({ directives: ["--client-output-buffer-limit", "pubsub 0 0 0"] });
  const bus = await openBus(redis.url, SILENT_LOG);
  let signals = 0;
  const stream = await openStream((count) => (signals += count));
  const client = fork(fileURLToPath(new URL("./flood-client.js", import.meta.url)));
  try {
    new RedisFeed(bus, stream.ingest, { nowMs: () => performance.now() }).start();
    await connected(bus);
    await order(client, { op: "connect", port: redis.port }, "ready");
    const results: Result[] = [];
    for (const load of LOADS) results.push(await measureLoad(stream, client, load));
    if (signals === 0) throw new Error("no tick gave a signal: the kernels were not at work");
    return results;
  } finally {
    client.kill();
    await bus.close();
    await stream.close();
    await redis.remove();
  }
}

async function measureLoad(stream: Stream, client: ChildProcess, load: (typeof LOADS)[number]): Promise<Result> {
  const { ticksPerMessage, messages, rounds } = load;
  await flood(stream, client, Math.ceil(messages / 5), ticksPerMessage);
  const perTickNs: number[] = [];
  while (perTickNs.length < rounds && !areEnough(perTickNs.map((one) => resultOf(load, [one])))) {
    perTickNs.push(await flood(stream, client, messages, ticksPerMessage));
  }
  return resultOf(load, perTickNs);
}

function resultOf({ ticksPerMessage, messages }: (typeof LOADS)[number], perTickNs: readonly number[]): Result {
  const figure = figureOfLatencies("published to evaluated", perTickNs);
  return {
    name: `redis ingest, ${ticksPerMessage} per message`,
    pairs: [figure],
    ratio: 1,
    note:
      `per tick; ${Math.round(1e6 / figure.medianNs)} thousand ticks/s; ${perTickNs.length} rounds of ${messages} messages, ` +
      `500 symbols, msgpack, the engine's own instances, no journal; nothing lost, nothing refused`,
  };
}

/** Nanoseconds per tick, from the order to the publisher until the last tick was evaluated. */
async function flood(stream: Stream, client: ChildProcess, messages: number, perMessage: number): Promise<number> {
  const ticks = messages * perMessage;
  const before = stream.ingest.counters.ingested.redis.msgpack;
  const sent = order(client, { op: "flood", messages, ticksPerMessage: perMessage }, "sent");
  sent.catch(() => undefined); // told below; what stops this loop is told first
  const begin = performance.now();
  let progressAt = begin;
  let seen = 0;
  for (;;) {
    const ingested = stream.ingest.counters.ingested.redis.msgpack - before;
    const { nextSequence, evaluated } = stream.status;
    const done = Math.max(0, ingested - (nextSequence - evaluated));
    checkNothingRefused(stream);
    if (ingested > ticks) throw new Error(`${ticks} ticks were published, ${ingested} ingested`);
    if (ingested === ticks && evaluated === nextSequence) break;
    const now = performance.now();
    if (done > seen) [seen, progressAt] = [done, now];
    if (now - progressAt > STALLED_MS) throw new Error(`${ticks} ticks were published, ${ingested} ingested`);
    client.send({ op: "credit", ticks: done } satisfies FloodMessage);
    await new Promise((resolve) => setTimeout(resolve, CREDIT_MS));
  }
  const elapsed = performance.now() - begin;
  await sent;
  return (elapsed * 1e6) / ticks;
}

function checkNothingRefused(stream: Stream): void {
  const refused = Object.entries(stream.ingest.counters.rejected).filter(([, count]) => count > 0);
  if (refused.length > 0) throw new Error(`ticks were refused: ${JSON.stringify(Object.fromEntries(refused))}`);
  const { failure } = stream.status;
  if (failure !== null) throw new Error(failure);
}

function openStream(onSignals: (count: number) => void): Promise<Stream> {
  return Stream.open({
    capacity: { maxSymbols: 4_096, maxInstances: 4_096, workers: 1 },
    tiers: { fastMs: 100, tacticalMs: 1_000, strategicMs: 10_000, learningMs: 60_000 },
    rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
    learning: true,
    journal: null,
    now: () => Date.now() * 1000,
    monotonicMs: () => performance.now(),
    log: SILENT_LOG,
    onApproved: (signals) => onSignals(signals.length),
    onFailure: () => undefined,
  });
}

async function connected(bus: Bus): Promise<void> {
  if (bus.connected()) return;
  await new Promise<void>((resolve) => bus.onStatus((up) => (up ? resolve() : undefined)));
}

async function order(client: ChildProcess, message: FloodMessage, answer: string): Promise<void> {
  const said = await told(client, message);
  if (said !== answer) throw new Error(`the publisher said ${JSON.stringify(said)}, not ${answer}`);
}
