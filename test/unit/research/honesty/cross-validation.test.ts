import { describe, expect, it } from "vitest";
import { crossValidate } from "../../../../src/research/honesty/honesty.ts";
import { type SweepShape, sweepOf } from "../../../support/research/sweeps.ts";

const OPTIONS = { groups: 6, horizon: 3, embargo: 5 };
function columns(shape: SweepShape): readonly Float64Array[] {
  return sweepOf(shape).map(({ returns }) => returns);
}

describe("combinatorial purged cross-validation", () => {
  it("finds that the best of noise is worth nothing where it was not chosen", () => {
    const found = crossValidate(columns({ seed: 1, sets: 200, steps: 600 }), OPTIONS)!;
    expect(found.splits).toBe(15);
    expect(found.train).toBeGreaterThan(0.1);
    expect(Math.abs(found.test)).toBeLessThan(0.05);
    expect(found.chosen.reduce((sum, one) => sum + one, 0)).toBe(15);
  });

  it("chooses a real edge again and again, and it holds", () => {
    const found = crossValidate(columns({ seed: 2, sets: 200, steps: 600, skilled: 1, edge: 0.3 }), OPTIONS)!;
    expect(found.chosen[0]).toBe(15);
    expect(found.test).toBeGreaterThan(0.2);
    expect(found.losing).toBe(0);
  });

  it("does not see what stands in the purged neighbourhood of a test block", () => {
    const flat = new Float64Array(60);
    const spike = new Float64Array(60);
    // Group 1 of 2 tests from step 30 on; 27 to 29 are purged.
    spike.fill(0.1, 27, 30);
    const found = crossValidate([flat, spike], { groups: 2, horizon: 3, embargo: 0 })!;
    expect(found.train).toBe(0);
  });

  it("needs two sets, 60 steps, numbers, and something to train on", () => {
    const few = columns({ seed: 1, sets: 2, steps: 60 });
    expect(crossValidate(few, OPTIONS)).not.toBeNull();
    expect(crossValidate(few.slice(1), OPTIONS)).toBeNull();
    expect(
      crossValidate(
        few.map((column) => column.subarray(1)),
        OPTIONS,
      ),
    ).toBeNull();
    expect(crossValidate([few[0]!, few[1]!.map(() => Number.NaN)], OPTIONS)).toBeNull();
    expect(crossValidate(few, { ...OPTIONS, horizon: 60 })).toBeNull();
  });
});
