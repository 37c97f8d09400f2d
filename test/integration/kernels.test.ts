import { afterEach, describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { createCompute, createKernels } from "../../src/stream/compute.ts";
import { Instances } from "../../src/stream/instances.ts";
import { instantiateCore, loadCore } from "../../src/stream/kernels/core.ts";
import { Kernels } from "../../src/stream/kernels/kernels.ts";
import type { SnapshotMessage } from "../../src/stream/kernels/worker.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { copyState, stateHash } from "../../src/stream/rings/state-copy.ts";
import { eventually } from "../support/eventually.ts";
import { WEDNESDAY } from "../support/plane.ts";
import { Random } from "../support/random.ts";

interface Run {
  readonly plane: Plane;
  readonly kernels: Kernels;
  readonly signals: SignalRecord[];
  readonly snapshots: SnapshotMessage[];
  readonly spares: ((room: ArrayBuffer) => void)[];
  readonly instances: Instances;
}

const running: Kernels[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((kernels) => kernels.stop()));
});

async function start(workers: number, maxSymbols = 64): Promise<Run> {
  const plane = createPlane({ maxSymbols, maxInstances: 64, workers });
  const { module } = loadCore();
  for (let worker = 0; worker < workers; worker++) {
    const core = instantiateCore(module, plane.memory);
    core.attach(worker);
    core.resetGlobals();
  }
  const signals: SignalRecord[] = [];
  const snapshots: SnapshotMessage[] = [];
  const spares: Run["spares"] = [];
  const kernels = new Kernels({
    module,
    memory: plane.memory,
    plan: plane.plan,
    start: { sequence: 0, count: 0, hash: 0n },
    onSignals: (batch) => signals.push(...batch),
    onSnapshot: (snapshot, spare) => {
      snapshots.push(snapshot);
      spares.push(spare);
    },
    onFailure: (_, error) => {
      throw error;
    },
  });
  running.push(kernels);
  plane.ring.onVisible = () => kernels.stir();
  await kernels.start();
  plane.writer.stamp(WEDNESDAY);
  const instances = new Instances(plane.plan, plane.ring, plane.writer);
  instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
  return { plane, kernels, signals, snapshots, spares, instances };
}

/** A busy hour of twenty symbols, with beats, bars and groups of two; the same for every run. */
async function feed(run: Run, events: number): Promise<void> {
  const { plane, kernels, instances } = run;
  const random = new Random(77);
  const prices = Array.from({ length: 20 }, (_, symbol) => 50 + symbol);
  prices.forEach((_, symbol) => {
    plane.writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, 0, `S${symbol}`);
    expect(instances.onSymbol(symbol)).toBe(true);
  });
  for (const symbols of [
    [0, 1],
    [2, 9],
    [5, 6, 7],
  ]) {
    instances.add({ strategy: "cointegration_model", symbols, strategyId: null, parameters: { window: 250 } });
  }
  instances.add({ strategy: "momentum_rider", barMs: 1000, symbols: [3, 4, 11], strategyId: null });
  let clock = WEDNESDAY;
  for (let event = 0; event < events; event++) {
    clock += 25_000;
    plane.writer.stamp(clock);
    const symbol = random.integer(20);
    const price = (prices[symbol] = prices[symbol]! * (1 + 0.0015 * random.normal()));
    const quote = [price * 0.9998, price * 1.0002, 1 + random.integer(5), 1 + random.integer(5), 0];
    plane.writer.write(layout.KIND_QUOTE, symbol, 0, 0, clock, quote);
    plane.writer.write(layout.KIND_TRADE, symbol, 0, 0, clock, [price, random.between(1, 9), price, price, price]);
    if (event % 4 === 0) {
      const tiers = layout.TIER_FAST | (event % 40 === 0 ? layout.TIER_TACTICAL : 0);
      plane.writer.write(layout.KIND_CLOCK, 0, 0, tiers, clock, []);
    }
    if (event % 200 === 0) {
      plane.ring.publish();
      await kernels.evaluated(plane.ring.nextSequence);
    }
  }
  plane.ring.publish();
  await kernels.evaluated(plane.ring.nextSequence);
}

describe("kernel workers", () => {
  it("give the same signals in the same order, and the same state, with one, two and three workers", async () => {
    const runs: Run[] = [];
    for (const workers of [1, 2, 3]) {
      const run = await start(workers);
      await feed(run, 12_000);
      runs.push(run);
    }
    const { module } = loadCore();
    const hashes = runs.map(({ plane }) => {
      const core = instantiateCore(module, plane.memory);
      core.attach(0);
      return stateHash(plane.memory, plane.plan, core.hashWords);
    });
    const [one, two, three] = runs as [Run, Run, Run];
    expect(one.signals.length).toBeGreaterThan(100);
    expect(two.signals).toEqual(one.signals);
    expect(three.signals).toEqual(one.signals);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).toBe(hashes[0]);
  });

  it("hand out the state at the snapshot event, whatever came after it", async () => {
    const run = await start(3);
    await feed(run, 500);
    const before = copyState(run.plane.memory, run.plane.plan);
    const sequence = run.plane.ring.nextSequence;
    run.plane.writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SNAPSHOT, run.plane.writer.clock, []);
    for (let tick = 0; tick < 1000; tick++) {
      run.plane.writer.write(layout.KIND_TRADE, tick % 20, 0, 0, run.plane.writer.clock, [
        100 + tick,
        1,
        100,
        100,
        100,
      ]);
    }
    run.plane.ring.publish();
    await run.kernels.evaluated(run.plane.ring.nextSequence);
    await run.kernels.stop(); // by then its message has come too
    expect(run.snapshots).toHaveLength(1);
    expect(run.snapshots[0]!.sequence).toBe(sequence + 1);
    const state = run.snapshots[0]!.state;
    expect(Buffer.compare(withoutClock(state), withoutClock(before))).toBe(0);
  });

  it("copy the next snapshot into what the one before was written from, where it fits", async () => {
    const run = await start(2);
    await feed(run, 500);
    const asked = async (): Promise<void> => {
      const before = run.snapshots.length;
      run.plane.writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SNAPSHOT, run.plane.writer.clock, []);
      run.plane.ring.publish();
      await run.kernels.evaluated(run.plane.ring.nextSequence);
      await expect.poll(() => run.snapshots.length).toBe(before + 1);
    };
    const MARK = 0xab;
    await asked();
    const first = run.snapshots[0]!.state;
    const room = first.buffer;
    expect(room.byteLength).toBeGreaterThan(first.length);
    new Uint8Array(room)[room.byteLength - 1] = MARK;
    run.spares[0]!(room);
    expect(room.byteLength).toBe(0); // handed back, not copied
    await feed(run, 100);
    await asked();
    const second = run.snapshots.at(-1)!.state;
    expect(new Uint8Array(second.buffer).at(-1)).toBe(MARK);
    expect(Buffer.compare(withoutClock(second), withoutClock(copyState(run.plane.memory, run.plane.plan)))).toBe(0);
    run.spares.at(-1)!(new ArrayBuffer(8));
    await asked();
    const third = run.snapshots.at(-1)!.state;
    expect(Buffer.compare(withoutClock(third), withoutClock(second))).toBe(0);
    expect(third.buffer.byteLength).toBeGreaterThan(third.length);
  });

  it("wait for room in the signal ring instead of dropping a signal", async () => {
    const run = await start(1, 2048);
    const { plane, instances, kernels } = run;
    for (let symbol = 0; symbol < 1500; symbol++) {
      if (plane.ring.free() < 100) {
        plane.ring.publish();
        await kernels.evaluated(plane.ring.nextSequence);
      }
      plane.writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, 0, `S${symbol}`);
      instances.onSymbol(symbol);
    }
    plane.ring.publish();
    await kernels.evaluated(plane.ring.nextSequence);
    let price = 100;
    // Main does not look at the rings while more signals come up than they hold.
    for (let tick = 0; tick < 25; tick++) {
      price *= 1.01;
      plane.writer.stamp(plane.writer.clock + 1_100_000);
      for (let symbol = 0; symbol < 1500; symbol++) {
        plane.writer.write(layout.KIND_TRADE, symbol, 0, 0, plane.writer.clock, [price, 1, price, price, price]);
      }
    }
    plane.ring.publish();
    const last = plane.ring.nextSequence;
    await eventually(
      () => kernels.watermark, // nobody waits for it
      (sequence) => sequence >= last,
    );
    kernels.pump();
    expect(run.signals).toHaveLength(13 * 1500);
  });

  it("are not looked after while they have nothing before them, and again when something comes", async () => {
    const run = await start(2);
    await feed(run, 500);
    const { plane, kernels } = run;
    await eventually(
      () => kernels["pumping"],
      (timer) => timer === null,
    );
    plane.writer.write(layout.KIND_CLOCK, 0, 0, 0, plane.writer.clock, []);
    plane.ring.publish();
    expect(kernels["pumping"]).not.toBeNull();
    await eventually(
      () => kernels["pumping"],
      (timer) => timer === null,
    );
    expect(kernels.watermark).toBe(plane.ring.nextSequence);
  });

  it("of a data plane are looked after by whoever publishes", async () => {
    const compute = createCompute({ maxSymbols: 16, maxInstances: 16, workers: 1 });
    const nothing = (): void => undefined;
    const callbacks = { onSignals: nothing, onSnapshot: nothing, onFailure: nothing };
    const kernels = createKernels(compute, { sequence: 0, count: 0, hash: 0n }, callbacks);
    running.push(kernels);
    await kernels.start();
    await eventually(
      () => kernels["pumping"],
      (timer) => timer === null,
    );
    const { ring, writer } = compute.plane;
    writer.write(layout.KIND_CLOCK, 0, 0, 0, writer.clock, []);
    ring.publish();
    expect(kernels["pumping"]).not.toBeNull();
  });
});

/** GLOBALS begin with the clock, which the snapshot event itself moves. */
function withoutClock(state: Uint8Array<ArrayBuffer>): Buffer {
  const copy = Buffer.from(state);
  copy.fill(0, layout.GLOBALS_CLOCK, layout.GLOBALS_CLOCK + 8);
  return copy;
}
