// How alike two strategies are.
import { describe, expect, it } from "vitest";
import { Company, correlationOf, curveOf } from "../../../../src/manage/pipeline/company.ts";
import { Random } from "../../../support/random.ts";

const points = (seed: number, start = 0, scale = 1) => {
  const random = new Random(seed);
  let equity = 1_000;
  return Array.from({ length: 100 }, (_, step) => {
    equity *= 1 + 0.01 * scale * random.normal();
    return { timestamp: start + step, equity };
  });
};
const result = (seed: number, start = 0, scale = 1) => ({ equity_curve: points(seed, start, scale) });

const curve = (seed: number, start = 0, scale = 1) => curveOf(result(seed, start, scale));

describe("the correlation of two curves", () => {
  it("is 1 with itself and -1 with its mirror, about 0 with another, whatever their sizes", () => {
    expect(correlationOf(curve(1), curve(1))).toBeCloseTo(1, 9);
    expect(correlationOf(curve(1), curve(1, 0, 0.5))).toBeGreaterThan(0.99);
    expect(correlationOf(curve(1), curve(1, 0, -1))).toBeLessThan(-0.99);
    expect(Math.abs(correlationOf(curve(1), curve(2)) ?? 1)).toBeLessThan(0.35);
  });

  it("is not there where too little is shared, or one does not move", () => {
    expect(correlationOf(curve(1), curve(1, 80))).toBeNull();
    expect(correlationOf(curve(1), curve(1, 1_000))).toBeNull();
    expect(correlationOf(curve(1), curve(1, 0, 0))).toBeNull();
  });
});

it("the nearest is the most alike of the others that count", () => {
  const company = new Company();
  company.remember("same", result(1));
  company.remember("other", result(2));
  company.remember("self", result(1));
  expect(company.nearest("self", result(1), () => true)).toMatchObject({ strategy_id: "same" });
  expect(company.nearest("self", result(1), (id) => id !== "same")).toMatchObject({ strategy_id: "other" });
  expect(company.nearest("self", result(1), () => false)).toBeNull();
});

it("one that was deleted is nobody's company any more", () => {
  const company = new Company();
  company.remember("gone", result(1));
  company.forget("gone");
  expect(company.nearest("self", result(1), () => true)).toBeNull();
});
