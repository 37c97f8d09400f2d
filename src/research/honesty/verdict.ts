// Judges a finished run: each test gives one check, and the judgement follows from them. Pure; the same evidence and seed
// give the same verdict. The default is doubt: a run is refused when the deflated Sharpe ratio or the probability of
// overfitting says that luck explains it, credible when both say that it does not and no other test fails.
import { Random } from "../../domain/random.ts";
import type { Outcome, PriceLine, Trial } from "../outcome.ts";
import { sharpeInterval } from "./bootstrap.ts";
import { type Check, checked, type Judgement, type Verdict } from "./check.ts";
import { type Moments, momentsOf } from "./core-columns.ts";
import { ENTRY_TRADES_MIN, entryTest } from "./entries.ts";
import type { TrialCount } from "./ledger.ts";
import { probabilityOfOverfitting, SETS_MIN } from "./overfitting.ts";
import { realityCheck } from "./reality-check.ts";
import { returnsOf } from "./returns.ts";
import * as say from "./sentences.ts";
import { deflatedSharpe, expectedMaximum, minimumLength } from "./sharpe.ts";
import type { StabilityMap } from "./stability.ts";
import { tradeOrder, TRADES_MIN } from "./trade-order.ts";
import type { WalkForward } from "./walk-forward.ts";

export interface Evidence {
  readonly outcome: Outcome;
  /** All sets that this one was chosen from, itself among them, on the same span. */
  readonly trials?: readonly Pick<Trial, "returns">[];
  /** What the ledger counts on this data, this run among it. */
  readonly counted?: TrialCount;
  readonly prices?: readonly PriceLine[];
  readonly walkForward?: WalkForward;
  readonly stability?: StabilityMap;
  readonly seed: number;
}

const THRESHOLDS = {
  /** Probability that the true ratio is above the best that luck alone gives. */
  deflatedSharpe: 0.95,
  /** Of being below the middle elsewhere. */
  overfitting: 0.2,
  /** Out-of-sample over in-sample. */
  efficiency: 0.5,
  /** Low end of the interval of the Sharpe ratio of a year. */
  interval: 0,
  p: 0.05,
  /** Share of the optimum's score that the middle neighbour keeps. */
  kept: 0.5,
  /** The fall that one order in twenty exceeds. */
  fall: -0.5,
} as const;

const STEPS_MIN = 60;
const CONFIDENCE = 0.95;
const RESAMPLES = 2_000;
/** Below this many ratios their variance is not estimated but taken from theory. */
const RATIOS_MIN = 10;

export function examine(evidence: Evidence): Verdict {
  const { outcome, seed } = evidence;
  const returns = returnsOf(outcome.equity, outcome.statement.capital);
  const enough = returns !== null && returns.length >= STEPS_MIN;
  const moments = enough ? momentsOf(returns) : null;
  const trials = trialCount(evidence);
  const known = evidence.counted !== undefined || (evidence.trials ?? []).length > 0;
  const why = say.whyNothing(returns, moments, STEPS_MIN);
  const checks: readonly Check[] = [
    trackRecord(moments, why),
    deflated(evidence, moments, { trials, known }, why),
    overfitting(evidence, { trials, known }),
    walked(evidence),
    interval(outcome, returns, moments, why, new Random(seed)),
    reality(evidence, { trials, known }, new Random(seed + 1)),
    entries(evidence, new Random(seed + 2)),
    stable(evidence),
    order(outcome, new Random(seed + 3)),
  ];
  const judgement = judge(checks, known && trials === 1);
  const sentence = say.judgement(
    judgement,
    checks,
    outcome.statement.data.some(({ synthetic }) => synthetic),
  );
  return { judgement, sentence, trials, observations: outcome.equity.equity.length, seed, checks };
}

/** The most that any source knows of: runs that were forgotten still happened. */
function trialCount({ trials, counted }: Evidence): number {
  return Math.max(1, trials?.length ?? 0, counted?.trials ?? 0);
}

/** `only`: known to be the only run, so it was chosen from nothing, and there is nothing to overfit. */
function judge(checks: readonly Check[], only: boolean): Judgement {
  const status = (name: Check["name"]): Check["status"] =>
    checks.find((check) => check.name === name)?.status ?? "inconclusive";
  const [sharpe, chosen] = [status("deflated_sharpe"), status("overfitting")];
  if (sharpe === "fail" || chosen === "fail") return "refused";
  const proven = sharpe === "pass" && (chosen === "pass" || only);
  return proven && checks.every((check) => check.status !== "fail") ? "credible" : "unproven";
}

function trackRecord(moments: Moments | null, why: string): Check {
  const needed = moments === null ? null : minimumLength(moments, 0, CONFIDENCE);
  const count = moments?.count ?? 0;
  const text = moments === null ? why : say.trackRecord(needed, count);
  if (moments !== null && needed === null)
    return { ...checked("track_record", null, "at_most", count, text), status: "fail" };
  return checked("track_record", needed, "at_most", count, text);
}

function deflated(evidence: Evidence, moments: Moments | null, tries: say.Tries, why: string): Check {
  if (moments === null) return checked("deflated_sharpe", null, "at_least", THRESHOLDS.deflatedSharpe, why);
  const variance = ratioVariance(evidence, moments.count);
  const figure = deflatedSharpe(moments, tries.trials, variance);
  const bar = expectedMaximum(tries.trials, variance);
  const root = Math.sqrt(evidence.outcome.figures.periodsPerYear);
  const text = say.deflated(figure, tries, moments.sharpe * root, bar * root);
  return checked("deflated_sharpe", figure, "at_least", THRESHOLDS.deflatedSharpe, text);
}

/**
 * Variance of the trials' ratios of one step: from the ledger, else from the trials (whose steps may be longer ones), else
 * what ratios without skill have.
 */
function ratioVariance({ trials, counted, outcome }: Evidence, count: number): number {
  const periods = outcome.figures.periodsPerYear;
  if (counted !== undefined && counted.variance !== null && counted.scored >= RATIOS_MIN && periods > 0) {
    return counted.variance / periods;
  }
  const ratios = (trials ?? []).flatMap(({ returns }) => {
    const moments = momentsOf(returns);
    return moments === null ? [] : [moments.sharpe * Math.sqrt(returns.length / count)];
  });
  if (ratios.length < RATIOS_MIN) return 1 / (count - 1);
  const mean = ratios.reduce((sum, one) => sum + one, 0) / ratios.length;
  return ratios.reduce((sum, one) => sum + (one - mean) * (one - mean), 0) / (ratios.length - 1);
}

function overfitting({ trials }: Evidence, tries: say.Tries): Check {
  const columns = (trials ?? []).map(({ returns }) => returns);
  const found = probabilityOfOverfitting(columns);
  const text = found === null ? say.noOverfitting(tries, columns.length, SETS_MIN) : say.overfitting(found);
  return checked("overfitting", found?.probability ?? null, "at_most", THRESHOLDS.overfitting, text);
}

function walked({ walkForward }: Evidence): Check {
  const figure = walkForward?.efficiency ?? null;
  const check = checked("walk_forward", figure, "at_least", THRESHOLDS.efficiency, say.walkForward(walkForward));
  const lost = (walkForward?.outOfSampleMean ?? 0) < 0;
  return lost && check.status === "inconclusive" ? { ...check, status: "fail" } : check;
}

function interval(
  outcome: Outcome,
  returns: Float64Array | null,
  moments: Moments | null,
  why: string,
  random: Random,
): Check {
  const { interval: threshold } = THRESHOLDS;
  if (returns === null || moments === null) return checked("confidence", null, "at_least", threshold, why);
  const found = sharpeInterval(returns, random, CONFIDENCE, RESAMPLES);
  const root = Math.sqrt(outcome.figures.periodsPerYear);
  return checked("confidence", found.low * root, "at_least", threshold, say.interval(found, root));
}

function reality({ trials }: Evidence, tries: say.Tries, random: Random): Check {
  const found = realityCheck(
    (trials ?? []).map(({ returns }) => returns),
    random,
  );
  return checked("reality_check", found?.p ?? null, "at_most", THRESHOLDS.p, say.reality(found, tries));
}

function entries({ outcome, prices }: Evidence, random: Random): Check {
  const found = prices === undefined ? null : entryTest(outcome.trades, prices, random);
  const text = say.entries(found, outcome.trades.length, prices !== undefined && prices.length > 0, ENTRY_TRADES_MIN);
  return checked("entries", found?.p ?? null, "at_most", THRESHOLDS.p, text);
}

function stable({ stability }: Evidence): Check {
  const figure = stability?.medianKept ?? null;
  return checked("stability", figure, "at_least", THRESHOLDS.kept, say.stability(stability));
}

function order({ trades, statement }: Outcome, random: Random): Check {
  const found = tradeOrder(
    Float64Array.from(trades, ({ pnl }) => pnl),
    statement.capital,
    random,
  );
  const text = say.order(found, trades.length, TRADES_MIN);
  return checked("trade_order", found?.worst95 ?? null, "at_least", THRESHOLDS.fall, text);
}
