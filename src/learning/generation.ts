// The online generator: looks for better parameters of a strategy, or for better compositions, and proves or drops what it
// finds. Candidates come from an evolution strategy (generation/evolution.ts of numbers, generation/rule-evolution.ts of
// rules); each is run by the backtest that runs everything else, and all of them are counted in the trial ledger before a
// word is said about the best: each before it is run, so those of a search that was stopped or killed as well. The first
// one is what there is and no choice; what it read says of which data all the others are. Other processes may try them
// (generation/part.ts), but counting and judging stay here, and the best is run here once more: where it then comes to
// something else than what was sent, nothing of the search is believed. The best survives only if its verdict is
// `credible`: the deflated Sharpe ratio says that luck does not explain it among all the trials ever made on these data, and
// the probability of overfitting that the choice holds elsewhere. And it has to be better than what there is. The same seed,
// history and ledger give the same generation, whoever tries its candidates. Any thread; a run at a time.
import { Random } from "../domain/random.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { batchOf, judgeChoice, type TrialLedger, type Verdict } from "../research/research.ts";
import { EVOLUTION } from "./generation/evolution.ts";
import { type Elsewhere, Part } from "./generation/part.ts";
import type { EvolutionSettings, Species } from "./generation/species.ts";
import type { Tried } from "./generation/trial.ts";

export { type Axis, Evolution, EVOLUTION, type Values } from "./generation/evolution.ts";
export { compositionSpecies, type CompositionRequest } from "./generation/composition-species.ts";
export { parameterSpecies } from "./generation/parameter-species.ts";
export { founderOf } from "./generation/conditions.ts";
export { RULE_EVOLUTION, RuleEvolution } from "./generation/rule-evolution.ts";
export type { Elsewhere, TriedElsewhere } from "./generation/part.ts";
export type { Breed, EvolutionSettings, Finished, Species } from "./generation/species.ts";
export { type Compile, type TrialSpec, type Tried, tryTrial } from "./generation/trial.ts";

export interface GenerationHooks {
  /** Null: nobody keeps count. */
  readonly ledger: TrialLedger | null;
  /** For the ledger's line. */
  readonly now: EpochUs;
  /** Between two runs; true: stop. */
  readonly pace?: () => boolean;
  /** Who tries candidates as well; without it this thread tries all. */
  readonly elsewhere?: Elsewhere;
  /** Behind each candidate: how many were tried, of how many at most. */
  readonly onTried?: (tried: number, planned: number) => void;
}

export interface Generation<G> {
  readonly trials: number;
  readonly best: G;
  /** Sharpe ratios of a year; null: none. */
  readonly score: number | null;
  readonly scoreNow: number | null;
  readonly verdict: Verdict;
  /** Null: the best survives, else a sentence with what speaks against it. */
  readonly refusal: string | null;
}

interface Ran<G> {
  readonly one: G;
  readonly trial: Tried;
}

/** The failure is a sentence. */
export async function generate<G>(
  species: Species<G>,
  seed: number,
  hooks: GenerationHooks,
  settings: EvolutionSettings = EVOLUTION,
): Promise<Result<Generation<G>, string>> {
  const breed = species.breed(settings, new Random(seed));
  const ran: Ran<G>[] = [];
  let reason = "there is nothing to change";
  let [stopped, part, tried, planned] = [false, 0, 0, 0];
  for (let born = breed.next(); born.length > 0 && !stopped; born = breed.next()) {
    const before = ran.length;
    const of = `${seed} ${hooks.now} ${part++}`;
    if (planned === 0) planned = born.length + settings.generations * settings.children;
    const tries = new Part(species, born, ran[0]?.trial.about ?? null, {
      elsewhere: hooks.elsewhere ?? null,
      pace: () => hooks.pace?.() === true,
      begin: (about, trials) => begin(about, { of, trials }, hooks),
      onTried: () => hooks.onTried?.(++tried, planned),
    });
    stopped = await tries.run();
    for (const [place, one] of born.entries()) {
      const trial = tries.results[place] ?? null;
      if (trial === null) continue;
      if (typeof trial === "string") reason = trial;
      else ran.push({ one, trial });
      breed.tell(one, typeof trial === "string" ? null : trial.score);
    }
    count(ran, before, of, hooks);
  }
  if (stopped) return failed("stopped");
  const [first] = ran;
  if (first === undefined) return failed(reason);
  const best = ran.reduce((top, one) => ((one.trial.score ?? -Infinity) > (top.trial.score ?? -Infinity) ? one : top));
  return judged(species, ran, best, seed, hooks);
}

function begin(
  about: Tried["about"],
  begun: { readonly of: string; readonly trials: number },
  { ledger, now }: GenerationHooks,
): void {
  const { data, sets = [], strategy } = batchOf(about, [], now);
  ledger?.begin({ ...begun, data, sets, strategy, at: now });
}

/** Those from the place `from` on; the part of the search is over, also where none of it could be run. */
function count<G>(ran: readonly Ran<G>[], from: number, of: string, { ledger, now }: GenerationHooks): void {
  const [first] = ran;
  if (first === undefined) return;
  const runs = ran.slice(from).map(({ trial }) => trial);
  ledger?.record({ ...batchOf(first.trial.about, runs, now), of });
}

async function judged<G>(
  species: Species<G>,
  ran: readonly Ran<G>[],
  best: Ran<G>,
  seed: number,
  { ledger, now }: GenerationHooks,
): Promise<Result<Generation<G>, string>> {
  const finished = await species.finish(best.one);
  if (!repeats(finished.outcome.figures.sharpe, best.trial.figures.sharpe))
    return failed("the best candidate came to other figures when it was run again; nothing of this search is believed");
  const among = ran.map(({ trial }) => trial);
  const verdict = judgeChoice({ ...finished, ran: [], among, stability: null, seed }, ledger, now);
  const { score } = best.trial;
  const base = JSON.stringify(species.base);
  const scoreNow = ran.find(({ one }) => JSON.stringify(one) === base)?.trial.score ?? null;
  const figures = { trials: ran.length, best: best.one, score, scoreNow, verdict };
  return ok({ ...figures, refusal: refusalOf(score, scoreNow, verdict) });
}

/** A run over the same data is the same to the bit; whoever sent another one had other data or another program. */
function repeats(again: number | null, sent: number | null): boolean {
  return Object.is(again, sent);
}

function refusalOf(score: number | null, scoreNow: number | null, verdict: Verdict): string | null {
  if (score === null || score <= Math.max(0, scoreNow ?? 0)) return "nothing is better than what there is";
  return verdict.judgement === "credible" ? null : verdict.sentence;
}
