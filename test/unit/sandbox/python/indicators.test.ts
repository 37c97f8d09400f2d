import { describe, expect, it } from "vitest";
import { openCore } from "../../../support/core.ts";
import { Indicators } from "../../../support/indicators.ts";
import { Random, walk } from "../../../support/random.ts";
import { faultOf, saidBy, strategyOf } from "../../../support/sandbox/python.ts";

type List = readonly number[];
const written = (values: List): string =>
  `[${values.map((value) => (Number.isFinite(value) ? String(value) : `float('${value}')`)).join(", ")}]`.replaceAll(
    "Infinity",
    "inf",
  );
/** The numbers that a list or a tuple of floats is written as. */
const numbers = (text: string): List =>
  text
    .replaceAll(/[[\]()\s]/g, "")
    .split(",")
    .filter((part) => part !== "")
    .map((part) => (part === "nan" ? Number.NaN : Number(part)));

function expectClose(found: List, wanted: List): void {
  expect(found.length).toBe(wanted.length);
  for (const [index, value] of found.entries()) {
    const right = wanted[index] ?? Number.NaN;
    if (Number.isNaN(right)) expect([index, value]).toEqual([index, Number.NaN]);
    else expect(Math.abs(value - right)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(right)));
  }
}

const random = new Random(11);
const bars = (length: number): { high: List; low: List; close: List } => {
  const close = walk(random, length, 100, 0.01);
  return {
    close,
    high: close.map((price) => price * 1.004),
    low: close.map((price, index) => price * (index % 3 === 0 ? 0.99 : 0.997)),
  };
};
const holed = (values: List): List => values.map((value, index) => (index === 7 || index === 21 ? Number.NaN : value));
const SERIES: readonly (readonly [string, List])[] = [
  ["a walk", bars(60).close],
  ["equal prices", Array.from({ length: 40 }, () => 5)],
  ["a fall", Array.from({ length: 40 }, (_, index) => 100 - index)],
  ["a rise of whole numbers", Array.from({ length: 40 }, (_, index) => 100 + index)],
  ["a walk with holes", holed(bars(60).close)],
  ["a walk that ends in a hole", [...bars(40).close, Number.NaN]],
  ["500 prices", bars(500).close],
  ["few prices", [1, 2, 3]],
  ["no prices", []],
];

describe("indicators of Python strategies", () => {
  const core = new Indicators(openCore("release"));
  const lastOf = (values: List): number => values.at(-1) ?? Number.NaN;

  describe.each(SERIES)("on %s", (_name, prices) => {
    const last = async (call: string): Promise<List> => numbers(await saidBy(call, `p = ${written(prices)}`));

    it("give what the core's averages and Wilder's index give", async () => {
      for (const n of [1, 5, 14]) {
        expectClose(await last(`calculate_ema(p, ${n})`), [lastOf(core.ema(prices, n, true))]);
        expectClose(await last(`calculate_rsi(p, ${n})`), [lastOf(core.rsi(prices, n))]);
      }
      const { line = [], signals = [], histogram = [] } = core.macd(prices, 5, 9, 4, true);
      expectClose(await last("calculate_macd(p, 5, 9, 4)"), [lastOf(line), lastOf(signals), lastOf(histogram)]);
    });
    // The core's windows and these part ways over holes.
    if (prices.some((price) => Number.isNaN(price))) return;
    it("give what the core's windows give", async () => {
      for (const n of [2, 5, 20]) {
        expectClose(await last(`calculate_sma(p, ${n})`), [lastOf(core.sma(prices, n))]);
        expectClose(await last(`calculate_std(p, ${n})`), [lastOf(core.deviation(prices, n, 1))]);
        expectClose(await last(`calculate_zscore(p, ${n})`), [lastOf(core.zScore(prices, n, 1))]);
        const { upper = [], middle = [], lower = [] } = core.bollinger(prices, n, 1.5, 0);
        expectClose(await last(`calculate_bollinger(p, ${n}, 1.5)`), [lastOf(upper), lastOf(middle), lastOf(lower)]);
      }
    });
  });

  it("give the core's average true range", async () => {
    for (const length of [10, 14, 15, 60]) {
      const { high, low, close } = bars(length);
      const said = await saidBy(
        "calculate_atr(h, l, c, 14)",
        `h = ${written(high)}\nl = ${written(low)}\nc = ${written(close)}`,
      );
      expectClose(numbers(said), [lastOf(core.atr({ high, low, close }, 14, false))]);
    }
  });

  it("take lists of whole numbers, tuples and arrays alike", async () => {
    const values = "[5, 3, 8, 6, 9, 2, 7]";
    const forms = [
      values,
      `tuple(${values})`,
      `np.array(${values})`,
      `[float(x) for x in ${values}]`,
      `[2 ** 40 - 2 ** 40 + x for x in ${values}]`,
    ];
    const said = await Promise.all(forms.map((form) => saidBy(`calculate_rsi(${form}, 3)`, "import numpy as np")));
    expect(new Set(said).size).toBe(1);
    expect(said[0]).not.toBe("nan");
  });

  it.each([
    "calculate_rsi('abc')",
    "calculate_sma([1, None])",
    "calculate_ema(5)",
    "calculate_std([[1]])",
    "calculate_rsi(['1', '2'])",
  ])("refuse %s by the author's line", async (call) => {
    expect(await faultOf(strategyOf(call))).toMatchObject({
      line: 4,
      message: expect.stringContaining("needs a list of numbers") as string,
    });
  });
  it.each(["0", "-1", "2.5", "True", "'x'", "10 ** 9"])("refuse a period of %s", async (period) => {
    expect(await faultOf(strategyOf(`calculate_rsi([1.0, 2.0], ${period})`))).toMatchObject({
      message: expect.stringContaining("a period") as string,
    });
  });
});
