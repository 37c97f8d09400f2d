// The door of research: running strategies over recorded history and looking at what came out.
import { ok, type Result } from "../domain/result.ts";
import type { History } from "../history/history.ts";
import { returnsOf } from "./figures.ts";
import type { Evaluate, Trial } from "./outcome.ts";
import { type CodeFailure, explainCodeFault } from "./code-run.ts";
import { completeRequest, type Numbers, type RunRequest } from "./request.ts";
import { runBacktest, type RunFailure, type RunHooks } from "./run.ts";

export type * from "./outcome.ts";
export { conflictOf, SIZING, TRADING, type Numbers, type RequestFault, type RunRequest } from "./request.ts";
export { type CodeFailure, type CodeFault, type CodeHooks, type DecisionTold, codeData, runCode } from "./code-run.ts";
export { codeLookAhead, codeSource, codeWarmUp, type CodeSource } from "./code-signals.ts";
export { type CodeTest, type CodeTestReport, type CodeTestOptions, testCode } from "./code-tests.ts";
export { type CodeRequest, completeCodeRequest } from "./code-request.ts";
export { runFamily } from "./family.ts";
export { limitsOf, partOfLimits, RUN_LIMITS } from "./limits.ts";
export { recordedMarket } from "./recorded-market.ts";
export { chooseMarket, type MarketChoice } from "./market-choice.ts";
export { lookAheadFaults, momentsBetween, signalSource, warmUp } from "./look-ahead.ts";
export { type Certificate, certify, compareJournals, type Difference } from "./parity.ts";
export { retrace, type TapeCertificate } from "./retrace.ts";
export { figuresOfCurve, runBacktest, type RunFailure, type RunHooks } from "./run.ts";
export { type Choice, judgeChoice, type RanTrial } from "./judge.ts";
export { pricesOf } from "./prices.ts";
export { type DataSpan, spanOf } from "./span.ts";
export { resultHashOf } from "./statement.ts";
export { runStudy, type Study, type StudyRequest } from "./study.ts";
export { momentsOf, type Moments } from "./honesty/core-columns.ts";
export { overfittingOf } from "./honesty/overfitting.ts";
export { deflatedSharpe } from "./honesty/sharpe.ts";
export { purgedFolds } from "./honesty/splits.ts";
export { tradeOrder } from "./honesty/trade-order.ts";
export { returnsOf } from "./figures.ts";
export {
  batchOf,
  checkTitle,
  examine,
  openTrialLedger,
  parameterKey,
  setsOf,
  shorter,
  type StabilityMap,
  stabilityMap,
  stepsKept,
  type TrialCount,
  type TrialLedger,
  type Verdict,
} from "./honesty/honesty.ts";
export {
  costSums,
  csv,
  drawdownOf,
  equityTable,
  headline,
  histogram,
  monthlyReturns,
  parquet,
  readResult,
  type ResultFile,
  tearsheet,
  tradeTable,
  verdictFields,
  writeResult,
  writeStudy,
} from "./report/report.ts";

export {
  gridAround,
  gridOf,
  parseObjective,
  randomSetsOf,
  scoreOf,
  search,
  type Constraints,
  type Dimension,
  type Halving,
  type Method,
  type SearchProgress,
  type SearchRequest,
  type SearchResult,
  type Space,
  type TrialRecord,
  type Values,
  type Weights,
} from "./search/search.ts";
export { ruleOf, sweepRule, type RanSet, type RuleSweepResult } from "./sweep/sweep.ts";

/** Which of the figures a search maximises. */
export type Objective = (figures: Trial["figures"]) => number | null;

/**
 * A function that runs one set of parameters of the request over a span, as walk-forward, cross-validation and searches
 * call it. Parameters come over those of the request; a run that cannot be is an error with its reason.
 */
export function openEvaluate(
  history: History,
  request: RunRequest,
  objective: Objective = ({ sharpe }) => sharpe,
  hooks: RunHooks = {},
): Result<Evaluate, RunFailure> {
  const complete = completeRequest(request);
  if (!complete.ok) return complete;
  return ok((parameters, span) => {
    const run = runBacktest(history, { ...request, ...span, parameters: over(request.parameters, parameters) }, hooks);
    if (!run.ok) return Promise.reject(new Error(explainRun(run.failure)));
    const { figures, equity, statement } = run.value;
    const score = objective(figures);
    const returns = returnsOf(equity.equity, statement.capital);
    return Promise.resolve({
      parameters,
      score: score !== null && Number.isFinite(score) ? score : null,
      figures,
      returns,
    });
  });
}

export function explainRun(failure: CodeFailure): string {
  switch (failure.code) {
    case "strategy_fault":
      return explainCodeFault(failure);
    case "invalid":
      return `${failure.field} ${failure.issue}`;
    case "no_data":
      return failure.issue;
    case "cancelled":
      return "cancelled";
  }
}

function over(base: Numbers, more: Numbers): Numbers {
  return { ...base, ...more };
}
