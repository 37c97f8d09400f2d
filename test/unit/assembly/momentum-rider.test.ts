import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random, walk } from "../../support/random.ts";
import { momentumTwin } from "../../support/twins/momentum-rider.ts";

const MOMENTUM = (column: number): readonly [number, number, number, number] => [
  layout.PLAN_CELLS + layout.MOMENTUM_RIDER,
  layout.MOMENTUM_COLUMNS,
  0,
  column,
];

/** The reference trend of the contract: 120 ticks one second apart, ending now. */
function referenceTrend(plane: TestPlane, name: string, up: boolean, spread = false): readonly SignalRecord[] {
  let price = 50_000;
  const begin = plane.clock - (spread ? 0 : 119_000_000);
  for (let tick = 0; tick < 120; tick++) {
    const odd = tick % 2 === 1;
    price *= up ? (odd ? 1.0015 : 1.0025) : odd ? 0.9975 : 0.9985;
    if (spread) plane.pass(1_000_000);
    plane.trade(name, price, 1000 + (1000 * tick) / 119, begin + tick * 1_000_000);
  }
  return plane.settle();
}

describe("momentum_rider", () => {
  it("agrees with its twin on every tick of a random walk longer than its window", () => {
    const plane = new TestPlane();
    const closes = walk(new Random(11), 1500, 100, 0.001);
    closes.forEach((close, index) => {
      plane.pass(1_000_000);
      plane.trade("BTCUSD", close);
      plane.settle();
      if (index % 37 !== 0 && index < 1400) return;
      const twin = momentumTwin(closes.slice(0, index + 1));
      expect(plane.column(...MOMENTUM(layout.MOMENTUM_STRENGTH))).toBeCloseTo(twin.strength, 8);
      expect(plane.column(...MOMENTUM(layout.MOMENTUM_TREND))).toBeCloseTo(twin.trend, 12);
    });
  });

  it("says how many samples are missing until its shortest horizon is filled", () => {
    const plane = new TestPlane();
    for (let tick = 0; tick < 14; tick++) {
      plane.trade("BTCUSD", 100 + tick);
      plane.settle();
      expect(plane.column(...MOMENTUM(layout.CELL_MISSING))).toBe(Math.max(0, 12 - tick));
    }
  });

  it("buys the rising reference trend and sells the falling one, with the contract's stops and targets", () => {
    for (const up of [true, false]) {
      const plane = new TestPlane();
      const signals = referenceTrend(plane, "BTCUSD", up);
      const signal = signals[0]!;
      expect(signals).toHaveLength(1);
      expect(signal.action).toBe(up ? layout.ACTION_BUY : layout.ACTION_SELL);
      expect(signal.stop).toBeCloseTo(signal.entry * (up ? 0.98 : 1.02), 6);
      expect(signal.target).toBeCloseTo(signal.entry * (up ? 1.03 : 0.97), 6);
      expect(signal.confidence).toBeGreaterThan(0);
      expect(signal.confidence).toBeLessThanOrEqual(0.9);
      expect(signal.values[0]).toBeGreaterThan(1);
      expect(Math.sign(signal.values[1])).toBe(up ? 1 : -1);
    }
  });

  it("tells the trend of its longest filled horizon, also where shorter ones outweigh it", () => {
    const plane = new TestPlane();
    const closes = [100];
    for (let tick = 0; tick < 288; tick++) closes.push(closes.at(-1)! * (tick < 276 ? 0.999 : 1.003));
    const signals: SignalRecord[] = [];
    for (const close of closes) {
      plane.pass(1_100_000);
      plane.trade("BTCUSD", close);
      signals.push(...plane.settle().filter(({ instance }) => instance === layout.MOMENTUM_RIDER));
    }
    const last = signals.at(-1)!;
    expect(last.action).toBe(layout.ACTION_BUY);
    expect(last.values[1]).toBeCloseTo(Math.log(closes.at(-1)! / closes[0]!) / 288, 12);
    expect(last.values[1]).toBeLessThan(0);
  });

  it("is silent on a price that never moves", () => {
    const plane = new TestPlane();
    for (let tick = 0; tick < 2000; tick++) {
      plane.pass(100_000);
      plane.trade("BTCUSD", 100);
    }
    expect(plane.settle()).toHaveLength(0);
    expect(plane.column(...MOMENTUM(layout.MOMENTUM_STRENGTH))).toBe(0);
  });

  it("speaks exactly when its strength is above the threshold, outside of the cool-down", () => {
    const plane = new TestPlane();
    let spoken = 0;
    for (const close of walk(new Random(23), 600, 100, 0.001)) {
      plane.pass(1_100_000);
      plane.trade("BTCUSD", close);
      const own = plane.settle().filter(({ instance }) => instance === layout.MOMENTUM_RIDER);
      const signals = own.filter(({ action }) => action !== layout.ACTION_EXIT);
      const strength = plane.column(...MOMENTUM(layout.MOMENTUM_STRENGTH));
      expect(signals).toHaveLength(Math.abs(strength) > 1 ? 1 : 0);
      spoken += signals.length;
    }
    expect(spoken).toBeGreaterThan(20);
    expect(spoken).toBeLessThan(580);
  });

  it("repeats its signal once per cool-down of the engine clock while ticks come in", () => {
    const plane = new TestPlane();
    referenceTrend(plane, "BTCUSD", true);
    let price = 70_000;
    const clocks: number[] = [];
    for (let tick = 0; tick < 50; tick++) {
      plane.pass(100_000);
      price *= 1.002;
      plane.trade("BTCUSD", price);
      for (const signal of plane.settle()) clocks.push(signal.clock);
    }
    expect(clocks).toHaveLength(5);
    clocks.slice(1).forEach((clock, index) => expect(clock - clocks[index]!).toBeGreaterThanOrEqual(1_000_000));
  });

  it("asks for an exit when its strength turns", () => {
    const plane = new TestPlane();
    referenceTrend(plane, "BTCUSD", true);
    let price = 60_000;
    const actions: number[] = [];
    for (let tick = 0; tick < 60; tick++) {
      plane.pass(10_000);
      price *= 0.996;
      plane.trade("BTCUSD", price);
      for (const signal of plane.settle()) actions.push(signal.action);
    }
    expect(actions[0]).toBe(layout.ACTION_EXIT);
    expect(actions.filter((action) => action === layout.ACTION_EXIT)).toHaveLength(1);
  });

  it("leaves the weekend to crypto", () => {
    const saturday = Date.UTC(2026, 10, 21, 12) * 1_000;
    for (const [asset, expected] of [
      [layout.ASSET_CRYPTO, 1],
      [layout.ASSET_STOCKS, 0],
      [layout.ASSET_FOREX, 0],
    ] as const) {
      const plane = new TestPlane({ clock: saturday });
      plane.symbol("X", asset);
      expect(referenceTrend(plane, "X", true)).toHaveLength(expected);
    }
  });

  it("fills its window from history without speaking", () => {
    const plane = new TestPlane();
    let price = 100;
    for (let tick = 0; tick < 100; tick++) plane.trade("BTCUSD", (price *= 1.002), 1, plane.clock, layout.FLAG_HISTORY);
    expect(plane.settle()).toHaveLength(0);
    expect(plane.column(...MOMENTUM(layout.MOMENTUM_STRENGTH))).toBeGreaterThan(1);
  });

  it("starts its window again when history arrives behind the first live ticks", () => {
    const plane = new TestPlane();
    const closes = walk(new Random(5), 60, 100, 0.002);
    plane.trade("BTCUSD", 170);
    plane.trade("BTCUSD", 171);
    closes.forEach((close, index) => {
      plane.trade("BTCUSD", close, 1, plane.clock - (60 - index) * 1_000_000, index < 50 ? layout.FLAG_HISTORY : 0);
    });
    plane.settle();
    expect(plane.column(...MOMENTUM(layout.MOMENTUM_STRENGTH))).toBeCloseTo(momentumTwin(closes).strength, 8);
  });

  it("honours its parameters: volume, ATR stops, risk tolerance and the confirming timeframe", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("BTCUSD");
    const add = (parameters: Record<string, number>): number => {
      const added = plane.instances.add({
        strategy: "momentum_rider",
        symbols: [symbol],
        strategyId: null,
        parameters,
      });
      if (!added.ok) throw new Error(added.failure.code);
      return added.value.id;
    };
    const needsVolume = add({ require_volume: 1, volume_multiplier: 50 });
    const byAtr = add({ stop_mode: 1 });
    const bold = add({ risk_tolerance: 1 });
    const high = add({ momentum_threshold: 90 });
    const signals = new Map(referenceTrend(plane, "BTCUSD", true, true).map((signal) => [signal.instance, signal]));
    expect(signals.has(needsVolume)).toBe(false);
    expect(signals.has(high)).toBe(false);
    expect(signals.get(bold)!.stop).toBeCloseTo(signals.get(bold)!.entry * 0.97, 6);
    const atr = signals.get(byAtr)!;
    expect((atr.target - atr.entry) / (atr.entry - atr.stop)).toBeCloseTo(1.5, 9);
    expect(atr.stop).not.toBeCloseTo(atr.entry * 0.98, 0);
  });

  it("stays silent while the confirming timeframe disagrees", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("BTCUSD");
    const parameters = { confirm_bar_ms: 10_000, horizon_short: 12, horizon_medium: 13, horizon_long: 14 };
    const added = plane.instances.add({ strategy: "momentum_rider", symbols: [symbol], strategyId: null, parameters });
    if (!added.ok) throw new Error(added.failure.code);
    let price = 100;
    let time = plane.clock - 400_000_000;
    // Twenty ten-second bars that fall hard, then one bar's worth of ticks that rise.
    for (let tick = 0; tick < 200; tick++) plane.trade("BTCUSD", (price *= 0.999), 1, (time += 1_000_000));
    plane.settle();
    plane.pass(5_000_000);
    for (let tick = 0; tick < 60; tick++) {
      plane.pass(30_000);
      plane.trade("BTCUSD", (price *= 1.002), 1, (time += 10_000));
    }
    const speakers = plane.settle().filter((signal) => signal.action === layout.ACTION_BUY);
    expect(speakers.map((signal) => signal.instance)).toEqual([layout.MOMENTUM_RIDER]);
  });

  it("gives nothing after its instance was removed or disabled, and leaves the others alone", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("BTCUSD");
    const ids = [0, 1, 2].map(() => {
      const added = plane.instances.add({ strategy: "momentum_rider", symbols: [symbol], strategyId: null });
      if (!added.ok) throw new Error(added.failure.code);
      return added.value.id;
    });
    plane.instances.remove(ids[1]!);
    plane.instances.enable(ids[2]!, false);
    const speakers = referenceTrend(plane, "BTCUSD", true).map((signal) => signal.instance);
    expect(speakers).toEqual([layout.MOMENTUM_RIDER, ids[0]]);
  });
});
