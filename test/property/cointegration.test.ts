import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { openCore } from "../support/core.ts";
import { cointegratedLogs } from "../support/paths.ts";
import { TestPlane } from "../support/plane.ts";
import { Random } from "../support/random.ts";

const SECOND = 1_000_000;
const Z = 192; // word of a group's row

interface Outcome {
  readonly z: readonly number[];
  readonly signals: readonly SignalRecord[];
}

/** Runs a group of its own over the prices, one bar a second; names are A, B, ... in the order given. */
function trade(prices: readonly (readonly number[])[], order = prices.map((_, leg) => leg)): Outcome {
  const plane = new TestPlane({ build: "release" });
  plane.instances.remove(layout.COINTEGRATION_MODEL);
  const names = prices.map((_, leg) => `LEG${leg}`);
  const symbols = names.map((name) => plane.symbol(name));
  plane.instances.add({
    strategy: "cointegration_model",
    symbols: order.map((leg) => symbols[leg] ?? 0),
    parameters: { window: 250 },
    strategyId: null,
  });
  const row = (plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0) + layout.SCREEN_GROUPS * layout.GROUP_BYTES;
  const z: number[] = [];
  const signals: SignalRecord[] = [];
  for (let bar = 0; bar < (prices[0]?.length ?? 0); bar++) {
    plane.pass(SECOND);
    names.forEach((name, leg) => plane.trade(name, prices[leg]?.[bar] ?? 0));
    signals.push(...plane.settle().filter(({ strategy }) => strategy === layout.COINTEGRATION_MODEL));
    z.push(plane.f[(row + Z) / 8] ?? Number.NaN);
  }
  return { z, signals };
}

function market(seed: number, legs: number): number[][] {
  return cointegratedLogs({ seed, legs, length: 700, keep: 0.8 }).map((path) => path.map(Math.exp));
}
function sides(signals: readonly SignalRecord[]): string[] {
  return signals.map(({ clock, symbol, action }) => `${clock} ${symbol} ${action}`).sort();
}
function expectSameZ(own: readonly number[], other: readonly number[], sign = 1): void {
  own.forEach((value, bar) => {
    const expected = sign * (other[bar] ?? Number.NaN);
    if (Number.isNaN(expected)) expect(value).toBeNaN();
    else expect(Math.abs(value - expected)).toBeLessThan(1e-7);
  });
}

describe("cointegration_model", () => {
  it("does not care in which money a leg is quoted", () => {
    for (const seed of [1, 2, 3]) {
      const path = market(seed, 2);
      const scaled = path.map((leg, index) => leg.map((price) => price * (index === 0 ? 137.5 : 0.00031)));
      const [own, other] = [trade(path), trade(scaled)];
      expectSameZ(other.z, own.z);
      expect(sides(other.signals)).toEqual(sides(own.signals));
      expect(own.signals.length).toBeGreaterThan(0);
    }
  });

  it("takes the same sides whatever the order of the legs", () => {
    for (const [seed, order] of [
      [4, [1, 0]],
      [5, [2, 0, 1]],
    ] as const) {
      const path = market(seed, order.length);
      const [own, other] = [trade(path), trade(path, [...order])];
      const sign = Math.sign((own.z[400] ?? 1) * (other.z[400] ?? 1));
      expectSameZ(other.z.slice(0, 500), own.z.slice(0, 500), sign);
      expect(sides(other.signals)).toEqual(sides(own.signals));
    }
  });

  it("sends every leg or none, each with stop, entry and target in order", () => {
    let seen = 0;
    for (const seed of [6, 7, 8]) {
      const { signals } = trade(market(seed, 3));
      const events = new Set(signals.map(({ sequence }) => sequence));
      seen += events.size;
      for (const event of events) {
        const legs = signals.filter(({ sequence }) => sequence === event);
        expect(legs.map(({ symbol }) => symbol)).toEqual([0, 1, 2]);
      }
      for (const { action, stop, entry, target } of signals) {
        if (action === layout.ACTION_BUY) expect(stop < entry && entry < target).toBe(true);
        if (action === layout.ACTION_SELL) expect(target < entry && entry < stop).toBe(true);
      }
    }
    expect(seen).toBeGreaterThan(2);
  });

  it("opens and leaves by turns", () => {
    for (const seed of [9, 10, 11]) {
      const actions = trade(market(seed, 2))
        .signals.filter(({ symbol }) => symbol === 0)
        .map(({ action }) => action === layout.ACTION_EXIT);
      actions.forEach((exit, index) => expect(exit).toBe(index % 2 === 1));
    }
  });
});

describe("all-pairs screen", () => {
  it("does not care in which money a symbol is quoted, nor how wildly it once stood", () => {
    const random = new Random(77);
    for (let round = 0; round < 5; round++) {
      const path = market(100 + round, 3);
      const factors = path.map(() => 10 ** random.between(-8, 8));
      const cores = [openCore("release", 4), openCore("release", 4)] as const;
      for (let bar = 0; bar < 600; bar++) {
        path.forEach((leg, symbol) => {
          const price = leg[bar] ?? 0;
          // The second market jumps far away once, long before the window.
          const jump = bar < 100 ? 50 : 1;
          cores[0].core.screenTick(symbol, price, bar * SECOND, 0);
          cores[1].core.screenTick(symbol, price * (factors[symbol] ?? 1) * jump, bar * SECOND, 0);
        });
      }
      for (const [i, j] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const) {
        const [own, other] = cores.map(({ core }) => core.screenStatistic(i, j));
        expect(other).toBeCloseTo(own ?? Number.NaN, 7);
      }
    }
  });
});
