import { describe, expect, it } from "vitest";
import { labelsOf } from "../../../src/learning/models/labels.ts";
import { validationSplit, walkForwardFolds } from "../../../src/learning/models/folds.ts";
import type { Bars } from "../../../src/learning/models.ts";
import { surgeMarket } from "../../support/learning/surge-market.ts";
import { Random } from "../../support/random.ts";

const BARRIERS = { stopRanges: 1, targetRanges: 1, bars: 3, cost: 0.001 };

/** Bars around 100 with a range of 1; each given as open, high, low, close. */
function barsOf(rows: readonly (readonly [number, number, number, number])[]): Bars {
  const column = (place: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(rows, (row) => row[place]);
  const time = Float64Array.from(rows, (_, bar) => (bar + 1) * 60e6);
  return { time, open: column(0), high: column(1), low: column(2), close: column(3), volume: time.map(() => 1) };
}
const STILL = [100, 100.2, 99.8, 100] as const;

describe("labels", () => {
  const first = (rows: readonly (readonly [number, number, number, number])[]) => {
    const { label, net, end } = labelsOf(barsOf([STILL, ...rows]), new Float64Array(rows.length + 1).fill(1), BARRIERS);
    return [label[0], net[0], end[0]];
  };

  it("are 1 where the target comes first and 0 where the stop does, net of costs", () => {
    expect(first([STILL, [100, 101.5, 99.9, 101], STILL])).toEqual([1, 101 / 100 - 1 - 0.001, 2]);
    expect(first([STILL, [100, 100.1, 98.5, 99], STILL])).toEqual([0, 99 / 100 - 1 - 0.001, 2]);
  });

  it("take a bar that reaches both for stopped, and an open beyond a barrier for the price", () => {
    expect(first([[100, 102, 98, 101], STILL, STILL])[0]).toBe(0);
    expect(first([STILL, [97, 97, 97, 97], STILL])[1]).toBe(97 / 100 - 1 - 0.001);
  });

  it("go by the close where time ends it, and costs decide a standstill", () => {
    expect(first([STILL, STILL, [100, 100.5, 99.9, 100.4]])).toEqual([1, 100.4 / 100 - 1 - 0.001, 3]);
    expect(first([STILL, STILL, STILL])[0]).toBe(0);
  });

  it("are missing where the end is not known yet or a price is none", () => {
    expect(first([STILL, STILL])).toEqual([Number.NaN, Number.NaN, -1]);
    expect(first([[Number.NaN, 101, 99, 100], STILL, STILL])[0]).toBeNaN();
    expect(first([STILL, STILL, [100, 100.5, 99.9, Number.NaN]])[0]).toBeNaN();
  });
});

describe("walk-forward folds", () => {
  it("learn from nothing whose label reaches into what they judge, whatever the settings", () => {
    const random = new Random(21);
    for (let sample = 0; sample < 40; sample++) {
      const bars = surgeMarket({ seed: sample, bars: 300 + random.integer(300), edge: 0 });
      const horizon = 1 + random.integer(40);
      const labels = labelsOf(
        bars,
        bars.close.map((price) => 0.02 * price),
        { ...BARRIERS, bars: horizon },
      );
      const embargo = random.integer(10);
      const folds = walkForwardFolds(labels, 60, { groups: 3 + random.integer(4), horizon, embargo });
      expect(folds.length).toBeGreaterThanOrEqual(1);
      for (const { train, test } of folds) {
        const begin = test[0] ?? 0;
        const lastKnown = Math.max(...train.map((row) => labels.end[row] ?? Infinity));
        expect(lastKnown + embargo).toBeLessThan(begin);
        const split = validationSplit(train, 0.2, horizon);
        const known = Math.max(-1, ...split.train.map((row) => labels.end[row] ?? Infinity));
        expect(known).toBeLessThan(split.test[0] ?? 0);
      }
    }
  });

  it("judge every labelled bar behind the first part once, in order of time", () => {
    const bars = surgeMarket({ seed: 5, bars: 500, edge: 0 });
    const labels = labelsOf(
      bars,
      bars.close.map((price) => 0.01 * price),
      BARRIERS,
    );
    const folds = walkForwardFolds(labels, 100, { groups: 4, horizon: 3, embargo: 2 });
    const judged = folds.flatMap(({ test }) => [...test]);
    expect(judged).toEqual(Array.from({ length: 297 }, (_, place) => 200 + place));
  });
});
