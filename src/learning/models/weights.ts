// The numbers of a learned model, laid out as the core reads them (assembly/math/models/), and what they say of rows.
import { INPUTS } from "./features.ts";
import type { Workbench } from "./workbench.ts";

export interface LogisticWeights {
  readonly kind: "logistic";
  /** Mean, scale and weight of each input, then the bias. */
  readonly values: Float64Array;
}

export interface TreeWeights {
  readonly kind: "trees";
  readonly depth: number;
  readonly base: number;
  /** 2^depth - 1 a tree. */
  readonly thresholds: Float64Array;
  /** Input << 1, plus 1 where a missing value goes left; beside the thresholds. */
  readonly words: Uint32Array;
  /** 2^depth a tree. */
  readonly leaves: Float64Array;
}

export type Weights = LogisticWeights | TreeWeights;
export const KINDS = ["logistic", "trees"] as const;
export type Kind = (typeof KINDS)[number];

export function treeCount({ leaves, depth }: Pick<TreeWeights, "leaves" | "depth">): number {
  return leaves.length >> depth;
}

/** Chosen rows of columns, in the order of the choice. */
export function chosen(columns: readonly Float64Array[], rows: Int32Array): readonly Float64Array[] {
  return columns.map((column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN));
}

/** The probability of each row. Clears the workbench. */
export function probabilities(bench: Workbench, weights: Weights, columns: readonly Float64Array[]): Float64Array {
  const rows = columns[0]?.length ?? 0;
  bench.clear();
  const { address, stride } = bench.putColumns(columns);
  const out = bench.take(rows);
  if (weights.kind === "logistic") {
    bench.core.logisticModel(bench.put(weights.values), columns.length, address, stride, rows, out);
  } else {
    const { thresholds, words, leaves, depth, base } = weights;
    const [at, word, leaf] = [bench.put(thresholds), bench.putWords(words), bench.put(leaves)];
    bench.core.treeModel(at, word, leaf, treeCount(weights), depth, base, address, stride, rows, out);
  }
  return bench.read(out, rows);
}

/** Why these cannot be the weights of a model over our inputs; null: they can. */
export function weightsFault(weights: Weights): string | null {
  if (weights.kind === "logistic") {
    if (weights.values.length !== 3 * INPUTS.length + 1) return `it has ${weights.values.length} numbers`;
    return weights.values.every(Number.isFinite) ? null : "one of its numbers is not finite";
  }
  const { depth, base, thresholds, words, leaves } = weights;
  const trees = treeCount(weights);
  if (!(Number.isInteger(depth) && depth >= 1 && depth <= DEPTH_MAX)) return `its trees are ${depth} deep`;
  if (trees > TREES_MAX) return `it has ${trees} trees, at most ${TREES_MAX} are allowed`;
  const nodes = trees * ((1 << depth) - 1);
  if (leaves.length !== trees << depth || thresholds.length !== nodes || words.length !== nodes)
    return "its nodes and leaves do not belong together";
  if (words.some((word) => word >>> 1 >= INPUTS.length)) return "a node asks for an input that there is not";
  const finite = Number.isFinite(base) && thresholds.every(Number.isFinite) && leaves.every(Number.isFinite);
  return finite ? null : "one of its numbers is not finite";
}

export const DEPTH_MAX = 6;
export const TREES_MAX = 500;
