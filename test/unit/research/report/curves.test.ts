import { describe, expect, it } from "vitest";
import { momentsOf } from "../../../../src/research/honesty/core-columns.ts";
import {
  drawdownOf,
  exposureOf,
  histogram,
  rollingSharpe,
  rollingWindow,
} from "../../../../src/research/report/curves.ts";
import { monthlyReturns } from "../../../../src/research/report/months.ts";
import { duration, money, percent, price, ratio, utc } from "../../../../src/research/report/numbers.ts";
import { growthTicks, timeTicks, valueTicks } from "../../../../src/research/report/page/ticks.ts";
import { thinned } from "../../../../src/research/report/thin.ts";
import { curveOf, normals, START } from "../../../support/research/outcomes.ts";

describe("a thinned curve", () => {
  it("keeps its ends and extremes, in order, within its bound", () => {
    for (const seed of [1, 2, 3]) {
      const values = normals(seed, 5_000 + seed);
      const kept = thinned(values, 400);
      const of = [...kept].map((index) => values[index]!);
      expect(kept.length).toBeLessThanOrEqual(400);
      expect([...kept]).toEqual([...new Set(kept)].sort((a, b) => a - b));
      expect([kept[0], kept.at(-1)]).toEqual([0, values.length - 1]);
      expect([Math.min(...of), Math.max(...of)]).toEqual([Math.min(...values), Math.max(...values)]);
    }
  });

  it("of few values is whole, without those that are not numbers", () => {
    expect([...thinned(Float64Array.of(1, Number.NaN, 3), 10)]).toEqual([0, 2]);
    expect([...thinned(new Float64Array(100).fill(Number.NaN), 10)]).toEqual([]);
  });
});

describe("returns by month", () => {
  const us = (date: string): number => Date.parse(date) * 1_000;

  it("are those of its last step over the last of the month before; midnight ends the day before", () => {
    const time = Float64Array.from(
      ["2020-11-30T12:00Z", "2020-12-01T00:00Z", "2020-12-15T00:00Z", "2021-02-01T10:00Z"],
      us,
    );
    const rows = monthlyReturns({ time, equity: Float64Array.of(105, 110, 121, 60.5), exposure: time }, 100);
    expect(
      rows.map(({ year, months, total }) => [year, months.map((one) => one?.toFixed(3) ?? ""), total?.toFixed(3)]),
    ).toEqual([
      [2020, ["", "", "", "", "", "", "", "", "", "", "0.100", "0.100"], "0.210"],
      [2021, ["", "-0.500", "", "", "", "", "", "", "", "", "", ""], "-0.500"],
    ]);
  });

  it("multiply to the whole", () => {
    const curve = curveOf(normals(1, 900, 0.001, 0.02));
    const rows = monthlyReturns(curve, 10_000);
    const all = rows.flatMap(({ months }) => months).reduce<number>((growth, one) => growth * (1 + (one ?? 0)), 10_000);
    expect(all / curve.equity.at(-1)!).toBeCloseTo(1, 12);
  });

  it("are none where the equity is not a number, and for no step at all", () => {
    const time = Float64Array.of(START, START + 40 * 86_400_000_000);
    const [row] = monthlyReturns({ time, equity: Float64Array.of(Number.NaN, 5), exposure: time }, 100);
    expect(row!.months.every((one) => one === null)).toBe(true);
    expect(monthlyReturns({ time: new Float64Array(), equity: time, exposure: time }, 100)).toEqual([]);
  });
});

describe("columns to draw", () => {
  it("fall from the highest so far, the capital among it", () => {
    const equity = Float64Array.of(90, 120, 60, 130);
    expect([...drawdownOf({ time: equity, equity, exposure: equity }, 100)].map((one) => one.toFixed(2))).toEqual([
      "-0.10",
      "0.00",
      "-0.50",
      "0.00",
    ]);
    expect([
      ...exposureOf({ time: equity, equity: Float64Array.of(100, 0), exposure: Float64Array.of(50, 50) }),
    ]).toEqual([0.5, Number.NaN]);
  });

  it("have the Sharpe ratio of each window", () => {
    const returns = normals(2, 400, 0.001, 0.01);
    const rolling = rollingSharpe(returns, 60, 252);
    expect(rolling.slice(0, 59).every(Number.isNaN)).toBe(true);
    for (const at of [59, 200, 399]) {
      const exact = momentsOf(returns.slice(at - 59, at + 1))!.sharpe * Math.sqrt(252);
      expect(rolling[at]).toBeCloseTo(exact, 8);
    }
    expect(rollingSharpe(new Float64Array(100), 20, 252).every(Number.isNaN)).toBe(true);
    expect([rollingWindow(1_000, 252), rollingWindow(100, 252), rollingWindow(79, 252)]).toEqual([63, 25, 0]);
  });

  it("count every moving step once in the bins", () => {
    const returns = normals(3, 1_000, 0, 0.01).map((r, index) => (index % 10 === 0 ? 0 : r));
    const bins = histogram(returns, 40);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(900);
    expect(bins.some(({ from }) => Math.abs(from) < 1e-12)).toBe(true);
    expect(histogram(new Float64Array(50), 40)).toEqual([]);
  });
});

describe("labels", () => {
  it("an axis of growth has round numbers of every size, as many as there is room for", () => {
    expect(growthTicks(0.9, 12, 5)).toEqual([1, 2, 5, 10]);
    expect(growthTicks(456, 126_000, 5)).toEqual([1_000, 10_000, 100_000]);
    expect(growthTicks(1e-3, 2e9, 5).length).toBeLessThanOrEqual(6);
  });

  it("stand at round values and times", () => {
    expect(valueTicks(0.3, 10.2, 5)).toEqual([2, 4, 6, 8, 10]);
    expect(valueTicks(5, 5, 5)).toEqual([5]);
    expect(timeTicks(START, START + 400 * 86_400_000_000, 8).map(({ label }) => label)).toEqual([
      "2020",
      "2020-04",
      "2020-07",
      "2020-10",
      "2021",
    ]);
    expect(timeTicks(START, START + 7_200_000_000, 8).map(({ label }) => label)).toEqual(
      ["01-01", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45", "02:00"].slice(0, 9),
    );
    expect(timeTicks(5, 5, 8)).toEqual([]);
  });

  it("are for people, and a dash for what is not there", () => {
    expect([percent(-0.1234), percent(null), percent(Infinity), ratio(-0.001), ratio(1e12)]).toEqual([
      "−12.34 %",
      "N/A",
      "N/A",
      "0.00",
      "1.00e+12",
    ]);
    expect([money(-1234.5), money(1e20), price(0.00001234), price(1234.567)]).toEqual([
      "−1,234.50",
      "1.000e+20",
      "0.00001234",
      "1,234.57",
    ]);
    expect([duration(3_600_000_000), duration(3 * 86_400_000_000), duration(null), utc(1e300)]).toEqual([
      "1.0 h",
      "3.0 days",
      "N/A",
      "",
    ]);
  });
});
