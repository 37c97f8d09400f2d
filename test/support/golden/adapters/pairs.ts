// Two log-price series: the regression line, Engle-Granger, half-life, Hurst exponent.
import {
  count,
  LAGS_MAX,
  LAGS_SCRATCH,
  oneOf,
  optional,
  TERMS,
  upTo,
  type Adapter,
  type Question,
} from "../adapter.ts";
import type { Engine } from "../engine.ts";

export interface Pair {
  readonly y: number;
  readonly x: number;
  readonly count: number;
}
export function pairOf({ engine: { arena }, data, golden }: Question): Pair {
  const [a = [], b = []] = data.inputs(golden);
  return { y: arena.put(a), x: arena.put(b), count: a.length };
}

interface Line {
  readonly fields: Readonly<Record<string, number | undefined>>;
  /** Address of the residuals. */
  readonly residuals: number;
}
export function lineOf({ core, arena }: Engine, { y, x, count }: Pair): Line {
  const residuals = arena.take(count);
  const out = arena.take(5);
  core.fitLine(y, x, count, residuals, out);
  const [alpha, beta, se_beta, r2, resid_std_ddof2] = arena.read(out, 5);
  const last_resid = arena.at(residuals + 8 * (count - 1));
  return { fields: { alpha, beta, se_beta, r2, resid_std_ddof2, last_resid }, residuals };
}

function engleGranger(question: Question): unknown {
  const { engine, golden } = question;
  const { core, arena } = engine;
  const { y, x, count } = pairOf(question);
  const reversed = golden.params["dependent"] === "b" || golden.call.startsWith("coint(x, y");
  const [left, right] = reversed ? [x, y] : [y, x];
  const stat = core.engleGranger(
    left,
    right,
    count,
    Number(golden.params["lags"]),
    arena.take(3 * count + LAGS_SCRATCH),
  );
  const critical = (percent: number): number => core.mackinnonCritical(percent, TERMS.constant, 2, count - 1);
  const pvalue = core.mackinnonP(stat, TERMS.constant, 2);
  return { stat, pvalue, crit1: critical(1), crit5: critical(5), crit10: critical(10) };
}

function halfLife(question: Question): unknown {
  const { core, arena } = question.engine;
  const pair = pairOf(question);
  const out = arena.take(6);
  core.revert(lineOf(question.engine, pair).residuals, pair.count, out);
  const [, , halflife_discrete, lambda_ = Number.NaN, , intercept] = arena.read(out, 6);
  return { lambda_, intercept, halflife_discrete, halflife_continuous: core.halfLifeContinuous(lambda_) };
}

function hurst(question: Question): unknown {
  const { core } = question.engine;
  const { lo, hi } = question.golden.params;
  const pair = pairOf(question);
  return { hurst: core.hurst(lineOf(question.engine, pair).residuals, pair.count, Number(lo), Number(hi)) };
}

export const pairs: readonly Adapter[] = [
  {
    call: /^OLS\(y, add_constant\(x\)\)/,
    params: { intercept: optional(oneOf(true)) },
    answer: (question) => lineOf(question.engine, pairOf(question)).fields,
  },
  {
    call: /^coint\((y, x|x, y),/,
    params: { trend: oneOf("c"), lags: upTo(LAGS_MAX), dependent: optional(oneOf("a", "b")) },
    answer: engleGranger,
  },
  { call: /^lstsq of diff\(s\) on \[1, s\(t-1\)\]/, answer: halfLife },
  { call: /^slope of log std\(s\[t\+k\]-s\[t\]\)/, params: { lo: count, hi: count }, answer: hurst },
];
