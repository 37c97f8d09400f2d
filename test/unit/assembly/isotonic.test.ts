import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { isotonicTwin } from "../../support/twins/columns.ts";

describe.each(BUILDS)("isotonic regression, %s build", (build) => {
  const { core, arena } = openCore(build);

  function fit(y: readonly number[], w: readonly number[] = y.map(() => 1)): number[] | undefined {
    arena.reset();
    const [own, weights] = [arena.put(y), arena.put(w)];
    const done = core.isotonic(own, weights, y.length, arena.take(3 * y.length));
    expect(arena.read(weights, w.length)).toEqual(w);
    const values = arena.read(own, y.length);
    if (!done) expect(values).toEqual(y);
    return done ? values : undefined;
  }

  it("is the min-max formula", () => {
    const random = new Random(1);
    for (let sample = 0; sample < 60; sample++) {
      const length = 1 + random.integer(40);
      const y = Array.from({ length }, (_, k) => 0.05 * k + (sample % 3 === 0 ? random.integer(3) : random.normal()));
      const w = y.map(() => random.between(0.1, 5));
      const fitted = fit(y, w) ?? [];
      isotonicTwin(y, w).forEach((value, k) => expect(fitted[k]).toBeCloseTo(value, 11));
    }
  });

  it("leaves a rising column alone, makes a falling one its mean, and never falls", () => {
    expect(fit([1, 2, 2, 5])).toEqual([1, 2, 2, 5]);
    expect(fit([5, 3, 1], [1, 1, 2])).toEqual([2.5, 2.5, 2.5]);
    expect(fit([])).toEqual([]);
    const random = new Random(2);
    const y = Array.from({ length: 5000 }, (_, k) => Math.sin(k / 700) + random.normal());
    const fitted = fit(y) ?? [];
    fitted.forEach((value, k) => expect(value).toBeGreaterThanOrEqual(fitted[k - 1] ?? Number.NEGATIVE_INFINITY));
    const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
    expect(sum(fitted)).toBeCloseTo(sum(y), 8);
  });

  it("refuses values and weights that are none", () => {
    expect(fit([1, Number.NaN, 2])).toBeUndefined();
    expect(fit([1, 2], [1, 0])).toBeUndefined();
    expect(fit([1, 2], [1, -1])).toBeUndefined();
    expect(fit([2, Number.POSITIVE_INFINITY])).toBeUndefined();
  });
});
