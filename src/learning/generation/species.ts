// What the generator works on: what candidates are made of, how they come from each other, and how one is run. Any thread.
import type { Random } from "../../domain/random.ts";
import type { Outcome, PriceLine } from "../../research/research.ts";
import type { TrialSpec, Tried } from "./trial.ts";

export interface EvolutionSettings {
  readonly parents: number;
  readonly children: number;
  readonly generations: number;
  /** Candidates drawn at random, before the first generation. */
  readonly first: number;
}

/** Candidates, one generation at a time. */
export interface Breed<G> {
  /** All of them new; empty when it is over. */
  next(): readonly G[];
  /** Higher is better; null: it could not be scored, and is nobody's parent. */
  tell(one: G, score: number | null): void;
}

export interface Finished {
  readonly outcome: Outcome;
  readonly prices: readonly PriceLine[];
}

/** `G`: a candidate; two that are the same are equal as JSON. */
export interface Species<G> {
  /** What there is. */
  readonly base: G;
  breed(settings: EvolutionSettings, random: Random): Breed<G>;
  /** One as another process can try it, to the same bits as `evaluate`; without it all are tried here. */
  trial?(one: G): TrialSpec;
  /** Rejects with a reason where one cannot be run. */
  evaluate(one: G): Promise<Tried>;
  /** The whole run of one, for its judge. */
  finish(one: G): Promise<Finished>;
}
