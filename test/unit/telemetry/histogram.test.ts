import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "../../../src/telemetry/histogram.ts";

/** Log-uniform latencies from half a microsecond to about a minute; a small generator with a fixed seed. */
function latencies(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 0.5 * 2 ** ((state / 2 ** 32) * 27);
  });
}

describe("LatencyHistogram", () => {
  it("answers quantiles within a bucket's width of the exact ones", () => {
    const values = latencies(7, 20_000);
    const histogram = new LatencyHistogram();
    for (const value of values) histogram.record(value);
    const sorted = values.toSorted((a, b) => a - b);
    for (const q of [0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? NaN;
      const found = histogram.quantile(q);
      expect(found, `quantile ${q}`).toBeGreaterThanOrEqual(exact);
      expect(found, `quantile ${q}`).toBeLessThanOrEqual(exact * (1 + 1 / 128) + histogram.resolution);
    }
  });

  it("knows count, sum and the exact maximum", () => {
    const histogram = new LatencyHistogram();
    for (const value of [3, 1_000.0625, 40]) histogram.record(value);
    expect([histogram.count, histogram.sum, histogram.max]).toEqual([3, 1_043.0625, 1_000.0625]);
    expect(histogram.quantile(1)).toBe(1_000.0625);
  });

  it("counts exactly at or below the bounds that metrics use", () => {
    const bounds = [31.25, 62.5, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 128_000];
    const values = [...latencies(3, 5_000), ...bounds, ...bounds.map((bound) => bound + 0.125)];
    const histogram = new LatencyHistogram();
    for (const value of values) histogram.record(value);
    expect(histogram.cumulative(bounds)).toEqual(
      bounds.map((bound) => values.filter((value) => value <= bound).length),
    );
  });

  it("keeps values outside its range instead of losing them", () => {
    const histogram = new LatencyHistogram();
    for (const value of [-5, 0, 1e15]) histogram.record(value);
    expect(histogram.count).toBe(3);
    expect(histogram.quantile(0.5)).toBe(histogram.resolution);
    expect(histogram.max).toBe(1e15);
  });

  it("tells quantiles of what came after a mark", () => {
    const histogram = new LatencyHistogram();
    for (let n = 0; n < 1_000; n += 1) histogram.record(10);
    const mark = histogram.mark();
    expect(histogram.quantile(0.5, mark)).toBe(0);
    for (let n = 0; n < 10; n += 1) histogram.record(20);
    expect([histogram.quantile(0.5, mark), histogram.quantile(0.5)]).toEqual([20, 10]);
  });

  it("is empty at first and after clear", () => {
    const histogram = new LatencyHistogram();
    expect([histogram.quantile(0.99), histogram.max, histogram.count]).toEqual([0, 0, 0]);
    histogram.record(10);
    histogram.clear();
    expect([histogram.quantile(0.99), histogram.max, histogram.count, histogram.sum]).toEqual([0, 0, 0, 0]);
  });
});
