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
  lost: { old: 0, new: 0 },
  fallen: { old: 0, new: 0 },
  limits: { dailyLoss: null, drawdown: null },
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
    expect(judged({ difference: { mean: Number.NaN, error: 1, n: 50 } }).verdict).toBe("failure");
  });
});

/** Of paired differences as a contest counts them. */
function of(apart: readonly number[], change: Partial<Evidence> = {}): Evidence {
  let [n, mean, squares] = [0, 0, 0];
  for (const one of apart) {
    const step = one - mean;
    mean += step / ++n;
    squares += step * (one - mean);
  }
  return { ...GOOD, difference: { mean, error: Math.sqrt(squares / (n - 1) / n), n }, ...change };
}

describe("what the new version's account has lost", () => {
  const fell = (now: number, before: number, drawdown: number | null = null): Evidence => {
    return { ...GOOD, fallen: { old: before, new: now }, limits: { dailyLoss: null, drawdown } };
  };
  const verdict = (evidence: Evidence) => [judgeStep(evidence).verdict, harms(evidence)];
  const [FAILS, PASSES] = [
    ["failure", true],
    ["success", false],
  ];

  it("is a failure by itself: one blow of any size is one standard error", () => {
    for (const n of [25, 100, 1_000]) {
      const quiet = Array.from({ length: n }, (_, index) => 1e-5 * Math.sin(index * 7.3));
      quiet[n >> 1] = -0.9;
      const { mean, error } = of(quiet).difference;
      expect(mean / error).toBeCloseTo(-1, 2);
      const blow = of(quiet, { fallen: { old: -0.001, new: -0.9 } });
      expect(verdict(blow)).toEqual(FAILS);
      expect(judgeStep(blow)).toMatchObject({ metric: "max_drawdown", value: -0.9 });
      expect(judgeStep(blow).threshold).toBeCloseTo(-0.201, 9);
      expect(judgeStep({ ...blow, events: 1 }).verdict).toBe("failure");
    }
  });

  it("is held to two thirds of the strategy's own limits beside the old one, else of the engine's for a fall", () => {
    expect([verdict(fell(-0.19, 0)), verdict(fell(-0.2, 0))]).toEqual([PASSES, FAILS]);
    expect([verdict(fell(-0.066, 0, -0.1)), verdict(fell(-0.067, 0, -0.1))]).toEqual([PASSES, FAILS]);
    expect([verdict(fell(-0.33, 0, -0.5)), verdict(fell(-0.34, 0, -0.5))]).toEqual([PASSES, FAILS]);
    expect([verdict(fell(0, 0, 0)), verdict(fell(-1e-6, 0, 0))]).toEqual([PASSES, FAILS]);
    const day = (lost: number, old: number, dailyLoss: number | null): Evidence => {
      return { ...GOOD, lost: { old, new: lost }, limits: { dailyLoss, drawdown: null } };
    };
    expect([verdict(day(-299, 0, -450)), verdict(day(-300, 0, -450)), verdict(day(-500, 0, null))]).toEqual([
      PASSES,
      FAILS,
      PASSES,
    ]);
    expect([verdict(day(0, 0, 0)), verdict(day(-1, 0, 0)), verdict(day(-2, -1, 0))]).toEqual([PASSES, FAILS, PASSES]);
    expect(judgeStep(day(-500, -3, -450))).toEqual({
      verdict: "failure",
      metric: "daily_loss_limit",
      threshold: -303,
      value: -500,
      reason:
        "the new version's account came to -500.00 in a day, the old one's to -3.00; the strategy's own limit is -450, and by that it may come to -303.00 beside it",
    });
  });

  it("is a failure behind a limit that the new one alone broke, where a third of that lies between them", () => {
    expect([verdict(fell(-0.3, -0.201)), verdict(fell(-0.3, -0.199))]).toEqual([PASSES, FAILS]);
    expect([verdict(fell(-0.299, -0.199)), verdict(fell(-0.399, -0.299))]).toEqual([PASSES, FAILS]);
  });

  it("is no failure where the market took as much from the old version", () => {
    expect([verdict(fell(-0.301, -0.299)), verdict(fell(-0.45, -0.45)), verdict(fell(-0.5, -0.45))]).toEqual([
      PASSES,
      PASSES,
      PASSES,
    ]);
    expect(verdict(fell(-0.9, -0.35))).toEqual(FAILS);
    expect([verdict(fell(-0.002, -0.001, 0)), verdict(fell(-0.4, -0.001, 0))]).toEqual([PASSES, FAILS]);
  });

  it("is a failure where nothing is left of the account, or it is no number, whatever the old one lost", () => {
    expect(verdict(fell(-1, -1))).toEqual(FAILS);
    expect(verdict(fell(Number.NaN, 0))).toEqual(FAILS);
    expect(verdict({ ...GOOD, pnl: { old: 0, new: Number.NEGATIVE_INFINITY } })).toEqual(FAILS);
    expect(judgeStep(fell(Number.NaN, 0)).value).toBeNull();
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
