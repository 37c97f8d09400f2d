import { describe, expect, it } from "vitest";
import { binned, cutsOf } from "../../../src/learning/models/bins.ts";
import { auc } from "../../../src/learning/models/scores.ts";
import { trainTrees, TREES } from "../../../src/learning/models/trees.ts";
import { probabilities, treeCount } from "../../../src/learning/models/weights.ts";
import { Workbench } from "../../../src/learning/models.ts";
import { Random } from "../../support/random.ts";

const ROWS = 1_200;
const bench = new Workbench();
const FOLD = {
  train: Int32Array.from({ length: 900 }, (_, row) => row),
  test: Int32Array.from({ length: 300 }, (_, row) => 900 + row),
};

/** Labels that follow from whether inputs 0 and 1 have the same sign; input 2 is noise, input 3 is often missing. */
function material(seed: number, noise = false) {
  const random = new Random(seed);
  const columns = [0, 0, 0, 0].map(() => Float64Array.from({ length: ROWS }, () => random.normal()));
  const label = new Float64Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    const same = (columns[0]?.[row] ?? 0) > 0 === (columns[1]?.[row] ?? 0) > 0;
    label[row] = noise ? random.integer(2) : Number(random.next() < (same ? 0.85 : 0.15));
    if (random.next() < 0.5) columns[3]?.fill(Number.NaN, row, row + 1);
  }
  return { columns, label };
}
const trained = (seed: number, { columns, label }: ReturnType<typeof material>) => {
  const found = trainTrees(bench, columns, label, FOLD, seed, { ...TREES, rate: 0.2 });
  if (found === null) throw new Error("it was stopped");
  return found;
};

describe("boosted trees", () => {
  it("learn what no single input tells", () => {
    const { weights, gains } = trained(3, material(3));
    const { columns, label } = material(4);
    expect(auc(label, probabilities(bench, weights, columns)) ?? 0).toBeGreaterThan(0.8);
    expect(Math.min(gains[0] ?? 0, gains[1] ?? 0)).toBeGreaterThan(2 * Math.max(gains[2] ?? 0, gains[3] ?? 0));
  });

  it("learn that a value is missing", () => {
    const { columns } = material(5);
    const missing = (columns[3] ?? new Float64Array(0)).map((x) => Number(Number.isNaN(x)));
    const { weights } = trained(1, { columns, label: missing });
    expect(auc(missing, probabilities(bench, weights, columns))).toBe(1);
  });

  it("stop early on noise, and keep only trees that the validation rows gained from", () => {
    const kept = [1, 2, 3, 4, 5].map((seed) => treeCount(trained(seed, material(100 + seed, true)).weights));
    expect(Math.max(...kept)).toBeLessThan(TREES.rounds / 2);
    expect(kept.reduce((sum, trees) => sum + trees, 0)).toBeLessThan(75);
  });

  it("are the same for the same seed, on any bench, and others for another seed", () => {
    const own = trained(7, material(7));
    const other = trainTrees(new Workbench(), material(7).columns, material(7).label, FOLD, 7, { ...TREES, rate: 0.2 });
    expect(other).toEqual(own);
    expect(trained(8, material(7)).weights).not.toEqual(own.weights);
  });

  it("end at once when they are asked to", () => {
    const { columns, label } = material(1);
    let asked = 0;
    expect(trainTrees(bench, columns, label, FOLD, 1, TREES, () => ++asked === 3)).toBeNull();
    expect(asked).toBe(3);
  });
});

describe("bins", () => {
  it("say of every value what its cuts say, and keep missing values apart", () => {
    const random = new Random(9);
    const values = Float64Array.from({ length: 500 }, () =>
      random.integer(4) === 0 ? random.integer(3) : random.normal(),
    );
    values.set([Number.NaN, Infinity, -Infinity]);
    const cuts = cutsOf(values, 16);
    const bins = binned(values, cuts);
    expect(cuts.length).toBeGreaterThan(10);
    values.forEach((value, row) => {
      if (Number.isNaN(value)) expect(bins[row]).toBe(cuts.length + 1);
      else cuts.forEach((cut, place) => expect((bins[row] ?? 0) <= place).toBe(value <= cut));
    });
  });

  it("do not cut a column that stands still", () => {
    expect(cutsOf(new Float64Array(50).fill(3), 8)).toEqual(new Float64Array(0));
  });
});

describe("the area under the curve", () => {
  it("is the share of pairs in the right order, ties by half", () => {
    const random = new Random(10);
    const labels = Float64Array.from({ length: 60 }, () => random.integer(2));
    const given = Float64Array.from({ length: 60 }, () => random.integer(10) / 10);
    let [right, pairs] = [0, 0];
    labels.forEach((label, one) =>
      labels.forEach((other, two) => {
        if (label !== 1 || other !== 0) return;
        const [a, b] = [given[one] ?? 0, given[two] ?? 0];
        pairs++;
        right += a > b ? 1 : a === b ? 0.5 : 0;
      }),
    );
    expect(auc(labels, given)).toBeCloseTo(right / pairs, 12);
    expect(auc(new Float64Array(4), new Float64Array(4))).toBeNull();
  });
});
