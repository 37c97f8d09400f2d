import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { momentsTwin } from "../../support/twins/columns.ts";

function sample(seed: number, length: number, level = 0): number[] {
  const random = new Random(seed);
  return Array.from({ length }, () => level + random.normal() + 0.3 * random.normal() ** 2);
}

describe.each(BUILDS)("rolling moments, %s build", (build) => {
  const { core, arena } = openCore(build);

  function run(x: readonly number[], n: number): number[][] {
    arena.reset();
    const out = arena.take(4 * x.length);
    core.momentsColumn(arena.put(x), x.length, n, arena.take(10), out);
    return x.map((_, t) => arena.read(out + 32 * t, 4));
  }
  function agrees(x: readonly number[], n: number, digits: number): void {
    run(x, n).forEach((row, t) => {
      if (t < n - 1) expect(row.every(Number.isNaN)).toBe(true);
      else momentsTwin(x.slice(t - n + 1, t + 1)).forEach((value, k) => expect(row[k]).toBeCloseTo(value, digits));
    });
  }

  it("are those of the window, at every step", () => {
    for (const n of [4, 20, 250]) agrees(sample(n, 2400), n, 9);
  });

  it("keep their digits far from zero, on a slope, and after an outlier has left", () => {
    agrees(sample(1, 1500, 1e6), 60, 5);
    agrees(
      sample(2, 1500).map((value, t) => value + t),
      60,
      8,
    );
    const clean = run(sample(3, 1500), 60);
    for (const size of [1e3, 1e5, 1e7, 1e9]) {
      const rows = run(
        sample(3, 1500).map((value, t) => (t === 700 ? size : value)),
        60,
      );
      for (let t = 760; t < 1500; t++)
        rows[t]?.forEach((value, k) => expect(value).toBeCloseTo(clean[t]?.[k] ?? Number.NaN, 8));
    }
  });

  it("scale, shift and mirror as moments do", () => {
    const x = sample(4, 300);
    const plain = run(x, 50).slice(49);
    run(
      x.map((value) => 5 - 2 * value),
      50,
    )
      .slice(49)
      .forEach(([mean, variance, skew, kurtosis], t) => {
        const [m = 0, v = 0, s = 0, k = 0] = plain[t] ?? [];
        expect(mean).toBeCloseTo(5 - 2 * m, 10);
        expect(variance).toBeCloseTo(4 * v, 10);
        expect(skew).toBeCloseTo(-s, 9);
        expect(kurtosis).toBeCloseTo(k, 9);
      });
  });

  it("have variance 0 and no shape while values stand still", () => {
    const rows = run(
      Array.from({ length: 3000 }, () => 0.1),
      30,
    ).slice(30);
    for (const [mean, variance, skew, kurtosis] of rows) {
      expect(mean).toBeCloseTo(0.1, 14);
      expect(variance).toBe(0);
      expect(skew).toBeNaN();
      expect(kurtosis).toBeNaN();
    }
  });

  it("are silent while something that is no number is in the window, and well again after it", () => {
    const x = sample(5, 200);
    const rows = run(
      x.map((value, t) => (t === 80 ? Number.NaN : value)),
      20,
    );
    const clean = run(x, 20);
    for (let t = 80; t < 100; t++) expect(rows[t]?.every(Number.isNaN)).toBe(true);
    for (let t = 100; t < 200; t++)
      rows[t]?.forEach((value, k) => expect(value).toBeCloseTo(clean[t]?.[k] ?? Number.NaN, 9));
  });

  it("notice that samples were missed", () => {
    const x = sample(6, 100);
    arena.reset();
    const [column, at] = [arena.put(x), arena.take(10)];
    core.momentsInit(at);
    for (const count of [30, 31, 32, 60, 61, 100]) {
      expect(core.momentsStep(at, column, -1, 3, count, 20)).toBe(1);
      momentsTwin(x.slice(count - 20, count)).forEach((value, k) =>
        expect(arena.at(at + 8 * k)).toBeCloseTo(value, 10),
      );
    }
  });

  it("t of a mean is the mean in units of its error", () => {
    const x = sample(7, 120, 0.4);
    const [mean, variance] = momentsTwin(x);
    arena.reset();
    expect(core.meanT(arena.put(x), 120)).toBeCloseTo(mean / Math.sqrt(variance / 120), 11);
    expect(core.meanT(arena.put([0.1, 0.1, 0.1]), 3)).toBeNaN();
  });
});
