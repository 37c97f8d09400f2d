import { describe, expect, it } from "vitest";
import { type Check, type CheckName, examine, type Verdict } from "../../../../src/research/honesty/honesty.ts";
import { curveOf, normals, outcomeOf, STATEMENT, DATA } from "../../../support/research/outcomes.ts";
import { bestOf, type SweepShape, sweepOf } from "../../../support/research/sweeps.ts";

function judged(shape: SweepShape): Verdict {
  const trials = sweepOf(shape);
  return examine({ outcome: outcomeOf(bestOf(trials).returns), trials, seed: 1 });
}
function check(verdict: Verdict, name: CheckName): Check {
  return verdict.checks.find((one) => one.name === name)!;
}
const NONE = { trials: 1, scored: 1, variance: null, damaged: 0 };

describe("the verdict over the best of a thousand sets", () => {
  it.each([1, 2, 3])("refuses noise, by the deflated ratio and by overfitting, seed %d", (seed) => {
    const verdict = judged({ seed, sets: 1_000, steps: 500, common: 0.3 * (seed - 1) });
    expect(verdict.judgement).toBe("refused");
    expect(check(verdict, "deflated_sharpe").status).toBe("fail");
    expect(check(verdict, "overfitting").status).toBe("fail");
    expect(verdict.trials).toBe(1_000);
  });

  it.each([1, 2, 3])("believes a real edge, seed %d", (seed) => {
    const verdict = judged({ seed, sets: 1_000, steps: 1_000, common: 0.5, skilled: 30, edge: 0.2 });
    expect(verdict.checks.filter(({ status }) => status === "fail")).toEqual([]);
    expect(verdict.judgement).toBe("credible");
    expect(verdict.sentence).toContain("Credible");
  });
});

describe("the verdict over one run", () => {
  it("is the same for the same seed, to the last bit", () => {
    const outcome = outcomeOf(normals(1, 300, 0.001, 0.01));
    const [first, again] = [examine({ outcome, seed: 5 }), examine({ outcome, seed: 5 })];
    expect(first).toEqual(again);
    expect(examine({ outcome, seed: 6 })).not.toEqual(first);
  });

  it("believes a long record that was the only try", () => {
    const verdict = examine({ outcome: outcomeOf(normals(1, 1_000, 0.002, 0.01)), counted: NONE, seed: 1 });
    expect(verdict.judgement).toBe("credible");
    expect(check(verdict, "overfitting")).toMatchObject({ status: "inconclusive", figure: null });
  });

  it("does not believe it when nobody kept count of the tries", () => {
    const verdict = examine({ outcome: outcomeOf(normals(1, 1_000, 0.002, 0.01)), seed: 1 });
    expect(verdict.judgement).toBe("unproven");
    expect(check(verdict, "deflated_sharpe").sentence).toContain("if this was the only run");
  });

  it("believes the same record no longer once the ledger knows of ten thousand tries", () => {
    const outcome = outcomeOf(normals(1, 1_000, 0.0009, 0.01));
    expect(check(examine({ outcome, counted: NONE, seed: 1 }), "deflated_sharpe").status).toBe("pass");
    const counted = { trials: 10_000, scored: 10_000, variance: 0.3, damaged: 0 };
    const verdict = examine({ outcome, counted, seed: 1 });
    expect(verdict).toMatchObject({ judgement: "refused", trials: 10_000 });
    expect(check(verdict, "deflated_sharpe").sentence).toContain("the best of 10,000 without skill");
  });

  it.each([
    ["no step", [], "0 steps are too few"],
    ["one step", [0.1], "1 steps are too few"],
    ["59 steps", normals(1, 59, 0.01, 0.01), "59 steps are too few"],
    ["equity that does not move", new Float64Array(100), "does not move"],
    ["a step that is not a number", normals(1, 100).fill(Number.NaN, 50, 51), "not a number above 0"],
    ["ruin on the way", normals(1, 100, 0, 0.01).fill(-1, 50, 51), "not a number above 0"],
  ])("with %s says that it cannot say", (_, returns, why) => {
    const verdict = examine({ outcome: outcomeOf(returns, { trades: [] }), seed: 1 });
    expect(verdict.judgement).toBe("unproven");
    expect(new Set(verdict.checks.map(({ status }) => status))).toEqual(new Set(["inconclusive"]));
    expect(check(verdict, "deflated_sharpe").sentence).toContain(why);
    expect(JSON.stringify(verdict)).not.toMatch(/NaN|Infinity/);
  });

  it("says so when the data are made up", () => {
    const statement = { ...STATEMENT, data: [{ ...DATA, synthetic: true }] };
    const verdict = examine({ outcome: outcomeOf(normals(1, 100), { statement }), seed: 1 });
    expect(verdict.sentence).toContain("SYNTHETIC");
  });

  it("refuses a loss and names what failed", () => {
    const verdict = examine({ outcome: outcomeOf(normals(2, 500, -0.001, 0.01)), counted: NONE, seed: 1 });
    expect(verdict.judgement).toBe("refused");
    expect(verdict.sentence).toContain("deflated Sharpe ratio");
    expect(check(verdict, "track_record")).toMatchObject({ status: "fail", figure: null });
  });

  it("holds a walk-forward that loses, an unstable optimum and deep falls against it", () => {
    const outcome = outcomeOf(normals(1, 1_000, 0.002, 0.01));
    const walked = { steps: [], empty: 0, returns: new Float64Array(), inSampleMean: 0.01, outOfSampleMean: -0.01 };
    const verdict = examine({
      outcome: { ...outcome, trades: outcome.trades.map((trade) => ({ ...trade, pnl: trade.pnl * 2_000 })) },
      counted: NONE,
      walkForward: { ...walked, efficiency: -1, profitable: 0, evaluations: 0 },
      stability: { optimum: {}, score: 1, neighbours: [], medianKept: 0.2, worstKept: 0.1 },
      seed: 1,
    });
    const failed = verdict.checks.filter(({ status }) => status === "fail").map(({ name }) => name);
    expect(failed).toEqual(["walk_forward", "stability", "trade_order"]);
    expect(verdict.judgement).toBe("unproven");
  });

  it("over a million steps takes seconds", { timeout: 120_000 }, () => {
    const outcome = outcomeOf([], { equity: curveOf(normals(1, 1_000_000, 1e-6, 1e-4)) });
    expect(examine({ outcome, counted: NONE, seed: 1 }).observations).toBe(1_000_000);
  });
});
