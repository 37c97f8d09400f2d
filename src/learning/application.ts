// Which strategies are worth running on which symbols: the door of application. One verdict for each pair, with its reason,
// from what the strategy still lacks there, what trading the symbol costs, how much of the processor is left, and what the
// strategy's outcomes in the symbol's regime prove. Without evidence against it a strategy runs: only outcomes teach.
// A pair rests for one of these, the first that holds:
//   costly    a round trip (both fees and the spread) takes more than COST_SHARE of what its outcomes usually come to
//   loses     the whole interval of its outcomes in this regime lies below 0, with enough of them
//   crowded   more than LATE_MAX of the beats since the last look ended late, and the strategy is not proven
// Pure; any thread.
import type { Regime } from "../domain/regime.ts";
import type { Estimate } from "./selection.ts";

export const REASONS = ["no_input", "warming", "costly", "loses", "crowded", "proven", "unproven"] as const;
export type Reason = (typeof REASONS)[number];
/** `wait`: it is on and silent, because of what it lacks. */
export type Verdict = "run" | "wait" | "rest";

export interface Pair {
  readonly regime: Regime;
  /** Samples that it still lacks there. */
  readonly missing: number;
  /** Names of inputs that never came. */
  readonly wants: readonly string[];
  /** Of a round trip there, as a share of the price; null: not known. */
  readonly cost: number | null;
  /** By its outcomes in this regime; null: none. */
  readonly here: Estimate | null;
  /** By all its outcomes. */
  readonly anywhere: Estimate | null;
  /** Share of the beats since the last look that ended after their interval; null: not known. */
  readonly late: number | null;
}
export interface Judged {
  readonly verdict: Verdict;
  readonly reason: Reason;
}

export const COST_SHARE = 0.5;
export const LATE_MAX = 0.05;

export function judge(pair: Pair, samplesMin: number): Judged {
  const { missing, wants, cost, here, anywhere, late } = pair;
  if (wants.length > 0) return { verdict: "wait", reason: "no_input" };
  if (missing > 0) return { verdict: "wait", reason: "warming" };
  const known = anywhere !== null && anywhere.samples >= samplesMin ? anywhere : null;
  if (cost !== null && known !== null && cost > COST_SHARE * known.usual) return { verdict: "rest", reason: "costly" };
  if (here !== null && here.samples >= samplesMin && here.high < 0) return { verdict: "rest", reason: "loses" };
  const proven = here?.proven === true || (anywhere?.proven === true && (here?.mean ?? 0) >= 0);
  if (!proven && late !== null && late > LATE_MAX) return { verdict: "rest", reason: "crowded" };
  return { verdict: "run", reason: proven ? "proven" : "unproven" };
}

/** For people: what was found, and against what. */
export function wordsOf(reason: Reason, { missing, wants, cost, here, anywhere, late, regime }: Pair): string {
  switch (reason) {
    case "no_input":
      return `waits for ${wants.join(" and ")}`;
    case "warming":
      return `${missing} more sample${missing === 1 ? "" : "s"} needed`;
    case "costly":
      return `a round trip costs ${percent(cost)} and its outcomes usually come to ${percent(anywhere?.usual)}, of which costs may take ${COST_SHARE * 100} %`;
    case "loses":
      return `${here?.samples ?? 0} outcomes in ${regime} markets: mean ${percent(here?.mean)}, at most ${percent(here?.high)}`;
    case "crowded":
      return `${percent(late)} of the last beats ended late, and nothing of this strategy is proven`;
    case "proven":
      return `proven by ${(here?.proven === true ? here : anywhere)?.samples ?? 0} outcomes`;
    case "unproven":
      return `${anywhere?.samples ?? 0} outcomes, ${here?.samples ?? 0} of them in ${regime} markets: nothing speaks against it`;
  }
}

function percent(share: number | null | undefined): string {
  return `${((share ?? 0) * 100).toFixed(3)} %`;
}

/** So many looks in a row that say the same decide. */
export const LOOKS = { off: 10, on: 3 } as const;
/** A strategy that rests makes no outcomes, so nothing could ever speak for it again: after so long it gets a trial. */
export const RETRY_AFTER_US = 7 * 86_400_000_000;

/** What is remembered of a strategy from look to look. */
export interface Memory {
  /** Looks in a row that spoke for the other state. */
  readonly against: number;
  /** Engine clock, microseconds; null: it is on. */
  readonly restsSince: number | null;
  /** Outcomes that it had when it came back from a rest; it stays on until there are enough new ones. */
  readonly triedAt: number | null;
}
export const NO_MEMORY: Memory = { against: 0, restsSince: null, triedAt: null };

export interface Look {
  readonly now: number;
  readonly on: boolean;
  /** Pairs by verdict. */
  readonly run: number;
  readonly rest: number;
  /** Outcomes in all. */
  readonly samples: number;
}

/**
 * A strategy as a whole is to rest when pairs of it rest and none runs, and to run again when one would, or for a trial.
 * While it rests it takes in nothing, so its pairs mostly wait, and that is no reason to wake it. `ask`: to switch it;
 * null: leave it as it is.
 */
export function sway(
  memory: Memory,
  look: Look,
  samplesMin: number,
): { readonly memory: Memory; readonly ask: boolean | null } {
  const { now, on, run, rest, samples } = look;
  const restsSince = on ? null : (memory.restsSince ?? now);
  const back = on && memory.restsSince !== null ? samples : memory.triedAt;
  const tried = on && back !== null && samples < back + samplesMin ? back : null;
  const overdue = restsSince !== null && now - restsSince >= RETRY_AFTER_US;
  const wanted = on ? run > 0 || rest === 0 || tried !== null : run > 0 || overdue;
  // Looks at it in the state before say nothing of this one.
  const looked = on === (memory.restsSince === null) ? memory.against : 0;
  const against = wanted === on ? 0 : looked + 1;
  const ask = against >= (on ? LOOKS.off : LOOKS.on) ? wanted : null;
  return { memory: { against, restsSince, triedAt: tried }, ask };
}
