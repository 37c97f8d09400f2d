import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { PlainCycle } from "../../bench/plain/cycle.ts";
import { TestPlane } from "../support/plane.ts";
import { Random } from "../support/random.ts";

/** The strategies that the plain cycle knows. */
const PLAIN: readonly number[] = [layout.MOMENTUM_RIDER, layout.SPREAD_ADJUSTER];

/**
 * A plane whose symbols carry bar-sampled instances of momentum and spread, ready for closeBars, beside the default
 * instances of `strategies`.
 */
function barPlane(symbols: number, build: "debug" | "release" = "debug", strategies?: readonly number[]): TestPlane {
  const plane = new TestPlane({ capacity: { maxSymbols: 64, maxInstances: 64 }, build });
  for (const { id, type } of plane.instances.all) {
    if (strategies?.includes(type.code) === false) plane.instances.remove(id);
  }
  const ids = Array.from({ length: symbols }, (_, index) => plane.symbol(`S${index}`));
  for (const id of ids) plane.quote(`S${id}`, 99.9, 100.1);
  plane.settle();
  const parameters = { momentum_threshold: 100 };
  plane.instances.add({ strategy: "momentum_rider", barMs: 1000, symbols: ids, strategyId: null, parameters });
  plane.instances.add({ strategy: "spread_adjuster", barMs: 1000, symbols: ids, strategyId: null });
  plane.settle();
  return plane;
}

/** Opens a bar on a random part of the series; the same for every plane that uses the same seed. */
function openBars(plane: TestPlane, random: Random, prices: number[], share: number): void {
  plane.pass(1_000_000);
  for (const { index, symbol, barMs } of plane.state.series()) {
    if (barMs !== 1000 || random.next() > share) continue;
    const price = (prices[symbol] = (prices[symbol] ?? 100) * (1 + 0.002 * (random.next() - 0.5)));
    const base = (plane.plane.plan.bases[layout.PLAN_SERIES] ?? 0) / 8;
    const at = base + (index >> 1) * layout.SERIES_COLUMNS * 2 + (index & 1);
    plane.f[at + layout.SERIES_OPEN_END * 2] = plane.clock;
    plane.f[(plane.plane.plan.bases[layout.PLAN_ENDS] ?? 0) / 8 + index] = plane.clock;
    plane.f[at + layout.SERIES_OPEN_CLOSE * 2] = price;
    plane.f[at + layout.SERIES_OPEN_HIGH * 2] = price * 1.0002;
    plane.f[at + layout.SERIES_OPEN_LOW * 2] = price * 0.9998;
    plane.f[at + layout.SERIES_OPEN_VOLUME * 2] = 1 + random.next();
  }
}

/** A column of a series. */
function lane({ f, plane: { plan } }: TestPlane, index: number, column: number): number | undefined {
  const base = (plan.bases[layout.PLAN_SERIES] ?? 0) / 8;
  return f[base + (index >> 1) * layout.SERIES_COLUMNS * 2 + (index & 1) + column * 2];
}

describe("the cycle driver", () => {
  it("gives the same bytes two lanes at a time and one at a time, with every strategy on every symbol", () => {
    for (const share of [1, 0.4]) {
      const planes = [barPlane(37), barPlane(37)];
      const [lanes, scalar] = planes as [TestPlane, TestPlane];
      const randoms = planes.map(() => new Random(6));
      const prices: number[][] = planes.map(() => []);
      for (let cycle = 0; cycle < 1200; cycle++) {
        planes.forEach((plane, index) => openBars(plane, randoms[index]!, prices[index]!, share));
        lanes.core.closeBarsLanes(lanes.clock);
        scalar.core.closeBarsScalar(scalar.clock);
        planes.forEach((plane) => plane.settle());
      }
      expect(scalar.hash()).toBe(lanes.hash());
    }
  });

  it("gives the same bytes where one series of a block keeps what breakouts need and the other does not", () => {
    const planes = [barPlane(32, "debug", PLAIN), barPlane(32, "debug", PLAIN)];
    const [lanes, scalar] = planes as [TestPlane, TestPlane];
    // Of the blocks (0, 8), (1, 9) and so on the first, of (16, 24), (17, 25) and so on the second.
    const symbols = [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31];
    const rich = (plane: TestPlane): readonly string[] =>
      plane.state
        .series()
        .filter(({ index, barMs }) => barMs === 1000 && lane(plane, index, layout.SERIES_RICH) === 1)
        .map(({ index, symbol }) => `${symbol} in lane ${index & 1}`);
    for (const plane of planes) {
      plane.instances.add({ strategy: "breakout_strategy", barMs: 1000, symbols, strategyId: null });
      plane.settle();
    }
    expect(rich(lanes)).toEqual(symbols.map((symbol) => `${symbol} in lane ${symbol < 8 ? 0 : 1}`));
    const randoms = planes.map(() => new Random(8));
    const prices: number[][] = planes.map(() => []);
    for (let cycle = 0; cycle < 300; cycle++) {
      planes.forEach((plane, index) => openBars(plane, randoms[index]!, prices[index]!, 0.9));
      lanes.core.closeBarsLanes(lanes.clock);
      scalar.core.closeBarsScalar(scalar.clock);
      planes.forEach((plane) => plane.settle());
    }
    expect(scalar.hash()).toBe(lanes.hash());
  });

  it("gives the same bytes two lanes at a time, one at a time, and in plain JavaScript", () => {
    for (const share of [1, 0.4]) {
      const planes = [barPlane(37, "debug", PLAIN), barPlane(37, "debug", PLAIN), barPlane(37, "debug", PLAIN)];
      const [lanes, scalar, plain] = planes as [TestPlane, TestPlane, TestPlane];
      const twin = new PlainCycle(plain.plane.memory, plain.plane.plan);
      const randoms = planes.map(() => new Random(5));
      const prices: number[][] = planes.map(() => []);
      for (let cycle = 0; cycle < 1500; cycle++) {
        planes.forEach((plane, index) => openBars(plane, randoms[index]!, prices[index]!, share));
        lanes.core.closeBarsLanes(lanes.clock);
        scalar.core.closeBarsScalar(scalar.clock);
        twin.closeBars(plain.clock);
      }
      expect(scalar.hash()).toBe(lanes.hash());
      expect(plain.hash()).toBe(lanes.hash());
    }
  });

  it("stays the same when the release build without asserts computes it", () => {
    const planes = [barPlane(20, "debug"), barPlane(20, "release")];
    const randoms = planes.map(() => new Random(9));
    const prices: number[][] = planes.map(() => []);
    for (let cycle = 0; cycle < 400; cycle++) {
      planes.forEach((plane, index) => {
        openBars(plane, randoms[index]!, prices[index]!, 0.7);
        plane.core.closeBarsLanes(plane.clock);
      });
    }
    expect(planes[0]!.hash()).toBe(planes[1]!.hash());
  });

  it("keeps every state out of the subnormal range when a market is halted", () => {
    const plane = barPlane(8);
    const random = new Random(3);
    const prices: number[] = [];
    for (let cycle = 0; cycle < 50; cycle++) {
      openBars(plane, random, prices, 1);
      plane.core.closeBarsLanes(plane.clock);
    }
    for (let cycle = 0; cycle < 20_000; cycle++) {
      plane.pass(1_000_000);
      for (let index = 0; index < 16; index++) {
        const at =
          (plane.plane.plan.bases[layout.PLAN_SERIES] ?? 0) / 8 +
          (index >> 1) * layout.SERIES_COLUMNS * 2 +
          (index & 1);
        plane.f[at + layout.SERIES_OPEN_END * 2] = plane.clock;
        plane.f[(plane.plane.plan.bases[layout.PLAN_ENDS] ?? 0) / 8 + index] = plane.clock;
        for (const column of [layout.SERIES_OPEN_CLOSE, layout.SERIES_OPEN_HIGH, layout.SERIES_OPEN_LOW]) {
          plane.f[at + column * 2] = 100;
        }
      }
      plane.core.closeBarsLanes(plane.clock);
    }
    const state = plane.f.subarray(
      (plane.plane.plan.bases[layout.PLAN_SERIES] ?? 0) / 8,
      (plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0) / 8,
    );
    const subnormal = state.filter((value) => value !== 0 && Math.abs(value) < 2.3e-308);
    expect(subnormal).toHaveLength(0);
  });

  it("closes a bar at a beat by the symbol's own time, so that a delayed feed closes its bars too", () => {
    const plane = barPlane(1);
    const delayUs = 3_600_000_000;
    plane.trade("S0", 100, 5, plane.clock - delayUs);
    plane.settle();
    const bars = (): number => plane.state.symbol(0)!.bars;
    const before = bars();
    plane.pass(400_000);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    const early = bars();
    plane.pass(1_000_000);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    expect(early).toBe(before);
    expect(bars()).toBe(before + 1);
  });
});
