import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { regress } from "../../support/twins/regression.ts";

describe.each(BUILDS)("fill intensity, %s build", (build) => {
  const { core, arena } = openCore(build);

  function fit(counts: readonly number[], nearest: number, width: number, exposure: number): number[] | undefined {
    arena.reset();
    const columns = arena.put(counts.flatMap((count) => [count, Number.NaN]));
    const out = arena.take(6);
    const done = core.intensityFit(columns, counts.length, nearest, width, exposure, out, 16);
    const [a = 0, , k = 0, , r2 = 0] = arena.read(out, 6);
    return done ? [a, k, r2] : undefined;
  }

  it("is the line of least squares through ln(count / exposure)", () => {
    const counts = [900, 410, 160, 80, 31, 12, 9, 2];
    const [nearest, width, exposure] = [0.25, 0.5, 600];
    const distances = counts.map((_, j) => nearest + j * width);
    const logs = counts.map((count) => Math.log(count / exposure));
    const { coefficients, rest } = regress(logs, [counts.map(() => 1), distances]);
    const center = logs.reduce((sum, value) => sum + value, 0) / logs.length;
    const total = logs.reduce((sum, value) => sum + (value - center) ** 2, 0);
    const [a, k, r2] = fit(counts, nearest, width, exposure) ?? [];
    expect(a).toBeCloseTo(Math.exp(coefficients[0] ?? 0), 10);
    expect(k).toBeCloseTo(-(coefficients[1] ?? 0), 10);
    expect(r2).toBeCloseTo(1 - rest / total, 10);
  });

  it("finds planted A and k from random arrivals", () => {
    const random = new Random(3);
    const [A, k, seconds] = [4, 1.5, 5000];
    const distances = Array.from({ length: A * seconds }, () => -Math.log(1 - random.next()) / k);
    const counts = Array.from({ length: 10 }, (_, j) => distances.filter((d) => d >= 0.2 * j).length);
    const [a = 0, decay = 0, r2 = 0] = fit(counts, 0, 0.2, seconds) ?? [];
    expect(Math.abs(a / A - 1)).toBeLessThan(0.05);
    expect(Math.abs(decay / k - 1)).toBeLessThan(0.05);
    expect(r2).toBeGreaterThan(0.99);
  });

  it("changes its unit with the price, not its trust", () => {
    const counts = [500, 200, 90, 40, 15];
    const [a, k = 0, r2] = fit(counts, 0.1, 0.1, 60) ?? [];
    const [b = 0, m, s] = fit(counts, 10, 10, 120) ?? [];
    expect(2 * b).toBeCloseTo(a ?? 0, 9);
    expect(100 * (m ?? 0)).toBeCloseTo(k, 9);
    expect(s).toBe(r2);
  });

  it("ends before the first empty bucket and needs three that fall", () => {
    expect(fit([90, 40, 15, 0, 7], 0.1, 0.1, 1)).toEqual(fit([90, 40, 15], 0.1, 0.1, 1));
    expect(fit([90, 40], 0.1, 0.1, 1)).toBeUndefined();
    expect(fit([90, 0.5, 40, 15], 0.1, 0.1, 1)).toBeUndefined();
    expect(fit([10, 20, 30], 0.1, 0.1, 1)).toBeUndefined();
    expect(fit([10, 10, 10], 0.1, 0.1, 1)).toBeUndefined();
    expect(fit([90, 40, Number.NaN], 0.1, 0.1, 1)).toBeUndefined();
    expect(fit([90, 40, 15], 0.1, 0, 1)).toBeUndefined();
    expect(fit([90, 40, 15], 0.1, 0.1, 0)).toBeUndefined();
  });
});
