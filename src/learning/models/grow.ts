// One tree of a boosted ensemble, grown level by level over histograms of gradients: at each node the split of the largest
// gain, where a missing value goes to whichever side gains more.
//   gain = GL^2 / (HL + lambda) + GR^2 / (HR + lambda) - G^2 / (H + lambda);  leaf = -rate G / (H + lambda)
// Chen & Guestrin (2016), "XGBoost". Of equal gains the first input and cut win, and sums run in the order of rows, so the
// same rows give the same tree in any process.
import { BINS_MAX } from "./bins.ts";

export interface GrowSettings {
  readonly depth: number;
  readonly rate: number;
  readonly lambda: number;
  /** Least sum of second derivatives on each side of a split. */
  readonly hessianMin: number;
}

/** Rows as bins: columns of one length, with the cuts of each. */
export interface BinnedRows {
  readonly bins: readonly Uint8Array[];
  readonly cuts: readonly Float64Array[];
}

export interface Tree {
  /** By nodes of the complete tree in order of level. */
  readonly thresholds: Float64Array;
  readonly words: Uint32Array;
  /** Bin at and below which a row goes left. */
  readonly splits: Uint8Array;
  readonly leaves: Float64Array;
  /** Gain by input. */
  readonly gains: Float64Array;
}

interface Split {
  readonly input: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly left: readonly [number, number];
}

const PLACES = BINS_MAX + 1;

/** `rows`: those that count; `inputs`: those that may be asked for. */
export function growTree(
  data: BinnedRows,
  gradients: { readonly g: Float64Array; readonly h: Float64Array },
  rows: Int32Array,
  inputs: readonly number[],
  settings: GrowSettings,
): Tree {
  const { depth, rate, lambda } = settings;
  const nodes = (1 << depth) - 1;
  const tree: Tree = {
    thresholds: new Float64Array(nodes),
    words: new Uint32Array(nodes),
    splits: new Uint8Array(nodes),
    leaves: new Float64Array(nodes + 1),
    gains: new Float64Array(data.bins.length),
  };
  const sums = new Float64Array(2 * (2 * nodes + 1));
  const ended = new Uint8Array(2 * nodes + 1);
  const at = new Int32Array(rows.length);
  rows.forEach((row) => {
    sums[0] = (sums[0] ?? 0) + (gradients.g[row] ?? 0);
    sums[1] = (sums[1] ?? 0) + (gradients.h[row] ?? 0);
  });
  for (let level = 0; level < depth; level++) {
    const histograms = histogramsOf(data, gradients, rows, at, inputs, level);
    for (let node = (1 << level) - 1; node < (2 << level) - 1; node++) {
      const own: readonly [number, number] = [sums[2 * node] ?? 0, sums[2 * node + 1] ?? 0];
      const histogram = (input: number): Float64Array => histograms(input, node);
      const split = ended[node] === 1 ? null : bestSplit(histogram, inputs, data.cuts, own, settings);
      place(tree, node, split, data.cuts);
      const left = split?.left ?? own;
      sums.set(left, 2 * (2 * node + 1));
      sums.set(split ? [own[0] - left[0], own[1] - left[1]] : own, 2 * (2 * node + 2));
      ended.fill(split ? 0 : 1, 2 * node + 1, 2 * node + 3);
    }
    for (let index = 0; index < rows.length; index++) at[index] = step(tree, data, at[index] ?? 0, rows[index] ?? 0);
  }
  for (let leaf = 0; leaf <= nodes; leaf++) {
    const node = nodes + leaf;
    tree.leaves[leaf] = (-rate * (sums[2 * node] ?? 0)) / ((sums[2 * node + 1] ?? 0) + lambda);
  }
  return tree;
}

/** Place among the leaves that a row comes to. */
export function leafAt(tree: Tree, data: BinnedRows, row: number): number {
  const nodes = tree.thresholds.length;
  let node = 0;
  while (node < nodes) node = step(tree, data, node, row);
  return node - nodes;
}

function step(tree: Tree, { bins, cuts }: BinnedRows, node: number, row: number): number {
  const word = tree.words[node] ?? 0;
  const bin = bins[word >> 1]?.[row] ?? 0;
  const missing = bin > (cuts[word >> 1]?.length ?? 0);
  const left = missing ? (word & 1) === 1 : bin <= (tree.splits[node] ?? 0);
  return 2 * node + (left ? 1 : 2);
}

function place(tree: Tree, node: number, split: Split | null, cuts: readonly Float64Array[]): void {
  if (split === null) return;
  tree.thresholds[node] = cuts[split.input]?.[split.bin] ?? 0;
  tree.words[node] = 2 * split.input + Number(split.missingLeft);
  tree.splits[node] = split.bin;
  tree.gains[split.input] = (tree.gains[split.input] ?? 0) + split.gain;
}

/** Sums of both derivatives by bin, for each node of a level and each input that may be asked for. */
function histogramsOf(
  { bins }: BinnedRows,
  { g, h }: { readonly g: Float64Array; readonly h: Float64Array },
  rows: Int32Array,
  at: Int32Array,
  inputs: readonly number[],
  level: number,
): (input: number, node: number) => Float64Array {
  const first = (1 << level) - 1;
  const all = new Map<number, Float64Array>();
  for (const input of inputs) {
    const sums = new Float64Array((1 << level) * PLACES * 2);
    const column = bins[input] ?? new Uint8Array(0);
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] ?? 0;
      const cell = 2 * (((at[index] ?? 0) - first) * PLACES + (column[row] ?? 0));
      sums[cell] = (sums[cell] ?? 0) + (g[row] ?? 0);
      sums[cell + 1] = (sums[cell + 1] ?? 0) + (h[row] ?? 0);
    }
    all.set(input, sums);
  }
  const none = new Float64Array(2 * PLACES);
  return (input, node) =>
    all.get(input)?.subarray(2 * (node - first) * PLACES, 2 * (node - first + 1) * PLACES) ?? none;
}

function bestSplit(
  histogram: (input: number) => Float64Array,
  inputs: readonly number[],
  cuts: readonly Float64Array[],
  [g, h]: readonly [number, number],
  { lambda, hessianMin }: GrowSettings,
): Split | null {
  let best: Split | null = null;
  const whole = (g * g) / (h + lambda);
  for (const input of inputs) {
    const sums = histogram(input);
    const count = cuts[input]?.length ?? 0;
    const missing = [sums[2 * (count + 1)] ?? 0, sums[2 * (count + 1) + 1] ?? 0] as const;
    let [gl, hl] = [0, 0];
    for (let bin = 0; bin < count; bin++) {
      gl += sums[2 * bin] ?? 0;
      hl += sums[2 * bin + 1] ?? 0;
      for (const missingLeft of missing[1] > 0 ? [true, false] : [true]) {
        const left: readonly [number, number] = missingLeft ? [gl + missing[0], hl + missing[1]] : [gl, hl];
        const [gr, hr] = [g - left[0], h - left[1]];
        if (left[1] < hessianMin || hr < hessianMin) continue;
        const gain = (left[0] * left[0]) / (left[1] + lambda) + (gr * gr) / (hr + lambda) - whole;
        if (gain > (best?.gain ?? 0)) best = { input, bin, missingLeft, gain, left };
      }
    }
  }
  return best;
}
