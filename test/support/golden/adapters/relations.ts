// How two series of a pair move together, over rolling windows.
import { Indicators } from "../../indicators.ts";
import { count, oneOf, type Adapter, type Question } from "../adapter.ts";
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

export const relations: readonly Adapter[] = [
  { call: /^\(s-rolling mean\)\/rolling std\(ddof=1\)/, params: { n: count }, answer: spreadScore },
  { call: /^RollingOLS\(y, add_constant\(x\)/, params: { n: count, intercept: oneOf(true) }, answer: rollingLine },
  { call: /^log-return a \.rolling\(n\)\.corr/, params: { n: count }, answer: rollingCorrelation },
];
