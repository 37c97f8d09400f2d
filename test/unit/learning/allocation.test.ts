// Division of capital: against values of another program, and the properties that each method promises on series that are
// well, singular, constant, broken or alone.
import { describe, expect, it } from "vitest";
import { allocate, type Allocation, ALLOCATIONS, type Series } from "../../../src/learning/allocation.ts";
import { Random } from "../../support/random.ts";

const ROWS = 40;
/** Whole thousandths, so that another program has exactly the same. */
const FACTORS = [3, 3, -2, 1, 1];
const thousandths = (series: number, row: number): number => {
  const own = ((row * row * (series + 3) + row) % 23) - 11;
  const common = (FACTORS[series] ?? 0) * (((row * row * row) % 11) - 5);
  return (own + common + (series > 2 ? 4 * (((row * row * 5) % 13) - 6) : 0)) * (series + 1);
};
const FIVE: readonly Series[] = FACTORS.map((_, series) => {
  return { name: `s${series}`, returns: Array.from({ length: ROWS }, (_row, row) => thousandths(series, row) / 1_000) };
});

const of = ({ weights }: Allocation): readonly number[] => [...weights.values()];
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
function near(found: readonly number[], expected: readonly number[], error: number): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, at) => expect(Math.abs(value - (expected[at] ?? 0))).toBeLessThan(error));
}

/** Series that share a factor, of several sizes. */
function market(seed: number, count: number, rows: number): Series[] {
  const random = new Random(seed);
  const loads = Array.from({ length: count }, () => random.between(-0.5, 1));
  const sizes = Array.from({ length: count }, () => random.between(0.001, 0.05));
  const returns = loads.map((): number[] => []);
  for (let row = 0; row < rows; row++) {
    const factor = random.normal();
    returns.forEach((list, at) => list.push((sizes[at] ?? 0) * ((loads[at] ?? 0) * factor + random.normal())));
  }
  return returns.map((list, at) => ({ name: `name_${at}`, returns: list }));
}

describe("values of another program", () => {
  // numpy 2.4 and scipy 1.17: the shrinkage summed observation by observation, the weights by Newton's method on the
  // barrier, the tree by scipy.cluster.hierarchy.linkage of mean distances.
  const equal = [0.3923115901278042, 0.1809646662200035, 0.31322067090784617, 0.06421272354816666, 0.04929034919617938];
  const tilted = [
    0.49496290990474323, 0.11235023270703004, 0.29927426135228685, 0.06607469343158363, 0.02733790260435627,
  ];
  const tree = [
    0.35029854591308773, 0.17041895148039196, 0.35025996855870284, 0.07331177847876173, 0.05571075556905579,
  ];

  it("agree on shrinkage and risk parity", () => {
    const found = allocate(FIVE, "risk_parity");
    expect(Math.abs(found.shrinkage - 0.15817835416490075)).toBeLessThan(1e-12);
    near(of(found), equal, 1e-11);
  });

  it("agree on budgets by confidence", () => {
    const confidences = [0.9, 0.1, 0.5, 0.5, 0];
    const series = FIVE.map((one, at) => ({ ...one, confidence: confidences[at] ?? 0 }));
    near(of(allocate(series, "risk_parity")), tilted, 1e-11);
  });

  it("agree on the hierarchy", () => {
    near(of(allocate(FIVE, "hierarchical")), tree, 1e-11);
  });
});

describe.each(ALLOCATIONS)("%s", (method) => {
  it("gives weights that add up to 1 and are above 0, whatever the market", () => {
    for (let seed = 1; seed <= 20; seed++) {
      // With more series than observations the sample's matrix is singular.
      const found = allocate(market(seed, 2 + seed, seed % 2 === 0 ? 21 : 200), method);
      expect(sum(of(found))).toBeCloseTo(1, 12);
      for (const weight of of(found)) expect(weight).toBeGreaterThan(0);
      expect(sum([...found.risks.values()])).toBeCloseTo(1, 12);
    }
  });

  it("does not depend on the order of the series, to the bit", () => {
    const series = market(3, 12, 90);
    const forth = allocate(series, method);
    const back = allocate(series.toReversed(), method);
    for (const [name, weight] of forth.weights) expect(back.weights.get(name)).toBe(weight);
  });

  it("gives a series less the more it moves, and the others more", () => {
    const series = market(5, 8, 120);
    let before = allocate(series, method).weights;
    for (const factor of [1.5, 3, 20, 400]) {
      const moved = series.map((one) =>
        one.name === "name_2" ? { ...one, returns: one.returns.map((value) => value * factor) } : one,
      );
      const after = allocate(moved, method).weights;
      for (const [name, weight] of after) {
        if (name === "name_2") expect(weight).toBeLessThan(before.get(name) ?? 0);
        else expect(weight).toBeGreaterThan(before.get(name) ?? 1);
      }
      before = after;
    }
  });

  it("gives a series more the more confidence there is in it", () => {
    const series = market(6, 6, 120);
    let before = 0;
    for (const confidence of [0, 0.25, 0.5, 0.75, 1]) {
      const weights = allocate(
        series.map((one) => (one.name === "name_1" ? { ...one, confidence } : one)),
        method,
      ).weights;
      expect(weights.get("name_1")).toBeGreaterThan(before);
      before = weights.get("name_1") ?? 0;
    }
  });

  it("divides what one series would get among its copies", () => {
    const [one, two] = market(8, 2, 400);
    if (one === undefined || two === undefined) throw new RangeError("two series were asked for");
    const alone = allocate([one, two], method).weights;
    const copies = Array.from({ length: 3 }, (_, at) => ({ ...one, name: `copy_${at}` }));
    const among = allocate([...copies, two], method).weights;
    const together = sum(copies.map(({ name }) => among.get(name) ?? 0));
    for (const { name } of copies) expect(among.get(name)).toBeCloseTo(together / 3, 9);
    if (method === "hierarchical") expect(Math.abs(together - (alone.get(one.name) ?? 0))).toBeLessThan(0.02);
    // By risk parity three copies are three budgets; they still are less than three times one.
    expect(together / (alone.get(one.name) ?? 1)).toBeLessThan(1.8);
  });

  it("takes what is constant, missing, too short or no number for an equal share, with a reason", () => {
    const good = market(9, 2, 60);
    const odd: readonly Series[] = [
      { name: "constant", returns: Array.from({ length: 60 }, () => 0.1) },
      { name: "zeros", returns: Array.from({ length: 60 }, () => 0) },
      { name: "none", returns: [] },
      { name: "broken", returns: Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? Number.NaN : Infinity)) },
    ];
    const found = allocate([...odd, ...good], method);
    for (const { name } of odd) expect(found.weights.get(name)).toBeCloseTo(1 / 6, 15);
    expect(Object.fromEntries(found.reasons)).toEqual({
      constant: "does not move",
      zeros: "does not move",
      none: "0 of 20 observations",
      broken: "0 of 20 observations",
    });
    expect(sum(of(found))).toBeCloseTo(1, 12);
    const alone = allocate(good, method).weights;
    for (const { name } of good) expect(found.weights.get(name)).toBeCloseTo(((alone.get(name) ?? 0) * 2) / 6, 12);
  });

  it("stands numbers that are none, or beyond all reason, among good ones", () => {
    const series = market(10, 4, 80).map(({ name, returns }, at) => {
      const broken = returns.map((value, row) =>
        row % 9 === at ? ([Number.NaN, -Infinity, 1e300, 1e4][at] ?? 0) : value,
      );
      return { name, returns: broken, confidence: [Number.NaN, -7, 7, 0.5][at] ?? 0 };
    });
    const found = allocate(series, method);
    expect(found.reasons.size).toBe(0);
    expect(sum(of(found))).toBeCloseTo(1, 12);
    for (const weight of of(found)) expect(weight).toBeGreaterThan(0);
  });

  it("gives one series everything, and none nothing", () => {
    expect(of(allocate(market(11, 1, 50), method))).toEqual([1]);
    expect(of(allocate([{ name: "alone", returns: [] }], method))).toEqual([1]);
    expect(allocate([], method)).toEqual({ weights: new Map(), risks: new Map(), shrinkage: 0, reasons: new Map() });
  });

  it("weighs opposites and tiny or great sizes alike", () => {
    const [one] = market(12, 1, 60);
    const returns = one?.returns ?? [];
    const sizes = { usual: 1, opposite: -1, tiny: 1e-120, great: 10 };
    const series = Object.entries(sizes).map(([name, size]) => ({
      name,
      returns: returns.map((value) => value * size),
    }));
    const found = allocate(series, method);
    expect(found.reasons.size).toBe(0);
    expect(sum(of(found))).toBeCloseTo(1, 12);
    for (const weight of of(found)) expect(Number.isFinite(weight)).toBe(true);
    expect(found.weights.get("tiny")).toBeGreaterThan(0.99);
  });
});

describe("risk parity", () => {
  it("gives every series the same share of the risk, to a billionth", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const series = market(seed, 3 + seed, 40 + 10 * seed);
      for (const risk of allocate(series, "risk_parity").risks.values())
        expect(Math.abs(risk - 1 / series.length)).toBeLessThan(1e-9);
    }
  });
});

describe("the hierarchy", () => {
  it("weighs series that have nothing in common by how little they move", () => {
    // Sines of whole periods are orthogonal; the shrinkage of what is uncorrelated changes nothing.
    const series = [1, 2, 3, 4].map((period) => {
      const returns = Array.from({ length: 120 }, (_, row) => period * Math.sin((2 * Math.PI * period * row) / 120));
      return { name: `sine_${period}`, returns };
    });
    const total = 1 + 1 / 2 + 1 / 3 + 1 / 4;
    near(
      of(allocate(series, "hierarchical")),
      [1, 1 / 2, 1 / 3, 1 / 4].map((share) => share / total),
      1e-9,
    );
  });
});
