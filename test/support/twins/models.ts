// Learned models in plain words: trees as nested branches, weights as lists, and the learner of the logistic one step by
// step from its paper. The logistic function is given, so that bits can be compared.
export type Row = readonly number[];
export type Logistic = (x: number) => number;

export interface LinearTwin {
  readonly means: readonly number[];
  readonly scales: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
}

export function standardisedTwin({ means, scales }: Pick<LinearTwin, "means" | "scales">, row: Row): number[] {
  return row.map((x, input) => {
    if (Number.isNaN(x)) return 0;
    return Math.min(Math.max((x - (means[input] ?? 0)) * (scales[input] ?? 0), -8), 8);
  });
}

export function linearTwin(model: LinearTwin, row: Row, logistic: Logistic): number {
  const inputs = standardisedTwin(model, row);
  return logistic(inputs.reduce((sum, input, place) => sum + (model.weights[place] ?? 0) * input, model.bias));
}

/** A leaf, or a question with two answers. */
export type Branch =
  | number
  | {
      readonly input: number;
      readonly threshold: number;
      readonly missingLeft: boolean;
      readonly left: Branch;
      readonly right: Branch;
    };

export function treesTwin(trees: readonly Branch[], base: number, row: Row, logistic: Logistic): number {
  return logistic(trees.reduce<number>((sum, tree) => sum + leafOf(tree, row), base));
}

function leafOf(branch: Branch, row: Row): number {
  if (typeof branch === "number") return branch;
  const x = row[branch.input] ?? Number.NaN;
  const left = Number.isNaN(x) ? branch.missingLeft : x <= branch.threshold;
  return leafOf(left ? branch.left : branch.right, row);
}

/** Arrays of complete trees of this depth: what the core reads. */
export function laidOut(trees: readonly Branch[], depth: number) {
  const thresholds: number[] = [];
  const words: number[] = [];
  const leaves: number[] = [];
  for (const tree of trees) {
    let level: Branch[] = [tree];
    for (let at = 0; at < depth; at++) {
      level = level.flatMap((branch) => {
        if (typeof branch === "number") {
          thresholds.push(0);
          words.push(0);
          return [branch, branch];
        }
        thresholds.push(branch.threshold);
        words.push(2 * branch.input + Number(branch.missingLeft));
        return [branch.left, branch.right];
      });
    }
    leaves.push(...level.map(Number));
  }
  return { thresholds, words, leaves };
}

export interface FtrlSettings {
  readonly alpha: number;
  readonly beta: number;
  readonly l1: number;
  readonly l2: number;
}

/** Weights and bias after the rows, and what each row was given before it was learned from. */
export function ftrlTwin(
  rows: readonly Row[],
  labels: readonly number[],
  scaling: Pick<LinearTwin, "means" | "scales">,
  { alpha, beta, l1, l2 }: FtrlSettings,
  logistic: Logistic,
): { readonly model: LinearTwin; readonly given: readonly number[] } {
  const count = scaling.means.length;
  const [z, n, w] = [0, 0, 0].map(() => Array.from({ length: count + 1 }, () => 0));
  if (!z || !n || !w) throw new Error("three lists");
  const given = rows.map((row, place) => {
    const inputs = [...standardisedTwin(scaling, row), 1];
    let sum = w[count] ?? 0;
    for (let input = 0; input < count; input++) sum += (w[input] ?? 0) * (inputs[input] ?? 0);
    const p = logistic(sum);
    inputs.forEach((input, at) => {
      const g = (p - (labels[place] ?? 0)) * input;
      const [before, rate] = [n[at] ?? 0, (n[at] ?? 0) + g * g];
      const sigma = (Math.sqrt(rate) - Math.sqrt(before)) / alpha;
      z[at] = (z[at] ?? 0) + (g - sigma * (w[at] ?? 0));
      n[at] = rate;
      const [own1, own2] = at === count ? [0, 0] : [l1, l2];
      const far = z[at] ?? 0;
      w[at] = Math.abs(far) <= own1 ? 0 : ((far < 0 ? -own1 : own1) - far) / ((beta + Math.sqrt(rate)) / alpha + own2);
    });
    return p;
  });
  return { model: { ...scaling, weights: w.slice(0, count), bias: w[count] ?? 0 }, given };
}
