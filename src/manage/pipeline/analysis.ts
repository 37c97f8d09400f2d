// Whether a step of a rollout did good: the new version against the old one on the same ticks. Pure. What is asked, in this
// order:
//   faults      the new version failed more often than the old one                     failure
//   events      fewer than EVENTS_MIN ticks, or PAIRS_MIN pairs of returns             inconclusive
//   difference  mean of the paired differences in standard errors, z = mean / error
//               z < HARM                                                               failure
//               HARM <= z < DOUBT                                                      inconclusive
//               else                                                                   success
// A rollout looks several times, so HARM is further out than one look would need: four looks at a version that is as good
// as the old one end a rollout wrongly in fewer than six of a thousand (4 x 0.00135, Bonferroni). Between two steps there
// are as many looks as there is news, and no step is waited for: a fault counts at any of them, a difference only below
// HARM_AT_ANY_TIME, where so many looks find nothing by chance either.
import type { Evidence } from "./delivery.ts";

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

/** So clearly that no step is waited for: what `judgeStep` calls a failure, however often somebody looks. */
export function harms({ faults, events, difference: { mean, error, n } }: Evidence): boolean {
  if (faults.new > faults.old) return true;
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

function judgeDifference({ mean, error }: Evidence["difference"]): StepVerdict {
  const found = (verdict: StepVerdict["verdict"], value: number | null, reason: string): StepVerdict => {
    return { verdict, metric: "paired_difference_z", threshold: HARM, value, reason };
  };
  if (!Number.isFinite(mean) || !Number.isFinite(error) || error < 0)
    return found("inconclusive", null, "the returns of the two versions cannot be compared");
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
