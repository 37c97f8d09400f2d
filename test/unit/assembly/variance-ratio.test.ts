import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { varianceRatioTwin } from "../../support/twins/columns.ts";

/** Log prices whose changes are keep * previous change + noise. */
function path(seed: number, length: number, keep = 0, sigma: (t: number) => number = () => 0.01): number[] {
  const random = new Random(seed);
  let [level, change] = [4, 0];
  return Array.from({ length }, (_, t) => (level += change = keep * change + sigma(t) * random.normal()));
}

describe.each(BUILDS)("variance ratio, %s build", (build) => {
  const { core, arena } = openCore(build);

  function whole(x: readonly number[], q: number): readonly number[] {
    arena.reset();
    const out = arena.take(3);
    return core.varianceRatio(arena.put(x), x.length, q, out) ? arena.read(out, 3) : [];
  }
  function rolling(x: readonly number[], n: number, q: number): number[] {
    arena.reset();
    const out = arena.take(x.length);
    core.ratioColumn(arena.put(x), x.length, n, q, arena.take(4), out);
    return arena.read(out, x.length);
  }

  it("agrees with the definition, ratio and both z", () => {
    for (const q of [2, 5, 8, 16]) {
      for (const keep of [-0.4, 0, 0.4]) {
        const x = path(q, 300, keep);
        varianceRatioTwin(x, q).forEach((value, k) => expect(whole(x, q)[k]).toBeCloseTo(value, 9));
      }
    }
  });

  it("over a rolling window is the ratio of the window, at every step", () => {
    const x = path(3, 2500, 0.2, (t) => (t % 700 === 0 ? 0.4 : 0.01));
    for (const [n, q] of [
      [60, 8],
      [9, 8],
      [100, 2],
    ] as const) {
      const ratios = rolling(x, n, q);
      for (let t = 0; t < x.length; t++) {
        if (t < n) expect(ratios[t]).toBeNaN();
        else expect(ratios[t]).toBeCloseTo(varianceRatioTwin(x.slice(t - n, t + 1), q)[0], 8);
      }
    }
  });

  it("reads a ring that wraps, in the lanes of a block, as it reads a column", () => {
    const x = path(4, 400);
    const column = rolling(x, 50, 8);
    arena.reset();
    const ring = arena.take(128); // 64 slots of two lanes
    const at = arena.take(4);
    core.ratioInit(at);
    x.forEach((value, t) => {
      arena.f[ring / 8 + 2 * (t % 64) + 1] = value;
      expect(core.ratioStep(at, ring + 8, 63, 4, t + 1, 50, 8, 0)).toEqual(column[t]);
    });
  });

  it("tells trends from reversals and a random walk from both", () => {
    expect(whole(path(5, 4000, -0.5), 8)[0]).toBeLessThan(0.6);
    expect(whole(path(6, 4000, 0.5), 8)[0]).toBeGreaterThan(1.8);
    const z = Array.from({ length: 200 }, (_, seed) => whole(path(seed, 600), 8));
    const beyond = z.filter(([, plain = 9]) => Math.abs(plain) > 1.96).length / z.length;
    expect(beyond).toBeLessThan(0.1);
    expect(beyond).toBeGreaterThan(0.01);
  });

  it("keeps its robust z honest where the variance changes", () => {
    const runs = Array.from({ length: 200 }, (_, seed) =>
      whole(
        path(seed, 600, 0, (t) => (t % 200 < 20 ? 0.1 : 0.01)),
        8,
      ),
    );
    const beyond = (k: number): number => runs.filter((run) => Math.abs(run[k] ?? 9) > 1.96).length / runs.length;
    expect(beyond(2)).toBeLessThan(0.1);
    expect(beyond(1)).toBeGreaterThan(beyond(2));
  });

  it("does not depend on the scale, the origin or the sign of the moves", () => {
    const x = path(7, 300, 0.3);
    const [ratio = 0] = whole(x, 8);
    for (const other of [x.map((value) => 50 * value), x.map((value) => value - 7), x.map((value) => -value)])
      expect(whole(other, 8)[0]).toBeCloseTo(ratio, 8);
  });

  it("says nothing where prices stand still, and again something when they move", () => {
    const still = Array.from({ length: 100 }, () => 3);
    expect(whole(still, 8)).toEqual([]);
    expect(whole(path(1, 9), 8)).toEqual([]);
    const ratios = rolling([...still, ...path(8, 200)], 50, 8);
    expect(ratios.slice(0, 100).every(Number.isNaN)).toBe(true);
    expect(ratios.slice(151).every(Number.isFinite)).toBe(true);
  });

  it("forgets what was no number once it has left the window", () => {
    const x = path(9, 300);
    const broken = x.map((value, t) => (t === 100 ? Number.NaN : value));
    const [own, other] = [rolling(x, 50, 8), rolling(broken, 50, 8)];
    for (let t = 152; t < 300; t++) expect(other[t]).toBeCloseTo(own[t] ?? Number.NaN, 8);
  });
});
