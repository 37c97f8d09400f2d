// Combinatorial purged cross-validation of a choice: in each split the set with the best Sharpe ratio on the training steps
// is judged on the test steps. Ratios are of one step. Lopez de Prado (2018), chapter 12.
import { combinatorialSplits, type SplitOptions } from "./splits.ts";

export interface CrossValidation {
  readonly splits: number;
  /** Medians over the splits of the chosen set's ratio. */
  readonly train: number;
  readonly test: number;
  /** Share of splits in which the chosen set loses on its test steps. */
  readonly losing: number;
  /** How often each set was chosen, by its index. */
  readonly chosen: readonly number[];
}

const TEST_GROUPS = 2;
const STEPS_MIN = 60;

/** `returns`: one column a set, of one length. Null below two sets or 60 steps, or when purging leaves nothing to train on. */
export function crossValidate(
  returns: readonly Float64Array[],
  options: Omit<SplitOptions, "count">,
): CrossValidation | null {
  const count = returns[0]?.length ?? 0;
  if (returns.length < 2 || count < STEPS_MIN) return null;
  if (returns.some((column) => column.length !== count || column.some((r) => !Number.isFinite(r)))) return null;
  const splits = combinatorialSplits({ ...options, count }, Math.min(TEST_GROUPS, options.groups - 1));
  const chosen = returns.map(() => 0);
  const [train, test]: [number[], number[]] = [[], []];
  for (const split of splits) {
    if (split.train.length < 2) return null;
    let [best, ratio] = [0, -Infinity];
    for (const [set, column] of returns.entries()) {
      const found = ratioOver(column, split.train);
      if (found > ratio) [best, ratio] = [set, found];
    }
    chosen[best] = (chosen[best] ?? 0) + 1;
    train.push(ratio);
    test.push(ratioOver(returns[best] ?? new Float64Array(), split.test));
  }
  const losing = test.filter((one) => one < 0).length / test.length;
  return { splits: splits.length, train: medianOf(train), test: medianOf(test), losing, chosen };
}

/** Mean over deviation of these steps; 0 for a column that does not move. */
function ratioOver(column: Float64Array, steps: Int32Array): number {
  let [sum, squares] = [0, 0];
  for (const step of steps) {
    const r = column[step] ?? 0;
    sum += r;
    squares += r * r;
  }
  const n = steps.length;
  const variance = (squares - (sum * sum) / n) / (n - 1);
  return variance > 1e-14 * (squares / n) ? sum / n / Math.sqrt(variance) : 0;
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return ((values[middle] ?? 0) + (values[values.length - 1 - middle] ?? 0)) / 2;
}
