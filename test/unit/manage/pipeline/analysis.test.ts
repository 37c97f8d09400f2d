// The verdict on a step of a rollout, and each way in which it turns.
import { describe, expect, it } from "vitest";
import {
  DOUBT,
  EVENTS_MIN,
  HARM,
  HARM_AT_ANY_TIME,
  harms,
  judgeStep,
  PAIRS_MIN,
} from "../../../../src/manage/pipeline/analysis.ts";
import type { Evidence } from "../../../../src/manage/pipeline/delivery.ts";
import { Random } from "../../../support/random.ts";

const GOOD: Evidence = {
  events: 500,
  trades: { old: 10, new: 10 },
  pnl: { old: 5, new: 6 },
  faults: { old: 0, new: 0 },
  difference: { mean: 0.1, error: 0.1, n: 100 },
};
const judged = (change: Partial<Evidence>) => judgeStep({ ...GOOD, ...change });
const difference = (z: number, n = 100) => judged({ difference: { mean: z * 0.5, error: 0.5, n } });

describe("the verdict on a step", () => {
  it("is success where the new version does no worse, and says what was measured", () => {
    expect(judgeStep(GOOD)).toEqual({
      verdict: "success",
      metric: "paired_difference_z",
      threshold: HARM,
      value: 1,
      reason: "the new version's return differs by 1.00 standard errors, not below -2",
    });
  });

  it("is failure where the new version breaks more often, however much it earns", () => {
    expect(judged({ faults: { old: 1, new: 1 } }).verdict).toBe("success");
    expect(judged({ faults: { old: 1, new: 2 } })).toMatchObject({ verdict: "failure", metric: "faults", value: 2 });
    expect(judged({ faults: { old: 0, new: 1 }, events: 1 }).verdict).toBe("failure");
  });

  it("is inconclusive on too little: no execution, few ticks, few pairs", () => {
    expect(judgeStep(null)).toMatchObject({ verdict: "inconclusive", metric: "events", value: 0 });
    expect(judged({ events: EVENTS_MIN - 1 })).toMatchObject({ verdict: "inconclusive", value: EVENTS_MIN - 1 });
    expect(judged({ events: EVENTS_MIN }).verdict).toBe("success");
    expect(difference(-9, PAIRS_MIN - 1)).toMatchObject({ verdict: "inconclusive", metric: "pairs" });
    expect(difference(-9, PAIRS_MIN).verdict).toBe("failure");
  });

  it("turns at its thresholds", () => {
    expect(difference(HARM - 0.01).verdict).toBe("failure");
    expect(difference(HARM).verdict).toBe("inconclusive");
    expect(difference(DOUBT - 0.01).verdict).toBe("inconclusive");
    expect(difference(DOUBT).verdict).toBe("success");
  });

  it("needs no spread to see that every pair is worse", () => {
    const flat = (mean: number) => judged({ difference: { mean, error: 0, n: 50 } }).verdict;
    expect([flat(-0.001), flat(0), flat(0.001)]).toEqual(["failure", "success", "success"]);
    expect(judged({ difference: { mean: Number.NaN, error: 1, n: 50 } }).verdict).toBe("inconclusive");
  });
});

describe("harm that no step is waited for", () => {
  const seen = (change: Partial<Evidence>): Evidence => ({ ...GOOD, ...change });
  const by = (z: number, n = 100) => seen({ difference: { mean: z * 0.5, error: 0.5, n } });

  it("is a fault more than the old one has, at the first tick", () => {
    expect(harms(seen({ faults: { old: 0, new: 1 }, events: 1 }))).toBe(true);
    expect(harms(seen({ faults: { old: 1, new: 1 } }))).toBe(false);
  });

  it("is a loss far beyond what ends a step, and is a failure by then as well", () => {
    expect([harms(by(HARM_AT_ANY_TIME - 0.01)), harms(by(HARM_AT_ANY_TIME)), harms(by(HARM))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(judgeStep(by(HARM_AT_ANY_TIME - 0.01)).verdict).toBe("failure");
    const alike = seen({ difference: { mean: -0.001, error: 0, n: 50 } });
    expect([harms(alike), judgeStep(alike).verdict]).toEqual([true, "failure"]);
  });

  it("is nothing on too little, and nothing where returns cannot be compared", () => {
    expect(harms(by(-9, PAIRS_MIN - 1))).toBe(false);
    expect(harms({ ...by(-9), events: EVENTS_MIN - 1 })).toBe(false);
    for (const mean of [Number.NaN, Number.NEGATIVE_INFINITY])
      expect(harms(seen({ difference: { mean, error: 1, n: 50 } }))).toBe(false);
    expect(harms(seen({ difference: { mean: -1, error: Number.NaN, n: 50 } }))).toBe(false);
  });

  it("is not found by looking at every pair of a version that is as good as the old one; what ends a step would be", () => {
    const random = new Random(20_260_818);
    let [found, below] = [0, 0];
    for (let rollout = 0; rollout < 500; rollout++) {
      let [mean, squares, harmed, ended] = [0, 0, false, false];
      for (let n = 1; n <= 1_000; n++) {
        const apart = random.normal();
        const step = apart - mean;
        mean += step / n;
        squares += step * (apart - mean);
        const error = n > 1 ? Math.sqrt(squares / (n - 1) / n) : 0;
        const evidence = seen({ events: n, difference: { mean, error, n } });
        harmed ||= harms(evidence);
        ended ||= judgeStep(evidence).verdict === "failure";
      }
      found += Number(harmed);
      below += Number(ended);
    }
    expect(found).toBe(0);
    expect(below).toBeGreaterThan(0);
  });
});
