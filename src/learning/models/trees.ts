// Gradient-boosted trees with logistic loss: each tree follows the gradient that the trees before it have left, on a drawn
// share of rows and inputs, and training stops when the purged validation rows have not gained for a while.
// Friedman (2001), "Greedy function approximation". All draws come from the seed.
import { Random } from "../../domain/random.ts";
import { binned, cutsOf } from "./bins.ts";
import type { Fold } from "./folds.ts";
import { type BinnedRows, growTree, type GrowSettings, leafAt, type Tree } from "./grow.ts";
import { logLoss } from "./scores.ts";
import { chosen, type TreeWeights } from "./weights.ts";
import type { Workbench } from "./workbench.ts";

export interface TreeSettings extends GrowSettings {
  /** Trees at most. */
  readonly rounds: number;
  readonly bins: number;
  readonly rowShare: number;
  readonly inputShare: number;
  /** Trees without a gain on the validation rows, after which it stops. */
  readonly patience: number;
}
export const TREES: TreeSettings = {
  depth: 3,
  rate: 0.08,
  lambda: 5,
  hessianMin: 8,
  rounds: 100,
  bins: 32,
  rowShare: 0.7,
  inputShare: 0.7,
  patience: 12,
};

export interface TrainedTrees {
  readonly weights: TreeWeights;
  /** Gain by input, of the trees that were kept. */
  readonly gains: Float64Array;
}

/** `stop`: asked before every tree; true ends training with null. */
export function trainTrees(
  bench: Workbench,
  columns: readonly Float64Array[],
  label: Float64Array,
  { train, test }: Fold,
  seed: number,
  settings: TreeSettings = TREES,
  stop: () => boolean = () => false,
): TrainedTrees | null {
  const random = new Random(seed);
  const learned = boosted(bench, columns, label, train, settings);
  const judged = new Judged(bench, columns, label, test, learned);
  const trees: Tree[] = [];
  let kept = 0;
  let best = judged.loss();
  while (trees.length < settings.rounds && trees.length - kept < settings.patience) {
    if (stop()) return null;
    const tree = learned.grow(random);
    trees.push(tree);
    judged.add(tree);
    const loss = judged.loss();
    if (loss < best) [best, kept] = [loss, trees.length];
  }
  return assembled(trees.slice(0, kept), learned.base, settings.depth, columns.length);
}

interface Boosted {
  readonly base: number;
  readonly cuts: readonly Float64Array[];
  grow(random: Random): Tree;
}

function boosted(
  bench: Workbench,
  columns: readonly Float64Array[],
  label: Float64Array,
  rows: Int32Array,
  settings: TreeSettings,
): Boosted {
  const { core } = bench;
  const own = chosen(columns, rows);
  const cuts = own.map((column) => cutsOf(column, settings.bins));
  const data: BinnedRows = { cuts, bins: own.map((column, input) => binned(column, cuts[input] ?? NO_CUTS)) };
  const labels = Float64Array.from(rows, (row) => label[row] ?? 0);
  const share = (labels.reduce((sum, one) => sum + one, 0) + 1) / (labels.length + 2);
  const base = core.lnScalar(share / (1 - share));
  const sums = new Float64Array(rows.length).fill(base);
  const gradients = { g: new Float64Array(rows.length), h: new Float64Array(rows.length) };
  const grow = (random: Random): Tree => {
    sums.forEach((sum, row) => {
      const p = core.logistic(sum);
      gradients.g[row] = p - (labels[row] ?? 0);
      gradients.h[row] = p * (1 - p);
    });
    const drawn = Int32Array.from(sums.keys()).filter(() => random.next() < settings.rowShare);
    const inputs = columns.flatMap((_, input) => (random.next() < settings.inputShare ? [input] : []));
    const tree = growTree(data, gradients, drawn, inputs, settings);
    sums.forEach((sum, row) => (sums[row] = sum + (tree.leaves[leafAt(tree, data, row)] ?? 0)));
    return tree;
  };
  return { base, cuts, grow };
}

const NO_CUTS = new Float64Array(0);

/** The validation rows, and how well they are foretold so far. */
class Judged {
  private readonly bench: Workbench;
  private readonly data: BinnedRows;
  private readonly labels: Float64Array;
  private readonly sums: Float64Array;

  constructor(
    bench: Workbench,
    columns: readonly Float64Array[],
    label: Float64Array,
    rows: Int32Array,
    { base, cuts }: Boosted,
  ) {
    this.bench = bench;
    const bins = chosen(columns, rows).map((column, input) => binned(column, cuts[input] ?? NO_CUTS));
    this.data = { cuts, bins };
    this.labels = Float64Array.from(rows, (row) => label[row] ?? 0);
    this.sums = new Float64Array(rows.length).fill(base);
  }

  add(tree: Tree): void {
    const { sums, data } = this;
    sums.forEach((sum, row) => (sums[row] = sum + (tree.leaves[leafAt(tree, data, row)] ?? 0)));
  }

  loss(): number {
    const { core } = this.bench;
    return logLoss(
      core,
      this.labels,
      this.sums.map((sum) => core.logistic(sum)),
    );
  }
}

function assembled(trees: readonly Tree[], base: number, depth: number, inputs: number): TrainedTrees {
  const nodes = (1 << depth) - 1;
  const weights: TreeWeights = {
    kind: "trees",
    depth,
    base,
    thresholds: new Float64Array(nodes * trees.length),
    words: new Uint32Array(nodes * trees.length),
    leaves: new Float64Array((nodes + 1) * trees.length),
  };
  const gains = new Float64Array(inputs);
  trees.forEach((tree, index) => {
    weights.thresholds.set(tree.thresholds, nodes * index);
    weights.words.set(tree.words, nodes * index);
    weights.leaves.set(tree.leaves, (nodes + 1) * index);
    tree.gains.forEach((gain, input) => (gains[input] = (gains[input] ?? 0) + gain));
  });
  return { weights, gains };
}
