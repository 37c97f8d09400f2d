import { describe, expect, it } from "vitest";
import {
  CALIBRATED_FROM,
  calibrated,
  type CalibrationMap,
  distance,
  fitCalibration,
  POINTS,
  reliabilityOf,
  towards,
  WORTH_MAX,
  WORTH_MIN,
} from "../../../src/learning/calibration.ts";
import { ConfidentMarket, TRUTHS } from "../../support/learning/confident-market.ts";

const SEEDS = [1, 2, 3, 4, 5];

describe("calibration of confidence", () => {
  it("waits for two hundred outcomes", () => {
    const outcomes = new ConfidentMarket(1, (raw) => raw).outcomes(CALIBRATED_FROM);
    expect(fitCalibration(outcomes.slice(1))).toBeNull();
    expect(fitCalibration(outcomes)).not.toBeNull();
  });

  it.each(Object.entries(TRUTHS))(
    "brings the error of what is published to at most 0.05, out of sample, on a market that is %s",
    (name, truth) => {
      for (const seed of SEEDS) {
        const market = new ConfidentMarket(seed, truth);
        const map = fitCalibration(market.outcomes(2_000));
        const { ece } = reliabilityOf(market.outcomes(20_000, (raw) => calibrated(map, raw)));
        expect(ece).toBeLessThanOrEqual(0.05);
        // Without the map the same market misses it, unless there was nothing to mend.
        const before = reliabilityOf(market.outcomes(20_000)).ece;
        if (name !== "honest") expect(before).toBeGreaterThan(0.08);
      }
    },
  );

  it("gives a map that rises, of few points, within the cap", () => {
    for (const truth of Object.values(TRUTHS)) {
      for (const count of [200, 777, 5_000]) {
        const map = fitCalibration(new ConfidentMarket(9, truth).outcomes(count)) ?? [];
        expect(map.length).toBeGreaterThan(0);
        expect(map.length).toBeLessThanOrEqual(POINTS);
        map.forEach(([raw, worth], index) => {
          const [rawBefore, worthBefore] = map[index - 1] ?? [-1, 0];
          expect(raw).toBeGreaterThan(rawBefore);
          expect(worth).toBeGreaterThanOrEqual(worthBefore);
          expect(worth).toBeGreaterThanOrEqual(WORTH_MIN);
          expect(worth).toBeLessThanOrEqual(WORTH_MAX);
        });
      }
    }
  });

  it("makes one point of outcomes that all bear the same confidence", () => {
    const outcomes = new ConfidentMarket(3, () => 0.4).outcomes(1_000).map((one) => ({ ...one, confidenceRaw: 0.9 }));
    const map = fitCalibration(outcomes) ?? [];
    expect(map).toHaveLength(1);
    expect(map[0]?.[0]).toBeCloseTo(0.9, 12);
    expect(map[0]?.[1]).toBeCloseTo(0.4, 1);
  });

  it("gives the same map for the same outcomes in any order", () => {
    const outcomes = new ConfidentMarket(4, TRUTHS["timid"] ?? Number).outcomes(600);
    expect(distance(fitCalibration(outcomes), fitCalibration(outcomes.toReversed()))).toBeLessThan(1e-12);
  });

  it("comes into force step by step, never further than a step from what is, and arrives", () => {
    for (const truth of Object.values(TRUTHS)) {
      const wanted = fitCalibration(new ConfidentMarket(5, truth).outcomes(2_000));
      for (const [from, to] of [
        [null, wanted],
        [wanted, null],
        [[[0.2, 0.9]] as const, wanted],
      ] as const) {
        let present: CalibrationMap | null = from;
        for (let steps = 0; distance(present, to) > 0; steps++) {
          const next = towards(present, to, 0.24);
          expect(distance(present, next)).toBeLessThanOrEqual(0.24);
          expect(next?.length ?? 0).toBeLessThanOrEqual(POINTS);
          next?.forEach(([raw, worth], index) => {
            expect(raw).toBeGreaterThan(next[index - 1]?.[0] ?? -1);
            expect(worth).toBeGreaterThanOrEqual(next[index - 1]?.[1] ?? 0);
          });
          present = next;
          expect(steps).toBeLessThan(12);
        }
      }
    }
  });

  it("arrives wherever a jump was and is", () => {
    const jump = (seed: number, at: number): CalibrationMap | null =>
      fitCalibration(new ConfidentMarket(seed, (raw) => (raw < at ? 0.1 : 0.85)).outcomes(2_000));
    for (let seed = 1; seed <= 20; seed++) {
      const wanted = jump(seed + 50, 0.6);
      let present = jump(seed, 0.4 + 0.02 * seed);
      for (let steps = 0; distance(present, wanted) > 0; steps++) {
        const next = towards(present, wanted, 0.24);
        expect(distance(present, next)).toBeLessThanOrEqual(0.24);
        present = next;
        expect(steps).toBeLessThan(20);
      }
    }
  });

  it("says how far two maps are apart, no map being what the rule says itself", () => {
    expect(distance(null, null)).toBe(0);
    expect(distance([[0.5, 0.4]], [[0.5, 0.45]])).toBeCloseTo(0.05, 12);
    expect(
      distance(
        [
          [0, 0],
          [1, 1],
        ],
        null,
      ),
    ).toBe(0);
  });
});

describe("reliability", () => {
  it("is nothing without outcomes", () => {
    expect(reliabilityOf([])).toStrictEqual({ bins: [], ece: 0, outcomes: 0 });
  });

  it("is the weighted distance between what was said and what came", () => {
    const said = (confidence: number, wins: number, total: number) =>
      Array.from({ length: total }, (_, index) => ({ confidence, net: index < wins ? 1 : -1 }));
    const { bins, ece } = reliabilityOf([...said(0.25, 1, 10), ...said(0.75, 27, 30)]);
    expect(bins).toStrictEqual([
      { confidence: 0.25, wins: 1, total: 10 },
      { confidence: 0.75, wins: 27, total: 30 },
    ]);
    expect(ece).toBeCloseTo(0.25 * 0.15 + 0.75 * 0.15, 12);
  });
});
