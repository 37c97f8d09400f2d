import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Instances } from "../../../src/stream/instances.ts";
import { instantiateCore, loadCore } from "../../../src/stream/kernels/core.ts";
import { createPlane } from "../../../src/stream/rings/plane.ts";
import { SignalRings } from "../../../src/stream/rings/signal-ring.ts";
import { stateHash } from "../../../src/stream/rings/state-copy.ts";
import { cointegratedLogs } from "../../support/paths.ts";

const SECOND = 1_000_000;
const START = Date.UTC(2026, 10, 18, 12) * 1000;

/** Groups of two and three legs of either strategy beside the screen's own, dealt to `workers` cores over one memory. */
function trade(workers: number): { count: number; hash: bigint; state: bigint } {
  const plane = createPlane({ maxSymbols: 16, maxInstances: 64, workers });
  const module = loadCore("debug").module;
  const cores = Array.from({ length: workers }, (_, worker) => {
    const core = instantiateCore(module, plane.memory);
    core.attach(worker);
    core.resetGlobals();
    new Int32Array(plane.memory.buffer)[(layout.CONSUMERS + worker * layout.LINE + layout.CONSUMER_ACTIVE) >> 2] = 1;
    return core;
  });
  const rings = new SignalRings(plane.memory, plane.plan, { sequence: 0, count: 0, hash: 0n });
  const instances = new Instances(plane.plan, plane.ring, plane.writer);
  const totals = { count: 0, hash: 0n };
  const settle = (): void => {
    plane.ring.publish();
    for (const core of cores) while (core.drain(4096) > 0);
    for (const signal of rings.take().signals) {
      totals.count++;
      totals.hash = BigInt.asUintN(64, totals.hash + signal.hash);
    }
  };
  plane.writer.stamp(START);
  instances.defineDefaults({ cooldownUs: SECOND, learning: true });
  const path = [1, 2, 3]
    .flatMap((seed) => cointegratedLogs({ seed, length: 700, keep: 0.7 }))
    .map((logs) => logs.map(Math.exp));
  path.forEach((_, symbol) => {
    plane.writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, 0, `S${symbol}`);
    instances.onSymbol(symbol);
  });
  for (const symbols of [
    [0, 1],
    [2, 3],
    [4, 5],
    [0, 1, 2],
  ]) {
    instances.add({ strategy: "cointegration_model", symbols, parameters: { window: 250 }, strategyId: null });
  }
  // More than two of each class, so that blocks of two lanes are full.
  for (let pair = 0; pair < 20; pair++) {
    const symbols = [pair % 6, (pair + 1 + (pair % 3)) % 6];
    const parameters = { window: 250, regate_seconds: 30 };
    instances.add({ strategy: "pairs_trading", symbols, parameters, strategyId: null });
  }
  settle();
  for (let bar = 0; bar < 700; bar++) {
    plane.writer.stamp(START + bar * SECOND);
    path.forEach((prices, symbol) => {
      const price = prices[bar] ?? 0;
      plane.writer.write(layout.KIND_TRADE, symbol, 0, 0, START + bar * SECOND, [price, 1, price, price, price]);
    });
    plane.writer.write(layout.KIND_CLOCK, 0, 0, layout.TIER_TACTICAL, START + bar * SECOND, []);
    settle();
  }
  // Whatever is still held ends, half by a removal and half by a pause: only the owner of a group says so.
  const before = totals.count;
  for (const { id } of instances.all) if (id % 2 === 0) instances.remove(id);
  for (const { id } of instances.all) instances.enable(id, false);
  settle();
  expect(totals.count).toBeGreaterThan(before);
  return { ...totals, state: stateHash(plane.memory, plane.plan, cores[0]?.hashWords ?? (() => 0n)) };
}

describe("groups of legs and the all-pairs screen", () => {
  it("give the same signals and the same state with 1, 2, 3, 5 and 8 workers", () => {
    const alone = trade(1);
    expect(alone.count).toBeGreaterThan(100);
    for (const workers of [2, 3, 5, 8]) expect(trade(workers)).toEqual(alone);
  });
});
