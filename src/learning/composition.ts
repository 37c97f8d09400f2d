// Which two of the engine's strategies are worth composing: those that earn in different regimes and do not win and lose on
// the same days. Made of closed outcomes only. Every claim (this strategy earns in this regime) is made twice: chosen on one
// half of the days, it has to hold again on the other, at a level that allows for how many were chosen; outcomes of a day
// count as one, for they have much in common. What comes out is a text of rules and the numbers behind it: whoever takes it
// puts it through the pipeline. Pure: the same outcomes and seed give the same proposals. `net` is a share of the entry after
// costs, times are microseconds.
import { READABLE } from "../domain/program-signals.ts";
import { Random } from "../domain/random.ts";
import { type Regime, REGIMES } from "../domain/regime.ts";
import { dayOf, pairedDays, upperCorrelation } from "./composition/days.ts";
import { composedText } from "./composition/text.ts";
import type { CoreExports } from "../stream/kernels/core.ts";
import type { Outcome } from "./outcome.ts";

export interface CompositionOptions {
  readonly seed: number;
  readonly core: Pick<CoreExports, "studentCdf">;
  /** Which look at growing data this is, from 1: alpha is spent over all of them. */
  readonly look?: number;
  /** Least outcomes of a strategy in a regime, on either half of the days. */
  readonly least?: number;
  /** Most that the correlation of their days may be, with 95 % confidence. */
  readonly correlation?: number;
  /** How sure the claims must be: the chance that any of those that were chosen holds again by luck. */
  readonly alpha?: number;
}

export interface Composition {
  readonly strategies: readonly [string, string];
  /** The rules. */
  readonly text: string;
  /** Of the strategy: the symbols whose outcomes speak for it, and whether it sells what it does not hold. */
  readonly parameters: { readonly symbols: readonly string[]; readonly allow_short: boolean };
  readonly reason: string;
  readonly evidence: CompositionEvidence;
}

export interface CompositionEvidence {
  /** Where each is to trade, with what it came to there on the half of the days that did not choose. */
  readonly claims: readonly Claim[];
  /** Of the days on which both traded; with its upper bound. */
  readonly correlation: number;
  readonly correlation_most: number;
  readonly days: number;
  /** Chance of luck that a claim might have at most, for as many claims as were chosen and looks as were made. */
  readonly luck_most: number;
  readonly claims_chosen: number;
}

export interface Claim {
  readonly strategy: string;
  readonly regime: Regime;
  readonly outcomes: number;
  readonly days: number;
  readonly mean: number;
  readonly t: number;
}

const LEAST = 20;
const CORRELATION = 0.4;
const ALPHA = 0.05;
const DAYS_LEAST = 30;
/** Of a claim, on either half. */
const CLAIM_DAYS = 10;
const SYMBOLS_MAX = 20;
/** What a claim has to be above before it is asked again: some one in twenty by chance. */
const CHOICE_T = 1.7;

export function proposeCompositions(
  outcomes: readonly Outcome[],
  { seed, core, look = 1, least = LEAST, correlation = CORRELATION, alpha = ALPHA }: CompositionOptions,
): readonly Composition[] {
  const halves = halvesOf(outcomes, seed);
  const chosen = READABLE.flatMap((strategy) =>
    REGIMES.filter((regime) => regime !== "unknown").flatMap((regime) => {
      const claim = claimOf(halves.chosen, strategy, regime);
      return claim.outcomes >= least && claim.days >= CLAIM_DAYS && claim.t >= CHOICE_T ? [claim] : [];
    }),
  );
  const tail = alpha / (look * (look + 1)) / Math.max(1, chosen.length);
  const again = chosen.map(({ strategy, regime }) => claimOf(halves.kept, strategy, regime));
  const proven = again.filter(
    (claim) => claim.outcomes >= least && claim.days >= CLAIM_DAYS && luck(core, claim) <= tail,
  );
  const strategies = READABLE.filter((name) => proven.some(({ strategy }) => strategy === name));
  return pairsOf(strategies)
    .flatMap(([one, other]) => {
      const claims = proven.filter(({ strategy }) => strategy === one || strategy === other);
      const days = pairedDays(outcomes, one, other);
      const most = upperCorrelation(days);
      if (!complementary(claims, one, other) || most > correlation || days.count < DAYS_LEAST) return [];
      const told = { correlation: days.correlation, correlation_most: most, days: days.count };
      const evidence = { claims, ...told, luck_most: tail, claims_chosen: chosen.length };
      return [composed([one, other], evidence, outcomes)];
    })
    .toSorted((a, b) => weakest(b) - weakest(a));
}

/** Whole days go to one half or the other, so that what happens within a day is on one side. */
function halvesOf(outcomes: readonly Outcome[], seed: number) {
  const sides = new Map<number, boolean>();
  for (const day of new Set(outcomes.map(dayOf))) sides.set(day, new Random(seed * 1_000_003 + day).next() < 0.5);
  const of = (side: boolean): readonly Outcome[] => outcomes.filter((one) => sides.get(dayOf(one)) === side);
  return { chosen: of(true), kept: of(false) };
}

function claimOf(outcomes: readonly Outcome[], strategy: string, regime: Regime): Claim {
  const own = outcomes.filter((one) => one.strategy === strategy && one.regime === regime);
  return { strategy, regime, outcomes: own.length, ...momentsByDay(own) };
}

function pairsOf(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((one, place) => names.slice(place + 1).map((other) => [one, other] as const));
}

/** Each has a regime that the other has not. */
function complementary(claims: readonly Claim[], one: string, other: string): boolean {
  const where = (name: string): readonly Regime[] =>
    claims.filter(({ strategy }) => strategy === name).map(({ regime }) => regime);
  const lacks = (a: string, b: string): boolean => where(a).some((regime) => !where(b).includes(regime));
  return lacks(one, other) && lacks(other, one);
}

function weakest({ evidence }: Composition): number {
  return Math.min(...evidence.claims.map(({ t }) => t));
}

function composed(
  strategies: readonly [string, string],
  evidence: CompositionEvidence,
  outcomes: readonly Outcome[],
): Composition {
  const parts = strategies.map((strategy) => ({
    strategy,
    regimes: evidence.claims.filter((one) => one.strategy === strategy).map(({ regime }) => regime),
  }));
  const traded = outcomes.filter((outcome) =>
    parts.some(({ strategy, regimes }) => strategy === outcome.strategy && regimes.includes(outcome.regime)),
  );
  const short = traded.some(({ side }) => side < 0);
  const words = parts.map(({ strategy, regimes }) => `${strategy} where it is ${regimes.join(" or ")}`);
  return {
    strategies,
    text: composedText(parts, traded, short),
    parameters: { symbols: symbolsOf(traded), allow_short: short },
    reason: `${words.join(" and ")} earn, and their days have little to do with each other`,
    evidence,
  };
}

/** Those with the most outcomes. */
function symbolsOf(outcomes: readonly Outcome[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { symbol } of outcomes) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  const most = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return most.slice(0, SYMBOLS_MAX).map(([symbol]) => symbol);
}

/** Mean of `net`, and how many standard errors it lies above 0, by which the outcomes of a day are one. */
function momentsByDay(outcomes: readonly Outcome[]): Pick<Claim, "days" | "mean" | "t"> {
  const count = outcomes.length;
  const mean = count === 0 ? 0 : outcomes.reduce((sum, { net }) => sum + net, 0) / count;
  const days = new Map<number, number>();
  for (const one of outcomes) days.set(dayOf(one), (days.get(dayOf(one)) ?? 0) + (one.net - mean));
  if (days.size < 2) return { days: days.size, mean, t: 0 };
  const squares = [...days.values()].reduce((sum, day) => sum + day * day, 0);
  const error = Math.sqrt((squares * days.size) / (days.size - 1)) / count;
  return { days: days.size, mean, t: error > 0 ? mean / error : 0 };
}

/** The chance that a mean lies so far above 0 where nothing is earned: Student's t of its days. */
function luck(core: CompositionOptions["core"], { days, t }: Claim): number {
  return core.studentCdf(-t, days - 1);
}
