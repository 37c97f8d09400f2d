// Figures against outside programs: the worked example of Bailey and Lopez de Prado (2014), and NumPy 2.4.6 with SciPy
// 1.17.1 (scipy.stats.norm, skew, kurtosis, rankdata; numpy.polyfit), which computed the formulas on their own, the
// overfitting by going through every split of the columns themselves.
import { describe, expect, it } from "vitest";
import { blockLength } from "../../../../src/research/honesty/bootstrap.ts";
import { type Moments, momentsOf } from "../../../../src/research/honesty/core-columns.ts";
import { probabilityOfOverfitting } from "../../../../src/research/honesty/overfitting.ts";
import {
  deflatedSharpe,
  expectedMaximum,
  minimumLength,
  probabilisticSharpe,
} from "../../../../src/research/honesty/sharpe.ts";

function moments(sharpe: number, count: number, skew: number, kurtosis: number): Moments {
  return { count, mean: sharpe, deviation: 1, skew, kurtosis, sharpe };
}

/** Whole numbers that any program can draw again. */
function drawn(seed: number, count: number): Float64Array {
  let state = BigInt(seed);
  return Float64Array.from({ length: count }, () => {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    return (Number((state / 65536n) % 2001n) - 1000) / 100_000;
  });
}

describe("the Sharpe ratio's certainty", () => {
  it("is that of the paper's example: 2.5 a year over five years of days, skew -3, kurtosis 10", () => {
    const example = moments(2.5 / Math.sqrt(250), 1250, -3, 10);
    expect(expectedMaximum(100, 0.5 / 250)).toBeCloseTo(0.1132, 4);
    expect(deflatedSharpe(example, 100, 0.5 / 250)).toBeCloseTo(0.9004, 4);
    expect(deflatedSharpe(example, 46, 0.5 / 250)).toBeCloseTo(0.9505, 4);
  });

  it.each([
    [0.458, 24, -2.448, 10.164, 0, 0.913361083860933],
    [0.05, 500, 0.2, 4, 0.01, 0.8151897792396718],
    [-0.02, 300, -1, 8, 0, 0.36346256088473844],
    [0.3, 60, 1.5, 9, 0.1, 0.9639130982288774],
    [0.001, 100_000, -2, 50, 0, 0.6239640204386878],
  ])("of %d over %d steps is SciPy's", (sharpe, count, skew, kurtosis, benchmark, expected) => {
    expect(probabilisticSharpe(moments(sharpe, count, skew, kurtosis), benchmark)).toBeCloseTo(expected, 12);
  });

  it("asks for as many steps as SciPy says", () => {
    expect(minimumLength(moments(0.05, 500, 0.2, 4), 0.01, 0.95)).toBeCloseTo(1678.2255709568046, 6);
    expect(minimumLength(moments(0.3, 60, 1.5, 9), 0.1, 0.95)).toBeCloseTo(50.37616803724129, 8);
    expect(minimumLength(moments(0.001, 100_000, -2, 50), 0, 0.95)! / 2710988.6839109156).toBeCloseTo(1, 9);
    expect(minimumLength(moments(-0.02, 300, -1, 8), 0, 0.95)).toBeNull();
  });

  it.each([
    [1, 0],
    [2, 0.5197553442805939],
    [10, 1.57459830134575],
    [1_000, 3.255121513652723],
    [1_000_000, 4.867860037846844],
  ])("knows the best of %d without skill", (trials, expected) => {
    expect(expectedMaximum(trials, 1)).toBeCloseTo(expected, 9);
  });
});

describe("a column", () => {
  it("has the moments of SciPy", () => {
    const found = momentsOf(drawn(1, 203))!;
    expect(found.mean).toBeCloseTo(-0.00013812807881773403, 15);
    expect(found.deviation).toBeCloseTo(0.005880670673288296, 15);
    expect(found.skew).toBeCloseTo(-0.07806160415989044, 10);
    expect(found.kurtosis).toBeCloseTo(1.7415746937197438, 10);
  });

  it.each([[[]], [[0.1]], [[0.1, 0.1, 0.1]], [[0.1, Number.NaN, 0.2]], [[0.1, Infinity]]])("%j has none", (values) => {
    expect(momentsOf(Float64Array.from(values))).toBeNull();
  });

  it("has the block length of the automatic choice", () => {
    const noise = drawn(77, 800);
    const follows = new Float64Array(800);
    for (let t = 1; t < 800; t++) follows[t] = 0.6 * follows[t - 1]! + noise[t]!;
    expect(blockLength(follows)).toBeCloseTo(13.235124492368085, 8);
    expect(blockLength(noise)).toBe(1);
  });
});

describe("the probability of overfitting", () => {
  const columns = Array.from({ length: 12 }, (_, set) => drawn(set + 1, 203).map((r) => r + 0.00008 * set));

  it("over all splits is what going through them one by one gives", () => {
    const found = probabilityOfOverfitting(columns)!;
    expect(found).toMatchObject({ blocks: 16, splits: 12_870 });
    expect(found.probability).toBeCloseTo(0.5710955710955711, 12);
    expect(found.lossProbability).toBeCloseTo(0.2953379953379953, 12);
    expect(found.medianRank).toBeCloseTo(0.46153846153846156, 12);
    expect(found.slope).toBeCloseTo(-0.7119926218695043, 9);
  });
});
