// What a model goes by. Gain: what splits on an input gained in training (of a logistic model, the size of its weight), as a
// share of all. Permutation: how much worse rows are ranked that the model never saw when this input alone is shuffled;
// an input that only fitted noise has a gain, but loses nothing.
import { Random } from "../../domain/random.ts";
import { INPUTS, type InputName } from "./features.ts";
import { auc } from "./scores.ts";
import { chosen, probabilities, type Weights } from "./weights.ts";
import type { Workbench } from "./workbench.ts";

export interface Importance {
  readonly input: InputName;
  /** 0 to 1; all add up to 1, or to 0 where nothing was learned. */
  readonly gain: number;
  /** Loss of area under the curve; below 0: it ranks better without. */
  readonly permutation: number;
}

/** Orders drawn for each input. */
const SHUFFLES = 3;

export function importancesOf(
  bench: Workbench,
  weights: Weights,
  gains: Float64Array,
  columns: readonly Float64Array[],
  label: Float64Array,
  rows: Int32Array,
  seed: number,
): readonly Importance[] {
  const random = new Random(seed);
  const own = chosen(columns, rows);
  const labels = chosen([label], rows)[0] ?? new Float64Array(0);
  const score = (inputs: readonly Float64Array[]): number => auc(labels, probabilities(bench, weights, inputs)) ?? 0.5;
  const whole = score(own);
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return INPUTS.map((input, place) => {
    let lost = 0;
    for (let turn = 0; turn < SHUFFLES; turn++) {
      lost += whole - score(own.map((column, at) => (at === place ? shuffled(column, random) : column)));
    }
    return { input, gain: total > 0 ? (gains[place] ?? 0) / total : 0, permutation: lost / SHUFFLES };
  });
}

/** Of a logistic model: weights are of standardised inputs, so their sizes compare. */
export function weightSizes(values: Float64Array): Float64Array {
  return Float64Array.from(INPUTS, (_, input) => Math.abs(values[3 * input + 2] ?? 0));
}

function shuffled(column: Float64Array, random: Random): Float64Array {
  const values = column.slice();
  for (let last = values.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [values[last], values[other]] = [values[other] ?? 0, values[last] ?? 0];
  }
  return values;
}
