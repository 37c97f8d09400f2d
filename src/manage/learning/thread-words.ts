// What the main thread and the learning thread say to each other, and the words of memory that they share.
import type { Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { LearningJob, LearningJobResult } from "./jobs.ts";
import type { TrialNews } from "./trial-sender.ts";

export interface LearningWorkerData {
  /** WORD_ places. */
  readonly words: Int32Array;
  readonly share: number;
}
/** Counted by the thread. */
export const WORD_STEPS = 0;
/** 1: it is to stop; set by main, as is the next one. */
export const WORD_STOP = 1;
/** 1: somebody takes trials. */
export const WORD_ATTENDED = 2;
export const WORDS = 3;

export type FromLearning = Result<LearningJobResult, string>;

/** What a job asks of the main thread, and the answers. */
export interface CompileAsk {
  readonly compile: string;
}
export interface CompileAnswer {
  readonly compiled: Result<CompiledStrategy, string>;
}
/** The body of a trial for another process. */
export interface TrialAsk {
  readonly trial: number;
  readonly body: Uint8Array;
}
export interface TrialAnswer extends TrialNews {
  readonly trial: number;
}
/** How far a search is: so many candidates tried, of so many at most. */
export interface SearchProgress {
  readonly tried: number;
  readonly planned: number;
}

export type ToLearning = LearningJob | CompileAnswer | TrialAnswer;
export type ToldByLearning = FromLearning | CompileAsk | TrialAsk | SearchProgress;
