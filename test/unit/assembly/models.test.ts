// Learned models in the core: logistic-model, tree-model and ftrl against their twins, bit for bit, over random models
// and rows with missing and infinite values.
import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import {
  type Branch,
  ftrlTwin,
  laidOut,
  linearTwin,
  type LinearTwin,
  type Row,
  treesTwin,
} from "../../support/twins/models.ts";

/** Mostly numbers, now and then nothing, an infinity, or exactly a threshold. */
function input(random: Random): number {
  const kind = random.integer(12);
  if (kind === 0) return Number.NaN;
  if (kind === 1) return random.integer(2) === 0 ? Infinity : -Infinity;
  return kind === 2 ? random.integer(3) - 1 : 3 * random.normal();
}
function rowsOf(random: Random, rows: number, inputs: number): Row[] {
  return Array.from({ length: rows }, () => Array.from({ length: inputs }, () => input(random)));
}
function randomTree(random: Random, depth: number, inputs: number): Branch {
  if (depth === 0 || random.integer(6) === 0) return random.normal();
  return {
    input: random.integer(inputs),
    threshold: random.integer(4) === 0 ? random.integer(3) - 1 : random.normal(),
    missingLeft: random.integer(2) === 0,
    left: randomTree(random, depth - 1, inputs),
    right: randomTree(random, depth - 1, inputs),
  };
}
function linear(random: Random, inputs: number): LinearTwin {
  const list = (make: () => number): number[] => Array.from({ length: inputs }, make);
  const means = list(() => random.normal());
  return {
    means,
    scales: list(() => random.between(0, 3)),
    weights: list(() => random.normal()),
    bias: random.normal(),
  };
}

describe.each(BUILDS)("models, %s build", (build) => {
  const { core, arena } = openCore(build);

  function columns(rows: readonly Row[], inputs: number): { readonly at: number; readonly stride: number } {
    const stride = 8 * (rows.length + (rows.length & 1));
    const at = arena.take((stride / 8) * inputs);
    rows.forEach((row, place) => row.forEach((x, column) => (arena.f[(at + column * stride) / 8 + place] = x)));
    return { at, stride };
  }
  function put({ means, scales, weights, bias }: LinearTwin): number {
    return arena.put([...means.flatMap((mean, input) => [mean, scales[input] ?? 0, weights[input] ?? 0]), bias]);
  }

  it("a logistic model gives the twin's bits, one row or two at a time", () => {
    const random = new Random(11);
    for (let sample = 0; sample < 60; sample++) {
      arena.reset();
      const [inputs, count] = [1 + random.integer(12), random.integer(9)];
      const model = linear(random, inputs);
      const rows = rowsOf(random, count, inputs);
      const [values, { at, stride }] = [put(model), columns(rows, inputs)];
      const [lanes, scalar] = [arena.take(count), arena.take(count)];
      core.logisticModel(values, inputs, at, stride, count, lanes);
      core.logisticRows(values, inputs, at, stride, 0, count, scalar);
      const twin = rows.map((row) => linearTwin(model, row, core.logistic));
      expect(arena.read(lanes, count)).toEqual(twin);
      expect(arena.read(scalar, count)).toEqual(twin);
    }
  });

  it("trees give the twin's bits, one row or two at a time, and a missing value goes where its node says", () => {
    const random = new Random(12);
    for (let sample = 0; sample < 60; sample++) {
      arena.reset();
      const [inputs, count, depth, base] = [
        1 + random.integer(8),
        random.integer(9),
        1 + random.integer(5),
        random.normal(),
      ];
      const trees = Array.from({ length: random.integer(20) }, () => randomTree(random, depth, inputs));
      const flat = laidOut(trees, depth);
      const rows = rowsOf(random, count, inputs);
      const [thresholds, leaves] = [arena.put(flat.thresholds), arena.put(flat.leaves)];
      const words = arena.take(Math.ceil(flat.words.length / 2));
      new Uint32Array(arena.f.buffer, words, flat.words.length).set(flat.words);
      const { at, stride } = columns(rows, inputs);
      const [lanes, scalar] = [arena.take(count), arena.take(count)];
      core.treeModel(thresholds, words, leaves, trees.length, depth, base, at, stride, count, lanes);
      core.treeRows(thresholds, words, leaves, trees.length, depth, base, at, stride, 0, count, scalar);
      const twin = rows.map((row) => treesTwin(trees, base, row, core.logistic));
      expect(arena.read(lanes, count)).toEqual(twin);
      expect(arena.read(scalar, count)).toEqual(twin);
    }
  });

  it("ftrl learns the twin's weights to the bit, in one go or in parts", () => {
    const random = new Random(13);
    const settings = { alpha: 0.3, beta: 1, l1: 0.5, l2: 0.8 };
    for (const cut of [0, 1, 77, 200]) {
      arena.reset();
      const [inputs, count] = [5, 200];
      const { means, scales } = linear(random, inputs);
      const rows = rowsOf(random, count, inputs);
      const labels = rows.map(([first = 0]) =>
        Number(random.next() < core.logistic(Number.isFinite(first) ? first : 0)),
      );
      const values = put({ means, scales, weights: means.map(() => 0), bias: 0 });
      const state = arena.put(Array.from({ length: 2 * inputs + 2 }, () => 0));
      const { at, stride } = columns(rows, inputs);
      const [y, shares, out] = [arena.put(labels), arena.put(labels.map(() => 1)), arena.take(count)];
      const { alpha, beta, l1, l2 } = settings;
      for (const [from, to] of [
        [0, cut],
        [cut, count],
      ] as const) {
        const skip = 8 * from;
        core.ftrlLearn(
          values,
          state,
          inputs,
          at + skip,
          stride,
          to - from,
          y + skip,
          shares + skip,
          alpha,
          beta,
          l1,
          l2,
          out + skip,
        );
      }
      const twin = ftrlTwin(rows, labels, { means, scales }, settings, core.logistic);
      expect(arena.read(out, count)).toEqual(twin.given);
      const learned = arena.read(values, 3 * inputs + 1);
      expect(learned.filter((_, place) => place % 3 === 2)).toEqual(twin.model.weights);
      expect(learned.at(-1)).toBe(twin.model.bias);
      expect(twin.model.weights[0]).toBeGreaterThan(0.2);
    }
  });

  it("ftrl passes over a row without a label and learns nothing from one that does not count", () => {
    arena.reset();
    const values = arena.put([0, 1, 0, 0]);
    const state = arena.put([0, 0, 0, 0]);
    const out = arena.take(2);
    core.ftrlLearn(
      values,
      state,
      1,
      arena.put([1, 1]),
      16,
      2,
      arena.put([Number.NaN, 1]),
      arena.put([1, 0]),
      0.3,
      1,
      0,
      0,
      out,
    );
    expect(arena.read(out, 2)).toEqual([Number.NaN, 0.5]);
    expect(arena.read(values, 4)).toEqual([0, 1, 0, 0]);
    expect(arena.read(state, 4)).toEqual([0, 0, 0, 0]);
  });
});
