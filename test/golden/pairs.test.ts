import { describe, expect, it } from "vitest";
import { BUILDS, openCore, type TestCore } from "../support/core.ts";
import { differences, GOLDEN_PRESENT, goldenCases, inputsOf, type GoldenCase } from "../support/golden.ts";

const FILES = ["BKD_ESC", "BRENT_WTI", "ETH_BTC_1h_2023q3", "ETH_BTC_4h", "EWG_EWQ"];
const MORE = ["GOOGL_GOOG", "KO_PEP", "SHELL_RDP", "USO_BNO", "XMR_ZEC_5m"];
const NAMES = /^(ols_hedge|engle_granger|johansen|half_life|hurst)/;
const [NONE, CONSTANT] = [-1, 0];

interface Pair {
  readonly y: number;
  readonly x: number;
  readonly count: number;
}

function line({ core, arena }: TestCore, { y, x, count }: Pair): Record<string, number> & { residuals: number } {
  const residuals = arena.take(count);
  const out = arena.take(5);
  core.fitLine(y, x, count, residuals, out);
  const [alpha = 0, beta = 0, se_beta = 0, r2 = 0, resid_std_ddof2 = 0] = arena.read(out, 5);
  return { alpha, beta, se_beta, r2, resid_std_ddof2, last_resid: arena.at(residuals + 8 * (count - 1)), residuals };
}

function engleGranger({ core, arena }: TestCore, golden: GoldenCase, { y, x, count }: Pair): Record<string, number> {
  const scratch = arena.take(3 * count + 1024);
  const [left, right] = golden.params["dependent"] === "b" ? [x, y] : [y, x];
  const stat = core.engleGranger(left, right, count, Number(golden.params["lags"]), scratch);
  const [crit1, crit5, crit10] = [1, 5, 10].map((percent) => core.mackinnonCritical(percent, CONSTANT, 2, count - 1));
  return { stat, pvalue: core.mackinnonP(stat, CONSTANT, 2), crit1, crit5, crit10 } as Record<string, number>;
}

function johansen({ core, arena }: TestCore, golden: GoldenCase, { y, count }: Pair): Record<string, unknown> {
  const terms = Number(golden.params["det_order"]);
  const lags = Number(golden.params["k_ar_diff"]);
  const out = arena.take(10);
  const scratch = arena.take(core.johansenScratch(2, count, lags) / 8 + 1);
  // The columns of a pair lie one after the other; `take` rounds to an even number of values.
  expect(core.johansen(y, (count + (count & 1)) * 8, 2, count, terms, lags, out, scratch)).toBe(1);
  const [eig1, eig2, trace_r0, trace_r1, maxeig_r0, maxeig_r1, b0 = 0, b1 = 0] = arena.read(out, 10);
  const table = (critical: (terms: number, left: number, percent: number) => number): number[][] =>
    [2, 1].map((left) => [90, 95, 99].map((percent) => critical(terms, left, percent)));
  const [cvt, cvm] = [table(core.traceCritical), table(core.maxEigenCritical)];
  return { eig1, eig2, trace_r0, trace_r1, maxeig_r0, maxeig_r1, beta_on_b: b1 / b0, cvt, cvm };
}

function compute(test: TestCore, golden: GoldenCase, pair: Pair): Record<string, unknown> {
  const { core, arena } = test;
  if (golden.name === "ols_hedge") return line(test, pair);
  if (golden.name.startsWith("engle_granger")) return engleGranger(test, golden, pair);
  if (golden.name.startsWith("johansen")) return johansen(test, golden, pair);
  const { residuals } = line(test, pair);
  if (golden.name.startsWith("hurst")) {
    return { hurst: core.hurst(residuals, pair.count, Number(golden.params["lo"]), Number(golden.params["hi"])) };
  }
  const out = arena.take(6);
  core.revert(residuals, pair.count, out);
  const [, , halflife_discrete, lambda_ = 0, , intercept] = arena.read(out, 6);
  return { lambda_, intercept, halflife_discrete, halflife_continuous: core.halfLifeContinuous(lambda_) };
}

describe.skipIf(!GOLDEN_PRESENT).each(BUILDS)("pairs, %s build", (build) => {
  const test = openCore(build);
  describe.each([...FILES, ...MORE])("%s", (file) => {
    it.each(goldenCases(`pair_${file}`, NAMES))("agrees with statsmodels on $name", (golden) => {
      test.arena.reset();
      const [a = [], b = []] = inputsOf(golden);
      const pair = { y: test.arena.put(a), x: test.arena.put(b), count: a.length };
      expect(differences(golden, compute(test, golden, pair))).toEqual([]);
    });
  });
});

it.skipIf(!GOLDEN_PRESENT)("uses the printed 1 percent coefficient of Engle-Granger, -22.527", () => {
  const { core } = openCore("release");
  expect(core.mackinnonCritical(1, CONSTANT, 2, 500)).toBeCloseTo(-3.91843, 5);
  expect(core.mackinnonP(-25, NONE, 1)).toBe(0);
});
