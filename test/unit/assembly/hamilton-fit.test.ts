import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { draw, putModel, readModel } from "../../support/hidden-chain.ts";
import { type Chain, hamiltonTwin } from "../../support/twins/filters.ts";
import { at } from "../../support/twins/regression.ts";

const CALM_AND_WILD: Chain = {
  mean: [0.05, -0.1],
  sigma: [0.7, 2],
  move: [
    [0.98, 0.02],
    [0.05, 0.95],
  ],
};
const UP_AND_DOWN: Chain = {
  mean: [1, -1],
  sigma: [0.8, 0.9],
  move: [
    [0.95, 0.05],
    [0.06, 0.94],
  ],
};
const THREE: Chain = {
  mean: [0.05, 0, -0.2],
  sigma: [0.3, 1, 3.5],
  move: [
    [0.97, 0.02, 0.01],
    [0.02, 0.96, 0.02],
    [0.01, 0.05, 0.94],
  ],
};
const WORK = 8 + 16;

/** Three states: alike in level and far apart in volatility, or the other way round. */
function anyChain(seed: number): Chain {
  const random = new Random(seed);
  const level = seed % 4 < 2 ? 0.1 : 1;
  const mean = [0, 1, 2].map(() => level * random.between(-1, 1));
  const sigma = mean.map(() => (seed % 4 < 2 ? Math.exp(random.between(-1.5, 1.5)) : random.between(0.5, 1)));
  const move = mean.map((_, i) => {
    const stay = random.between(0.8, 0.99);
    return mean.map((__, j) => (i === j ? stay : (1 - stay) / 2));
  });
  return { mean, sigma, move };
}

describe.each(BUILDS)("estimation of hidden chains, %s build", (build) => {
  const { core, arena } = openCore(build);

  function fit(values: readonly number[], states: number, passes = 300): { chain: Chain; likelihood: number } {
    arena.reset();
    const model = arena.take(24);
    const scratch = arena.take(core.hamiltonFitScratch(values.length, states) / 8);
    const likelihood = core.hamiltonFit(arena.put(values), values.length, model, states, passes, scratch);
    return { chain: readModel(arena, model, states), likelihood };
  }

  it.each([
    ["calm and wild", CALM_AND_WILD],
    ["up and down", UP_AND_DOWN],
    ["three", THREE],
  ])("finds the planted states: %s", (_, planted) => {
    const { values } = draw(planted, 3, 6000);
    const { chain, likelihood } = fit(values, planted.mean.length);
    expect(likelihood).toBeGreaterThan(hamiltonTwin(planted, values).likelihood - 1);
    planted.mean.forEach((mean, j) => {
      expect(Math.abs((chain.mean[j] ?? 9) - mean)).toBeLessThan(0.15 * (planted.sigma[j] ?? 0));
      expect(Math.abs((chain.sigma[j] ?? 9) / (planted.sigma[j] ?? 0) - 1)).toBeLessThan(0.1);
      expect(Math.abs(at(chain.move, j, j) - at(planted.move, j, j))).toBeLessThan(0.03);
    });
  });

  it("never loses likelihood in a pass", () => {
    const { values } = draw(CALM_AND_WILD, 4, 1500);
    arena.reset();
    const start: Chain = { mean: [0.5, -0.5], sigma: [1, 1.5], move: [[0.6, 0.4], [0.4, 0.6]] }; // prettier-ignore
    const model = putModel(arena, start);
    core.hamiltonPrepare(model, 2);
    const x = arena.put(values);
    const scratch = arena.take(core.hamiltonFitScratch(values.length, 2) / 8);
    let before = Number.NEGATIVE_INFINITY;
    let gained = 0;
    for (let pass = 0; pass < 60; pass++) {
      const likelihood = core.hamiltonImprove(x, values.length, model, 2, 1e-9, scratch);
      expect(likelihood).toBeGreaterThanOrEqual(before - 1e-8);
      if (pass > 0) gained += likelihood - before;
      before = likelihood;
    }
    expect(gained).toBeGreaterThan(50);
  });

  it("moves the model by the smoothed probabilities written out", () => {
    const { values } = draw(CALM_AND_WILD, 5, 200);
    arena.reset();
    const model = putModel(arena, CALM_AND_WILD);
    core.hamiltonPrepare(model, 2);
    core.hamiltonImprove(arena.put(values), 200, model, 2, 0, arena.take(WORK + 72 + 800));
    const { filtered, predicted } = hamiltonTwin(CALM_AND_WILD, values);
    const smoothed = filtered.map((row) => [...row]);
    for (let t = 198; t >= 0; t--) {
      smoothed[t] = (filtered[t] ?? []).map(
        (p, i) =>
          p *
          [0, 1].reduce(
            (sum, j) => sum + (at(CALM_AND_WILD.move, i, j) * at(smoothed, t + 1, j)) / at(predicted, t + 1, j),
            0,
          ),
      );
    }
    const { mean, sigma } = readModel(arena, model, 2);
    for (const j of [0, 1]) {
      const mass = smoothed.reduce((sum, row) => sum + (row[j] ?? 0), 0);
      const mu = smoothed.reduce((sum, row, t) => sum + (row[j] ?? 0) * (values[t] ?? 0), 0) / mass;
      const square = smoothed.reduce((sum, row, t) => sum + (row[j] ?? 0) * ((values[t] ?? 0) - mu) ** 2, 0) / mass;
      expect(mean[j]).toBeCloseTo(mu, 9);
      expect(sigma[j]).toBeCloseTo(Math.sqrt(square), 9);
    }
  });

  // On the first kind the start by volatility ends on a lower hill, on the second the start by level.
  it.each([57, 25])("is as likely as an estimate that starts from the truth, chain %i", (seed) => {
    const planted = anyChain(seed);
    const { values } = draw(planted, seed, 1500);
    arena.reset();
    const model = putModel(arena, planted);
    core.hamiltonPrepare(model, 3);
    const x = arena.put(values);
    const scratch = arena.take(core.hamiltonFitScratch(1500, 3) / 8);
    let reached = Number.NaN;
    for (let pass = 0; pass < 300; pass++) reached = core.hamiltonImprove(x, 1500, model, 3, 1e-9, scratch);
    expect(fit(values, 3).likelihood).toBeGreaterThan(reached - 1.3);
  });

  it("does not depend on the unit of the observations", () => {
    const { values } = draw(CALM_AND_WILD, 6, 3000);
    const [one, two] = [
      fit(values, 2),
      fit(
        values.map((value) => value / 100),
        2,
      ),
    ];
    one.chain.sigma.forEach((sigma, j) => expect(100 * (two.chain.sigma[j] ?? 0)).toBeCloseTo(sigma, 4));
    expect(two.likelihood - one.likelihood).toBeCloseTo(3000 * Math.log(100), 2);
  });

  it("has no answer where there is nothing to estimate", () => {
    expect(
      fit(
        Array.from({ length: 100 }, () => 2),
        2,
      ).likelihood,
    ).toBeNaN();
    expect(fit([1, 2, 3, 4], 2).likelihood).toBeNaN();
    const { values } = draw(CALM_AND_WILD, 7, 100);
    expect(fit([...values, Number.NaN], 2).likelihood).toBeNaN();
    expect(fit(values, 2).likelihood).toBeLessThan(0);
  });
});
