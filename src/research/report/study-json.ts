// A walk-forward study as JSON with stable names; version 1. Windows, cross-validation, map and verdict; the outcome of the
// best set is a document of its own (result-file.ts).
import type { CrossValidation, StabilityMap, Verdict, WalkForward } from "../honesty/honesty.ts";
import type { Trial } from "../outcome.ts";
import { FIGURE_FIELDS, renamed } from "./fields.ts";
import { verdictFields } from "./verdict-json.ts";

export interface StudyParts {
  readonly walk: WalkForward;
  readonly cross: CrossValidation | null;
  readonly stability: StabilityMap | null;
  readonly verdict: Verdict;
  readonly trials: number;
  readonly parameters: Readonly<Record<string, number>>;
}

export function writeStudy({ walk, cross, stability, verdict, trials, parameters }: StudyParts): string {
  return `${JSON.stringify({
    format: "strategy-engine/walk-forward",
    version: 1,
    parameters,
    combinations: trials,
    evaluations: walk.evaluations,
    efficiency: walk.efficiency,
    profitable_windows: walk.profitable,
    in_sample_mean: walk.inSampleMean,
    out_of_sample_mean: walk.outOfSampleMean,
    empty_windows: walk.empty,
    windows: walk.steps.map(({ window, parameters: chosen, inSample, outOfSample }) => ({
      train_from: window.trainFrom,
      train_to: window.trainTo,
      test_from: window.testFrom,
      test_to: window.testTo,
      parameters: chosen,
      in_sample: trialFields(inSample),
      out_of_sample: trialFields(outOfSample),
    })),
    cross_validation:
      cross === null ? null : { splits: cross.splits, train: cross.train, test: cross.test, losing: cross.losing },
    stability:
      stability === null
        ? null
        : { median_kept: stability.medianKept, worst_kept: stability.worstKept, neighbours: stability.neighbours },
    verdict: verdictFields(verdict),
  })}\n`;
}

function trialFields({ score, figures }: Trial): Readonly<Record<string, unknown>> {
  return { score, ...renamed(figures, FIGURE_FIELDS) };
}
