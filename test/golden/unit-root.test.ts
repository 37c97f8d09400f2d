import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../support/core.ts";
import { differences, goldenCases, inputOf } from "../support/golden.ts";

const REGRESSION: Readonly<Record<string, number>> = { n: -1, c: 0, ct: 1 };
const cases = goldenCases("adf_prices");

describe.skipIf(cases.length === 0).each(BUILDS)("Dickey-Fuller, %s build", (build) => {
  const { core, arena } = openCore(build);
  it.each(cases)("agrees with statsmodels on $name", (golden) => {
    arena.reset();
    const values = inputOf(golden);
    const { params } = golden;
    const regression = REGRESSION[String(params["regression"])] ?? Number.NaN;
    const x = arena.put(values);
    const scratch = arena.take(2 * values.length + 1024);
    const lags =
      params["autolag"] === "AIC"
        ? core.lagsByAic(x, values.length, Number(params["maxlag"]), regression, scratch)
        : Number(params["lags"]);
    const stat = core.dickeyFuller(x, values.length, lags, regression, scratch);
    const nobs = values.length - 1 - lags;
    const [crit1, crit5, crit10] = [1, 5, 10].map((percent) => core.mackinnonCritical(percent, regression, 1, nobs));
    const pvalue = core.mackinnonP(stat, regression, 1);
    expect(differences(golden, { stat, pvalue, usedlag: lags, nobs, crit1, crit5, crit10 })).toEqual([]);
  });
});
