import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { kalmanTwin } from "../../support/twins/filters.ts";

const COLUMNS = 7;
const [Q, V] = [1e-4, 1e-3];

interface Regression {
  readonly x: number[];
  readonly y: number[];
  readonly beta: number[];
}

/** y = 0.3 + beta x + noise, beta wandering around 1.4. */
function planted(seed: number, length: number, step = 0.002): Regression {
  const random = new Random(seed);
  let [level, slope] = [0, 1.4];
  const made: Regression = { x: [], y: [], beta: [] };
  for (let t = 0; t < length; t++) {
    level += 0.05 * random.normal();
    slope += step * random.normal();
    made.x.push(level);
    made.beta.push(slope);
    made.y.push(0.3 + slope * level + Math.sqrt(V) * random.normal());
  }
  return made;
}

describe.each(BUILDS)("Kalman regression, %s build", (build) => {
  const { core, arena } = openCore(build);

  /** Address of the state of the latest run. */
  let state = 0;
  function run(y: readonly number[], x: readonly number[], q = Q, v = V): number[][] {
    arena.reset();
    state = arena.take(2 * COLUMNS);
    const out = arena.take(4 * y.length);
    core.kalmanColumn(arena.put(y), arena.put(x), y.length, q, v, state, out);
    return y.map((_, t) => arena.read(out + 32 * t, 4));
  }

  it("agrees with the written-out matrices", () => {
    for (const seed of [1, 2, 3]) {
      const { x, y } = planted(seed, 600);
      const rows = run(y, x);
      kalmanTwin(y, x, Q, V).forEach(({ beta, alpha, error, variance }, t) => {
        [beta, alpha, error, variance].forEach((value, k) => expect(rows[t]?.[k]).toBeCloseTo(value, 9));
      });
    }
  });

  it("gives two filters side by side the bits of each alone", () => {
    const [one, two] = [planted(4, 300), planted(5, 300)];
    const [first, second] = [run(one.y, one.x), run(two.y, two.x)];
    arena.reset();
    const weave = (a: number[], b: number[]): number => arena.put(a.flatMap((value, t) => [value, b[t] ?? 0]));
    const out = arena.take(8 * 300);
    core.kalmanLanes(weave(one.y, two.y), weave(one.x, two.x), 300, Q, V, arena.take(2 * COLUMNS), out);
    for (let t = 0; t < 300; t++) {
      const row = arena.read(out + 64 * t, 8);
      expect(row.filter((_, place) => place % 2 === 0)).toEqual(first[t]);
      expect(row.filter((_, place) => place % 2 === 1)).toEqual(second[t]);
    }
  });

  it("finds a planted slope and follows it while it wanders", () => {
    const fixed = planted(6, 2000, 0);
    expect(run(fixed.y, fixed.x, 1e-10)[1999]?.[0]).toBeCloseTo(1.4, 2);
    const { x, y, beta } = planted(7, 2000, 0.02);
    const off = run(y, x, 4e-4).slice(500);
    const mean = off.reduce((sum, row, t) => sum + Math.abs((row[0] ?? 0) - (beta[t + 500] ?? 0)), 0) / off.length;
    expect(mean).toBeLessThan(0.15);
  });

  it("has errors of the variance that it claims", () => {
    const { x, y } = planted(8, 3000, Math.sqrt(Q));
    const z = run(y, x)
      .slice(100)
      .map(([, , error = 0, variance = 1]) => error ** 2 / variance);
    expect(z.reduce((sum, value) => sum + value, 0) / z.length).toBeGreaterThan(0.8);
    expect(z.reduce((sum, value) => sum + value, 0) / z.length).toBeLessThan(1.2);
  });

  it("scales: ten times y and a hundred times v make ten times the errors once the prior is forgotten", () => {
    const { x, y } = planted(9, 1500);
    const plain = run(y, x, Q, V);
    const tenfold = run(
      y.map((value) => 10 * value),
      x,
      100 * Q,
      100 * V,
    );
    for (let t = 1200; t < 1500; t++) expect(tenfold[t]?.[2]).toBeCloseTo(10 * (plain[t]?.[2] ?? 0), 4);
  });

  it("does not look ahead: later values change nothing before them", () => {
    const { x, y } = planted(10, 200);
    const other = y.map((value, t) => (t < 150 ? value : value + 3));
    expect(run(other, x).slice(0, 150)).toEqual(run(y, x).slice(0, 150));
  });

  it("passes by what is no number and goes on as if it had not been there", () => {
    const { x, y } = planted(11, 120);
    const gaps = new Map([
      [0, Number.NaN],
      [40, Number.POSITIVE_INFINITY],
      [41, Number.NaN],
    ]);
    const rows = run(
      y.map((value, t) => gaps.get(t) ?? value),
      x,
    );
    const kept = (column: readonly number[]): number[] => column.filter((_, t) => !gaps.has(t));
    expect(rows.filter((_, t) => !gaps.has(t))).toEqual(run(kept(y), kept(x)));
    const nonsense = x.map((value, t) => (t === 40 ? 1e300 : (gaps.get(t) ?? value)));
    const tail = run(y, nonsense).at(-1) ?? [];
    expect(tail.every(Number.isFinite)).toBe(true);
  });

  it("stays finite and off the subnormal numbers when nothing moves any more", () => {
    const { x, y } = planted(12, 50);
    const still = Array.from({ length: 6000 }, () => 0);
    for (const [q, v] of [
      [0, V],
      [Q, V],
      [0, 1e-60],
    ] as const) {
      const rows = run([...y, ...still], [...x, ...still], q, v);
      const tiny = rows.flat().filter((value) => value !== 0 && !(Math.abs(value) >= 1e-100));
      expect(tiny).toEqual([]);
      if (q > 0) expect(rows.at(-1)?.[1]).toBe(0);
      const [bb, ba, aa] = arena.read(state + 2 * 16, 5).filter((_, place) => place % 2 === 0);
      expect(Math.min(bb ?? 0, aa ?? 0)).toBeGreaterThanOrEqual(1e-30);
      expect(ba === 0 || Math.abs(ba ?? 0) >= 1e-30).toBe(true);
    }
  });
});
