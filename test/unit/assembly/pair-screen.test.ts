import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { BUILDS, openCore, type TestCore } from "../../support/core.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random, walk } from "../../support/random.ts";
import { engleGrangerTwin } from "../../support/twins/cointegration.ts";

const SECOND = 1_000_000;
const START = 1_790_000_000 * SECOND;
const W = layout.SCREEN_WINDOW;
/** Symbols take columns in the order of their first tick, so here the numbers are the same. */
const STILL = 4;

/** One tick per symbol and bar; a price of 0 means that the symbol does not tick. */
function feed(test: TestCore, prices: readonly (readonly number[])[], from: number, to: number): void {
  for (let bar = from; bar < to; bar++) {
    prices.forEach((path, symbol) => {
      const price = path[bar] ?? 0;
      if (price > 0) test.core.screenTick(symbol, price, START + bar * SECOND + symbol, 0);
    });
  }
  test.core.screenClock(START + to * SECOND);
}

/** A market with two cointegrated pairs (0-1, 2-3), one that stands still, one that drifts far, a rare one, a late one. */
function market(length: number): number[][] {
  const near = cointegratedLogs({ seed: 21, length, keep: 0.6 });
  const wide = cointegratedLogs({ seed: 22, length, keep: 0.8, noise: 0.01 });
  const random = new Random(23);
  const late = walk(random, length, 40, 0.002).map((price, bar) => (bar < 100 ? 0 : price));
  const still = Array.from({ length }, () => 9);
  const far = walk(random, length, 1e-5, 0.003, 0.004);
  const sparse = walk(random, length, 700, 0.002).map((price, bar) => (bar % 3 === 0 ? price : 0));
  return [...[...near, ...wide].map((logs) => logs.map(Math.exp)), still, far, sparse, late];
}

function filled(path: readonly number[], bar: number): number {
  for (let at = bar; at >= 0; at--) if ((path[at] ?? 0) > 0) return path[at] ?? 0;
  return 0;
}
function windowOf(path: readonly number[], to: number): number[] {
  return Array.from({ length: W }, (_, index) => Math.log(filled(path, to - W + index)));
}

describe.each(BUILDS)("all-pairs screen, %s build", (build) => {
  it("agrees with Engle-Granger pair by pair, before and after exact rebuilds", () => {
    const prices = market(1400);
    const test = openCore(build);
    let judged = 0;
    for (const [from, to] of [
      [0, W],
      [W, 300],
      [300, 360],
      [360, 700],
      [700, 1400],
    ] as const) {
      feed(test, prices, from, to);
      prices.forEach((y, i) => {
        prices.slice(i + 1).forEach((x, k) => {
          const own = test.core.screenStatistic(i, i + 1 + k);
          const full = [y, x].every((path) => filled(path, to - W) > 0) && ![i, i + 1 + k].includes(STILL);
          if (!full) {
            expect(own).toBeNaN();
            return;
          }
          judged++;
          const expected = engleGrangerTwin(windowOf(y, to), windowOf(x, to), 0);
          expect(Math.abs(own - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)));
        });
      });
    }
    expect(judged).toBeGreaterThan(80);
  });

  it("lists the pairs that pass 5 percent, best first, and every statistic as it stands", () => {
    const prices = market(640);
    const test = openCore(build);
    feed(test, prices, 0, 640); // a multiple of the slices: the list is complete
    const listed = Array.from({ length: 16 }, (_, place) => test.core.screenListed(place)).filter((at) => at !== 0);
    const view = new DataView(test.plane.memory.buffer);
    const pairs = listed.map((at) => ({
      tau: view.getFloat64(at, true),
      pair: `${view.getUint32(at + 8, true)}-${view.getUint32(at + 12, true)}`,
    }));
    expect(pairs.map(({ pair }) => pair)).toEqual(expect.arrayContaining(["0-1", "2-3"]));
    const critical = test.core.mackinnonCritical(5, 0, 2, W - 1);
    pairs.forEach(({ tau }, place) => {
      expect(tau).toBeLessThan(critical);
      expect(tau).toBeGreaterThanOrEqual(pairs[place - 1]?.tau ?? -Infinity);
    });
  });

  it("keeps the 16 best when more pass", () => {
    // Twelve symbols that share one trend: nearly all of the 66 pairs are cointegrated.
    const random = new Random(31);
    const trend = walk(random, 640, 100, 0.003);
    const prices = Array.from({ length: 12 }, () => trend.map((price) => price * Math.exp(0.002 * random.normal())));
    const test = openCore(build);
    feed(test, prices, 0, 640);
    expect(test.core.screenListed(15)).not.toBe(0);
    expect(test.core.screenListed(16)).toBe(0);
  });

  it("waits for the data's own time before it closes a bar on the clock", () => {
    const test = openCore(build);
    const bars = (): number => test.arena.f[(test.plane.plan.bases[layout.PLAN_SCREEN] ?? 0) / 8] ?? Number.NaN;
    const lag = 900 * SECOND; // a feed a quarter of an hour behind
    test.core.screenTick(0, 10, START, lag);
    test.core.screenClock(START + lag + SECOND - 1);
    expect(bars()).toBe(0);
    test.core.screenClock(START + lag + SECOND);
    expect(bars()).toBe(1);
    test.core.screenClock(START + lag + 9 * SECOND);
    expect(bars()).toBe(1); // a bar without a tick is none
  });

  it("screens as many symbols as it has columns and no more", () => {
    const test = openCore(build, 8);
    for (let symbol = 0; symbol < 8; symbol++) test.core.screenTick(symbol, 10 + symbol, START + symbol, 0);
    expect(() => test.core.screenClose()).not.toThrow();
    expect(test.core.screenStatistic(0, 7)).toBeNaN();
  });
});

describe("the default instance of cointegration_model", () => {
  it("trades the pairs that the screen finds, without further set-up", () => {
    const plane = new TestPlane();
    const path = cointegratedLogs({ seed: 61, length: 900, keep: 0.6 }).map((logs) => logs.map(Math.exp));
    const signals: SignalRecord[] = [];
    for (let bar = 0; bar < 900; bar++) {
      plane.pass(SECOND);
      ["ETHUSD", "BTCUSD"].forEach((name, leg) => plane.trade(name, path[leg]?.[bar] ?? 0));
      plane.beat(layout.TIER_TACTICAL);
      signals.push(...plane.settle().filter(({ strategy }) => strategy === layout.COINTEGRATION_MODEL));
    }
    expect(signals.length).toBeGreaterThan(3);
    for (const { group, instance } of signals) {
      expect(instance).toBe(layout.COINTEGRATION_MODEL);
      expect(group).toBe(1);
    }
  });

  it("keeps a pair in one group only, and none when the instance is gone", () => {
    const plane = new TestPlane();
    const path = cointegratedLogs({ seed: 62, length: 700, legs: 3, keep: 0.5 }).map((logs) => logs.map(Math.exp));
    const groups = (): string[] => {
      const words = new Uint32Array(plane.plane.memory.buffer);
      const base = plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0;
      return Array.from({ length: layout.SCREEN_GROUPS }, (_, group) => (base + group * layout.GROUP_BYTES) / 4)
        .filter((row) => words[row] !== 0)
        .map((row) => `${words[row + 128]}-${words[row + 144]}`);
    };
    for (let bar = 0; bar < 700; bar++) {
      plane.pass(SECOND);
      ["AAA", "BBB", "CCC"].forEach((name, leg) => plane.trade(name, path[leg]?.[bar] ?? 0));
      plane.settle();
    }
    expect(groups().length).toBeGreaterThan(0);
    expect(new Set(groups()).size).toBe(groups().length);
    plane.instances.remove(layout.COINTEGRATION_MODEL);
    plane.settle();
    expect(groups()).toEqual([]);
  });
});
