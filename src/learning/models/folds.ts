// Walk-forward over bars: each stretch is judged by what was learned from bars before it. The purge is that of
// research/honesty/splits.ts: a row whose label reaches into the stretch does not train, nor do the rows of the embargo.
import { purgedFolds } from "../../research/research.ts";
import type { Labels } from "./labels.ts";

export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

export interface FoldSettings {
  /** Equal parts of the bars; the first only trains. */
  readonly groups: number;
  /** Bars until a label is known at the latest. */
  readonly horizon: number;
  readonly embargo: number;
}

/** Rows without a label are in no fold; a stretch with nothing to learn from or to judge is left out. */
export function walkForwardFolds(labels: Labels, from: number, settings: FoldSettings): readonly Fold[] {
  const { groups, horizon, embargo } = settings;
  const count = labels.label.length - from;
  if (count < groups) return [];
  const labelled = (row: number): boolean => !Number.isNaN(labels.label[row] ?? Number.NaN);
  // Nothing behind a stretch trains, so the embargo lies before it, where it widens the purge.
  return purgedFolds({ count, groups, horizon: horizon + embargo, embargo: 0 }).flatMap((split) => {
    const begin = split.test[0] ?? 0;
    const train = split.train.filter((row) => row < begin).map((row) => row + from);
    const test = split.test.map((row) => row + from);
    const fold = { train: train.filter(labelled), test: test.filter(labelled) };
    return fold.train.length > 0 && fold.test.length > 0 ? [fold] : [];
  });
}

/** The last share of the training rows, and those before it that do not reach into them: for early stopping. */
export function validationSplit(train: Int32Array, share: number, horizon: number): Fold {
  const cut = Math.floor(train.length * (1 - share));
  const first = train[cut] ?? 0;
  return { train: train.subarray(0, cut).filter((row) => row + horizon < first), test: train.subarray(cut) };
}
