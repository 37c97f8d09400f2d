// What a learned model says of a row, as anybody would write it in plain JavaScript over typed arrays: trees as nodes that
// are walked until a leaf.
export interface PlainTrees {
  readonly depth: number;
  readonly base: number;
  readonly thresholds: Float64Array;
  readonly words: Uint32Array;
  readonly leaves: Float64Array;
}

/** `columns`: by input; `out`: a probability for each row. */
export function plainTrees(trees: PlainTrees, columns: readonly Float64Array[], out: Float64Array): void {
  const { depth, base, leaves } = trees;
  const nodes = (1 << depth) - 1;
  const count = leaves.length >> depth;
  for (let row = 0; row < out.length; row++) {
    let sum = base;
    for (let tree = 0; tree < count; tree++) sum += leafOf(trees, columns, tree * nodes, tree * (nodes + 1), row);
    out[row] = 1 / (1 + Math.exp(-sum));
  }
}

function leafOf(trees: PlainTrees, columns: readonly Float64Array[], first: number, leaf: number, row: number): number {
  const { depth, thresholds, words, leaves } = trees;
  let node = 0;
  for (let level = 0; level < depth; level++) {
    const word = words[first + node] as number;
    const x = (columns[word >> 1] as Float64Array)[row] as number;
    const left = x === x ? x <= (thresholds[first + node] as number) : (word & 1) === 1;
    node = 2 * node + (left ? 1 : 2);
  }
  return leaves[leaf + node + 1 - (1 << depth)] as number;
}

/** `values`: mean, scale and weight of each input, then the bias. */
export function plainLogistic(values: Float64Array, columns: readonly Float64Array[], out: Float64Array): void {
  const bias = values[values.length - 1] ?? 0;
  for (let row = 0; row < out.length; row++) {
    let sum = bias;
    for (let input = 0; input < columns.length; input++) {
      const x = columns[input]?.[row] ?? Number.NaN;
      if (Number.isNaN(x)) continue;
      const far = (x - (values[3 * input] ?? 0)) * (values[3 * input + 1] ?? 0);
      sum += (values[3 * input + 2] ?? 0) * Math.min(8, Math.max(-8, far));
    }
    out[row] = 1 / (1 + Math.exp(-sum));
  }
}
