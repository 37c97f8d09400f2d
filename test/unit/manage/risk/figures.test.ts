// Value at risk, the test of its forecasts, and how alike strategies move: against values worked out elsewhere.
import { describe, expect, it } from "vitest";
import { Likeness } from "../../../../src/manage/risk/likeness.ts";
import { Tails } from "../../../../src/manage/risk/tail.ts";
import { Random } from "../../../support/random.ts";

describe("the tail of returns", () => {
  it("is the interpolated quantile and the mean at or below it, and by moments where there are too few in the tail", () => {
    const returns = Float64Array.from({ length: 101 }, (_, index) => (index - 50) / 1000);
    const tail = new Tails().of(returns, 0.05);
    expect(tail?.historical).toBeCloseTo(-0.045, 12);
    expect(tail?.historicalShortfall).toBeCloseTo(-0.0475, 12);
    // Symmetric, so without skew: mean + w sd with z = -1.6449, excess kurtosis -1.2002 of an even spread.
    expect(tail?.cornishFisher).toBeCloseTo(-0.048_7, 3);
    expect(tail?.cornishFisherShortfall).toBeLessThan(tail?.cornishFisher ?? 0);
  });

  it("is not told of returns that do not differ", () => {
    expect(new Tails().of(new Float64Array(50), 0.05)).toBeNull();
  });

  it("is passed as often as expected: the ratio is 0 and the probability 1", () => {
    expect(new Tails().kupiec(200, 10, 0.05)).toEqual({ forecasts: 200, passed: 10, ratio: 0, probability: 1 });
  });

  it("is passed too often or too rarely: the ratio of Kupiec's paper, and what chi-square says of it", () => {
    const tails = new Tails();
    // 255 days at 5 in 100: 6 to 20 passings are not rejected at one in twenty (critical 3.841), 5 and 21 are.
    const rejected = (passed: number): boolean => tails.kupiec(255, passed, 0.05).probability < 0.05;
    expect([6, 7, 20].map(rejected)).toEqual([true, false, false]);
    expect(rejected(21)).toBe(true);
    const { ratio, probability } = tails.kupiec(255, 21, 0.05);
    expect(ratio).toBeCloseTo(4.74183360363196, 9);
    expect(probability).toBeCloseTo(0.029437, 5);
    expect(tails.kupiec(100, 0, 0.05).ratio).toBeCloseTo(-200 * Math.log(0.95), 9);
  });
});

describe("how alike series move", () => {
  it("is 1 for the same moves, -1 for opposite ones, near 0 for unrelated ones, and unknown before thirty steps", () => {
    const likeness = new Likeness();
    const random = new Random(5);
    const step = (): void => {
      const [a, b] = [random.normal(), random.normal()];
      likeness.step(
        new Map([
          ["a", a],
          ["twice", 2 * a],
          ["against", -a],
          ["other", b],
          ["still", 0],
        ]),
      );
    };
    for (let count = 0; count < 29; count++) step();
    expect(likeness.correlation("a", "twice")).toBeNull();
    for (let count = 0; count < 300; count++) step();
    expect(likeness.correlation("a", "twice")).toBeCloseTo(1, 9);
    expect(likeness.correlation("a", "against")).toBeCloseTo(-1, 9);
    expect(Math.abs(likeness.correlation("a", "other") ?? 1)).toBeLessThan(0.5);
    expect(likeness.correlation("a", "still")).toBeNull();
    expect(likeness.highest()).toBeCloseTo(1, 9);
    expect(likeness.clusters()).toEqual([["a", "twice"]]);
  });

  it("joins what a chain of likeness joins, and forgets what is over", () => {
    const likeness = new Likeness();
    const random = new Random(6);
    for (let count = 0; count < 200; count++) {
      const [a, b, c] = [random.normal(), random.normal(), random.normal()];
      const middle = a + 0.4 * b;
      likeness.step(
        new Map([
          ["first", a],
          ["middle", middle],
          ["last", middle + 0.4 * c],
        ]),
      );
    }
    expect(likeness.clusters()).toEqual([["first", "middle", "last"]]);
    likeness.step(
      new Map([
        ["first", 1],
        ["last", 1],
      ]),
    );
    expect(likeness.correlation("first", "middle")).toBeNull();
  });
});
