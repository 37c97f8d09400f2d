// Kalman regression and Hamilton filter against statsmodels.
import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../support/core.ts";
import { differences, GOLDEN_PRESENT, goldenCases, inputOf, inputsOf, type GoldenCase } from "../support/golden.ts";
import { putModel } from "../support/hidden-chain.ts";

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
  });
});

/** The same case without what a filter does not compute: the smoothed probabilities, and the likelihood (no series). */
function filterOnly(golden: GoldenCase): GoldenCase {
  const { loglik: _likelihood, prob_regime1_smoothed: _smoothed, ...output } = golden.output;
  return { ...golden, output };
}
