// What somebody has rejected is not proposed again for as long as little more is known than then: the same change of the same
// subject waits until the outcomes behind it have grown by half, and by GROWN_LEAST at least; one whose evidence counts
// nothing waits for REST_US. Proposals are kept over restarts, and with them what was rejected, as many as there is room for.
// Pure; times are microseconds of the wall clock.
import { isDeepStrictEqual } from "node:util";
import type { ProposalRecord } from "../../store/learning.ts";

type Wanted = Pick<ProposalRecord, "subject" | "before" | "after" | "evidence">;

export const GROWN_BY = 1.5;
export const GROWN_LEAST = 20;
export const REST_US = 86_400_000_000;
/** Two numbers that move to the same side, one by no more than so many times the other, are the same wish. */
const ALIKE = 1.5;
/** In evidence, what counts what was seen. */
const COUNTS: ReadonlySet<string> = new Set(["samples", "outcomes", "bets", "days", "folds"]);

/** The rejection that a proposal would only repeat; null: none. `kept`: oldest first. */
export function repeated(kept: readonly ProposalRecord[], wanted: Wanted, now: number): ProposalRecord | null {
  return kept.findLast((one) => isRejection(one) && sameWish(one, wanted) && !grown(one, wanted, now)) ?? null;
}

/** By somebody: what a newer proposal took the place of was not decided on. */
function isRejection({ status, carriedOut }: ProposalRecord): boolean {
  return status === "rejected" && carriedOut === null;
}

function sameWish(one: Wanted, other: Wanted): boolean {
  if (one.subject !== other.subject) return false;
  const [was, is] = [stepOf(one), stepOf(other)];
  if (was === null || is === null) return isDeepStrictEqual(one.after, other.after);
  return was * is > 0 && Math.abs(is) <= ALIKE * Math.abs(was);
}

function stepOf({ before, after }: Wanted): number | null {
  return typeof before === "number" && typeof after === "number" ? after - before : null;
}

function grown({ evidence, decidedAt }: ProposalRecord, wanted: Wanted, now: number): boolean {
  const [then, seen] = [countOf(evidence), countOf(wanted.evidence)];
  if (seen === 0) return now - (decidedAt ?? 0) >= REST_US;
  return seen >= GROWN_BY * then && seen - then >= GROWN_LEAST;
}

/** All counts of the evidence together. */
function countOf(evidence: unknown): number {
  if (typeof evidence !== "object" || evidence === null) return 0;
  return Object.entries(evidence).reduce((sum, [name, value]) => {
    if (typeof value !== "number") return sum + countOf(value);
    return COUNTS.has(name) && value > 0 ? sum + value : sum;
  }, 0);
}
