// Kalman regression and Hamilton filter against statsmodels.
import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../support/core.ts";
import { differences, GOLDEN_PRESENT, goldenCases, inputOf, inputsOf, type GoldenCase } from "../support/golden.ts";
import { putModel, readModel } from "../support/hidden-chain.ts";
import type { Chain } from "../support/twins/filters.ts";
import { at } from "../support/twins/regression.ts";

const PAIRS = ["BKD_ESC", "BRENT_WTI", "ETH_BTC_1h_2023q3", "ETH_BTC_4h", "EWG_EWQ"];
const MORE = ["GOOGL_GOOG", "KO_PEP", "SHELL_RDP", "USO_BNO", "XMR_ZEC_5m"];
const REGIMES = ["BTC_4h", "SPY_2005_2012"];

describe.skipIf(!GOLDEN_PRESENT).each(BUILDS)("filters, %s build", (build) => {
  const { core, arena } = openCore(build);

  describe.each([...PAIRS, ...MORE])("%s", (file) => {
    it.each(goldenCases(`pair_${file}`, /^kalman/))(
      "agrees with the Kalman filter of statsmodels on $name",
      (golden) => {
        arena.reset();
        const [y = [], x = []] = inputsOf(golden);
        const { q, r } = golden.params as { q: number; r: number };
        const out = arena.take(4 * y.length);
        core.kalmanColumn(arena.put(y), arena.put(x), y.length, q, r, arena.take(14), out);
        const column = (index: number): number[] => y.map((_, t) => arena.at(out + 32 * t + 8 * index));
        const own = { beta: column(0), alpha: column(1), innovation: column(2), innovation_var: column(3) };
        expect(differences(golden, own)).toEqual([]);
      },
    );
  });

  describe.each(REGIMES)("%s", (file) => {
    it.each(goldenCases(`regime_${file}`, /filter_fixed/))("agrees with Hamilton's filter on $name", (golden) => {
      arena.reset();
      const p = golden.params as Record<"p00" | "p10" | "mu0" | "mu1" | "var0" | "var1", number>;
      const model = putModel(arena, {
        mean: [p.mu0, p.mu1],
        sigma: [Math.sqrt(p.var0), Math.sqrt(p.var1)],
        move: [
          [p.p00, 1 - p.p00],
          [p.p10, 1 - p.p10],
        ],
      });
      const values = inputOf(golden);
      const [filtered, predicted] = [arena.take(2 * values.length), arena.take(2 * values.length)];
      expect(core.hamiltonPrepare(model, 2)).toBe(1);
      const x = arena.put(values);
      const likelihood = core.hamiltonColumn(x, values.length, model, 2, arena.take(8), filtered, predicted);
      expect(likelihood).toBeCloseTo(Number(golden.output["loglik"]), 6);
      const second = (rows: number): number[] => values.map((_, t) => arena.at(rows + 16 * t + 8));
      const own = { prob_regime1_filtered: second(filtered), prob_regime1_predicted: second(predicted) };
      expect(differences(filterOnly(golden), own)).toEqual([]);
    });

    it.each(goldenCases(`regime_${file}`, /mle$/))("reaches the likelihood of the optimiser on $name", (golden) => {
      const { values, model, likelihood } = estimate(file);
      const [mu_low, mu_high] = model.mean;
      const [var_low, var_high] = model.sigma.map((sigma) => sigma * sigma);
      const [stay_low, stay_high] = [at(model.move, 0, 0), at(model.move, 1, 1)];
      const high = probabilityOfHigh(values, model);
      const share_high_gt_half = high.filter((p) => p > 0.5).length / high.length;
      const own = { loglik: likelihood, stay_low, stay_high, mu_low, mu_high, var_low, var_high, share_high_gt_half };
      expect(differences(golden, own)).toEqual([]);
    });

    it.each(goldenCases(`regime_${file}`, /mle_filtered/))("has the optimiser's probabilities on $name", (golden) => {
      const { values, model } = estimate(file);
      const own = probabilityOfHigh(values, model);
      const sum = own.reduce((total, p) => total + p, 0);
      expect(Math.abs(sum - Number(golden.output["sum_valid"])) / own.length).toBeLessThan(0.002);
      // The sum is compared above, as loosely as the probabilities; everything else as recorded.
      expect(differences({ ...golden, output: { ...golden.output, sum_valid: sum } }, own)).toEqual([]);
    });
  });

  function estimate(file: string): { values: number[]; model: Chain; likelihood: number } {
    const [golden] = goldenCases(`regime_${file}`, /mle$/);
    if (golden === undefined) throw new Error(`regime_${file}.json has no estimate`);
    arena.reset();
    const values = inputOf(golden);
    const model = arena.take(24);
    const scratch = arena.take(core.hamiltonFitScratch(values.length, 2) / 8);
    const likelihood = core.hamiltonFit(arena.put(values), values.length, model, 2, 500, scratch);
    return { values, model: readModel(arena, model, 2), likelihood };
  }

  function probabilityOfHigh(values: readonly number[], chain: Chain): number[] {
    arena.reset();
    const model = putModel(arena, chain);
    const [filtered, predicted] = [arena.take(2 * values.length), arena.take(2 * values.length)];
    core.hamiltonPrepare(model, 2);
    core.hamiltonColumn(arena.put(values), values.length, model, 2, arena.take(8), filtered, predicted);
    return values.map((_, t) => arena.at(filtered + 16 * t + 8));
  }
});

/** The same case without what a filter does not compute: the smoothed probabilities, and the likelihood (no series). */
function filterOnly(golden: GoldenCase): GoldenCase {
  const { loglik: _likelihood, prob_regime1_smoothed: _smoothed, ...output } = golden.output;
  return { ...golden, output };
}
