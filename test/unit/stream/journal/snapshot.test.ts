// Snapshots: what is written is put back, anything less is noticed, and the next older one serves.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { GLOBALS_BYTES_BEFORE } from "../../../../assembly/learned-layout.ts";
import { REGIME_COLUMNS_BEFORE } from "../../../../assembly/regimes.ts";
import { recover } from "../../../../src/stream/journal/recovery.ts";
import { applySnapshot } from "../../../../src/stream/journal/restore.ts";
import {
  SnapshotWriter,
  describeState,
  verifySnapshot,
  type Snapshot,
} from "../../../../src/stream/journal/snapshot.ts";
import type { Capacity } from "../../../../src/stream/rings/memory-plan.ts";
import { createPlane, type Plane } from "../../../../src/stream/rings/plane.ts";
import { copyState } from "../../../../src/stream/rings/state-copy.ts";
import { copyBytes, stateRegions } from "../../../../src/stream/rings/state-regions.ts";
import { StateReader } from "../../../../src/stream/rings/state-reader.ts";
import { flipBit, onlyFile, temporaryFolder, writeSegments } from "../../../support/journal.ts";
import { saveSnapshot } from "../../../support/journal-snapshot.ts";
import { CORE_HASH } from "../../../support/numbered-events.ts";
import { Random } from "../../../support/random.ts";

const CAPACITY: Capacity = { maxSymbols: 16, maxInstances: 16, workers: 1 };

/** A plane whose state regions hold random bytes, with the counts of a small engine. */
function filledPlane(seed: number, capacity: Partial<Capacity> = {}): Plane {
  const plane = createPlane({ ...CAPACITY, ...capacity });
  const { memory, plan } = plane;
  const globals = plan.bases[layout.PLAN_GLOBALS] ?? 0;
  const view = new DataView(memory.buffer);
  const counts: readonly (readonly [number, number])[] = [
    [layout.GLOBALS_SYMBOLS, 5],
    [layout.GLOBALS_SERIES, 7],
    [layout.GLOBALS_CELLS + 4 * layout.MOMENTUM_RIDER, 3],
    [layout.GLOBALS_CELLS + 4 * layout.SPREAD_ADJUSTER, 4],
    [layout.GLOBALS_GROUPS, 17],
    [layout.GLOBALS_INSTANCES, 6],
  ];
  for (let worker = 0; worker < plan.workers; worker++) {
    const base = globals + worker * layout.GLOBALS_BYTES;
    for (const [offset, count] of counts) view.setUint32(base + offset, count, true);
    view.setBigUint64(base + layout.GLOBALS_SIGNAL_COUNT, BigInt(10 + worker), true);
    view.setBigUint64(base + layout.GLOBALS_SIGNAL_HASH, 2n ** 63n + BigInt(worker), true);
    view.setFloat64(base + layout.GLOBALS_CLOCK, 1.7e15, true);
  }
  const random = new Random(seed);
  const bytes = new Uint8Array(memory.buffer);
  for (const region of stateRegions(plan, new StateReader(memory, plan).extents())) {
    if (copyBytes(region.region, plan) > 0) continue;
    for (let at = region.base; at < region.base + region.bytes; at += 8) bytes[at] = random.integer(256);
  }
  return plane;
}

function load(path: string): Snapshot {
  const snapshot = verifySnapshot(path);
  if (!snapshot.ok) throw new Error(snapshot.failure);
  return snapshot.value;
}

describe("a snapshot", () => {
  it("gives back the state that it was made of", () => {
    const dir = temporaryFolder();
    const state = saveSnapshot(dir, filledPlane(1), 4711);
    const snapshot = load(onlyFile(dir, ".snapshot"));
    expect(snapshot).toMatchObject({ nextSequence: 4711, clock: 1.7e15, coreHash: CORE_HASH });
    const plane = createPlane(CAPACITY);
    expect(applySnapshot(plane.memory, plane.plan, snapshot).ok).toBe(true);
    expect(Buffer.compare(copyState(plane.memory, plane.plan), state)).toBe(0);
  });

  it("serves another number of workers and larger capacities", () => {
    const dir = temporaryFolder();
    const state = saveSnapshot(dir, filledPlane(2, { workers: 3 }), 1);
    const plane = createPlane({ maxSymbols: 16, maxInstances: 99, workers: 2 });
    expect(applySnapshot(plane.memory, plane.plan, load(onlyFile(dir, ".snapshot"))).ok).toBe(true);
    expect(Buffer.compare(copyState(plane.memory, plane.plan), state)).toBe(0);
    const totals = new StateReader(plane.memory, plane.plan).signalTotals();
    expect(totals).toEqual({ count: 33, hash: BigInt.asUintN(64, 3n * 2n ** 63n + 3n) });
  });

  it("of an engine that learned less is taken, with nothing learned in what is new", () => {
    const dir = temporaryFolder();
    const plane = filledPlane(6);
    const state = copyState(plane.memory, plane.plan);
    const { clock, extents } = describeState(state);
    const [globals, ...others] = stateRegions(plane.plan, extents);
    const regions = [{ region: 0, base: 0, ...globals, bytes: GLOBALS_BYTES_BEFORE }, ...others];
    const bytes = Buffer.concat([state.subarray(0, GLOBALS_BYTES_BEFORE), state.subarray(layout.GLOBALS_BYTES)]);
    const meta = { nextSequence: 1, clock, extents, coreHash: CORE_HASH, plan: plane.plan, regions };
    const writer = new SnapshotWriter(dir, meta, new Uint8Array(bytes));
    while (!writer.step());
    const fresh = createPlane(CAPACITY);
    expect(applySnapshot(fresh.memory, fresh.plan, load(onlyFile(dir, ".snapshot"))).ok).toBe(true);
    const restored = copyState(fresh.memory, fresh.plan);
    expect(Buffer.compare(restored, state)).toBe(0); // what was filled reaches as far as the globals of before
  });

  it("of an engine that had no word for regimes is taken, with none", () => {
    const dir = temporaryFolder();
    const plane = createPlane(CAPACITY);
    const cells = layout.PLAN_CELLS + layout.REGIME_SHIFT_DETECTOR;
    const globals = plane.plan.bases[layout.PLAN_GLOBALS] ?? 0;
    const count = 5;
    new DataView(plane.memory.buffer).setUint32(
      globals + layout.GLOBALS_CELLS + 4 * layout.REGIME_SHIFT_DETECTOR,
      count,
      true,
    );
    const words = new Float64Array(plane.memory.buffer);
    const base = (plane.plan.bases[cells] ?? 0) / 8;
    const [before, now] = [REGIME_COLUMNS_BEFORE * 2, layout.REGIME_COLUMNS * 2];
    for (let block = 0; block < 3; block++)
      for (let word = 0; word < before; word++) words[base + block * now + word] = 1 + block * before + word;
    const state = copyState(plane.memory, plane.plan);
    const { clock, extents } = describeState(state);
    let from = 0;
    const regions = stateRegions(plane.plan, extents);
    const narrow = regions.map((region) => {
      const bytes = state.subarray(from, (from += region.bytes));
      if (region.region !== cells) return { region, bytes };
      const parts = [0, 1, 2].map((block) => bytes.subarray(block * now * 8, block * now * 8 + before * 8));
      return { region: { ...region, bytes: 3 * before * 8 }, bytes: Buffer.concat(parts) };
    });
    const meta = { nextSequence: 1, clock, extents, coreHash: CORE_HASH, plan: plane.plan };
    const bytes = new Uint8Array(Buffer.concat(narrow.map((one) => one.bytes)));
    const writer = new SnapshotWriter(dir, { ...meta, regions: narrow.map(({ region }) => region) }, bytes);
    while (!writer.step());
    const fresh = createPlane(CAPACITY);
    expect(applySnapshot(fresh.memory, fresh.plan, load(onlyFile(dir, ".snapshot"))).ok).toBe(true);
    expect(Buffer.compare(copyState(fresh.memory, fresh.plan), state)).toBe(0);
  });

  it("says what does not fit", () => {
    const dir = temporaryFolder();
    saveSnapshot(dir, filledPlane(3), 1);
    const snapshot = load(onlyFile(dir, ".snapshot"));
    const small = createPlane({ ...CAPACITY, maxSymbols: 4 });
    expect(applySnapshot(small.memory, small.plan, snapshot)).toEqual({
      ok: false,
      failure: {
        code: "snapshot_plan",
        what: "symbols",
        needed: 5,
        available: 4,
        made: { maxSymbols: 16, maxInstances: 16 },
      },
    });
    const other = { ...snapshot, layoutVersion: layout.LAYOUT_VERSION + 1 };
    expect(applySnapshot(small.memory, small.plan, other)).toMatchObject({
      ok: false,
      failure: { code: "snapshot_layout" },
    });
    const regions = snapshot.regions.map((region) =>
      region.region === layout.PLAN_SCREEN ? { ...region, bytes: region.bytes + 8 } : region,
    );
    const same = createPlane(CAPACITY);
    expect(applySnapshot(same.memory, same.plan, { ...snapshot, regions })).toMatchObject({
      ok: false,
      failure: { code: "snapshot_layout" },
    });
  });

  it("is noticed when it changed after the check", () => {
    const dir = temporaryFolder();
    saveSnapshot(dir, filledPlane(4), 1);
    const snapshot = load(onlyFile(dir, ".snapshot"));
    flipBit(snapshot.path, snapshot.offset + 9000);
    const plane = createPlane(CAPACITY);
    expect(applySnapshot(plane.memory, plane.plan, snapshot)).toMatchObject({ failure: { code: "snapshot_damaged" } });
  });
});

describe("a damaged snapshot", () => {
  it("is noticed wherever the file ends", () => {
    const dir = temporaryFolder();
    saveSnapshot(dir, filledPlane(5), 1);
    const path = onlyFile(dir, ".snapshot");
    const whole = readFileSync(path);
    const sizes = [0, 1, 63, 64, 65, whole.length - 1, whole.length - 4];
    for (let size = 100; size < whole.length; size += 40_009) sizes.push(size);
    for (const size of sizes) {
      writeFileSync(path, whole.subarray(0, size));
      expect(verifySnapshot(path).ok, `size ${size}`).toBe(false);
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1)]));
    expect(verifySnapshot(path).ok).toBe(false);
  });

  it("is noticed whichever bit has changed", () => {
    const dir = temporaryFolder();
    saveSnapshot(dir, filledPlane(6), 1);
    const path = onlyFile(dir, ".snapshot");
    const { offset } = load(path);
    const size = readFileSync(path).length;
    const places: number[] = [];
    for (let at = 0; at < offset; at++) places.push(at);
    for (let at = size - 60; at < size; at++) places.push(at);
    for (let at = offset; at < size; at += 99_991) places.push(at);
    for (const at of places) {
      flipBit(path, at, at % 8);
      expect(verifySnapshot(path).ok, `byte ${at}`).toBe(false);
      flipBit(path, at, at % 8);
    }
    expect(verifySnapshot(path).ok).toBe(true);
  });

  it("is put aside, and the next older one serves", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks: [10, 10, 10] });
    const state = saveSnapshot(dir, filledPlane(7), 12);
    saveSnapshot(dir, filledPlane(8), 20);
    const newest = onlyFile(dir, "20.snapshot");
    flipBit(newest, readFileSync(newest).length >> 1);
    const recovery = recover(dir);
    expect(recovery).toMatchObject({ nextSequence: 30, snapshot: { nextSequence: 12 } });
    expect(recovery.damagedSnapshots).toHaveLength(1);
    expect(readdirSync(dir).some((name) => name.endsWith("20.snapshot.damaged"))).toBe(true);
    const plane = createPlane(CAPACITY);
    if (recovery.snapshot !== null) applySnapshot(plane.memory, plane.plan, recovery.snapshot);
    expect(Buffer.compare(copyState(plane.memory, plane.plan), state)).toBe(0);
  });
});

it("removes an unfinished snapshot at the next open", () => {
  const dir = temporaryFolder();
  const plane = filledPlane(9);
  const state = copyState(plane.memory, plane.plan);
  const { clock, extents } = describeState(state);
  const regions = stateRegions(plane.plan, extents);
  const writer = new SnapshotWriter(
    dir,
    { nextSequence: 5, clock, extents, coreHash: CORE_HASH, plan: plane.plan, regions },
    state,
  );
  writer.step();
  expect(recover(dir).snapshot).toBeNull();
  expect(readdirSync(dir)).toEqual([]);
  writer.abandon();
});
