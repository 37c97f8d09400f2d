// Whether a step of a rollout did good: the new version against the old one on the same ticks. Pure. What is asked, in this
// order:
//   faults      the new version failed more often than the old one                     failure
//   account     of the new version's account nothing is left, or it lost so much
//               more than the old one's that the strategy's limits do not allow it     failure
//   events      fewer than EVENTS_MIN ticks, or PAIRS_MIN pairs of returns             inconclusive
//   difference  mean of the paired differences in standard errors, z = mean / error
//               z < HARM, or no number                                                 failure
//               HARM <= z < DOUBT                                                      inconclusive
//               else                                                                   success
// A rollout looks several times, so HARM is further out than one look would need: four looks at a version that is as good
// as the old one end a rollout wrongly in fewer than six of a thousand (4 x 0.00135, Bonferroni). Between two steps there
// are as many looks as there is news, and no step is waited for: a fault counts at any of them, a difference only below
// HARM_AT_ANY_TIME, where so many looks find nothing by chance either.
// z says nothing of a single blow, however hard: one loss L among n pairs makes the mean L / n and its error |L| / n, and z
// is -1. So what the account has lost counts by itself, at any look. What the market took from the old version as well is
// no fault of the new one, and which of two that fall alike is the first to pass a limit is chance: it is the difference
// that counts, two thirds of the limit, or one third where the new one broke it and the old one did not. A limit is to be
// kept: of versions that do so in 99 of 100 walks, equally good ones are ended so in one of 100, at any of 300 looks and be
// they independent of each other; in five of 1,000 where half of their variance is the market's, in two of 10,000 where
// nine tenths are. By the limit alone it would be six of 1,000 in each case, and with half a limit nearly four of 100,
// nine of 1,000 and none (test/unit/manage/pipeline/harm-walks.test.ts).
import type { Evidence } from "./delivery.ts";
import { DEFAULTS } from "./limits.ts";

export interface StepVerdict {
  readonly verdict: "success" | "failure" | "inconclusive";
  readonly metric: string;
  readonly threshold: number | null;
  readonly value: number | null;
  readonly reason: string;
}

export const EVENTS_MIN = 30;
export const PAIRS_MIN = 20;
export const HARM = -3;
export const DOUBT = -2;
export const HARM_AT_ANY_TIME = -6;
/** Of a limit: so much more than the old one's account the new one's has lost, and so much where it alone broke the limit. */
const APART = 2 / 3;
const APART_BEYOND = 1 / 3;

/** So clearly that no step is waited for: what `judgeStep` calls a failure, however often somebody looks. */
export function harms(evidence: Evidence): boolean {
  const { faults, events } = evidence;
  const { mean, error, n } = evidence.difference;
  if (faults.new > faults.old || accountHarm(evidence) !== null) return true;
  if (events < EVENTS_MIN || n < PAIRS_MIN || !Number.isFinite(mean) || !(error >= 0)) return false;
  return mean < HARM_AT_ANY_TIME * error;
}

/** Null: nothing runs, so nothing was measured. */
export function judgeStep(evidence: Evidence | null): StepVerdict {
  if (evidence === null) {
    const reason = "no execution of this strategy runs: there is nothing to compare, the step is advisory";
    return { verdict: "inconclusive", metric: "events", threshold: EVENTS_MIN, value: 0, reason };
  }
  const { faults, events, difference } = evidence;
  if (faults.new > faults.old) {
    const reason = `the new version failed ${times(faults.new)}, the old one ${times(faults.old)} on the same ticks`;
    return { verdict: "failure", metric: "faults", threshold: faults.old, value: faults.new, reason };
  }
  const lost = accountHarm(evidence);
  if (lost !== null) return lost;
  if (events < EVENTS_MIN) {
    const reason = `${events} ticks were seen by both, at least ${EVENTS_MIN} are needed`;
    return { verdict: "inconclusive", metric: "events", threshold: EVENTS_MIN, value: events, reason };
  }
  if (difference.n < PAIRS_MIN) {
    const reason = `${difference.n} pairs of returns can be compared, at least ${PAIRS_MIN} are needed`;
    return { verdict: "inconclusive", metric: "pairs", threshold: PAIRS_MIN, value: difference.n, reason };
  }
  return judgeDifference(difference);
}

/** Null: the new version's account has lost no more than it may. */
function accountHarm({ pnl, lost, fallen, limits }: Evidence): StepVerdict | null {
  const failure = (metric: string, threshold: number, value: number | null, reason: string): StepVerdict => {
    return { verdict: "failure", metric, threshold, value, reason };
  };
  const { drawdown, dailyLoss } = limits;
  const most = drawdown ?? DEFAULTS.max_drawdown;
  if (![pnl.new, fallen.new, lost.new].every(Number.isFinite))
    return failure("max_drawdown", most, null, "what the new version's account comes to is no number any more");
  if (fallen.new <= -1) return failure("max_drawdown", most, -1, "nothing is left of the new version's account");
  const falls = boundOf(fallen.old, most, most < 0 ? most : DEFAULTS.max_drawdown);
  if (isBeyond(fallen.new, falls)) {
    const whose = drawdown === null ? "the engine's limit" : "the strategy's own limit";
    const reason = `the new version's account fell by ${percent(fallen.new)}, the old one's by ${percent(fallen.old)}; ${whose} is ${percent(most)}, and by that it may fall to ${percent(falls)} beside it`;
    return failure("max_drawdown", falls, fallen.new, reason);
  }
  if (dailyLoss === null) return null;
  const loses = boundOf(lost.old, dailyLoss, dailyLoss < 0 ? dailyLoss : Number.NEGATIVE_INFINITY);
  if (!isBeyond(lost.new, loses)) return null;
  const [found, before, least] = [lost.new, lost.old, loses].map((value) => value.toFixed(2));
  const reason = `the new version's account came to ${found} in a day, the old one's to ${before}; the strategy's own limit is ${dailyLoss}, and by that it may come to ${least} beside it`;
  return failure("daily_loss_limit", loses, lost.new, reason);
}

/**
 * To what the new one may not come beside an old one that came to `old`. `worth`: what the limit counts as where it is
 * compared; one of 0 allows no loss at all to the new one alone.
 */
function boundOf(old: number, limit: number, worth: number): number {
  const apart = old + APART * worth;
  return isBeyond(old, limit) ? apart : Math.max(apart, Math.min(limit, old + APART_BEYOND * limit));
}

function isBeyond(value: number, bound: number): boolean {
  return value < 0 && value <= bound;
}

function percent(share: number): string {
  return `${(100 * Math.abs(share)).toFixed(2)} %`;
}

function judgeDifference({ mean, error }: Evidence["difference"]): StepVerdict {
  const found = (verdict: StepVerdict["verdict"], value: number | null, reason: string): StepVerdict => {
    return { verdict, metric: "paired_difference_z", threshold: HARM, value, reason };
  };
  if (!Number.isFinite(mean) || !Number.isFinite(error) || error < 0)
    return found(
      "failure",
      null,
      "the returns of the two versions cannot be compared, so nothing speaks for the new one",
    );
  // Without any spread a difference is what every pair shows.
  if (error === 0)
    return mean < 0
      ? found("failure", null, "the new version did worse on every pair of returns, by the same amount")
      : found("success", null, "the new version did no worse on any pair of returns");
  const z = mean / error;
  const said = `the new version's return differs by ${z.toFixed(2)} standard errors`;
  if (z < HARM) return found("failure", z, `${said}, below ${HARM}: it does harm`);
  if (z < DOUBT) return found("inconclusive", z, `${said}, between ${HARM} and ${DOUBT}: too close to tell`);
  return found("success", z, `${said}, not below ${DOUBT}`);
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
