// A trained model on bars that came after its training: the bets that it would have made, one after the other, go into the
// watch on its losses, and its inputs are compared with those of its training. Pure.
import {
  lossDrifts,
  type LossWatch,
  type InputDrift,
  type Reference,
  stabilityLimit,
  stabilityOf,
  watched,
} from "./drift.ts";
import { type Bars, inputsOf, WARM_BARS } from "./features.ts";
import { labelsOf } from "./labels.ts";
import type { Model } from "./model-file.ts";
import { chosen, probabilities } from "./weights.ts";
import type { Workbench } from "./workbench.ts";

export interface Recheck {
  /** New bars whose label is known; 0: nothing was learned from this. */
  readonly rows: number;
  readonly watch: LossWatch;
  /** By inputs; empty without rows. */
  readonly inputs: readonly InputDrift[];
  /** Bar up to which bets are in the watch; a time in microseconds. */
  readonly until: number;
  /** What has drifted, for people; empty: nothing. */
  readonly drifts: readonly string[];
}

export interface Known {
  readonly reference: Reference;
  readonly watch: LossWatch;
  /** Bars up to here were trained on or are in the watch; microseconds. */
  readonly until: number;
  /** Of entry and exit together, as in training. */
  readonly cost: number;
}

/** Whether what was read back can be watched with: its numbers are numbers, and its parts there. */
export function isKnown(read: unknown): read is Known {
  const known = read as Partial<Known> | null | undefined;
  const { reference, watch } = known ?? {};
  const numbers = [reference?.base, reference?.rows, watch?.sum, watch?.least, watch?.seen, known?.until, known?.cost];
  return numbers.every((one) => Number.isFinite(one)) && areLists(reference?.cuts) && areLists(reference?.shares);
}
function areLists(read: unknown): boolean {
  return (
    Array.isArray(read) && read.every((one) => Array.isArray(one) && one.every((number) => Number.isFinite(number)))
  );
}

/** `bars` may begin long before: windows need them. */
export function recheck(bench: Workbench, model: Model, known: Known, bars: Bars): Recheck {
  const { reference, cost } = known;
  const { columns, range } = inputsOf(bench, bars);
  const labels = labelsOf(bars, range, { ...model, cost });
  const rows = Int32Array.from(bars.time.keys()).filter(
    (row) => row >= WARM_BARS && (bars.time[row] ?? 0) > known.until && !Number.isNaN(labels.label[row] ?? Number.NaN),
  );
  const fresh = chosen(columns, rows);
  const given = probabilities(bench, model.weights, fresh);
  let { watch, until } = known;
  let free = -1;
  rows.forEach((row, place) => {
    until = bars.time[row] ?? until;
    if (row <= free || !((given[place] ?? 0) >= model.enter)) return;
    watch = watched(bench.core, watch, reference, labels.label[row] ?? 0, given[place] ?? 0);
    free = labels.end[row] ?? row;
  });
  const inputs = rows.length === 0 ? [] : stabilityOf(bench.core, reference, fresh);
  return {
    rows: rows.length,
    watch,
    inputs,
    until,
    drifts: driftsOf(watch, inputs, stabilityLimit(reference.rows, rows.length)),
  };
}

function driftsOf(watch: LossWatch, inputs: readonly InputDrift[], limit: number): readonly string[] {
  const moved = inputs.filter(({ index }) => index > limit);
  return [
    ...(lossDrifts(watch) ? [`after ${watch.seen} bets it foretells no better than the base rate`] : []),
    ...moved.map(
      ({ input, index }) =>
        `${input} is another input: stability index ${index.toFixed(2)}, at most ${limit.toFixed(2)} by chance`,
    ),
  ];
}
