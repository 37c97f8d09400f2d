import { describe, expect, it } from "vitest";
import { BUILDS, openCore, type TestCore } from "../../support/core.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { Random, walk } from "../../support/random.ts";
import * as twin from "../../support/twins/cointegration.ts";
import { dot } from "../../support/twins/regression.ts";

const TERMS: readonly twin.Terms[] = [-1, 0, 1];

function columns({ arena }: TestCore, series: readonly (readonly number[])[]): number {
  const count = series[0]?.length ?? 0;
  const address = arena.take(series.length * count);
  series.forEach((values, index) => arena.f.set(values, address / 8 + index * count));
  return address;
}

describe.each(BUILDS)("statistics, %s build", (build) => {
  const test = openCore(build);
  const { core, arena } = test;

  it("gives the Dickey-Fuller statistic of the written-out regression", () => {
    for (const seed of [1, 2, 3]) {
      const path = walk(new Random(seed), 120, 30, 0.01);
      for (const terms of TERMS) {
        for (const lags of [0, 1, 4]) {
          arena.reset();
          const x = arena.put(path);
          const own = core.dickeyFuller(x, path.length, lags, terms, arena.take(4 * path.length));
          expect(own).toBeCloseTo(twin.dickeyFullerTwin(path, lags, terms), 9);
        }
      }
    }
  });

  it("gives the Engle-Granger statistic of the written-out regressions", () => {
    for (const keep of [0.5, 0.9, 1]) {
      const [a = [], b = []] = cointegratedLogs({ seed: 5, length: 200, keep });
      arena.reset();
      const [y, x] = [arena.put(a), arena.put(b)];
      for (const lags of [0, 2]) {
        const own = core.engleGranger(y, x, a.length, lags, arena.take(4 * a.length));
        expect(own).toBeCloseTo(twin.engleGrangerTwin(a, b, lags), 8);
      }
    }
  });

  it("gives Johansen's eigenvalues, statistics and vector of the written-out matrices", () => {
    for (const legs of [2, 3, 6]) {
      const logs = cointegratedLogs({ seed: legs, length: 300, legs });
      for (const terms of TERMS) {
        for (const lags of [0, 2]) {
          arena.reset();
          const y = columns(test, logs);
          const out = arena.take(legs * (legs + 3));
          const scratch = arena.take(core.johansenScratch(legs, 300, lags) / 8 + 1);
          expect(core.johansen(y, 2400, legs, 300, terms, lags, out, scratch)).toBe(1);
          const expected = twin.johansenTwin(logs, terms, lags);
          expected.eigenvalues.forEach((value, rank) => expect(arena.at(out + rank * 8)).toBeCloseTo(value, 9));
          expected.trace.forEach((value, rank) => expect(arena.at(out + (legs + rank) * 8)).toBeCloseTo(value, 6));
          const vector = arena.read(out + 3 * legs * 8, legs);
          const gross = vector.reduce((sum, entry) => sum + Math.abs(entry), 0) * Math.sign(vector[0] ?? 1);
          vector.forEach((entry, index) => expect(entry / gross).toBeCloseTo(expected.beta[index] ?? Number.NaN, 5));
        }
      }
    }
  });

  it("chooses the lag of least BIC", () => {
    for (const seed of [1, 2, 3, 4]) {
      const random = new Random(seed);
      const logs = cointegratedLogs({ seed, length: 260, keep: 0.8 });
      // Momentum in the second leg asks for lags; its strength varies from seed to seed.
      const drag = random.between(0, 0.6);
      logs[1]?.forEach((value, t, path) => {
        if (t > 1) path[t] = value + drag * ((path[t - 1] ?? 0) - (path[t - 2] ?? 0));
      });
      arena.reset();
      const scratch = arena.take(core.johansenScratch(2, 260, 5) / 8 + 1);
      expect(core.lagsByBic(columns(test, logs), 260 * 8, 2, 260, 5, scratch)).toBe(twin.lagsByBicTwin(logs, 5));
    }
  });

  it("fits mean, deviation and half-life of a reverting series", () => {
    const [a = [], b = []] = cointegratedLogs({ seed: 8, length: 400, keep: 0.85 });
    const spread = a.map((value, t) => value - (b[t] ?? 0) + 7);
    arena.reset();
    const out = arena.take(6);
    expect(core.revert(arena.put(spread), spread.length, out)).toBe(1);
    const expected = twin.reversionTwin(spread);
    const fields = [expected.mean, expected.sigma, expected.halfLife, expected.slope, expected.tau, expected.intercept];
    fields.forEach((value, index) => expect(arena.at(out + index * 8)).toBeCloseTo(value, 7));
    expect(expected.halfLife).toBeGreaterThan(2);
  });

  it("says nothing about series that stand still", () => {
    const still = Array.from({ length: 100 }, () => 12.5);
    const path = walk(new Random(3), 100, 30, 0.01);
    arena.reset();
    const [flat, moving] = [arena.put(still), arena.put(path)];
    const scratch = arena.take(2048);
    const out = arena.take(16);
    expect(core.dickeyFuller(flat, 100, 1, 0, scratch)).toBeNaN();
    expect(core.engleGranger(moving, flat, 100, 0, scratch)).toBeNaN();
    expect(core.engleGranger(moving, moving, 100, 0, scratch)).toBeNaN();
    expect(core.johansen(columns(test, [still, path]), 800, 2, 100, 0, 1, out, scratch)).toBe(0);
    expect(core.johansen(columns(test, [path, path]), 800, 2, 100, 0, 1, out, scratch)).toBe(0);
    expect(core.revert(flat, 100, out)).toBe(0);
    expect(core.hurst(flat, 100, 2, 20)).toBeNaN();
  });

  it("the Hurst exponent of four lags at a time has the bits of one lag after the other", () => {
    for (const [count, high] of [
      [256, 20],
      [100, 19],
      [64, 21],
      [24, 22],
      [9, 7],
    ] as const) {
      const path = walk(new Random(count), count, 30, 0.01);
      let [n, sumX, sumY, xx, xy] = [0, 0, 0, 0, 0];
      for (let lag = 2; lag <= high; lag++) {
        const steps = path.slice(lag).map((value, k) => value - (path[k] ?? 0));
        const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
        const squares = steps.reduce((sum, step) => sum + (step - mean) * (step - mean), 0);
        const [x, y] = [core.lnScalar(lag), 0.5 * core.lnScalar(squares / steps.length)];
        [n, sumX, sumY, xx, xy] = [n + 1, sumX + x, sumY + y, xx + x * x, xy + x * y];
      }
      arena.reset();
      const samples = arena.put([...path, Number.NaN, 1e300, Number.NaN]);
      expect(core.hurst(samples, count, 2, high)).toBe((n * xy - sumX * sumY) / (n * xx - sumX * sumX));
    }
  });

  it("has no answer for a sample shorter than its regression", () => {
    arena.reset();
    const x = arena.put(walk(new Random(3), 6, 30, 0.01));
    expect(core.dickeyFuller(x, 6, 2, 1, arena.take(1024))).toBeNaN();
    expect(core.johansen(x, 24, 2, 3, 0, 1, arena.take(16), arena.take(1024))).toBe(0);
  });

  it("finds eigenvalues and orthonormal vectors of symmetric matrices of every order", () => {
    const random = new Random(11);
    for (let order = 1; order <= 12; order++) {
      arena.reset();
      const entries = Array.from({ length: order }, () => Array.from({ length: order }, () => random.normal()));
      const matrix = entries.map((row, i) => row.map((value, j) => value + (entries[j]?.[i] ?? 0)));
      const a = arena.put(matrix.flat());
      const v = arena.take(order * order);
      core.symmetricEigen(a, v, order);
      const values = matrix.map((_, i) => arena.at(a + i * (order + 1) * 8));
      expect(values).toEqual([...values].sort((left, right) => right - left));
      values.forEach((value, i) => {
        const vector = arena.read(v + i * order * 8, order);
        expect(dot(vector, vector)).toBeCloseTo(1, 12);
        matrix.forEach((row, k) => expect(dot(row, vector)).toBeCloseTo(value * (vector[k] ?? 0), 11));
      });
    }
  });

  it("reads critical values inside the tables only", () => {
    expect(core.traceCritical(0, 2, 95)).toBe(15.4943);
    expect(core.traceCritical(0, 1, 95)).toBe(3.8415);
    expect(core.maxEigenCritical(0, 2, 95)).toBe(14.2639);
    expect(core.traceCritical(1, 6, 99)).toBe(116.9829);
    expect(core.traceCritical(-1, 1, 90)).toBe(2.9762);
    for (const [terms, left] of [
      [0, 0],
      [0, 7],
      [2, 2],
      [-2, 2],
    ] as const)
      expect(core.traceCritical(terms, left, 95)).toBeNaN();
  });

  it("has p-values that rise with the statistic and agree with the critical values", () => {
    for (const [terms, variables] of [
      [-1, 1],
      [0, 1],
      [1, 1],
      [0, 2],
    ] as const) {
      let before = 0;
      for (let t = -25; t < 4; t += 0.01) {
        const p = core.mackinnonP(t, terms, variables);
        expect(p).toBeGreaterThanOrEqual(before - 2e-3); // tail and body meet within 0.2 percent
        before = p;
      }
      for (const percent of [1, 5, 10]) {
        const critical = core.mackinnonCritical(percent, terms, variables, 1e9);
        expect(core.mackinnonP(critical, terms, variables)).toBeCloseTo(percent / 100, 2);
      }
    }
    expect(core.mackinnonP(-3, 1, 2)).toBeNaN();
  });
});
