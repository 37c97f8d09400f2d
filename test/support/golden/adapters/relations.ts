// How two series of a pair move together, over rolling windows.
import { Indicators } from "../../indicators.ts";
import { count, Doubtful, oneOf, type Adapter, type Question } from "../adapter.ts";
import { steps } from "../data.ts";
import { lineOf, pairOf } from "./pairs.ts";

function windowOf({ golden }: Question): number {
  return Number(golden.params["n"]);
}

/** z-score of the residuals of the line through the whole sample. */
function spreadScore(question: Question): unknown {
  const { engine } = question;
  const pair = pairOf(question);
  const residuals = engine.arena.read(lineOf(engine, pair).residuals, pair.count);
  return new Indicators(engine).zScore(residuals, windowOf(question), 1);
}

function rollingLine(question: Question): unknown {
  const [a = [], b = []] = question.data.inputs(question.golden);
  const { slope, intercept, r2 } = new Indicators(question.engine).line(a, b, windowOf(question));
  return { alpha: intercept, beta: slope, r2 };
}

/** The inputs are log prices; the first of the returns does not exist. */
function rollingCorrelation(question: Question): unknown {
  const [a = [], b = []] = question.data.inputs(question.golden).map((logs) => [Number.NaN, ...steps(logs)]);
  return new Indicators(question.engine).correlation(a, b, windowOf(question));
}

const SAME_STEP = 1e-13;
/** Pairs of steps that are equal, or differ by the rounding that they come from. No step at all is no doubt. */
function doubtfulPairs(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  let pairs = 0;
  sorted.forEach((value, i) => {
    if (value === 0) return;
    for (let j = i + 1; j < sorted.length && (sorted[j] ?? 0) - value < SAME_STEP; j++) pairs++;
  });
  return pairs;
}

/**
 * Of the logarithms of price ratios. Equal steps from different prices differ in their last bit, which no other program
 * repeats, and that bit decides their order. A pair that turns moves tau by at most two in all pairs and two more
 * through the ties; turning neighbours in rank moves rho by at most 12 / n^2.
 */
function association({ engine, data, golden }: Question): unknown {
  const indicators = new Indicators(engine);
  const [a = [], b = []] = data.untransformed(golden).map((prices) => indicators.logReturns(prices).slice(1));
  const values = indicators.association(a, b);
  const share = (doubtfulPairs(a) + doubtfulPairs(b)) / (0.5 * a.length * (a.length - 1));
  const bounds = { spearman: 6 * share, kendall: 4 * share };
  return new Doubtful(values, bounds, "the last bit of logarithms decides the order of equal price steps");
}

export const relations: readonly Adapter[] = [
  { call: /^\(s-rolling mean\)\/rolling std\(ddof=1\)/, params: { n: count }, answer: spreadScore },
  { call: /^RollingOLS\(y, add_constant\(x\)/, params: { n: count, intercept: oneOf(true) }, answer: rollingLine },
  { call: /^log-return a \.rolling\(n\)\.corr/, params: { n: count }, answer: rollingCorrelation },
  { call: /^pearsonr, spearmanr, kendalltau/, answer: association },
];
