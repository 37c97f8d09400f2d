import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { mean, regress } from "../../support/twins/regression.ts";

interface Sample {
  readonly y: number[];
  readonly columns: number[][];
}
function planted(seed: number, count: number, coefficients: readonly number[], noise: number, far = 0): Sample {
  const random = new Random(seed);
  const common = Array.from({ length: count }, () => random.normal());
  const columns = coefficients.map((_, i) => common.map((value) => far + 0.5 * value + (1 + i) * random.normal()));
  const y = common.map(
    (_, t) => 2 + coefficients.reduce((sum, b, i) => sum + b * (columns[i]?.[t] ?? 0), 0) + noise * random.normal(),
  );
  return { y, columns };
}

describe.each(BUILDS)("least squares, %s build", (build) => {
  const { core, arena } = openCore(build);

  function fit({ y, columns }: Sample, constant: boolean): { head: number[]; rows: number[][] } | undefined {
    arena.reset();
    const count = y.length;
    const width = count + (count & 1);
    const x = arena.take(columns.length * width);
    columns.forEach((column, i) => arena.f.set(column, x / 8 + i * width));
    const out = arena.take(24);
    const scratch = arena.take(core.leastSquaresScratch(columns.length, count) / 8 + 1);
    const own = arena.put(y);
    if (!core.leastSquares(own, x, 8 * width, columns.length, count, Number(constant), out, scratch)) return undefined;
    const rows = Array.from({ length: columns.length + 1 }, (_, i) => arena.read(out + 24 + 24 * i, 3));
    return { head: arena.read(out, 3), rows };
  }

  it.each([1, 2, 4, 6])("has the coefficients, errors and t values of the normal equations, %i regressors", (k) => {
    for (const constant of [true, false]) {
      const sample = planted(k, 90, [1.5, -2, 0.3, 4, 0, 1].slice(0, k), 0.7);
      const ones = sample.y.map(() => 1);
      const twin = regress(sample.y, constant ? [ones, ...sample.columns] : sample.columns);
      const { head = [], rows = [] } = fit(sample, constant) ?? {};
      const own = constant ? rows : rows.slice(1);
      twin.coefficients.forEach((value, i) => {
        expect(own[i]?.[0]).toBeCloseTo(value, 9);
        expect(own[i]?.[1]).toBeCloseTo(twin.errors[i] ?? Number.NaN, 9);
        expect(own[i]?.[2]).toBeCloseTo(value / (twin.errors[i] ?? Number.NaN), 6);
      });
      if (!constant) expect(rows[0]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      const middle = constant ? mean(sample.y) : 0;
      const total = sample.y.reduce((sum, value) => sum + (value - middle) ** 2, 0);
      expect(head[0]).toBeCloseTo(1 - twin.rest / total, 10);
      expect(head[1]).toBeCloseTo(Math.sqrt(twin.rest / twin.freedom), 10);
      expect(head[2]).toBe(twin.freedom);
    }
  });

  it("finds planted coefficients, and the same ones far from zero", () => {
    const coefficients = [1.5, -2, 0.3];
    const { rows = [] } = fit(planted(5, 5000, coefficients, 0.5), true) ?? {};
    const far = fit(planted(5, 5000, coefficients, 0.5, 1e6), true)?.rows ?? [];
    for (const i of [1, 2, 3])
      rows[i]?.forEach((value, k) => expect((far[i]?.[k] ?? Number.NaN) / value).toBeCloseTo(1, 7));
    coefficients.forEach((b, i) => {
      const [value = 0, error = 0] = rows[i + 1] ?? [];
      expect(Math.abs(value - b)).toBeLessThan(4 * error);
      expect(error).toBeLessThan(0.02);
    });
  });

  it("claims significance at five percent about five times in a hundred", () => {
    const t = Array.from({ length: 400 }, (_, seed) => fit(planted(seed, 60, [0, 0], 1), true)?.rows[1]?.[2] ?? 9);
    const share = t.filter((value) => Math.abs(value) > 2.002).length / t.length;
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.09);
  });

  it("has no answer for regressors that depend on each other, perfect fits and too few rows", () => {
    const { y, columns } = planted(6, 50, [1, 1], 0.5);
    const [first = []] = columns;
    expect(fit({ y, columns: [first, first.map((value) => 3 * value)] }, true)).toBeUndefined();
    expect(fit({ y, columns: [first, y.map(() => 7)] }, true)).toBeUndefined();
    expect(fit({ y: first.map((value) => 2 * value), columns: [first] }, true)).toBeUndefined();
    expect(fit({ y: [1, 2], columns: [[1, 3]] }, true)).toBeUndefined();
    expect(fit({ y, columns: [first, first.map(() => Number.NaN)] }, true)).toBeUndefined();
    expect(fit({ y, columns }, true)).toBeDefined();
  });
});
