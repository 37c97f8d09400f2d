// The words of a judgement over a backtest: one check per test, and what they come to together.

/** The order is that of reports. */
export const CHECK_NAMES = [
  "track_record",
  "deflated_sharpe",
  "overfitting",
  "walk_forward",
  "confidence",
  "reality_check",
  "entries",
  "stability",
  "trade_order",
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Inconclusive: too little to say anything, or what the test needs was not there. */
export const CHECK_STATUSES = ["pass", "fail", "inconclusive"] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export const CHECK_SIDES = ["at_least", "at_most"] as const;
export type CheckSide = (typeof CHECK_SIDES)[number];

export interface Check {
  readonly name: CheckName;
  /** What was measured; null when it could not be. */
  readonly figure: number | null;
  readonly threshold: number;
  /** On which side of the threshold the figure passes. */
  readonly passes: CheckSide;
  readonly status: CheckStatus;
  /** For people: what was found and what it means. */
  readonly sentence: string;
}

/**
 * Refused: luck explains it, or it does not hold elsewhere. Unproven: nothing speaks against it, too little speaks for it.
 */
export const JUDGEMENTS = ["credible", "unproven", "refused"] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

export interface Verdict {
  readonly judgement: Judgement;
  readonly sentence: string;
  /** Runs on the same data that the judgement counts, this one among them. */
  readonly trials: number;
  /** Steps of the equity curve. */
  readonly observations: number;
  /** Of all random draws: the same seed gives the same verdict. */
  readonly seed: number;
  readonly checks: readonly Check[];
}

/** A check with its status by threshold; without a figure it is inconclusive. */
export function checked(
  name: CheckName,
  figure: number | null,
  passes: CheckSide,
  threshold: number,
  sentence: string,
): Check {
  const known = figure !== null && Number.isFinite(figure);
  if (!known) return { name, figure: null, threshold, passes, status: "inconclusive", sentence };
  const good = passes === "at_least" ? figure >= threshold : figure <= threshold;
  return { name, figure, threshold, passes, status: good ? "pass" : "fail", sentence };
}
