import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/domain/random.ts";
import {
  blockLength,
  blockSum,
  drawBlocks,
  roomForBlocks,
  runningSums,
  sharpeInterval,
} from "../../../../src/research/honesty/bootstrap.ts";
import { momentsOf } from "../../../../src/research/honesty/core-columns.ts";
import { entryTest, lastAtOrBefore } from "../../../../src/research/honesty/entries.ts";
import { realityCheck } from "../../../../src/research/honesty/reality-check.ts";
import { deepestFall, tradeOrder } from "../../../../src/research/honesty/trade-order.ts";
import type { ClosedTrade, PriceLine } from "../../../../src/research/outcome.ts";
import { normals, tradesOf } from "../../../support/research/outcomes.ts";
import { sweepOf } from "../../../support/research/sweeps.ts";

describe("the block bootstrap", () => {
  it("draws blocks of the wanted mean length that make up the series", () => {
    const room = roomForBlocks(10_000);
    const { lengths, begins, count } = drawBlocks(new Random(1), 10_000, 8, room);
    expect(lengths.subarray(0, count).reduce((sum, one) => sum + one, 0)).toBe(10_000);
    expect(10_000 / count).toBeGreaterThan(7);
    expect(10_000 / count).toBeLessThan(9);
    expect(Math.max(...begins.subarray(0, count))).toBeLessThan(10_000);
  });

  it("goes around the end to the start", () => {
    const sums = runningSums(Float64Array.of(1, 2, 3, 4));
    expect([blockSum(sums, 0, 4), blockSum(sums, 3, 2), blockSum(sums, 1, 2), blockSum(sums, 2, 4)]).toEqual([
      10, 5, 5, 10,
    ]);
  });

  it("has the true ratio inside its interval about as often as it says", () => {
    const truth = 0.1;
    let inside = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const { low, high } = sharpeInterval(normals(seed, 300, truth, 1), new Random(seed), 0.95, 400);
      if (low <= truth && truth <= high) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(182);
    expect(inside).toBeLessThanOrEqual(199);
  });

  it("widens the interval where neighbours follow each other", () => {
    const noise = normals(3, 2_000, 0.02, 1);
    const follows = noise.slice();
    for (let t = 1; t < 2_000; t++) follows[t] = 0.7 * follows[t - 1]! + noise[t]!;
    const width = (values: Float64Array): number => {
      const { low, high } = sharpeInterval(values, new Random(1), 0.95, 1_000);
      return high - low;
    };
    expect(width(follows)).toBeGreaterThan(1.7 * width(noise));
  });
});

it("an interval of a very long series is that of its steps added up", () => {
  const values = normals(5, 120_000, 0.01, 1);
  const { low, middle, high, blockLength } = sharpeInterval(values, new Random(1), 0.95, 1_000);
  const ratio = momentsOf(values)!.sharpe;
  expect(Math.abs(middle - ratio)).toBeLessThan(0.0005);
  expect((high - low) / ((2 * 1.96) / Math.sqrt(120_000))).toBeCloseTo(1, 1);
  expect(blockLength).toBe(3);
});

describe("the order of the trades", () => {
  it("leaves the end as it is and finds deeper falls than its own", () => {
    const pnl = Float64Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 100 : -80));
    const found = tradeOrder(pnl, 1_000, new Random(1))!;
    expect(found.actual).toBeCloseTo(-80 / 1_100, 12);
    expect(found.worstPath.at(-1)).toBeCloseTo(1_600, 9);
    expect(found.worst).toBeLessThanOrEqual(found.worst99);
    expect(found.worst99).toBeLessThanOrEqual(found.worst95);
    expect(found.worst95).toBeLessThan(found.median);
    expect(found.median).toBeLessThan(found.actual);
  });

  it("knows that all orders of equal trades are the same", () => {
    const found = tradeOrder(new Float64Array(30).fill(-10), 1_000, new Random(1))!;
    for (const fall of [found.actual, found.median, found.worst]) expect(fall).toBeCloseTo(-0.3, 12);
  });

  it("shuffles shares of the equity: who trades with all there is does not lose later money from early equity", () => {
    const equity = Array.from(
      { length: 61 },
      (_, trades) => 1_000 * 1.1 ** Math.ceil(trades / 2) * 0.96 ** (trades >> 1),
    );
    const pnl = Float64Array.from({ length: 60 }, (_, index) => equity[index + 1]! - equity[index]!);
    const found = tradeOrder(pnl, 1_000, new Random(1))!;
    expect(found.actual).toBeCloseTo(-0.04, 9);
    expect(found.worst).toBeGreaterThanOrEqual(0.96 ** 30 - 1 - 1e-9); // all losses in a row
    expect(found.ruined).toBe(0);
    expect(found.worstPath.at(-1)).toBeCloseTo(equity[60]!, 6);
  });

  it("ends at ruin", () => {
    expect(deepestFall(Float64Array.of(0.5, -1.4, 5))).toBe(-1);
    const found = tradeOrder(new Float64Array(30).fill(-10), 100, new Random(1))!;
    expect([found.worst, found.ruined]).toEqual([-1, 1]);
  });

  it.each([
    ["19 trades", new Float64Array(19), 100],
    ["a result that is not a number", new Float64Array(30).fill(Number.NaN, 3, 4), 100],
    ["no capital", new Float64Array(30), 0],
  ])("is not shuffled with %s", (_, pnl, capital) => {
    expect(tradeOrder(pnl, capital, new Random(1))).toBeNull();
  });
});

describe("the moments of entry", () => {
  const length = 3_000;
  const price = new Float64Array(length);
  const steps = normals(9, length, 0.002, 0.01);
  for (let t = 0; t < length; t++) price[t] = (price[t - 1] ?? 100) * Math.exp(steps[t]!);
  const prices: readonly PriceLine[] = [{ symbol: "BTCUSD", time: price.map((_, index) => index), price }];
  const template = tradesOf(1, 1)[0]!;
  const at = (entryTime: number): ClosedTrade => ({ ...template, side: "long", entryTime, exitTime: entryTime + 5 });

  it("matter when the trades stand where the price rose more than elsewhere", () => {
    const rises = Array.from(price, (_, index) => index)
      .filter((index) => index % 10 === 0 && index + 5 < length)
      .sort((a, b) => price[b + 5]! / price[b]! - price[a + 5]! / price[a]!);
    const found = entryTest(rises.slice(0, 60).map(at), prices, new Random(1))!;
    expect(found).toMatchObject({ trades: 60, p: 1 / 1001 });
    expect(found.actual).toBeGreaterThan(found.moved);
  });

  it("do not matter to trades that only ride the drift", () => {
    const small = Array.from({ length: 40 }, (_, seed) => {
      const random = new Random(seed + 1);
      const trades = Array.from({ length: 60 }, () => at(random.integer(length - 6)));
      return entryTest(trades, prices, new Random(seed))!.p;
    }).filter((p) => p <= 0.05);
    expect(small.length).toBeLessThanOrEqual(6);
  });

  it("are not asked for with few trades, no price or a bad price", () => {
    const trades = Array.from({ length: 19 }, (_, index) => at(index));
    expect(entryTest(trades, prices, new Random(1))).toBeNull();
    expect(entryTest([...trades, ...trades], [], new Random(1))).toBeNull();
    const bad = [{ ...prices[0]!, price: price.slice().fill(0, 7, 8) }];
    expect(entryTest([...trades, ...trades], bad, new Random(1))).toBeNull();
  });

  it("are found in the column of times", () => {
    const times = Float64Array.of(10, 20, 30);
    expect([5, 10, 15, 30, 99].map((time) => lastAtOrBefore(times, time))).toEqual([-1, 0, 0, 2, 2]);
  });
});

describe("the reality check", () => {
  const columns = (shape: Parameters<typeof sweepOf>[0]): readonly Float64Array[] =>
    sweepOf(shape).map(({ returns }) => returns);

  it("lets noise pass about as often as one in twenty", () => {
    const passed = Array.from({ length: 60 }, (_, seed) =>
      realityCheck(columns({ seed: seed + 1, sets: 40, steps: 250, common: 0.4 }), new Random(seed)),
    ).filter((found) => found!.p <= 0.05);
    expect(passed.length).toBeLessThanOrEqual(8);
  });

  it("sees an edge", () => {
    const found = realityCheck(columns({ seed: 4, sets: 40, steps: 500, skilled: 1, edge: 0.25 }), new Random(1));
    expect(found!.p).toBeLessThan(0.01);
  });

  it("has the figures of each resample drawn and added up by itself", () => {
    const steps = 1_200;
    const returns = columns({ seed: 9, sets: 3, steps, common: 0.4, skilled: 1, edge: 0.1 });
    const found = realityCheck(returns, new Random(5))!;
    const [random, room] = [new Random(5), roomForBlocks(steps)];
    const length = Math.max(...returns.map(blockLength));
    const draws = Array.from({ length: found.resamples }, () => {
      const { begins, lengths, count } = drawBlocks(random, steps, length, room);
      const blocks = Array.from(begins.subarray(0, count), (begin, at) => [begin, lengths[at]!] as const);
      return returns.map((column) => {
        const sums = runningSums(column);
        return blocks.reduce((sum, [begin, long]) => sum + blockSum(sums, begin, long), 0) / steps;
      });
    });
    const ratios = returns.map((column, set) => {
      const mean = column.reduce((sum, r) => sum + r / steps, 0);
      return mean / Math.sqrt(draws.reduce((sum, draw) => sum + (draw[set]! - mean) ** 2, 0) / draws.length);
    });
    // More blocks in all than are drawn at once.
    expect(draws.length * (steps / length)).toBeGreaterThan(131_072);
    expect(found.statistic).toBe(Math.max(0, ...ratios));
  });

  it("needs two sets, 60 steps and numbers", () => {
    const few = columns({ seed: 1, sets: 2, steps: 60 });
    expect(realityCheck(few, new Random(1))).not.toBeNull();
    expect(realityCheck(few.slice(1), new Random(1))).toBeNull();
    expect(
      realityCheck(
        few.map((column) => column.subarray(1)),
        new Random(1),
      ),
    ).toBeNull();
    expect(realityCheck([few[0]!, few[1]!.map(() => Number.NaN)], new Random(1))).toBeNull();
    expect(realityCheck([new Float64Array(60), new Float64Array(60)], new Random(1))!.p).toBe(1);
  });
});
