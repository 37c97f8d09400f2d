import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Indicators } from "../../support/indicators.ts";
import { Random, walk } from "../../support/random.ts";
import { resample } from "../../support/twins/indicators.ts";

function columns(seed: number, length: number): number[][] {
  const random = new Random(seed);
  let now = 1_700_000_000_000;
  const time = Array.from({ length }, () => (now += Math.floor(random.between(0, 40_000))));
  const close = walk(random, length, 50, 0.01);
  const high = close.map((price) => price * (1 + random.between(0, 0.01)));
  const low = close.map((price) => price * (1 - random.between(0, 0.01)));
  const open = high.map((top, t) => (top + low[t]!) / 2);
  return [time, open, high, low, close, close.map(() => Math.floor(random.between(0, 9)))];
}
function expected(
  [time = [], open = [], high = [], low = [], close = [], volume = []]: number[][],
  width: number,
): number[][] {
  return resample({ time, open, high, low, close, volume }, width);
}

describe.each(BUILDS)("resample, %s build", (build) => {
  const indicators = new Indicators(openCore(build));
  const rowsOf = (inputs: number[][], width: number): number[][] => {
    const lists = Object.values(indicators.resample(inputs, width));
    return lists[0]!.map((_, row) => lists.map((list) => list[row]!));
  };

  it("gives what the twin gives, over widths from less than a row to more than all", () => {
    for (const width of [1, 10_000, 60_000, 3_600_000, 1e12]) {
      for (const length of [0, 1, 2, 500]) {
        const inputs = columns(length, length);
        const rows = rowsOf(inputs, width);
        expect(rows).toHaveLength(expected(inputs, width).length);
        for (const [place, row] of expected(inputs, width).entries()) {
          for (const [column, value] of row.entries()) {
            if (Number.isNaN(value)) expect(rows[place]![column]).toBeNaN();
            else expect(rows[place]![column]).toBeCloseTo(value, 9);
          }
        }
      }
    }
  });

  it("puts a row at the edge of two buckets into the later one", () => {
    const price = [1, 2, 3];
    expect(rowsOf([[999, 1000, 1999], price, price, price, price, [1, 1, 3]], 1000)).toEqual([
      [0, 1, 1, 1, 1, 1, 1, 1],
      [1000, 2, 3, 2, 3, 4, 2, 2.75],
    ]);
  });

  it("labels times in microseconds exactly, and times before the epoch by the left edge", () => {
    const [last, first] = [1_763_700_000_000_000 - 1, 1_763_700_000_000_000];
    const one = [1, 1, 1];
    const rows = rowsOf([[-1, last, first], one, one, one, one, one], 60_000_000);
    expect(rows.map(([start]) => start)).toEqual([-60_000_000, first - 60_000_000, first]);
  });

  it("leaves out a row that lacks a price, a volume or a time, and a bucket that has nothing else", () => {
    const whole = columns(5, 60);
    for (let column = 0; column < 6; column++) {
      const gapped = whole.map((list) => [...list]);
      gapped[column]![30] = Number.NaN;
      const without = whole.map((list) => list.filter((_, t) => t !== 30));
      expect(rowsOf(gapped, 1)).toEqual(rowsOf(without, 1));
    }
  });

  it("has no weighed price where nothing was traded", () => {
    const one = [1];
    expect(rowsOf([[0], one, one, one, one, [0]], 10)).toEqual([[0, 1, 1, 1, 1, 0, 1, Number.NaN]]);
  });
});
