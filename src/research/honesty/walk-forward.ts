// Walk-forward: parameters are searched on one stretch of the past and judged on the stretch that follows, again and again
// until the end of the data. Rolling windows forget, anchored ones begin at the start of the data each time.
//   efficiency = mean return of a step out-of-sample / mean return of a step in-sample, over all windows
// What is judged was never seen by the search of its window; between both lies the embargo.
import type { EpochUs } from "../../domain/units.ts";
import type { Evaluate, Trial } from "../outcome.ts";
import type { Parameters } from "./stability.ts";

export interface Window {
  readonly trainFrom: EpochUs;
  readonly trainTo: EpochUs;
  readonly testFrom: EpochUs;
  readonly testTo: EpochUs;
}

export interface WindowOptions {
  readonly from: EpochUs;
  /** Exclusive. */
  readonly to: EpochUs;
  readonly folds: number;
  /** Length of a training stretch in lengths of a test stretch; of the first one where windows are anchored. */
  readonly trainRatio: number;
  readonly anchored: boolean;
  readonly embargoUs: number;
}

/** Test stretches are of one length, adjoin, and end at `to`. Empty when a stretch would have no length. */
export function walkForwardWindows(options: WindowOptions): readonly Window[] {
  const { from, to, folds, trainRatio, anchored, embargoUs } = options;
  const test = Math.floor((to - from - embargoUs) / (folds + trainRatio));
  if (!(folds >= 1) || !(test > 0) || !(trainRatio > 0)) return [];
  return Array.from({ length: folds }, (_, fold) => {
    const testFrom = to - (folds - fold) * test;
    const trainTo = testFrom - embargoUs;
    const rolling = Math.max(from, trainTo - Math.floor(trainRatio * test));
    return { trainFrom: anchored ? from : rolling, trainTo, testFrom, testTo: testFrom + test };
  });
}

/** Searches over the span that `evaluate` is bound to; null when no parameters have a score. */
export type Optimise = (evaluate: Evaluate) => Promise<Trial | null>;

export interface Step {
  readonly window: Window;
  readonly parameters: Parameters;
  readonly inSample: Trial;
  readonly outOfSample: Trial;
}

export interface WalkForward {
  readonly steps: readonly Step[];
  /** Windows in which the search found nothing. */
  readonly empty: number;
  /** Returns of all test stretches, one after the other. */
  readonly returns: Float64Array;
  /** Mean return of a step; null without one. */
  readonly inSampleMean: number | null;
  readonly outOfSampleMean: number | null;
  /** Null when the searches did not gain anything in-sample either. */
  readonly efficiency: number | null;
  /** Share of windows that gain out-of-sample. */
  readonly profitable: number | null;
  /** Evaluations that the searches made, those of the judgements not counted. */
  readonly evaluations: number;
}

export async function walkForward(
  evaluate: Evaluate,
  windows: readonly Window[],
  optimise: Optimise,
  onWindow?: (done: number) => void,
): Promise<WalkForward> {
  const steps: Step[] = [];
  let evaluations = 0;
  for (const [index, window] of windows.entries()) {
    const bound: Evaluate = (parameters, span) => {
      evaluations++;
      const from = Math.max(window.trainFrom, span?.from ?? window.trainFrom);
      return evaluate(parameters, { from, to: Math.min(window.trainTo, span?.to ?? window.trainTo) });
    };
    const inSample = await optimise(bound);
    if (inSample !== null) {
      const { parameters } = inSample;
      const outOfSample = await evaluate(parameters, { from: window.testFrom, to: window.testTo });
      steps.push({ window, parameters, inSample, outOfSample });
    }
    onWindow?.(index + 1);
  }
  return { ...summary(steps), empty: windows.length - steps.length, evaluations };
}

function summary(steps: readonly Step[]): Omit<WalkForward, "empty" | "evaluations"> {
  const returns = joined(steps.map(({ outOfSample }) => outOfSample.returns));
  const inSampleMean = meanOf(joined(steps.map(({ inSample }) => inSample.returns)));
  const outOfSampleMean = meanOf(returns);
  const gains = steps.filter(({ outOfSample }) => outOfSample.figures.totalReturn > 0).length;
  const comparable = inSampleMean !== null && outOfSampleMean !== null && inSampleMean > 0;
  return {
    steps,
    returns,
    inSampleMean,
    outOfSampleMean,
    efficiency: comparable ? outOfSampleMean / inSampleMean : null,
    profitable: steps.length === 0 ? null : gains / steps.length,
  };
}

function joined(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}

function meanOf(values: Float64Array): number | null {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length > 0 && Number.isFinite(sum) ? sum / values.length : null;
}
