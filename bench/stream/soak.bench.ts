// Fifty million ticks through ingest, ring, kernels, journal and risk, in one process: its memory must stay flat.
// Runs only when it is asked for (`npm run bench -- soak`). Prints the resident set at every five million ticks and
// fails when the second half added more than a twentieth and 20 MB. Batches of a hundred msgpack ticks, as fast as they
// are taken; the journal is kept small, so that segments are also removed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Packr } from "msgpackr";
import * as layout from "../../assembly/layout.ts";
import { Stream } from "../../src/stream/stream.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { Random } from "../../test/support/random.ts";
import type { Result } from "../result.ts";

export const onDemand = true;

const TICKS = 50_000_000;
const REPORT_TICKS = 5_000_000;
const TICKS_PER_MESSAGE = 100;
const MESSAGES_PER_TURN = 20;
const POOL_MESSAGES = 2_000;
const SYMBOLS = 500;
const SEED = 50;
const GROWTH_SHARE = 0.05;
const GROWTH_BYTES = 20e6;
const MIB = 1024 * 1024;

export async function run(): Promise<readonly Result[]> {
  const dir = mkdtempSync(join(tmpdir(), "soak-"));
  let signals = 0;
  const stream = await openStream(dir, (count) => (signals += count));
  try {
    const begin = performance.now();
    const resident = await soak(stream);
    const elapsed = performance.now() - begin;
    await stream.evaluated();
    check(stream, resident);
    if (signals === 0) throw new Error("no tick gave a signal: the kernels were not at work");
    const sizes = resident.map((bytes) => Math.round(bytes / 1e6)).join(", ");
    return [
      {
        name: "soak: 50 million ticks",
        pairs: [{ label: "ingest to evaluated, with journal", medianNs: (elapsed * 1e6) / TICKS }],
        ratio: 1,
        note: `resident MB at every ${REPORT_TICKS / 1e6} million ticks: ${sizes}; ${signals} signals; seed ${SEED}`,
      },
    ];
  } finally {
    await stream.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Resident bytes at the start and at every REPORT_TICKS. */
async function soak(stream: Stream): Promise<number[]> {
  const { ring } = stream.compute.plane;
  const pool = makeMessages();
  const resident = [process.memoryUsage.rss()];
  for (let message = 0; message * TICKS_PER_MESSAGE < TICKS;) {
    // One tick is one record here; a turn never asks for more room than there is, so nothing is refused.
    if (ring.free() > layout.EVENT_SLOTS / 2) {
      for (let index = 0; index < MESSAGES_PER_TURN; index++, message++) {
        stream.ingest.accept(pool[message % POOL_MESSAGES] ?? new Uint8Array(), "redis");
      }
      stream.ingest.publish();
      if ((message * TICKS_PER_MESSAGE) % REPORT_TICKS === 0) {
        resident.push(process.memoryUsage.rss());
        console.log(`${message * TICKS_PER_MESSAGE} ticks, ${Math.round((resident.at(-1) ?? 0) / 1e6)} MB resident`);
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return resident;
}

function check(stream: Stream, resident: readonly number[]): void {
  const ingested = stream.ingest.counters.ingested.redis.msgpack;
  if (ingested !== TICKS) throw new Error(`${TICKS} ticks were sent, ${ingested} ingested`);
  const { journal } = stream.status;
  if (stream.status.failure !== null) throw new Error(stream.status.failure);
  if (journal === null || journal.state !== "running") throw new Error(`the journal is ${journal?.state ?? "missing"}`);
  const half = resident[(resident.length - 1) / 2] ?? 0;
  const end = resident.at(-1) ?? Infinity;
  const limit = half * (1 + GROWTH_SHARE) + GROWTH_BYTES;
  if (end > limit) throw new Error(`memory grew from ${half} to ${end} bytes in the second half`);
}

function openStream(dir: string, onSignals: (count: number) => void): Promise<Stream> {
  return Stream.open({
    capacity: { maxSymbols: 4_096, maxInstances: 4_096, workers: 1 },
    tiers: { fastMs: 100, tacticalMs: 1_000, strategicMs: 10_000, learningMs: 60_000 },
    rules: { confidenceFloor: 0, cooldownUs: 100_000 },
    learning: true,
    journal: {
      dir,
      sync: "batch",
      segmentBytes: 64 * MIB,
      retention: { bytes: 256 * MIB, ageMs: 0 },
      snapshotMs: 5_000,
    },
    now: () => Date.now() * 1000,
    monotonicMs: () => performance.now(),
    log: SILENT_LOG,
    onApproved: (signals) => onSignals(signals.length),
    onFailure: () => undefined,
  });
}

/** Without timestamps: each tick happens when it comes. */
function makeMessages(): readonly Uint8Array[] {
  const random = new Random(SEED);
  const packr = new Packr({ useRecords: false });
  const prices = Array.from({ length: SYMBOLS }, () => 100);
  const tick = (): Record<string, unknown> => {
    const symbol = random.integer(SYMBOLS);
    const price = (prices[symbol] ?? 100) * (1 + 2e-4 * (random.next() - 0.5));
    prices[symbol] = price;
    return { symbol: `S${symbol}USD`, price, volume: random.next(), asset_type: "crypto" };
  };
  return Array.from({ length: POOL_MESSAGES }, () =>
    Uint8Array.from(packr.pack(Array.from({ length: TICKS_PER_MESSAGE }, tick))),
  );
}
