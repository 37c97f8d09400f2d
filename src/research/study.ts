// A whole study of one strategy: a search over the span, a walk-forward with the same search, cross-validation of the
// choice, the map around the optimum, and the verdict over the best set. The same request over the same data gives the same
// study, bit for bit. All trials of the search over the whole span go into the ledger before the verdict is spoken.
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { History } from "../history/history.ts";
import {
  crossValidate,
  type CrossValidation,
  shorter,
  stabilityMap,
  type StabilityMap,
  type TrialLedger,
  type Verdict,
  walkForward,
  type WalkForward,
  walkForwardWindows,
  type Window,
} from "./honesty/honesty.ts";
import { judgeChoice } from "./judge.ts";
import type { Evaluate, Outcome, PriceLine, Trial } from "./outcome.ts";
import { pricesOf } from "./prices.ts";
import { conflictOf, type Numbers, type RunRequest } from "./request.ts";
import { runBacktest, type RunFailure } from "./run.ts";
import { gridAround, type Method, search, type SearchResult, type Space, type Weights } from "./search/search.ts";
import { spanOf } from "./span.ts";

export interface StudyRequest {
  readonly run: RunRequest;
  readonly space: Space;
  readonly method: Method;
  readonly objective: Weights;
  readonly seed: number;
  readonly folds: number;
  /** Training over test length. */
  readonly trainRatio: number;
  readonly anchored: boolean;
  readonly embargoUs: number;
}

export interface StudyHooks {
  readonly ledger?: TrialLedger;
  /** For the ledger's line. */
  readonly now: EpochUs;
  readonly engineVersion: string;
  /** Of the windows also the share that is done; a search has no known end. */
  readonly onProgress?: (text: string, share: number | null) => void;
}

export interface Study {
  readonly outcome: Outcome;
  readonly prices: readonly PriceLine[];
  readonly verdict: Verdict;
  readonly walk: WalkForward;
  /** Ratios of a year. */
  readonly cross: CrossValidation | null;
  readonly stability: StabilityMap | null;
  readonly trials: number;
}

/** `runs`: how a set of parameters is run; `explain`: a failed run in words. */
export interface StudyRuns {
  readonly evaluate: Evaluate;
  readonly explain: (failure: RunFailure) => string;
}

/** Columns of returns that are kept for each set. */
const STEPS_KEPT = 2_000;
const GROUPS = 6;
/** Share of the steps that cross-validation leaves out after a test block. */
const EMBARGO_SHARE = 0.01;

export async function runStudy(
  history: History,
  request: StudyRequest,
  { evaluate, explain }: StudyRuns,
  hooks: StudyHooks,
): Promise<Result<Study, string>> {
  const windows = windowsOf(history, request, explain);
  if (!windows.ok) return windows;
  const trials: Trial[] = [];
  const whole = await searched(request, async (parameters, span) => {
    const trial = await evaluate(parameters, span);
    trials.push({ ...trial, returns: shorter(trial.returns, STEPS_KEPT) });
    hooks.onProgress?.(`${trials.length} sets over the whole span`, null);
    return trial;
  });
  if (!whole.ok) return whole;
  const { best } = whole.value;
  if (best === null) return failed(whole.value.trials[0]?.why ?? "no set of parameters has a score");
  const walk = await walkForward(
    evaluate,
    windows.value,
    async (bound) => {
      const found = await searched(request, bound);
      if (!found.ok || found.value.best === null) return null;
      return bound(found.value.best.parameters);
    },
    (done) => hooks.onProgress?.(`${done} of ${windows.value.length} windows`, done / windows.value.length),
  );
  const optimum = trials.find(({ parameters }) => parameters === best.parameters) ?? (await evaluate(best.parameters));
  const conflict = conflictOf(request.run.strategy, request.run.parameters);
  const fitting = (parameters: Numbers) => (conflict(parameters) === null ? evaluate(parameters) : null);
  const map = await stabilityMap({ ...optimum, score: best.score }, trials, gridAround(request.space), fitting);
  return judged(history, request, { walk, map, trials, optimum }, hooks, explain);
}

function windowsOf(
  history: History,
  { run, folds, trainRatio, anchored, embargoUs }: StudyRequest,
  explain: StudyRuns["explain"],
): Result<readonly Window[], string> {
  const span = spanOf(history, run);
  if (!span.ok) return failed(explain(span.failure));
  const { from, to } = span.value;
  const windows = walkForwardWindows({ from, to, folds, trainRatio, anchored, embargoUs });
  if (windows.length > 0) return ok(windows);
  return failed(`the data is too short for ${folds} windows; ask for fewer, or for a shorter embargo`);
}

function searched(
  { run, space, method, objective, seed }: StudyRequest,
  evaluate: Evaluate,
): Promise<Result<SearchResult, string>> {
  const conflict = conflictOf(run.strategy, run.parameters);
  return search(evaluate, { space, method, seed, objective, constraints: {}, parallel: 1, conflict });
}

interface Found {
  readonly walk: WalkForward;
  readonly map: StabilityMap | null;
  readonly trials: readonly Trial[];
  readonly optimum: Trial;
}

function judged(
  history: History,
  { run, seed }: StudyRequest,
  { walk, map, trials, optimum }: Found,
  { ledger, now, engineVersion }: StudyHooks,
  explain: StudyRuns["explain"],
): Result<Study, string> {
  const parameters = { ...run.parameters, ...optimum.parameters };
  const ran = runBacktest(history, { ...run, parameters }, { engineVersion });
  if (!ran.ok) return failed(explain(ran.failure));
  const outcome = ran.value;
  const prices = pricesOf(history, outcome.statement, run.intervalMs);
  const choice = { outcome, prices, ran: trials, among: trials, walkForward: walk, stability: map, seed };
  const verdict = judgeChoice(choice, ledger ?? null, now);
  return ok({ outcome, prices, verdict, walk, cross: crossed(trials, outcome), stability: map, trials: trials.length });
}

/** With ratios of a year, like all that people read. */
function crossed(trials: readonly Trial[], { figures, equity }: Outcome): CrossValidation | null {
  const columns = trials.map(({ returns }) => returns);
  const steps = columns[0]?.length ?? 0;
  const found = crossValidate(columns, { groups: GROUPS, horizon: 1, embargo: Math.ceil(steps * EMBARGO_SHARE) });
  if (found === null || equity.time.length === 0) return null;
  const root = Math.sqrt((figures.periodsPerYear * steps) / equity.time.length);
  return { ...found, train: found.train * root, test: found.test * root };
}
