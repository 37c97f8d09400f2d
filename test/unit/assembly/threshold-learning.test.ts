import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";

const QUALITY = (plane: TestPlane, strategy: number): number =>
  plane.state.threshold(layout.THRESHOLD_QUALITY, strategy);

function outcomes(plane: TestPlane, strategy: number, wins: number, losses: number): void {
  for (let index = 0; index < wins; index++) plane.control(layout.CONTROL_OUTCOME, strategy, [1, 0.8]);
  for (let index = 0; index < losses; index++) plane.control(layout.CONTROL_OUTCOME, strategy, [-1, 0.8]);
  plane.beat(layout.TIER_LEARNING);
  plane.settle();
}

describe("threshold learning", () => {
  it("lowers the quality threshold of a strategy that wins, raises that of one that loses, leaves the others", () => {
    const plane = new TestPlane();
    outcomes(plane, layout.MOMENTUM_RIDER, 18, 2);
    outcomes(plane, layout.SPREAD_ADJUSTER, 5, 20);
    expect(QUALITY(plane, layout.MOMENTUM_RIDER)).toBeCloseTo(0.095, 12);
    expect(QUALITY(plane, layout.SPREAD_ADJUSTER)).toBeCloseTo(0.105, 12);
    expect(QUALITY(plane, layout.COINTEGRATION_MODEL)).toBe(0.1);
  });

  it("does nothing before there are twenty outcomes, nor between the two marks", () => {
    const plane = new TestPlane();
    outcomes(plane, layout.MOMENTUM_RIDER, 19, 0);
    expect(QUALITY(plane, layout.MOMENTUM_RIDER)).toBe(0.1);
    outcomes(plane, layout.SPREAD_ADJUSTER, 14, 6);
    expect(QUALITY(plane, layout.SPREAD_ADJUSTER)).toBe(0.1);
  });

  it("needs fresh outcomes for each change", () => {
    const plane = new TestPlane();
    outcomes(plane, layout.MOMENTUM_RIDER, 20, 0);
    for (let beat = 0; beat < 10; beat++) outcomes(plane, layout.MOMENTUM_RIDER, 0, 0);
    expect(QUALITY(plane, layout.MOMENTUM_RIDER)).toBeCloseTo(0.095, 12);
  });

  it("never leaves 0.01 to 0.95", () => {
    const plane = new TestPlane();
    for (let round = 0; round < 80; round++) {
      outcomes(plane, layout.MOMENTUM_RIDER, 20, 0);
      outcomes(plane, layout.SPREAD_ADJUSTER, 0, 20);
    }
    expect(QUALITY(plane, layout.MOMENTUM_RIDER)).toBe(0.01);
    expect(QUALITY(plane, layout.SPREAD_ADJUSTER)).toBe(0.95);
  });

  it("forgets old evidence, so that a strategy that turns bad is noticed", () => {
    const plane = new TestPlane();
    outcomes(plane, layout.MOMENTUM_RIDER, 140, 60);
    outcomes(plane, layout.MOMENTUM_RIDER, 0, 150);
    expect(QUALITY(plane, layout.MOMENTUM_RIDER)).toBeGreaterThan(0.1);
  });

  it("gives the same bits one row and two rows at a time", () => {
    const random = new Random(3);
    const counts = Array.from(
      { length: layout.STRATEGY_COUNT },
      () => [random.integer(40), random.integer(40)] as const,
    );
    const hashes = (["learnRowsScalar", "learnRowsLanes"] as const).map((pass) => {
      const plane = new TestPlane();
      counts.forEach(([wins, losses], strategy) => {
        for (let index = 0; index < wins + losses; index++) {
          plane.control(layout.CONTROL_OUTCOME, strategy, [index < wins ? 1 : -1, 0.5]);
        }
      });
      plane.settle();
      plane.core[pass]();
      return plane.hash();
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("is obeyed: a signal below the learned quality is not given", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_THRESHOLD, layout.MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.95]);
    let price = 100;
    for (let tick = 0; tick < 120; tick++) plane.trade("BTCUSD", (price *= 1.002));
    expect(plane.settle()).toHaveLength(0);
  });
});
