import { describe, expect, it } from "vitest";
import type { LimitGate, RatioGate } from "../../../bench/budget.ts";
import type { Result } from "../../../bench/result.ts";
import { median } from "../../../bench/runner.ts";
import { judge, time } from "../../../bench/verdict.ts";

const RATIO: RatioGate = { kind: "ratio", bench: "kernels/cycle", result: "cycle", atLeast: 2, why: "lanes must pay" };
const LIMIT: LimitGate = {
  kind: "limit",
  bench: "stream/end-to-end",
  result: "cycle",
  label: "f64x2",
  statistic: "p99Ns",
  atMostNs: 1_000,
  why: "the aim",
};

function run(ratio: number, p99Ns = 0): readonly Result[] {
  return [{ name: "cycle", pairs: [{ label: "f64x2", medianNs: 1, p99Ns }], ratio, note: "" }];
}

describe("a ratio gate", () => {
  it("holds at its least ratio and not below", () => {
    expect(judge(RATIO, [run(2)]).good).toBe(true);
    expect(judge(RATIO, [run(1.99)]).good).toBe(false);
  });

  it("is decided by the median of the attempts, not by the best", () => {
    expect(judge(RATIO, [run(1.5), run(1.6), run(9)]).good).toBe(false);
    expect(judge(RATIO, [run(1.5), run(2.1), run(2.2)]).good).toBe(true);
  });

  it("does not hold when a ratio is not a number", () => {
    expect(judge(RATIO, [run(Number.NaN)]).good).toBe(false);
  });
});

describe("an absolute limit", () => {
  it("fails only above four times the aim, in the best attempt", () => {
    expect(judge(LIMIT, [run(1, 4_000)]).good).toBe(true);
    expect(judge(LIMIT, [run(1, 4_001)]).good).toBe(false);
    expect(judge(LIMIT, [run(1, 9_000), run(1, 900)]).good).toBe(true);
  });

  it("fails when the benchmark does not give the figure", () => {
    expect(judge({ ...LIMIT, label: "scalar" }, [run(1, 1)]).good).toBe(false);
  });
});

it("a gate without its result is missed and says which benchmark owes it", () => {
  const verdict = judge({ ...RATIO, result: "renamed" }, [run(5)]);
  expect(verdict).toEqual({ good: false, text: 'bench/kernels/cycle.bench.ts gives no result "renamed"' });
});

it("the median of pairs is one of the pairs", () => {
  expect(median([9, 1, 3])).toBe(3);
  expect(median([])).toBeNaN();
});

it("times are printed with three figures and a unit", () => {
  expect([12.345, 1_234, 45_600_000, 2e9, Number.NaN].map(time)).toEqual([
    "12.3 ns",
    "1.23 µs",
    "45.6 ms",
    "2.00 s",
    "-",
  ]);
});
