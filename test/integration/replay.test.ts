// A journal that the data plane itself has written, recomputed by the replay tool and by a restart: real threads, real
// files. What proves a replay is the marks; so a mark that lies must be told.
import { describe, expect, it, onTestFinished } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { createCompute, createKernels, hashOf, loadSnapshot } from "../../src/stream/compute.ts";
import { feedBack } from "../../src/stream/feed-back.ts";
import { Journal, listSnapshots, readEvents } from "../../src/stream/journal/journal.ts";
import { SegmentWriter } from "../../src/stream/journal/segment-writer.ts";
import { MarkChecker, markPayload } from "../../src/stream/marks.ts";
import { replay, type ReplayReport } from "../../src/stream/replay.ts";
import { Instances } from "../../src/stream/instances.ts";
import type { SignalTotals } from "../../src/stream/rings/signal-ring.ts";
import { temporaryFolder } from "../support/journal.ts";
import { CORE_HASH } from "../support/numbered-events.ts";
import { WEDNESDAY } from "../support/plane.ts";
import { Random } from "../support/random.ts";

const EMPTY: SignalTotals = { sequence: 0, count: 0, hash: 0n };
const ROUNDS = 60;
const SYMBOLS = 9;
const capacity = (workers: number) => ({ maxSymbols: 32, maxInstances: 32, workers });

interface Written {
  readonly dir: string;
  readonly totals: SignalTotals;
  readonly state: bigint;
  readonly marks: number;
  readonly instances: Instances;
}

/** Something of each kind, and something that was there before. */
function register(instances: Instances): void {
  const add = (strategy: string, symbols?: readonly number[], barMs?: number): number => {
    const more = { ...(symbols ? { symbols } : {}), ...(barMs === undefined ? {} : { barMs }) };
    const result = instances.add({ strategy, strategyId: null, ...more });
    if (!result.ok) throw new Error(JSON.stringify(result.failure));
    return result.value.id;
  };
  const gone = [add("momentum_rider", [0, 3, 8]), add("cointegration_model", [0, 1])];
  add("momentum_rider", [1, 4], 1000);
  add("momentum_rider", undefined, 5000);
  for (const id of gone) instances.remove(id);
  add("cointegration_model", [2, 5, 7]);
  instances.enable(add("spread_adjuster", [0, 8]), false);
}

/** An engine's hour in short: sixty rounds of ticks, a mark behind each, a snapshot behind the thirtieth. */
async function write(workers: number): Promise<Written> {
  const dir = temporaryFolder();
  const compute = createCompute(capacity(workers));
  const { memory, plan, ring, writer } = compute.plane;
  const journal = await Journal.open({ dir, memory, plan, coreHash: CORE_HASH, sync: "batch" });
  onTestFinished(async () => void (await journal.close()));
  let totals = EMPTY;
  const snapshots: Promise<unknown>[] = [];
  const kernels = createKernels(compute, EMPTY, {
    onSignals: (_, now) => (totals = now),
    onSnapshot: ({ sequence, state }) => snapshots.push(journal.snapshot(sequence, state)),
    onFailure: (_, error) => expect.unreachable(error.message),
  });
  await kernels.start();
  await journal.start();
  const instances = new Instances(plan, ring, writer);
  writer.stamp(WEDNESDAY);
  instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, 0, `S${symbol}`);
    instances.onSymbol(symbol);
  }
  register(instances);
  const random = new Random(9);
  const prices = Array<number>(SYMBOLS).fill(100);
  for (let round = 0; round < ROUNDS; round++) {
    for (let tick = 0; tick < 200; tick++) {
      const clock = writer.stamp(WEDNESDAY + (round * 200 + tick) * 100_000);
      const symbol = random.integer(SYMBOLS);
      const price = (prices[symbol] = (prices[symbol] ?? 0) * (1 + 0.002 * random.normal()));
      writer.write(layout.KIND_TRADE, symbol, 0, 0, clock, [price, 1, price, price, price]);
    }
    ring.publish();
    await kernels.evaluated(ring.nextSequence);
    writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_MARK, writer.clock, markPayload(totals));
    if (round === ROUNDS / 2) writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SNAPSHOT, writer.clock, []);
    ring.publish();
  }
  await kernels.evaluated(ring.nextSequence);
  await kernels.stop();
  expect(snapshots).toHaveLength(1);
  await Promise.all(snapshots);
  await journal.close();
  return { dir, totals, state: hashOf(compute), marks: ROUNDS, instances };
}

async function replayed(options: Parameters<typeof replay>[0]): Promise<ReplayReport> {
  const result = await replay(options);
  if (!result.ok) throw new Error(result.failure);
  return result.value;
}

/** The same journal again, with every event passed through `change`. */
function rewrite(dir: string, change: (view: DataView, at: number) => void): string {
  const copy = temporaryFolder();
  const writer = new SegmentWriter(
    { dir: copy, sync: "off", segmentBytes: 1 << 30, coreHash: CORE_HASH, firstSequence: 0 },
    () => Date.now() * 1000,
  );
  for (const block of readEvents(dir, 0)) {
    const events = new Uint8Array(block.events);
    const view = new DataView(events.buffer);
    for (let at = 0; at < events.length; at += layout.EVENT_BYTES) change(view, at);
    writer.stage(events, 0, block.count);
    writer.write();
  }
  writer.close();
  return copy;
}

function isMark(view: DataView, at: number): boolean {
  return (
    view.getUint8(at + layout.EVENT_KIND) === layout.KIND_CONTROL &&
    view.getUint32(at + layout.EVENT_AUX, true) === layout.CONTROL_MARK
  );
}

describe("replay of a journal", () => {
  it("gives the signals and the state of the run that wrote it, with any number of workers", async () => {
    const run = await write(2);
    expect(run.totals.count).toBeGreaterThan(50);
    for (const workers of [1, 3, 8]) {
      const report = await replayed({ dir: run.dir, capacity: capacity(workers), fromStart: true });
      expect(report).toMatchObject({ signals: run.totals.count, signalHash: run.totals.hash, stateHash: run.state });
      expect([report.snapshot, report.marksChecked, report.mismatches]).toEqual([null, run.marks, []]);
    }
  });

  it("goes on from the snapshot to the same end, and checks the marks behind it", async () => {
    const run = await write(1);
    const whole = await replayed({ dir: run.dir, capacity: capacity(1), fromStart: true });
    for (const workers of [1, 4]) {
      const tail = await replayed({ dir: run.dir, capacity: capacity(workers), from: whole.nextSequence });
      expect(tail.snapshot).not.toBeNull();
      expect(tail.startedAt).toBe(tail.snapshot);
      expect(tail.events).toBe(whole.nextSequence - tail.startedAt);
      expect([tail.signalHash, tail.stateHash]).toEqual([whole.signalHash, whole.stateHash]);
      expect(tail.marksChecked).toBeGreaterThan(run.marks / 3);
      expect(tail.marksChecked).toBeLessThan(run.marks);
      expect(tail.mismatches).toEqual([]);
    }
  });

  it("finds the table of instances in the snapshot as the host had it, for any number of workers", async () => {
    const run = await write(3);
    const rows = (instances: Instances): unknown[] =>
      instances.all
        .map((row) => ({ ...row, symbols: row.symbols?.toSorted((a, b) => a - b) ?? null }))
        .toSorted((a, b) => a.id - b.id);
    for (const workers of [1, 8]) {
      const compute = createCompute(capacity(workers));
      const [snapshot] = listSnapshots(run.dir);
      if (!snapshot) throw new Error("the run has left no snapshot");
      expect(loadSnapshot(compute, snapshot).ok).toBe(true);
      const { plan, ring, writer, memory } = compute.plane;
      const instances = new Instances(plan, ring, writer);
      instances.restore(memory);
      expect(rows(instances)).toEqual(rows(run.instances));
    }
  });

  it("ends before the event that it was told", async () => {
    const run = await write(1);
    const report = await replayed({ dir: run.dir, capacity: capacity(1), fromStart: true, to: 5_000 });
    expect([report.nextSequence, report.events]).toEqual([5_000, 5_000]);
    expect(report.mismatches).toEqual([]);
  });

  it("tells of a mark that was altered, of that one only, and goes on", async () => {
    const run = await write(1);
    let marks = 0;
    const dir = rewrite(run.dir, (view, at) => {
      if (!isMark(view, at) || ++marks !== 40) return;
      const low = at + layout.EVENT_PAYLOAD + 8;
      view.setFloat64(low, (view.getFloat64(low, true) + 1) % 2 ** 32, true);
    });
    const report = await replayed({ dir, capacity: capacity(2), fromStart: true });
    expect([report.marksChecked, report.mismatches.length]).toEqual([run.marks, 1]);
    const [mismatch] = report.mismatches;
    expect(mismatch?.recorded.count).toBe(mismatch?.computed.count);
    expect(mismatch?.recorded.hash).not.toBe(mismatch?.computed.hash);
    expect(report.signalHash).toBe(run.totals.hash);
  });

  it("tells of a price that was altered: every mark behind the first signal that it changes disagrees", async () => {
    const run = await write(1);
    let trades = 0;
    const dir = rewrite(run.dir, (view, at) => {
      if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_TRADE || ++trades < 6_000 || trades > 6_100) return;
      view.setFloat64(at + layout.EVENT_PAYLOAD, 1.01 * view.getFloat64(at + layout.EVENT_PAYLOAD, true), true);
    });
    const report = await replayed({ dir, capacity: capacity(1), fromStart: true });
    expect(report.marksChecked).toBe(run.marks);
    expect(report.mismatches.length).toBeGreaterThan(0);
    const [first] = report.mismatches;
    expect(first?.recorded.sequence).toBeGreaterThan(6_000);
    expect(report.signalHash).not.toBe(run.totals.hash);
  });

  it("says in a sentence that there is nothing to replay", async () => {
    const dir = temporaryFolder();
    const result = await replay({ dir, capacity: capacity(1) });
    expect(result).toEqual({
      ok: false,
      failure: `${dir} holds no journal; run the engine with this DATA_DIR first`,
    });
  });
});

describe("feeding back", () => {
  it("refuses a block that does not begin where the ring stands, and leaves replay mode", async () => {
    const run = await write(1);
    const compute = createCompute(capacity(1));
    const kernels = createKernels(compute, EMPTY, {
      onSignals: () => undefined,
      onSnapshot: () => undefined,
      onFailure: () => undefined,
    });
    await kernels.start();
    onTestFinished(() => kernels.stop());
    const blocks = readEvents(run.dir, 100);
    await expect(feedBack(compute.plane, kernels, blocks, new MarkChecker(EMPTY))).rejects.toThrow(
      /^the next event is 0, the block begins with \d+$/,
    );
    expect(new BigUint64Array(compute.plane.memory.buffer)[layout.LIVE_FROM >> 3]).toBe(0n);
  });

  it("waits for room instead of losing events when a journal is longer than the ring", async () => {
    const compute = createCompute(capacity(3));
    const kernels = createKernels(compute, EMPTY, {
      onSignals: () => undefined,
      onSnapshot: () => undefined,
      onFailure: () => undefined,
    });
    await kernels.start();
    onTestFinished(() => kernels.stop());
    const count = layout.EVENT_SLOTS * 2 + 77;
    const events = new Uint8Array(count * layout.EVENT_BYTES);
    const view = new DataView(events.buffer);
    for (let at = 0; at < events.length; at += layout.EVENT_BYTES) {
      view.setUint8(at + layout.EVENT_KIND, layout.KIND_CLOCK);
      view.setFloat64(at + layout.EVENT_CLOCK, WEDNESDAY + at, true);
    }
    const fed = await feedBack(compute.plane, kernels, [{ firstSequence: 0, count, events }], new MarkChecker(EMPTY));
    expect(fed).toEqual({ events: count, nextSequence: count });
    expect(compute.state.clock()).toBe(WEDNESDAY + events.length - layout.EVENT_BYTES);
    expect(kernels.watermark).toBe(count);
  });
});
