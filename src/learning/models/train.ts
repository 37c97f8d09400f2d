// From bars to a judged model: inputs, labels, walk-forward by each kind of model, the evidence out of sample, and one model
// of the kind that foretold best, trained on all rows. Pure: bars, settings and seed give the same model to the bit, in
// any process and at any speed; no clock is asked.
import { reliabilityOf } from "../calibration.ts";
import { inputsOf, type Bars, WARM_BARS } from "./features.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { type Fold, validationSplit, walkForwardFolds } from "./folds.ts";
import { trainLogistic } from "./ftrl.ts";
import { importancesOf, type Importance, weightSizes } from "./importance.ts";
import { type BarrierSettings, type Labels, labelsOf } from "./labels.ts";
import type { Model } from "./model-file.ts";
import { referenceOf, type Reference } from "./drift.ts";
import { auc, logLoss } from "./scores.ts";
import { trainTrees, TREES, type TreeSettings } from "./trees.ts";
import { chosen, type Kind, KINDS, probabilities, type Weights } from "./weights.ts";
import type { Workbench } from "./workbench.ts";

export interface TrainSettings extends BarrierSettings {
  readonly seed: number;
  readonly barMs: number;
  /** Parts of the walk-forward; the first only trains. */
  readonly groups: number;
  readonly embargo: number;
  /** Share of the training rows that early stopping looks at. */
  readonly validation: number;
  /** By how much a probability has to exceed what pays on average. */
  readonly margin: number;
  readonly rounds: number;
}
export const TRAIN: TrainSettings = {
  seed: 1,
  barMs: 60_000,
  stopRanges: 1.5,
  targetRanges: 2,
  bars: 12,
  cost: 0.0004,
  groups: 6,
  embargo: 5,
  validation: 0.2,
  margin: 0.04,
  rounds: TREES.rounds,
};

export interface Sample {
  readonly rows: number;
  readonly auc: number | null;
  readonly logLoss: number;
  /** How far probabilities and what came lie apart, by bins, weighted by their rows. */
  readonly calibrationError: number;
}

export interface Trained {
  readonly weights: Weights;
  readonly enter: number;
  readonly inSample: Sample;
  readonly outOfSample: Sample;
  readonly evidence: Evidence;
  readonly importances: readonly Importance[];
  readonly reference: Reference;
}

/** Fewer bars give no walk-forward that says anything. */
export const BARS_MIN = 400;

interface Material {
  readonly bench: Workbench;
  readonly columns: readonly Float64Array[];
  readonly labels: Labels;
  readonly settings: TrainSettings;
  readonly stop: () => boolean;
}
interface Learned {
  readonly weights: Weights;
  readonly gains: Float64Array;
  readonly enter: number;
}

/**
 * Null: there are too few bars or no labels, or `stop` said so. `triedBefore`: models that were tried on this data earlier,
 * as the trial ledger counts them.
 */
export function trainModel(
  bench: Workbench,
  bars: Bars,
  settings: TrainSettings,
  triedBefore = 0,
  stop: () => boolean = () => false,
): Trained | null {
  if (bars.close.length < BARS_MIN) return null;
  const { columns, range } = inputsOf(bench, bars);
  const labels = labelsOf(bars, range, settings);
  let stopped = false;
  const material: Material = { bench, columns, labels, settings, stop: () => (stopped ||= stop()) };
  const horizon = settings.bars;
  const folds = walkForwardFolds(labels, WARM_BARS, { groups: settings.groups, horizon, embargo: settings.embargo });
  if (folds.length === 0) return null;
  const walks = KINDS.flatMap((kind) => walked(material, kind, folds) ?? []);
  const [first, second] = walks;
  if (first === undefined || second === undefined) return null;
  const best = second.sample.logLoss < first.sample.logLoss ? second : first;
  const all = Int32Array.from(labels.label.keys()).filter(
    (row) => row >= WARM_BARS && !Number.isNaN(labels.label[row] ?? Number.NaN),
  );
  const whole = learned(material, best.kind, all);
  const last = folds.at(-1);
  if (whole === null || last === undefined) return null;
  const { weights, gains, enter } = whole;
  return {
    weights,
    enter,
    inSample: sampleOf(material, all, probabilities(bench, weights, chosen(columns, all))),
    outOfSample: best.sample,
    evidence: evidenceOf(labels, best, walks.length + triedBefore),
    importances: importancesOf(bench, best.last, gains, columns, labels.label, last.test, settings.seed),
    reference: referenceOf(chosen(columns, all), chosen([labels.label], all)[0] ?? new Float64Array(0)),
  };
}

/** What is kept of a training, and traded. */
export function modelOf({ weights, enter }: Trained, settings: TrainSettings): Model {
  const { barMs, stopRanges, targetRanges, bars } = settings;
  return { weights, enter: Math.min(1, enter), barMs, stopRanges, targetRanges, bars };
}

interface Walked {
  readonly kind: Kind;
  readonly rows: Int32Array;
  readonly given: Float64Array;
  readonly enter: Float64Array;
  readonly sample: Sample;
  /** Of the last stretch. */
  readonly last: Weights;
}

function walked(material: Material, kind: Kind, folds: readonly Fold[]): Walked | null {
  const { bench, columns } = material;
  const count = folds.reduce((sum, { test }) => sum + test.length, 0);
  const [rows, given, enter] = [new Int32Array(count), new Float64Array(count), new Float64Array(count)];
  let at = 0;
  let last: Weights | null = null;
  for (const { train, test } of folds) {
    const found = learned(material, kind, train);
    if (found === null) return null;
    rows.set(test, at);
    given.set(probabilities(bench, found.weights, chosen(columns, test)), at);
    enter.fill(found.enter, at, at + test.length);
    at += test.length;
    last = found.weights;
  }
  return last && { kind, rows, given, enter, sample: sampleOf(material, rows, given), last };
}

function learned({ bench, columns, labels, settings, stop }: Material, kind: Kind, rows: Int32Array): Learned | null {
  if (stop()) return null;
  const enter = paying(labels, rows) + settings.margin;
  if (kind === "logistic") {
    const weights = trainLogistic(bench, columns, labels.label, rows);
    return { weights, gains: weightSizes(weights.values), enter };
  }
  const fold = validationSplit(rows, settings.validation, settings.bars);
  const own: TreeSettings = { ...TREES, rounds: settings.rounds };
  const trained = trainTrees(bench, columns, labels.label, fold, settings.seed, own, stop);
  return trained && { ...trained, enter };
}

/** The probability at which winning and losing labels of these rows balance: l / (w + l) of their mean sizes. */
function paying(labels: Labels, rows: Int32Array): number {
  const mean = (sign: 1 | -1): number => {
    const sizes = rows.map((row) => row).filter((row) => sign * (labels.net[row] ?? 0) > 0);
    return sizes.reduce((sum, row) => sum + Math.abs(labels.net[row] ?? 0), 0) / Math.max(1, sizes.length);
  };
  const [won, lost] = [mean(1), mean(-1)];
  return won + lost > 0 ? lost / (won + lost) : 1;
}

function sampleOf({ bench, labels }: Material, rows: Int32Array, given: Float64Array): Sample {
  const own = Float64Array.from(rows, (row) => labels.label[row] ?? Number.NaN);
  const told = Array.from(given, (confidence, place) => ({ confidence, net: labels.net[rows[place] ?? 0] ?? 0 }));
  const { ece } = reliabilityOf(told);
  return { rows: rows.length, auc: auc(own, given), logLoss: logLoss(bench.core, own, given), calibrationError: ece };
}
