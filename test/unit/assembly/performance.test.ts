import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { correlationTwin, momentsTwin, quantileTwin } from "../../support/twins/columns.ts";
import { mean, regress } from "../../support/twins/regression.ts";

const YEAR = 252;
const [MEAN, DEVIATION] = [12, 13];

function returns(seed: number, length: number, drift = 0.0004): number[] {
  const random = new Random(seed);
  return Array.from({ length }, () => drift + 0.01 * random.normal() * (random.next() < 0.05 ? 3 : 1));
}
function growth(r: readonly number[]): number {
  return r.reduce((equity, value) => equity * (1 + value), 1);
}
function drawdowns(r: readonly number[]): number[] {
  const equity = [1, ...r.map((_, t) => growth(r.slice(0, t + 1)))];
  return equity.map((value, t) => value / Math.max(...equity.slice(0, t + 1)) - 1);
}

describe.each(BUILDS)("performance, %s build", (build) => {
  const { core, arena } = openCore(build);

  function figures(r: readonly number[], rate = 0): number[] {
    arena.reset();
    const out = arena.take(15);
    return core.performance(arena.put(r), r.length, YEAR, rate, out) ? arena.read(out, 15) : [];
  }
  function tail(r: readonly number[], p: number): number[] {
    const own = figures(r);
    const at = (index: number): number => own[index] ?? Number.NaN;
    const [x, out, scratch] = [arena.put(r), arena.take(6), arena.take(r.length)];
    core.tailRisk(x, r.length, p, at(MEAN), at(DEVIATION), at(8), at(9), out, scratch);
    expect(arena.read(x, r.length)).toEqual(r);
    return arena.read(out, 6);
  }

  it("figures are those of their definitions", () => {
    for (const seed of [1, 2, 3]) {
      const r = returns(seed, 700, 0.001 * (seed - 2));
      const [average, variance, skew, kurtosis] = momentsTwin(r);
      const total = growth(r) - 1;
      const cagr = (1 + total) ** (YEAR / r.length) - 1;
      const downside = Math.sqrt(mean(r.map((value) => Math.min(value, 0) ** 2)) * YEAR);
      const deepest = Math.min(...drawdowns(r));
      const sharpe = ((average - 0.02 / YEAR) / Math.sqrt(variance)) * Math.sqrt(YEAR);
      const levels = r.map((_, t) => Math.log(growth(r.slice(0, t + 1))));
      const sums = [1, -1].map((side) => r.reduce((sum, value) => sum + Math.max(side * value, 0), 0));
      const expected = [
        total,
        cagr,
        Math.sqrt(variance * YEAR),
        sharpe,
        (average * YEAR) / downside,
        downside,
        deepest,
      ];
      const share = r.filter((value) => value > 0).length / r.length;
      const line = correlationTwin(levels, levels.map((_, t) => t)); // prettier-ignore
      expected.push(-cagr / deepest, skew, kurtosis, share, (sums[0] ?? 0) / (sums[1] ?? 0), average);
      const own = figures(r, 0.02);
      [...expected, Math.sqrt(variance), line ** 2].forEach((value, k) => expect(own[k]).toBeCloseTo(value, 9));
    }
  });

  it("the tail is the quantile and the mean beyond it, and the two approximations", () => {
    const r = returns(4, 999);
    for (const p of [0.01, 0.05, 0.1]) {
      const [value = 0, shortfall, normal, normalShortfall, fisher = 0, fisherShortfall] = tail(r, p);
      expect(value).toBeCloseTo(quantileTwin(r, p), 14);
      expect(shortfall).toBeCloseTo(mean(r.filter((one) => one <= value)), 14);
      const [average, variance, skew, kurtosis] = momentsTwin(r);
      const sd = Math.sqrt(variance);
      const expand = (z: number): number =>
        z + ((z * z - 1) * skew) / 6 + ((z ** 3 - 3 * z) * kurtosis) / 24 - ((2 * z ** 3 - 5 * z) * skew * skew) / 36;
      expect(fisher).toBeCloseTo(average + sd * expand(core.normalQuantile(p)), 12);
      expect(normal).toBeCloseTo(average + sd * core.normalQuantile(p), 12);
      // Both shortfalls are means of their quantile over the probabilities below p.
      const [steps, below] = [20_000, Array.from({ length: 20_000 }, (_, k) => ((k + 0.5) / 20_000) * p)];
      const z = below.map((q) => core.normalQuantile(q));
      const average1 = z.reduce((sum, one) => sum + average + sd * one, 0) / steps;
      const average2 = z.reduce((sum, one) => sum + average + sd * expand(one), 0) / steps;
      expect(normalShortfall).toBeCloseTo(average1, 5);
      expect(fisherShortfall).toBeCloseTo(average2, 4);
    }
  });

  it("drawdowns and rolling ratios are those of every single day", () => {
    const r = returns(5, 300);
    arena.reset();
    const [x, curve, rolling] = [arena.put(r), arena.take(301), arena.take(300)];
    core.drawdownColumn(x, 300, curve);
    drawdowns(r).forEach((value, t) => expect(arena.at(curve + 8 * t)).toBeCloseTo(value, 12));
    core.rollingSharpe(x, 300, 63, YEAR, arena.take(10), rolling);
    for (let t = 0; t < 300; t++) {
      const own = arena.at(rolling + 8 * t);
      if (t < 62) expect(own).toBeNaN();
      else {
        const [average, variance] = momentsTwin(r.slice(t - 62, t + 1));
        expect(own).toBeCloseTo((average / Math.sqrt(variance)) * Math.sqrt(YEAR), 9);
      }
    }
  });

  it("against a benchmark: the regression, the difference, and days up and down", () => {
    const b = returns(6, 500);
    const r = b.map((value, t) => 0.0003 + 1.3 * value + (returns(7, 500)[t] ?? 0) / 2);
    arena.reset();
    const out = arena.take(9);
    expect(core.againstBenchmark(arena.put(r), arena.put(b), 500, YEAR, out)).toBe(1);
    const [alpha = 0, beta = 0] = regress(r, [b.map(() => 1), b]).coefficients;
    const apart = r.map((value, t) => value - (b[t] ?? 0));
    const error = Math.sqrt(momentsTwin(apart)[1]);
    const capture = (side: number): number => {
      const days = b.map((value, t) => [value, r[t] ?? 0] as const).filter(([value]) => side * value > 0);
      const [theirs, own] = [0, 1].map((k) => growth(days.map((day) => day[k] ?? 0)) ** (YEAR / days.length) - 1);
      return (own ?? 0) / (theirs ?? 0);
    };
    const yearly = (1 + alpha) ** YEAR - 1;
    const expected = [alpha, yearly, beta, correlationTwin(r, b), error * Math.sqrt(YEAR)];
    expected.push((mean(apart) / error) * Math.sqrt(YEAR), (mean(r) * YEAR) / beta, capture(1), capture(-1));
    arena.read(out, 9).forEach((value, k) => expect(value).toBeCloseTo(expected[k] ?? Number.NaN, 9));
    const still = arena.put(b.map(() => 0.001));
    expect(core.againstBenchmark(arena.put(r), still, 500, YEAR, out)).toBe(0);
  });

  it("sorts any column, and quantiles of a sorted one lie between its values", () => {
    const random = new Random(8);
    for (let length = 0; length < 70; length++) {
      const values = Array.from({ length }, () => (length % 2 === 0 ? random.integer(9) : random.normal()));
      arena.reset();
      const x = arena.put(values);
      core.sortColumn(x, length);
      expect(arena.read(x, length)).toEqual([...values].sort((a, b) => a - b));
      for (const p of [0, 0.05, 0.5, 0.77, 1]) {
        if (length === 0) expect(core.quantileSorted(x, 0, p)).toBeNaN();
        else expect(core.quantileSorted(x, length, p)).toBeCloseTo(quantileTwin(values, p), 12);
      }
      expect(core.quantileSorted(x, length, 1.01)).toBeNaN();
    }
  });

  it("figures that would divide by nothing are NaN, and bad returns give none", () => {
    const flat = figures([0.01, 0.01, 0.01]);
    expect(flat[0]).toBeCloseTo(1.01 ** 3 - 1, 14);
    for (const index of [3, 4, 7, 8, 9, 11]) expect(flat[index]).toBeNaN();
    expect(figures([0, 0, 0])[1]).toBe(0);
    expect(figures([0.01])).toEqual([]);
    expect(figures([0.01, Number.NaN, 0.02])).toEqual([]);
    const ruined = figures([0.1, -1, 0.3]);
    expect([ruined[0], ruined[1], ruined[6]]).toEqual([-1, -1, -1]);
  });
});
