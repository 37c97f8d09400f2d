// Whether the market is still the one that a model was trained on.
//   stability index   of an input: sum over ten parts of (now - then) ln(now / then), then and now being the shares of the
//                     rows in a part; the parts hold a tenth each in training. Above its limit the input is another one
//   Page-Hinkley      m += loss of the model - loss of the base rate, outcome by outcome; drifts when m rises by more than
//                     LIMIT above its least. The losses are logarithms of probabilities, so the rise is the evidence for
//                     "it knows no more than the base rate" against "it knows what it says", and where the model is right
//                     false alarms are at least e^LIMIT outcomes apart on average
// Page (1954), "Continuous inspection schemes"; Lorden (1971) for the bound.
import type { CoreExports } from "../../stream/kernels/core.ts";
import { binned, cutsOf } from "./bins.ts";
import { INPUTS, type InputName } from "./features.ts";
import { lossOf } from "./scores.ts";

const PARTS = 10;
/** An empty part counts as this share, else its logarithm would be infinite. */
const SHARE_MIN = 1e-4;
/** What is taken for another input however many rows there are. */
const STABILITY_LIMIT = 0.25;
/** By chance the index is this quantile (99 %) of chi-square with nine degrees of freedom, over the number of rows ... */
const CHANCE = 21.7;
/** ... of which so many that adjoin are one, because an input of 14 to 60 bars changes slowly. */
const ALIKE = 40;

/** Above this, an index over so many rows, then and now, is no chance. */
export function stabilityLimit(then: number, now: number): number {
  return Math.max(STABILITY_LIMIT, CHANCE * ALIKE * (1 / then + 1 / now));
}

const LIMIT = 7;

/** Where the parts of each input begin, and the share of the training rows in each; the last is that of missing values. */
export interface Reference {
  readonly cuts: readonly (readonly number[])[];
  readonly shares: readonly (readonly number[])[];
  /** Share of the training rows that came true: what somebody without a model would say of every row. */
  readonly base: number;
  readonly rows: number;
}

export function referenceOf(columns: readonly Float64Array[], labels: Float64Array): Reference {
  const base = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
  const cuts = columns.map((column) => cutsOf(column, PARTS));
  const shares = columns.map((column, input) => sharesOf(column, cuts[input] ?? new Float64Array(0)));
  return { cuts: cuts.map((one) => [...one]), shares, base, rows: labels.length };
}

function sharesOf(column: Float64Array, cuts: Float64Array): readonly number[] {
  const counts = Array.from({ length: cuts.length + 2 }, () => 0);
  for (const bin of binned(column, cuts)) counts[bin] = (counts[bin] ?? 0) + 1;
  return counts.map((count) => count / Math.max(1, column.length));
}

export interface InputDrift {
  readonly input: InputName;
  readonly index: number;
}

/** Of the recent rows, by INPUTS. */
export function stabilityOf(
  core: Pick<CoreExports, "lnScalar">,
  reference: Reference,
  recent: readonly Float64Array[],
): readonly InputDrift[] {
  return INPUTS.map((input, place) => {
    const then = reference.shares[place] ?? [];
    const now = sharesOf(recent[place] ?? new Float64Array(0), Float64Array.from(reference.cuts[place] ?? []));
    const index = then.reduce((sum, share, part) => {
      const [a, b] = [Math.max(SHARE_MIN, share), Math.max(SHARE_MIN, now[part] ?? 0)];
      return sum + (b - a) * core.lnScalar(b / a);
    }, 0);
    return { input, index };
  });
}

/** The state of the test on losses; plain numbers, to be stored as they are. */
export interface LossWatch {
  readonly sum: number;
  readonly least: number;
  /** Outcomes so far. */
  readonly seen: number;
}
export const FRESH_WATCH: LossWatch = { sum: 0, least: 0, seen: 0 };

/** After one outcome: what the model gave to it, and whether it came true. */
export function watched(
  core: Pick<CoreExports, "lnScalar">,
  { sum: before, least, seen }: LossWatch,
  { base }: Pick<Reference, "base">,
  label: number,
  given: number,
): LossWatch {
  const sum = before + lossOf(core, label, given) - lossOf(core, label, base);
  return { sum, least: Math.min(least, sum), seen: seen + 1 };
}

export function lossDrifts({ sum, least }: LossWatch): boolean {
  return sum - least > LIMIT;
}
