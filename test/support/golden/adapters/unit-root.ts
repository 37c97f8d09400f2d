// Augmented Dickey-Fuller: statistic, p-value and critical values of one series.
import { LAGS_MAX, LAGS_SCRATCH, oneOf, optional, upTo, type Adapter, type Question } from "../adapter.ts";

const REGRESSION: Readonly<Record<string, number>> = { n: -1, c: 0, ct: 1 };

function dickeyFuller({ engine: { core, arena }, data, golden }: Question): unknown {
  const { params } = golden;
  const values = data.input(golden);
  const regression = REGRESSION[String(params["regression"])] ?? Number.NaN;
  const x = arena.put(values);
  const scratch = arena.take(2 * values.length + LAGS_SCRATCH);
  const usedlag =
    params["autolag"] === "AIC"
      ? core.lagsByAic(x, values.length, Number(params["maxlag"]), regression, scratch)
      : Number(params["lags"] ?? params["maxlag"]);
  const stat = core.dickeyFuller(x, values.length, usedlag, regression, scratch);
  const nobs = values.length - 1 - usedlag;
  const [crit1, crit5, crit10] = [1, 5, 10].map((percent) => core.mackinnonCritical(percent, regression, 1, nobs));
  return { stat, pvalue: core.mackinnonP(stat, regression, 1), usedlag, nobs, crit1, crit5, crit10 };
}

export const unitRoot: readonly Adapter[] = [
  {
    call: /^adfuller\(/,
    params: {
      regression: oneOf(...Object.keys(REGRESSION)),
      lags: optional(upTo(LAGS_MAX)),
      maxlag: optional(upTo(LAGS_MAX)),
      autolag: optional(oneOf("AIC", null)),
    },
    answer: dickeyFuller,
  },
];
