import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { BUILDS } from "../../support/core.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { TestPlane } from "../../support/plane.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { MODEL_DEFAULTS, modelTwin, type Bar } from "../../support/twins/cointegration-model.ts";

const SECOND = 1_000_000;
// Words of a group's row (groups/row.ts).
const [MISSING, RANK, Z, SLOPE, TAU] = [40, 88, 192, 208 + 24, 208 + 32];
const BUY = layout.ACTION_BUY;

interface Run {
  readonly plane: TestPlane;
  readonly bars: { z: number; slope: number; tau: number; rank: number; signals: readonly SignalRecord[] }[];
}

const NAMES = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"];

/** One trade per leg and second; the bar of a second closes on the first tick of the next. */
function run(prices: readonly (readonly number[])[], plane: TestPlane, parameters: Record<string, number> = {}): Run {
  const names = prices.map((_, leg) => NAMES[leg] ?? "");
  const symbols = names.map((name) => plane.symbol(name));
  // The screen would find the pair as well.
  for (const id of [layout.COINTEGRATION_MODEL, layout.PAIRS_TRADING]) plane.instances.remove(id);
  const added = plane.instances.add({
    strategy: "cointegration_model",
    symbols,
    parameters: { window: 250, ...parameters },
    strategyId: null,
  });
  if (!added.ok) throw new Error(added.failure.code);
  plane.settle();
  const row = (plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0) + layout.SCREEN_GROUPS * layout.GROUP_BYTES;
  const word = (offset: number): number => plane.f[(row + offset) / 8] ?? Number.NaN;
  const bars: Run["bars"] = [];
  const count = prices[0]?.length ?? 0;
  for (let bar = 0; bar <= count; bar++) {
    plane.pass(SECOND);
    const trade = (leg: number): void => plane.trade(names[leg] ?? "", prices[leg]?.[Math.min(bar, count - 1)] ?? 0);
    trade(0); // closes the bar before
    const signals = plane.settle().filter((signal) => signal.strategy === layout.COINTEGRATION_MODEL);
    if (bar > 0) bars.push({ z: word(Z), slope: word(SLOPE), tau: word(TAU), rank: word(RANK), signals });
    for (let leg = 1; leg < names.length; leg++) trade(leg);
    plane.settle();
  }
  return { plane, bars };
}

function exponentials(logs: readonly (readonly number[])[]): number[][] {
  return logs.map((path) => path.map(Math.exp));
}
function near(own: number, expected: number): void {
  if (Number.isNaN(expected)) expect(own).toBeNaN();
  else expect(Math.abs(own - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
}

function sameAsTwin({ bars }: Run, twin: readonly Bar[], legs: number): { entered: number; left: number } {
  const seen = { entered: 0, left: 0 };
  twin.forEach((expected, index) => {
    const own = bars[index];
    if (own === undefined) throw new Error(`bar ${index} is missing`);
    near(own.z, expected.z);
    if (Number.isFinite(expected.z)) {
      near(own.slope, expected.slope);
      near(own.tau, expected.tau);
    }
    expect(own.rank).toBe(expected.rank);
    expect(own.signals).toHaveLength(expected.event === "none" ? 0 : legs);
    if (expected.event === "leave") {
      seen.left++;
      for (const signal of own.signals) expect(signal.action).toBe(layout.ACTION_EXIT);
    }
    if (expected.event !== "enter") return;
    seen.entered++;
    own.signals.forEach((signal, leg) => {
      const side = expected.legs[leg];
      if (side === undefined) throw new Error("the twin has no such leg");
      expect(signal.action === BUY ? 1 : -1).toBe(side.side);
      expect(signal.group).toBe(layout.SCREEN_GROUPS + 1);
      near(signal.entry, side.entry);
      near(signal.stop, side.stop);
      near(signal.target, side.target);
      near(signal.confidence, expected.confidence);
      near(signal.values[0], expected.z);
      near(signal.values[1], side.beta);
      near(signal.values[2], expected.halfLife);
      const [low, high] = side.side > 0 ? [signal.stop, signal.target] : [signal.target, signal.stop];
      expect(low < signal.entry && signal.entry < high).toBe(true);
    });
  });
  return seen;
}

describe.each(BUILDS)("cointegration_model, %s build", (build) => {
  it("does at every bar what the written-out model does, for two and three legs", () => {
    for (const legs of [2, 3]) {
      const path = exponentials(cointegratedLogs({ seed: 40 + legs, length: 1100, legs, keep: 0.8 }));
      const twin = modelTwin(path, MODEL_DEFAULTS, layout.SCREEN_GROUPS);
      const seen = sameAsTwin(run(path, new TestPlane({ build })), twin, legs);
      expect(seen.entered).toBeGreaterThan(2);
      expect(seen.left).toBeGreaterThan(1);
    }
  });

  it("follows its parameters", () => {
    const path = exponentials(cointegratedLogs({ seed: 51, length: 900, keep: 0.8 }));
    const parameters = {
      ...MODEL_DEFAULTS,
      window: 300,
      entryZ: 1.5,
      exitZ: 0,
      stopZ: 3,
      retestBars: 25,
      riskTolerance: 1,
    };
    const own = run(path, new TestPlane({ build }), {
      window: 300,
      entry_z: 1.5,
      exit_z: 0,
      stop_z: 3,
      retest_bars: 25,
      risk_tolerance: 1,
    });
    expect(sameAsTwin(own, modelTwin(path, parameters, layout.SCREEN_GROUPS), 2).entered).toBeGreaterThan(2);
  });

  it("stops when the spread breaks and waits until it has come back", () => {
    const logs = cointegratedLogs({ seed: 41, length: 900, keep: 0.8 });
    const path = exponentials(
      logs.map((leg, index) => leg.map((y, t) => (index === 0 && t > 500 ? y + 0.0006 * (t - 500) : y))),
    );
    const twin = modelTwin(path, MODEL_DEFAULTS, layout.SCREEN_GROUPS);
    sameAsTwin(run(path, new TestPlane({ build })), twin, 2);
    expect(twin.some(({ rank, z }) => rank === 0 || Math.abs(z) > 4)).toBe(true);
  });
});

describe("the rules of cointegration_model", () => {
  const entries = ({ bars }: Run): SignalRecord[] =>
    bars.flatMap(({ signals }) => signals).filter(({ action }) => action !== layout.ACTION_EXIT);
  /** Lets everything out that a rule lets pass, whatever it is worth. */
  function open(): TestPlane {
    const plane = new TestPlane();
    for (const column of [layout.THRESHOLD_QUALITY, layout.THRESHOLD_OPPORTUNITY]) {
      plane.control(layout.CONTROL_THRESHOLD, layout.COINTEGRATION_MODEL, [column, -2]);
    }
    return plane;
  }

  it("leaves with numbers when the spread ceases to revert at all", () => {
    const logs = cointegratedLogs({ seed: 12, length: 900, keep: 0.7 });
    const parameters = { stop_z: 20, adf_stop_p: 1, exit_z: 0 };
    const entered = run(exponentials(logs), new TestPlane(), parameters).bars.findIndex(
      ({ signals }) => signals.length,
    );
    const side =
      run(exponentials(logs), new TestPlane(), parameters).bars[entered]!.signals[0]!.action === BUY ? -1 : 1;
    expect(entered).toBeGreaterThan(0);
    // The bar after the entry carries the spread so far away that the line through all bars points outwards.
    const broken = exponentials(logs).map((path, leg) =>
      path.map((price, bar) => (leg === 0 && bar > entered ? price * Math.exp(side * 2) : price)),
    );
    const { bars } = run(broken, new TestPlane(), parameters);
    expect(bars[entered + 1]!.slope).toBeGreaterThan(0);
    expect(bars[entered + 1]!.signals.map(({ action }) => action)).toEqual([layout.ACTION_EXIT, layout.ACTION_EXIT]);
    for (const { values } of bars[entered + 1]!.signals) expect(values.every(Number.isFinite)).toBe(true);
  });

  it("enters only while Johansen's test finds a rank of one, also at the bar of the test", () => {
    let weak = 0;
    for (const seed of [52, 53, 54]) {
      const path = exponentials(cointegratedLogs({ seed, length: 500, keep: 0.94 }));
      const driven = run(path, open(), { retest_bars: 1, entry_z: 1 });
      weak += driven.bars.filter(({ rank }) => rank === 0).length;
      for (const { values } of entries(driven)) expect(values[3]).toBeGreaterThan(15.4943);
      expect(entries(driven).length).toBeGreaterThan(0);
    }
    expect(weak).toBeGreaterThan(100);
  });

  it("trades no half-life below one bar", () => {
    const path = exponentials(cointegratedLogs({ seed: 55, length: 500, keep: 0.3 }));
    const driven = run(path, open(), { adf_stop_p: 1 });
    expect(driven.bars.some(({ rank, z }) => rank >= 1 && Math.abs(z) > 2)).toBe(true);
    expect(entries(driven)).toEqual([]);
  });

  it("trades no half-life above a quarter of the window", () => {
    // A slow wave: its next step follows from the last one, which the test with lags sees and the half-life does not.
    const [, walk = []] = cointegratedLogs({ seed: 56, length: 700 });
    const wave = walk.map((log, t) => log + 0.05 * Math.sin((2 * Math.PI * t) / 110) + 1e-5 * Math.sin(t * t));
    const driven = run(exponentials([wave, walk]), open(), { adf_stop_p: 1, entry_z: 0.8, stop_z: 20 });
    const slow = driven.bars.filter(({ rank, z, slope }) => rank >= 1 && Math.abs(z) > 0.8 && slope > -0.011);
    expect(slow.length).toBeGreaterThan(50);
    expect(entries(driven)).toEqual([]);
  });

  it("stops at stop_z while everything else is as it was", () => {
    const path = exponentials(cointegratedLogs({ seed: 57, length: 900, keep: 0.85 }));
    const own = { entry_z: 1.2, stop_z: 1.9, adf_stop_p: 1 };
    const parameters = { ...MODEL_DEFAULTS, entryZ: 1.2, stopZ: 1.9, stopP: 1 };
    const twin = modelTwin(path, parameters, layout.SCREEN_GROUPS);
    sameAsTwin(run(path, new TestPlane(), own), twin, 2);
    const stops = twin.filter(({ event, z }) => event === "leave" && Math.abs(z) >= 1.9);
    expect(stops.length).toBeGreaterThan(3);
  });
});

describe("cointegration_model", () => {
  it("counts down the samples it misses", () => {
    const { plane } = run(exponentials(cointegratedLogs({ seed: 1, length: 100 })), new TestPlane());
    const row = (plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0) + layout.SCREEN_GROUPS * layout.GROUP_BYTES;
    expect(plane.f[(row + MISSING) / 8]).toBe(150);
  });

  it("takes no sample before every leg has a price, and one per bar whatever the order of legs and ticks", () => {
    const plane = new TestPlane();
    const [a, b] = ["AAA", "BBB"].map((name) => plane.symbol(name)) as [number, number];
    plane.instances.add({ strategy: "cointegration_model", symbols: [a, b], strategyId: null });
    const row = (plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0) + layout.SCREEN_GROUPS * layout.GROUP_BYTES;
    const count = (): number => plane.f[(row + 32) / 8] ?? Number.NaN;
    for (let bar = 0; bar < 5; bar++) {
      plane.pass(SECOND);
      plane.trade("AAA", 10 + bar);
    }
    plane.settle();
    expect(count()).toBe(0);
    plane.trade("BBB", 20);
    plane.pass(SECOND);
    plane.trade("BBB", 21); // closes the bar in which both have prices
    plane.trade("AAA", 11);
    plane.trade("BBB", 22, 1, plane.clock - 5 * SECOND); // late: a price, not a bar
    plane.settle();
    expect(count()).toBe(1);
    plane.pass(SECOND);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    expect(count()).toBe(2);
    plane.pass(9 * SECOND);
    plane.beat(layout.TIER_TACTICAL); // no tick since: no bar
    plane.settle();
    expect(count()).toBe(2);
  });

  it("closes the bars of a delayed feed on the data's own time", () => {
    const path = exponentials(cointegratedLogs({ seed: 42, length: 300, keep: 0.8 }));
    const plane = new TestPlane();
    const symbols = ["AAA", "BBB"].map((name) => plane.symbol(name));
    plane.instances.add({ strategy: "cointegration_model", symbols, strategyId: null, parameters: { window: 250 } });
    for (let bar = 0; bar < 300; bar++) {
      plane.pass(SECOND);
      ["AAA", "BBB"].forEach((name, leg) => plane.trade(name, path[leg]?.[bar] ?? 0, 1, plane.clock - 900 * SECOND));
      plane.beat(layout.TIER_TACTICAL);
      plane.settle();
    }
    const row = (plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0) + layout.SCREEN_GROUPS * layout.GROUP_BYTES;
    expect(plane.f[(row + 32) / 8]).toBe(299);
  });

  it("is silent and finite when prices stand still or legs are the same", () => {
    const logs = cointegratedLogs({ seed: 3, length: 400 });
    const still = Array.from({ length: 400 }, () => 7);
    const [first = []] = exponentials(logs);
    for (const path of [
      [still, still],
      [first, still],
      [first, first],
    ]) {
      const { bars } = run(path, new TestPlane());
      expect(bars.flatMap(({ signals }) => signals)).toHaveLength(0);
      expect(bars[bars.length - 1]?.rank).toBe(0);
    }
  });

  it("frees its legs when the instance goes", () => {
    const path = exponentials(cointegratedLogs({ seed: 44, length: 300, keep: 0.8 }));
    const { plane } = run(path, new TestPlane());
    expect(plane.instances.remove(layout.STRATEGY_COUNT)).toBe(true);
    plane.settle();
    const heads = (plane.plane.plan.bases[layout.PLAN_LEG_HEADS] ?? 0) / 4;
    const words = new Uint32Array(plane.plane.memory.buffer);
    expect([words[heads], words[heads + 1]]).toEqual([0, 0]);
  });

  it("has the same lists after they are rebuilt", () => {
    const path = exponentials(cointegratedLogs({ seed: 42, length: 700, keep: 0.8 }));
    const [whole, rebuilt] = [new TestPlane(), new TestPlane()];
    const half = path.map((leg) => leg.slice(0, 400));
    run(half, whole);
    run(half, rebuilt);
    rebuilt.core.rebuildLists();
    for (const plane of [whole, rebuilt]) {
      for (let bar = 400; bar < 700; bar++) {
        plane.pass(SECOND);
        ["AAA", "BBB"].forEach((name, leg) => plane.trade(name, path[leg]?.[bar] ?? 0));
        plane.settle();
      }
    }
    expect(rebuilt.hash()).toBe(whole.hash());
  });
});
