// From the moment at which a tick is due to its signal on a WebSocket, while 50,000 ticks a second flow in messages of ten:
// publisher process, a real redis-server, the engine as users run it (own process; journal, archive, Redis topics, all
// eighteen strategies, sockets) and this process as the subscriber. One tick in a hundred is of a symbol that rises,
// and must give exactly one signal: a signal that is missing, or comes twice, makes the figure void, and so does a tick refused or
// lost. A tick is due by the schedule, not when a late publisher came to send it: what stalls on the way is not left out
// (coordinated omission). Beside each message that is timed a bare one goes through the same Redis to this process; what
// that takes is the machine's and Redis' part. Times are of the machine's monotonic clock, which all processes share.
import { fork } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineProcess } from "../../test/support/engine-process.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies, median } from "../runner.ts";
import {
  type FeedOrder,
  type FeedReport,
  isTimed,
  PROBE_CHANNEL,
  SLOTS_PER_SECOND,
  TICKS_PER_SLOT,
} from "./slot-feed.ts";
import { SlotTimes } from "./slot-times.ts";
import { told } from "./told.ts";
import { sumOf } from "../../src/cli/top/look.ts";

const READERS = 10;
const WARMUP_SLOTS = 4_000;
const MEASURED_SLOTS = 5_000;
const WARMUP_TICKS = WARMUP_SLOTS * TICKS_PER_SLOT;
const MEASURED_TICKS = MEASURED_SLOTS * TICKS_PER_SLOT;
/** Counted from the first that is measured. */
const TIMED = Array.from({ length: MEASURED_SLOTS }, (_, slot) => slot).filter((slot) => isTimed(WARMUP_SLOTS + slot));
const SLOT_NS = 1e9 / SLOTS_PER_SECOND;
const SECONDS = MEASURED_SLOTS / SLOTS_PER_SECOND;
const TAKEN_WITHIN_MS = 60_000;
const RUNS_MAX = 3;
const POLL_MS = 20;
const NS_PER_MS = 1e6;

/** A machine that lets the engine stand still for more than a second fills its ring: that run says nothing, three do. */
export async function run(): Promise<readonly Result[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return [await runOnce()];
    } catch (error) {
      if (!(error instanceof Refused) || attempt === RUNS_MAX) throw error;
    }
  }
}

class Refused extends Error {}

async function runOnce(): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), "tick-to-signal-"));
  // By default Redis cuts off a subscriber that lags by 32 MB: it is to be seen how late it is.
  const redis = await RedisServer.create({ directives: ["--client-output-buffer-limit", "pubsub 0 0 0"] });
  let engine: EngineProcess | null = null;
  try {
    engine = await EngineProcess.start({ DATA_DIR: dir, REDIS_URL: redis.url });
    return await measure(engine, redis);
  } finally {
    await engine?.stop();
    await redis.remove();
    await rm(dir, { recursive: true, force: true });
  }
}

async function measure(engine: EngineProcess, redis: RedisServer): Promise<Result> {
  const readers = fork(fileURLToPath(new URL("../server/reader-client.js", import.meta.url)));
  const feed = fork(fileURLToPath(new URL("./slot-feed.js", import.meta.url)));
  const times = await SlotTimes.open(engine.port, redis.url, PROBE_CHANNEL);
  try {
    await told(readers, { port: engine.port, readers: READERS });
    const slots = WARMUP_SLOTS + MEASURED_SLOTS;
    await told(feed, { port: redis.port, slots, warmupSlots: WARMUP_SLOTS } satisfies FeedOrder);
    await allTaken(engine, WARMUP_TICKS);
    const before = await spent(engine.pid);
    const report = (await told(feed, "go")) as FeedReport;
    await allTaken(engine, WARMUP_TICKS + MEASURED_TICKS);
    await times.complete(TIMED.map(timestampOf(report)), slots - 1, TAKEN_WITHIN_MS);
    const after = await spent(engine.pid);
    return resultOf(report, times, { cpuMs: after.cpuMs - before.cpuMs, queuedMs: after.queuedMs - before.queuedMs });
  } finally {
    feed.kill();
    readers.kill();
    times.close();
  }
}

function timestampOf({ beganUs }: FeedReport): (slot: number) => number {
  return (slot) => beganUs + (slot * SLOT_NS) / 1e3;
}

function resultOf(report: FeedReport, times: SlotTimes, engine: Spent): Result {
  const timestamp = timestampOf(report);
  const dueNs = (slot: number): number => report.beganNs + slot * SLOT_NS;
  const signals = TIMED.map((slot) => times.signalNs(timestamp(slot)) - dueNs(slot));
  const bare = TIMED.map((slot) => times.probeNs(WARMUP_SLOTS + slot) - dueNs(slot));
  const late = TIMED.map((slot) => (report.sentNs[slot] ?? Number.NaN) - dueNs(slot));
  const perSecond = signals.length / SECONDS;
  const each = Array.from({ length: SECONDS }, (_, second) =>
    p99(signals.slice(second * perSecond, (second + 1) * perSecond)),
  );
  const ms = (ns: number): string => (ns / NS_PER_MS).toFixed(1);
  return {
    name: "tick to signal, 50,000 ticks a second",
    pairs: [
      figureOfLatencies("due to received", signals),
      figureOfLatencies("due to received, Redis alone", bare),
      { label: "engine, processor time a tick", medianNs: (engine.cpuMs * NS_PER_MS) / MEASURED_TICKS },
    ],
    ratio: 1,
    note:
      `${MEASURED_TICKS} ticks in messages of ten, after ${WARMUP_TICKS} to warm up; all taken in, none refused; one in a ` +
      `hundred had to give one signal, and did; ${times.others} signals beside them; ${READERS} more sockets; p99 of each ` +
      `second ${each.map(ms).join(" ")} ms (median ${ms(median(each))}); publisher late by ${ms(p99(late))} ms p99; the ` +
      `engine's threads used ${(engine.cpuMs / 1e3 / SECONDS).toFixed(2)} cores and waited for ` +
      `${(engine.queuedMs / 1e3 / SECONDS).toFixed(2)} more`,
  };
}

function p99(latenciesNs: readonly number[]): number {
  return figureOfLatencies("", latenciesNs).p99Ns ?? Number.NaN;
}

interface Spent {
  readonly cpuMs: number;
  /** Ready to run, and without a processor. */
  readonly queuedMs: number;
}

/** Of all threads of a process, since they began; NaN where the system does not tell. */
async function spent(pid: number): Promise<Spent> {
  const sum = { cpuMs: 0, queuedMs: 0 };
  try {
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
      const [ran = 0, queued = 0] = text.split(" ").map(Number);
      sum.cpuMs += ran / NS_PER_MS;
      sum.queuedMs += queued / NS_PER_MS;
    }
    return sum;
  } catch {
    return { cpuMs: Number.NaN, queuedMs: Number.NaN };
  }
}

/** The engine has counted every tick that was published; one refused, or one that never comes, is a fault. */
async function allTaken(engine: EngineProcess, ticks: number): Promise<void> {
  const begin = performance.now();
  for (;;) {
    const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    const refused = sumOf(text, "strategy_ticks_rejected_total");
    if (refused > 0) throw new Refused(`${refused} ticks were refused`);
    const taken = sumOf(text, "strategy_ticks_ingested_total");
    if (taken === ticks) return;
    if (taken > ticks || performance.now() - begin > TAKEN_WITHIN_MS) {
      throw new Error(`${ticks} ticks were published, ${taken} taken in`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
