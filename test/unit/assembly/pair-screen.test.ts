import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { BUILDS, openCore, type TestCore } from "../../support/core.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random, walk } from "../../support/random.ts";
import { engleGrangerTwin } from "../../support/twins/cointegration.ts";

const SECOND = 1_000_000;
const START = 1_790_000_000 * SECOND;
const W = reference.SCREEN_WINDOW;
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

describe("the default instances of cointegration_model and pairs_trading", () => {
  const HALF = layout.SCREEN_GROUPS / 2;
  const CODES = [layout.COINTEGRATION_MODEL, layout.PAIRS_TRADING] as const;
  const TRIPLE = cointegratedLogs({ seed: 62, length: 700, legs: 3, keep: 0.5 }).map((logs) => logs.map(Math.exp));

  /** Pairs in the groups of either strategy. */
  function groups({ plane }: TestPlane): string[][] {
    const words = new Uint32Array(plane.memory.buffer);
    const base = plane.plan.bases[layout.PLAN_GROUPS] ?? 0;
    const rows = Array.from({ length: layout.SCREEN_GROUPS }, (_, group) => (base + group * layout.GROUP_BYTES) / 4);
    const pairs = rows.map((row) => (words[row] === 0 ? "" : `${words[row + 128]}-${words[row + 144]}`));
    return [pairs.slice(0, HALF), pairs.slice(HALF)].map((half) => half.filter((pair) => pair !== ""));
  }
  function feedTriple(plane: TestPlane): void {
    for (let bar = 0; bar < 700; bar++) {
      plane.pass(SECOND);
      ["AAA", "BBB", "CCC"].forEach((name, leg) => plane.trade(name, TRIPLE[leg]?.[bar] ?? 0));
      plane.settle();
    }
  }

  it("trade the pairs that the screen finds, without further set-up, each in its half of the screen's groups", () => {
    const plane = new TestPlane();
    const path = cointegratedLogs({ seed: 61, length: 900, keep: 0.6 }).map((logs) => logs.map(Math.exp));
    const signals: SignalRecord[] = [];
    for (let bar = 0; bar < 900; bar++) {
      plane.pass(SECOND);
      ["ETHUSD", "BTCUSD"].forEach((name, leg) => plane.trade(name, path[leg]?.[bar] ?? 0));
      plane.beat(layout.TIER_TACTICAL);
      signals.push(...plane.settle().filter(({ group }) => group > 0));
    }
    CODES.forEach((code, half) => {
      const own = signals.filter(({ strategy }) => strategy === code);
      expect(own.length).toBeGreaterThan(3);
      for (const { group, instance } of own) expect([group, instance]).toEqual([half * HALF + 1, code]);
    });
  });

  it("keep a pair in one group each, and none when the instance is gone", () => {
    const plane = new TestPlane();
    feedTriple(plane);
    for (const half of groups(plane)) {
      expect(half.length).toBeGreaterThan(0);
      expect(new Set(half).size).toBe(half.length);
    }
    plane.instances.remove(layout.COINTEGRATION_MODEL);
    plane.settle();
    expect(groups(plane).map((half) => half.length > 0)).toEqual([false, true]);
    plane.instances.remove(layout.PAIRS_TRADING);
    plane.settle();
    expect(groups(plane)).toEqual([[], []]);
  });

  it("get pairs without the other one", () => {
    CODES.forEach((code, half) => {
      const plane = new TestPlane();
      plane.instances.remove(code);
      feedTriple(plane);
      expect(groups(plane).map((pairs) => pairs.length > 0)).toEqual([half === 1, half === 0]);
    });
  });

  it("give the group of a pair that their own test refuses to the next pair", () => {
    const plane = new TestPlane();
    const random = new Random(64);
    // The first pair is cointegrated while the screen looks, and two walks from then on; the second one comes later.
    const first = cointegratedLogs({ seed: 63, length: 1200, keep: 0.4 });
    const second = cointegratedLogs({ seed: 65, length: 1200, keep: 0.4 });
    const seen = new Set<string>();
    let apart = 0;
    for (let bar = 0; bar < 1200; bar++) {
      if (bar > 280) apart += 0.004 * random.normal();
      plane.pass(SECOND);
      plane.trade("AAA", Math.exp((first[0]?.[bar] ?? 0) + apart));
      plane.trade("BBB", Math.exp(first[1]?.[bar] ?? 0));
      if (bar > 400) ["CCC", "DDD"].forEach((name, leg) => plane.trade(name, Math.exp(second[leg]?.[bar] ?? 0)));
      plane.settle();
      groups(plane).forEach((half, index) => seen.add(`${index}: ${half[0] ?? "none"}`));
    }
    expect([...seen]).toEqual(expect.arrayContaining(["0: 0-1", "0: 2-3", "1: 0-1", "1: 2-3"]));
  });
});
