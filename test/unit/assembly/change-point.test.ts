import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { changePointTwin, type Prior } from "../../support/twins/change-point.ts";

const PRIOR: Prior = { hazard: 1 / 250, mean: 0, kappa: 1, alpha: 1, beta: 1 };
const STATE_VALUES = 16 + 6 * 64;
const [LOST, COUNT] = [10, 6];

function normals(
  seed: number,
  length: number,
  shape: (t: number) => readonly [number, number] = () => [0, 1],
): number[] {
  const random = new Random(seed);
  return Array.from({ length }, (_, t) => {
    const [mean, sigma] = shape(t);
    return mean + sigma * random.normal();
  });
}

describe.each(BUILDS)("Bayesian change points, %s build", (build) => {
  const { core, arena } = openCore(build);

  interface Run {
    readonly rows: number[][];
    readonly state: number[];
  }
  function run(values: readonly number[], { hazard, mean, kappa, alpha, beta } = PRIOR): Run {
    arena.reset();
    const at = arena.take(STATE_VALUES);
    const out = arena.take(4 * values.length);
    core.changePointInit(at, hazard, mean, kappa, alpha, beta);
    core.changePointColumn(arena.put(values), values.length, at, out);
    return { rows: values.map((_, t) => arena.read(out + 32 * t, 4)), state: arena.read(at, STATE_VALUES) };
  }

  it("have the posterior of the full sum over run lengths as long as all fit", () => {
    const priors = [PRIOR, { hazard: 0.02, mean: 0.3, kappa: 0.1, alpha: 2.5, beta: 0.7 }];
    for (const prior of priors) {
      const values = normals(1, 63, (t) => (t < 40 ? [0, 1] : [2, 0.5]));
      const { rows } = run(values, prior);
      changePointTwin(values, prior).forEach(({ recent, likely, surprise }, t) => {
        expect(rows[t]?.[0]).toBeCloseTo(recent, 10);
        expect(rows[t]?.[1]).toBe(likely);
        expect(rows[t]?.[2]).toBe(0);
        expect(rows[t]?.[3]).toBeCloseTo(surprise, 9);
      });
    }
  });

  it("stay close to the full sum when the least probable run lengths are discarded", () => {
    const values = normals(2, 400, (t) => (t < 150 ? [0, 1] : t < 280 ? [1.5, 1] : [0, 3]));
    const { rows, state } = run(values);
    const lost = state[LOST] ?? 1;
    expect(state[COUNT]).toBe(64);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(0.1); // of 400 steps together
    const off = changePointTwin(values, PRIOR).map(({ recent }, t) => Math.abs(recent - (rows[t]?.[0] ?? 2)));
    expect(Math.max(...off)).toBeLessThan(lost);
  });

  it.each([
    ["level", [4, 1]],
    ["variance", [0, 8]],
  ] as const)("see a great change of %s while it is young", (_, after) => {
    let seen = 0;
    for (let seed = 0; seed < 40; seed++) {
      const values = normals(seed, 220, (t) => (t < 200 ? [0, 1] : after));
      const recent = run(values).rows.map(([p = 0]) => p);
      if (Math.max(...recent.slice(200, 208)) > 0.5) seen++;
      expect(Math.max(...recent.slice(150, 200))).toBeLessThan(0.5);
    }
    expect(seen).toBeGreaterThanOrEqual(32);
  });

  it("name the length of the run since the change", () => {
    const values = normals(5, 300, (t) => (t < 200 ? [0, 1] : [4, 1]));
    const likely = run(values).rows.at(-1)?.[1] ?? 0;
    expect(Math.abs(likely - 100)).toBeLessThanOrEqual(2);
  });

  it("stay calm where nothing changes", () => {
    const recent = run(normals(6, 2000))
      .rows.slice(20)
      .map(([p = 0]) => p);
    expect(recent.filter((p) => p > 0.5).length / recent.length).toBeLessThan(0.005);
  });

  it("count no run longer than 500 and keep probabilities that sum to one", () => {
    const { rows, state } = run(normals(7, 1500));
    expect(Math.max(...rows.map(([, likely = 0]) => likely))).toBe(500);
    const count = state[COUNT] ?? 0;
    const [runs, masses] = [state.slice(16, 16 + count), state.slice(80, 80 + count)];
    expect(new Set(runs).size).toBe(count);
    expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 9);
  });

  it("know the noise as well in the long run as before it", () => {
    const late = run(normals(11, 6000)).rows.slice(3000);
    expect(late.filter(([, likely]) => likely === 500).length / late.length).toBeGreaterThan(0.9);
    const surprise = late.reduce((sum, row) => sum + (row[3] ?? 0), 0) / late.length;
    expect(surprise).toBeLessThan(1.45); // the entropy of the noise is 1.42
  });

  it("still follow the level once the longest run is full", () => {
    const values = normals(8, 3000, (t) => [t / 1500, 1]);
    const late = run(values).rows.slice(2500);
    const surprise = late.reduce((sum, row) => sum + (row[3] ?? 0), 0) / late.length;
    expect(surprise).toBeLessThan(1.6); // the entropy of the noise alone is 1.42
  });

  it("do not depend on the sign of the observations", () => {
    const values = normals(9, 500, (t) => (t < 250 ? [0.5, 1] : [-1, 2]));
    expect(run(values.map((value) => -value)).rows).toEqual(run(values).rows);
  });

  it("pass by what is no number and survive far values and standstill", () => {
    const values = normals(10, 200);
    expect(run([...values, Number.NaN, Number.POSITIVE_INFINITY, 1e200]).state).toEqual(run(values).state);
    const still = Array.from({ length: 4000 }, () => 0);
    for (const hard of [[...values, 1e90, -1e90, ...values], [...still, 1, ...still], still]) {
      const { rows, state } = run(hard, { ...PRIOR, beta: 1e-28 });
      for (const row of rows) expect(row.every(Number.isFinite)).toBe(true);
      const count = state[COUNT] ?? 0;
      for (const value of [...state.slice(80, 80 + count), ...state.slice(208, 208 + count)])
        expect(value).toBeGreaterThanOrEqual(9e-31);
    }
  });
});
