import { describe, expect, it } from "vitest";
import { BarGauge } from "../../../src/history/bar-gauge.ts";
import { sliceBlock } from "../../../src/history/span.ts";
import type { Block } from "../../../src/history/history.ts";

const DAY = 86_400_000_000;
const MONDAY = 4 * DAY + 52 * 7 * DAY;

function verdict(
  intervalMs: number,
  times: readonly number[],
  price: (index: number) => number = () => 100,
): ReturnType<BarGauge["verdict"]> {
  const gauge = new BarGauge(intervalMs);
  const prices = Float64Array.from(times, (_, index) => price(index));
  const columns = [prices, prices, prices, prices, Float64Array.from(times, () => 1)];
  const block: Block = { rows: times.length, time: Float64Array.from(times), known: Float64Array.from(times), columns };
  for (let at = 0; at < times.length; at += 7) gauge.add(sliceBlock(block, at, Math.min(at + 7, times.length)));
  return gauge.verdict();
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Calm but for the given factors of the price. */
function price(jumps: Readonly<Record<number, number>>): (index: number) => number {
  return (index) => {
    const factor = Object.entries(jumps).reduce(
      (product, [at, jump]) => (index >= Number(at) ? product * jump : product),
      1,
    );
    return factor * (100 + (index % 2));
  };
}

describe("missing bars", () => {
  it("all count in a market without hours", () => {
    const times = range(1_000).filter((index) => index % 100 !== 7 || index < 100);
    expect(
      verdict(
        60_000,
        times.map((index) => index * 60_000_000),
      ).gaps,
    ).toBe(9);
  });

  it("count on trading days only, where there are weekends", () => {
    const days = range(365).filter((day) => day % 7 < 5 && day !== 100 && day !== 200);
    expect(
      verdict(
        86_400_000,
        days.map((day) => MONDAY + day * DAY),
      ).gaps,
    ).toBe([100, 200].filter((day) => day % 7 < 5).length);
    const holidays = range(365).filter((day) => day % 7 < 5 && day !== 105 && day !== 106 && day !== 203);
    expect(
      verdict(
        86_400_000,
        holidays.map((day) => MONDAY + day * DAY),
      ).gaps,
    ).toBe(3);
  });

  it("count over years that are missing, and not at night", () => {
    const hours = range(24 * 7 * 100).filter(
      (hour) => hour % 24 >= 9 && hour % 24 < 16 && Math.floor(hour / 24) % 7 < 5,
    );
    const holed = hours.filter((hour) => Math.floor(hour / (24 * 7)) !== 50 && hour !== 24 * 7 * 3 + 10);
    expect(
      verdict(
        3_600_000,
        hours.map((hour) => MONDAY + hour * 3.6e9),
      ).gaps,
    ).toBe(0);
    expect(
      verdict(
        3_600_000,
        holed.map((hour) => MONDAY + hour * 3.6e9),
      ).gaps,
    ).toBe(36);
  });

  it("of a few days count where the hole is short", () => {
    const minutes = range(3 * 1_440).filter((minute) => minute % 1_440 < 390 && minute % 50 !== 7);
    expect(
      verdict(
        60_000,
        minutes.map((minute) => MONDAY + minute * 6e7),
      ).gaps,
    ).toBe(24);
  });
});

describe("a suspected split", () => {
  const times = range(60).map((day) => MONDAY + day * DAY);
  const found = (jumps: Readonly<Record<number, number>>): number[] =>
    verdict(86_400_000, times, price(jumps)).splits.map((time) => (time - MONDAY) / DAY);

  it("is a jump to a simple ratio that stays", () => {
    expect(found({ 20: 1 / 2, 30: 3, 40: 1 / 7, 50: 20 })).toEqual([20, 30, 40, 50]);
  });

  it("is no jump to another ratio, no jump that comes back, and no small one", () => {
    expect(found({ 20: 1.4, 40: 1 / 1.8 })).toEqual([]);
    expect(found({ 20: 2, 21: 1 / 2 })).toEqual([]);
    expect(found({ 20: 1.1 })).toEqual([]);
  });

  it("is nothing among prices that always move like that", () => {
    expect(verdict(86_400_000, times, (index) => [100, 150, 225, 150][index % 4] ?? 0).splits.length).toBeLessThan(3);
  });
});
