// Decimals are added up as they are written.
import { expect, it } from "vitest";
import { exactOf, numberOf } from "../../../../src/manage/venue/exact-sum.ts";

it("gives a number back as it was", () => {
  for (const value of [0, 1, -1, 0.1, -0.3, 1e-8, 123456.789, 1e15, 33333333.3, 5e-18])
    expect(numberOf(exactOf(value))).toBe(value);
});

it("adds decimals without leaving anything", () => {
  expect(numberOf(exactOf(0.1) + exactOf(0.2))).toBe(0.3);
  expect(exactOf(1e6 + 0.1) + exactOf(-1e6) + exactOf(-0.1)).toBe(0n);
});
