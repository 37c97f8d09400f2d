// A journal that ends between the rows of a history, as a kill or a power cut between two of its blocks leaves it, while
// strategies hold positions: what the rows left open is a bar of the past, and nothing of today may close it.
import { truncateSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_BEGUN } from "../../assembly/back-fill-layout.ts";
import * as layout from "../../assembly/layout.ts";
import { hashOf } from "../../src/stream/compute.ts";
import { numberedFiles, readEvents, SEGMENT_SUFFIX } from "../../src/stream/journal/journal.ts";
import {
  blockBytes,
  BLOCK_HEADER_BYTES,
  readBlockHeader,
  SEGMENT_HEADER_BYTES,
} from "../../src/stream/journal/segment.ts";
import { replay, Stream, type Approved } from "../../src/stream/stream.ts";
import { temporaryFolder } from "../support/journal.ts";
import { QUIET_STREAM } from "../support/quiet-stream.ts";
import { Random } from "../support/random.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const SYMBOL = "BTCUSD";
const ROWS = 10_000;
const PORTION = 1_000;
/** Longer than any position is held. */
const AFTER = 60;
const CAPACITY = { maxSymbols: 32, maxInstances: 64, workers: 2 };
/** On bars of a second: each row of a minute lies in one that it leaves open. */
const STRATEGIES = [
  { strategy: "breakout_strategy", parameters: { require_volume: 0 } },
  { strategy: "moving_average_crossover", parameters: { require_adx: 0, fast_length: 3, slow_length: 12 } },
  { strategy: "mean_reversion", parameters: { rsi_low: 50, rsi_high: 50, adx_max: 100 } },
];

/** A market in its own time, a price a second, and what the instances of the test said at it. */
class Market {
  readonly paid: number[] = [];
  readonly said: Approved[] = [];
  clock = Date.UTC(2026, 10, 18, 12) * 1000;
  price = 100;
  private readonly random = new Random(7);

  async open(dir: string): Promise<Stream> {
    const stream = await Stream.open({
      ...QUIET_STREAM,
      capacity: CAPACITY,
      journal: {
        dir: join(dir, "journal"),
        sync: "batch",
        segmentBytes: 1 << 26,
        retention: { bytes: 1 << 30, ageMs: 3_600_000 },
        snapshotMs: 0,
      },
      now: () => this.clock,
      monotonicMs: () => this.clock / 1_000,
      onApproved: (signals) => void this.said.push(...signals),
    });
    onTestFinished(() => stream.close());
    return stream;
  }

  async tick(stream: Stream): Promise<void> {
    this.clock += SECOND;
    this.price *= 1 + 0.001 * this.random.normal();
    this.paid.push(this.price);
    const message = JSON.stringify({ symbol: SYMBOL, price: this.price, volume: 1 });
    expect((await stream.process(Buffer.from(message), "http")).ok).toBe(true);
  }
}

/** What instances hold, by what they said last. */
function held(said: readonly Approved[], instances: ReadonlySet<number>): ReadonlySet<number> {
  const open = new Set<number>();
  for (const { instance, action } of said) {
    if (!instances.has(instance)) continue;
    if (action === "exit") open.delete(instance);
    else open.add(instance);
  }
  return open;
}

/** Bars of a minute until an hour ago, three percent below today. */
async function giveHistory(stream: Stream, { clock, price }: Market): Promise<void> {
  const { history } = stream.ingest;
  const end = clock - 60 * MINUTE;
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const close = 0.97 * price * (1 + 0.0005 * Math.sin(row));
    const prices = { open: close, high: close, low: close, close };
    const timestamp = end - (ROWS - 1 - row) * MINUTE;
    return { symbol: SYMBOL, kind: "bar", interval_s: 60, timestamp, volume: 1, ...prices };
  });
  const staged = Array.from({ length: ROWS / PORTION }, (_, part) =>
    history.stage(rows.slice(part * PORTION, (part + 1) * PORTION)),
  );
  expect(history.enter(SYMBOL, staged)).toBe(true);
  expect(stream.ingest.counters.historyRows).toBe(ROWS);
  await stream.evaluated();
}

/** Sequences of the events that say where a history begins. */
function beginnings(journal: string): readonly number[] {
  const found: number[] = [];
  for (const { events, count, firstSequence } of readEvents(journal, 0, Infinity)) {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let index = 0; index < count; index++) {
      const at = index * layout.EVENT_BYTES;
      if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_CONTROL) continue;
      if (view.getUint32(at + layout.EVENT_AUX, true) !== CONTROL_HISTORY) continue;
      if (view.getFloat64(at + layout.EVENT_PAYLOAD, true) === HISTORY_BEGINS) found.push(firstSequence + index);
    }
  }
  return found;
}

/** The journal ends within its last block that begins between the rows behind `begin`. */
function cut(journal: string, begin: number): void {
  let found: { readonly path: string; readonly size: number } | null = null;
  for (const { path } of numberedFiles(journal, SEGMENT_SUFFIX)) {
    const bytes = readFileSync(path);
    let at = SEGMENT_HEADER_BYTES;
    for (let header = readBlockHeader(bytes, at); header !== null; header = readBlockHeader(bytes, at)) {
      const { firstSequence, count } = header;
      if (firstSequence > begin && firstSequence < begin + ROWS)
        found = { path, size: at + BLOCK_HEADER_BYTES + Math.floor(count / 2) * layout.EVENT_BYTES };
      at += blockBytes(count);
    }
  }
  if (found === null) throw new Error("no block begins between the rows");
  truncateSync(found.path, found.size);
}

it("is gone on from as if none of its rows had come, once, and to the same state in a replay", async () => {
  const dir = temporaryFolder();
  const journal = join(dir, "journal");
  const market = new Market();
  const first = await market.open(dir);
  await market.tick(first);
  const symbols = [first.ingest.symbols.idOf(SYMBOL) ?? -1];
  const instances = new Set<number>();
  for (const wanted of STRATEGIES) {
    const added = first.instances.add({ ...wanted, strategyId: null, symbols });
    if (!added.ok) throw new Error(JSON.stringify(added.failure));
    instances.add(added.value.id);
  }
  for (let tick = 0; tick < 300 || (tick < 900 && held(market.said, instances).size === 0); tick++)
    await market.tick(first);
  await giveHistory(first, market);
  await first.close();
  const holding = held(market.said, instances);
  expect(holding.size).toBeGreaterThan(0);

  const [begin = -1] = beginnings(journal);
  cut(journal, begin);
  const earlier = new Set(market.said.map(({ id }) => id));
  const fresh = (): readonly Approved[] =>
    market.said.filter(({ id, instance }) => instances.has(instance) && !earlier.has(id));
  const second = await market.open(dir);
  await second.evaluated();
  const row = second.symbols().find(({ name }) => name === SYMBOL);
  expect([row?.history, row?.ticks]).toEqual([HISTORY_BEGUN, market.paid.length]);
  await market.tick(second);
  expect(fresh()).toEqual([]);
  for (let tick = 0; tick < AFTER; tick++) await market.tick(second);
  for (const { entry } of fresh()) expect(market.paid).toContain(entry);
  await second.close();
  expect(beginnings(journal)).toHaveLength(2);
  const again = await replay({ dir: journal, capacity: CAPACITY, fromStart: true });
  if (!again.ok) throw new Error(again.failure);
  expect(again.value).toMatchObject({ stateHash: hashOf(second.compute), mismatches: [] });

  const third = await market.open(dir); // what came live since is no part of a history
  expect(third.recovered.stateHash).toBe(again.value.stateHash);
  await third.close();
  expect(beginnings(journal)).toHaveLength(2);
}, 360_000);
