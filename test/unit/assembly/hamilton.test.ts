import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { draw, putModel } from "../../support/hidden-chain.ts";
import { Random } from "../../support/random.ts";
import { type Chain, hamiltonTwin, stationaryTwin } from "../../support/twins/filters.ts";

const TWO: Chain = {
  mean: [0.05, -0.1],
  sigma: [0.7, 2],
  move: [
    [0.98, 0.02],
    [0.05, 0.95],
  ],
};
const THREE: Chain = {
  mean: [0.1, 0, -0.3],
  sigma: [0.4, 1, 2.5],
  move: [
    [0.95, 0.04, 0.01],
    [0.03, 0.94, 0.03],
    [0.02, 0.08, 0.9],
  ],
};

describe.each(BUILDS)("Hamilton filter, %s build", (build) => {
  const { core, arena } = openCore(build);

  function run(
    chain: Chain,
    values: readonly number[],
  ): { filtered: number[][]; predicted: number[][]; likelihood: number } {
    arena.reset();
    const states = chain.mean.length;
    const model = putModel(arena, chain);
    expect(core.hamiltonPrepare(model, states)).toBe(1);
    const [filtered, predicted] = [arena.take(states * values.length), arena.take(states * values.length)];
    const x = arena.put(values);
    const likelihood = core.hamiltonColumn(x, values.length, model, states, arena.take(8), filtered, predicted);
    const rows = (base: number): number[][] => values.map((_, t) => arena.read(base + 8 * states * t, states));
    return { filtered: rows(filtered), predicted: rows(predicted), likelihood };
  }

  it.each([TWO, THREE])("agrees with the probabilities written out", (chain) => {
    const { values } = draw(chain, 3, 500);
    const own = run(chain, values);
    const twin = hamiltonTwin(chain, values);
    expect(own.likelihood).toBeCloseTo(twin.likelihood, 8);
    own.filtered.forEach((row, t) => row.forEach((p, j) => expect(p).toBeCloseTo(twin.filtered[t]?.[j] ?? NaN, 10)));
    own.predicted.forEach((row, t) => row.forEach((p, j) => expect(p).toBeCloseTo(twin.predicted[t]?.[j] ?? NaN, 10)));
  });

  it("starts from the stationary distribution of any chain", () => {
    const random = new Random(5);
    for (let sample = 0; sample < 200; sample++) {
      const states = 2 + (sample % 2);
      const move = Array.from({ length: states }, () => {
        const row = Array.from({ length: states }, () => random.between(0.001, 1));
        const sum = row.reduce((total, p) => total + p, 0);
        return row.map((p) => p / sum);
      });
      const chain = { mean: move.map(() => 0), sigma: move.map((_, j) => 1 + j), move };
      const first = run(chain, [0]).predicted[0] ?? [];
      stationaryTwin(chain).forEach((p, j) => expect(first[j]).toBeCloseTo(p, 12));
    }
  });

  it("finds the planted state", () => {
    const { values, states } = draw(TWO, 7, 4000);
    const { filtered } = run(TWO, values);
    const right = filtered.filter((row, t) => (row[states[t] ?? 0] ?? 0) > 0.5).length;
    expect(right / values.length).toBeGreaterThan(0.9);
  });

  it("does not look ahead and mirrors its sign", () => {
    const { values } = draw(THREE, 8, 300);
    const other = values.map((value, t) => (t < 200 ? value : -4 * value));
    expect(run(THREE, other).filtered.slice(0, 200)).toEqual(run(THREE, values).filtered.slice(0, 200));
    const mirrored = { ...THREE, mean: THREE.mean.map((value) => -value) };
    expect(
      run(
        mirrored,
        values.map((value) => -value),
      ).filtered,
    ).toEqual(run(THREE, values).filtered);
  });

  it("passes by what is no number and survives the farthest value", () => {
    const { values } = draw(TWO, 9, 50);
    const before = run(TWO, values).filtered.at(-1);
    expect(run(TWO, [...values, Number.NaN, Number.POSITIVE_INFINITY]).filtered.at(-1)).toEqual(before);
    const after = run(TWO, [...values, 1000, 1e300, -1e300, ...values]).filtered;
    for (const row of after) {
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      for (const p of row) expect(p).toBeGreaterThanOrEqual(1e-30);
    }
    expect(after.at(-1)?.[0]).toBeCloseTo(before?.[0] ?? Number.NaN, 6);
  });

  it("refuses what is no model", () => {
    const wrong: readonly Chain[] = [
      { ...TWO, sigma: [1, 0] },
      { ...TWO, sigma: [1, Number.NaN] },
      { ...TWO, mean: [0, Number.POSITIVE_INFINITY] },
      { ...TWO, move: [[0.5, 0.4], TWO.move[1] ?? []] },
      { ...TWO, move: [[1.2, -0.2], TWO.move[1] ?? []] },
    ];
    for (const chain of wrong) {
      arena.reset();
      expect(core.hamiltonPrepare(putModel(arena, chain), 2)).toBe(0);
    }
    expect(core.hamiltonPrepare(putModel(arena, TWO), 1)).toBe(0);
    expect(core.hamiltonPrepare(putModel(arena, TWO), 4)).toBe(0);
  });
});
