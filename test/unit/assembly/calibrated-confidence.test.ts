import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as learning from "../../../assembly/learned-layout.ts";
import { calibrated, type Point } from "../../../src/learning/calibration.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { TestPlane } from "../../support/plane.ts";

const { MOMENTUM_RIDER } = layout;

function enter(plane: TestPlane, points: readonly Point[]): void {
  plane.control(layout.CONTROL_CALIBRATION, MOMENTUM_RIDER, [0]);
  for (const [index, [raw, worth]] of points.entries()) {
    plane.control(layout.CONTROL_CALIBRATION, MOMENTUM_RIDER, [index + 1, raw, worth]);
  }
  plane.settle();
}

function rising(plane: TestPlane): readonly SignalRecord[] {
  let price = 100;
  const signals: SignalRecord[] = [];
  for (let tick = 0; tick < 120; tick++) {
    plane.pass(1_000_000);
    plane.trade("BTCUSD", (price *= tick % 2 === 0 ? 1.0025 : 1.0015), 1000 + 8 * tick);
    signals.push(...plane.settle());
  }
  return signals.filter(({ strategy, action }) => strategy === MOMENTUM_RIDER && action === layout.ACTION_BUY);
}

describe("calibrated confidence", () => {
  it("is the raw one while nothing was learned", () => {
    const signals = rising(new TestPlane());
    expect(signals.length).toBeGreaterThan(10);
    for (const { confidence, confidenceRaw } of signals) expect(confidence).toBe(confidenceRaw);
  });

  it("is what the map says, with the raw one beside it", () => {
    const points: readonly Point[] = [
      [0.5, 0.45],
      [0.7, 0.55],
      [0.88, 0.6],
      [0.9, 0.8],
    ];
    const plane = new TestPlane();
    enter(plane, points);
    const signals = rising(plane);
    const raw = rising(new TestPlane()).map(({ confidenceRaw }) => confidenceRaw);
    expect(signals.map(({ confidenceRaw }) => confidenceRaw)).toStrictEqual(raw);
    for (const { confidence, confidenceRaw } of signals) {
      expect(confidence).toBe(calibrated(points, confidenceRaw));
      expect(confidence).toBeLessThan(confidenceRaw);
    }
  });

  it("is what thresholds and the value of a trade are judged by", () => {
    // 3 % to win and 2 % to lose: with a chance of 0.42 a trade is worth 0.05 of its risk, and less with a lower one.
    for (const [worth, given] of [
      [0.43, true],
      [0.41, false],
    ] as const) {
      const plane = new TestPlane();
      enter(plane, [[0.5, worth]]);
      expect(rising(plane).length > 0).toBe(given);
    }
    const strict = new TestPlane();
    strict.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.6]);
    enter(strict, [[0.5, 0.59]]);
    expect(rising(strict)).toHaveLength(0);
  });

  it("is the raw one again when the map is taken away, and leaves no trace in the state", () => {
    const [plain, changed] = [new TestPlane(), new TestPlane()];
    enter(changed, [
      [0.2, 0.1],
      [0.8, 0.7],
    ]);
    expect(changed.hash()).not.toBe(plain.hash());
    enter(changed, []);
    plain.settle();
    expect(changed.hash()).toBe(plain.hash());
  });

  it("belongs to one strategy", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_CALIBRATION, layout.BREAKOUT_STRATEGY, [1, 0.5, 0.1]);
    for (const { confidence, confidenceRaw } of rising(plane)) expect(confidence).toBe(confidenceRaw);
  });

  it("takes no point of which there is no place, and none of a strategy that there is not", () => {
    const plane = new TestPlane();
    const before = plane.hash();
    plane.control(layout.CONTROL_CALIBRATION, MOMENTUM_RIDER, [learning.CALIBRATION_POINTS + 1, 0.5, 0.5]);
    plane.control(layout.CONTROL_CALIBRATION, layout.STRATEGY_COUNT, [1, 0.5, 0.5]);
    plane.settle();
    expect(plane.hash()).toBe(before);
  });
});
