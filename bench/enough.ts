// How much is measured. `npm run bench` wants every figure, and each to its end. The gates want the results that they
// judge, and no more rounds of one than it takes to be sure of it (verdict.ts says when that is): what is far from its
// bound is soon seen to be, and what comes near to it is measured to its end, as ever.
import type { Result } from "./result.ts";

export interface Question {
  /** Whether anybody wants the result of this name. */
  readonly asked: (name: string) => boolean;
  /** Whether these rounds, each as a result of its own, are enough. */
  readonly settled: (rounds: readonly Result[]) => boolean;
}

const EVERYTHING: Question = { asked: () => true, settled: () => false };

let question = EVERYTHING;
/** From now on; null: everything is wanted. */
export function ask(next: Question | null): void {
  question = next ?? EVERYTHING;
}

export function isAsked(name: string): boolean {
  return question.asked(name);
}

/** Whether a measurement may end with these rounds, before it has made all of its own. */
export function areEnough(rounds: readonly Result[]): boolean {
  return rounds.length > 0 && question.settled(rounds);
}
