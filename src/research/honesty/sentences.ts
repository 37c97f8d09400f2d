// What each test found, in words for people who trade. Shares are written as percent, ratios with two decimals.
import type { Interval } from "./bootstrap.ts";
import type { Check, Judgement } from "./check.ts";
import type { Moments } from "./core-columns.ts";
import type { EntryTest } from "./entries.ts";
import type { Overfitting } from "./overfitting.ts";
import type { RealityCheck } from "./reality-check.ts";
import type { StabilityMap } from "./stability.ts";
import type { TradeOrder } from "./trade-order.ts";
import type { WalkForward } from "./walk-forward.ts";

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function whyNothing(returns: Float64Array | null, moments: Moments | null, least: number): string {
  if (moments !== null) return "";
  if (returns === null) return "The equity is not a number above 0 at every step, so returns mean nothing.";
  if (returns.length < least) return `${whole(returns.length)} steps are too few to judge; ${least} are needed.`;
  return "The equity does not move, so there is nothing to judge.";
}

export function trackRecord(needed: number | null, count: number): string {
  if (needed === null) return "It does not gain, so no length of record would prove a gain.";
  const there = `there are ${whole(count)}`;
  return `A Sharpe ratio above 0 is told from luck after ${whole(Math.ceil(needed))} steps of such returns; ${there}.`;
}

/** Runs on the same data, and whether anybody kept count. */
export interface Tries {
  readonly trials: number;
  readonly known: boolean;
}

function chosenFromNothing({ known }: Tries, what: string): string {
  const nothing = `It was chosen from nothing, so there is no choice ${what}.`;
  return known ? nothing : `If it was the only run on this data, there is no choice ${what}; nobody kept count.`;
}

export function deflated(figure: number | null, { trials, known }: Tries, ratio: number, bar: number): string {
  if (figure === null) return "Skew and kurtosis of the returns contradict each other; the ratio's error is unknown.";
  const luck =
    trials === 1
      ? `0, ${known ? "as this is" : "if this was"} the only run on this data`
      : `${bar.toFixed(2)}, the best of ${whole(trials)} without skill`;
  return `Sharpe ${ratio.toFixed(2)} a year against ${luck}: above it with a probability of ${percent(figure)}.`;
}

export function overfitting({ probability, lossProbability, splits, blocks }: Overfitting): string {
  const where = `In ${percent(probability)} of ${whole(splits)} splits of the data into ${blocks} blocks`;
  return `${where} the best set of one half is below the middle on the other half; it loses there in ${percent(lossProbability)}.`;
}
export function noOverfitting(tries: Tries, sets: number, least: number): string {
  if (tries.trials === 1) return chosenFromNothing(tries, "to overfit");
  if (sets === 0) return `${whole(tries.trials)} runs were made on this data, but their returns are not at hand.`;
  return `It needs the returns of ${least} sets over 64 steps or more; ${whole(sets)} sets are at hand.`;
}

export function walkForward(found: WalkForward | undefined): string {
  if (found === undefined) return "No walk-forward was made; `strategy-engine walkforward` makes one.";
  const { efficiency, steps, profitable } = found;
  if (steps.length === 0) return "No window had parameters with a score.";
  const gains = `${percent(profitable ?? 0)} of ${steps.length} unseen windows gain`;
  if (efficiency === null) return `The searches found no gain even in-sample; ${gains}.`;
  return `Unseen windows earn ${percent(efficiency)} of what the searched ones earn a step; ${gains}.`;
}

export function interval({ low, high, resamples, blockLength }: Interval, root: number): string {
  const range = `between ${(low * root).toFixed(2)} and ${(high * root).toFixed(2)}`;
  const how = `${whole(resamples)} resamples in blocks of ${blockLength.toFixed(1)} steps`;
  return `The Sharpe ratio of a year lies ${range} with 95 % confidence (${how}).`;
}

export function reality(found: RealityCheck | null, tries: Tries): string {
  if (found === null) {
    if (tries.trials === 1) return chosenFromNothing(tries, "to correct for");
    return "It needs the returns of two sets or more over 60 steps, within the bounds of time.";
  }
  return `Were all sets without gain, the best would look so good with a probability of ${percent(found.p)}.`;
}

export function entries(found: EntryTest | null, trades: number, prices: boolean, least: number): string {
  if (!prices) return "No prices are at hand to move the entries along.";
  if (found === null) return `It needs ${least} trades with prices above 0; there are ${whole(trades)} trades.`;
  const { actual, moved, p } = found;
  const means = `A trade gains ${(100 * actual).toFixed(3)} % before costs, moved ones ${(100 * moved).toFixed(3)} %`;
  return `${means}: other places are as good with a probability of ${percent(p)}.`;
}

export function stability(found: StabilityMap | undefined): string {
  if (found === undefined) return "No neighbours of these parameters were computed.";
  const { medianKept, worstKept, neighbours } = found;
  if (medianKept === null || worstKept === null)
    return "Neither optimum nor neighbours have a score above 0 to compare.";
  const steps = `${neighbours.length} parameter changes of one step`;
  return `Of ${steps}, the middle one keeps ${percent(medianKept)} of the score, the worst ${percent(worstKept)}.`;
}

export function order(found: TradeOrder | null, trades: number, least: number): string {
  if (found === null) return `It needs ${least} trades to shuffle; there are ${whole(trades)}.`;
  const { actual, worst95, worst, ruined, draws } = found;
  const ruin = ruined > 0 ? `; ${percent(ruined)} of the orders lose everything` : "";
  const fell = `The trades' own order fell ${percent(-actual)}`;
  return `${fell}; of ${whole(draws)} other orders one in twenty falls more than ${percent(-worst95)}, the worst ${percent(-worst)}${ruin}.`;
}

const NAMES: Readonly<Record<Check["name"], string>> = {
  track_record: "length of the record",
  deflated_sharpe: "deflated Sharpe ratio",
  overfitting: "probability of overfitting",
  walk_forward: "walk-forward",
  confidence: "confidence interval",
  reality_check: "reality check",
  entries: "entries",
  stability: "stability of the parameters",
  trade_order: "order of the trades",
};

export function checkTitle(name: Check["name"]): string {
  return NAMES[name];
}

export function judgement(judged: Judgement, checks: readonly Check[], synthetic: boolean): string {
  const failed = checks.filter(({ status }) => status === "fail").map(({ name }) => NAMES[name]);
  const open = checks.filter(({ status }) => status === "inconclusive").length;
  const made = synthetic ? " The data are SYNTHETIC: whatever it says, it says of a made-up market." : "";
  if (judged === "refused") return `Refused: luck and choice explain it (${failed.join(", ")}).${made}`;
  if (judged === "credible") {
    const rest = open === 0 ? "every test is passed" : `no test fails, ${open} could say nothing`;
    return `Credible: ${rest}. It still is the past.${made}`;
  }
  const against = failed.length > 0 ? ` against it: ${failed.join(", ")};` : "";
  return `Unproven:${against} ${open} of ${checks.length} tests could say nothing.${made}`;
}
