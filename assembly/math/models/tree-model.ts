// An ensemble of decision trees of one depth: the logistic of a base plus the values of the leaves that a row comes to.
//   at a node: left where x <= threshold, else right; a missing x (NaN) goes where the node says
// Every tree is complete, so a row takes the same number of steps in each and no step is a jump; a branch that ended
// early is filled with nodes whose leaves are all equal. Nodes of a tree in order of level: the children of i are
// 2 i + 1 and 2 i + 2.
//   thresholds   f64 a node, 2^depth - 1 nodes a tree, tree after tree
//   words        u32 a node: input << 1, plus 1 where a missing value goes left
//   leaves       f64 a leaf, 2^depth a tree, from left to right
// Sums begin with the base and take the trees in their order, so one row or two at a time give the same bits.
// Inputs are columns: input j of row r lies at columns + j stride + 8 r. Pure; allocates nothing; any thread.
import { add, atMost, bits, equal, gather, splat } from "../../lanes";
import { logistic } from "../special";

/** The sum before the logistic function, of the row at `columns` or of that and the next. */
export function treeSum<T>(
  thresholds: usize,
  words: usize,
  leaves: usize,
  trees: u32,
  depth: u32,
  base: f64,
  columns: usize,
  stride: usize,
): T {
  const nodes = (1 << depth) - 1;
  let sum = splat<T>(base);
  for (let tree: u32 = 0; tree < trees; tree++) {
    let first: u32 = 0;
    let second: u32 = 0;
    for (let level: u32 = 0; level < depth; level++) {
      const a = load<u32>(words + (usize(first) << 2));
      const b = isVector<T>() ? load<u32>(words + (usize(second) << 2)) : a;
      const x = gather<T>(columns + usize(a >> 1) * stride, columns + usize(b >> 1) * stride + 8);
      const limit = gather<T>(thresholds + (usize(first) << 3), thresholds + (usize(second) << 3));
      const left = u32(bits<T>(atMost<T>(x, limit)));
      const missing = ~u32(bits<T>(equal<T>(x, x)));
      first = 2 * first + 2 - ((left | (missing & a)) & 1);
      if (isVector<T>()) second = 2 * second + 2 - (((left >> 1) | ((missing >> 1) & b)) & 1);
    }
    const value = gather<T>(leaves + (usize(first - nodes) << 3), leaves + (usize(second - nodes) << 3));
    sum = add<T>(sum, value);
    thresholds += usize(nodes) << 3;
    words += usize(nodes) << 2;
    leaves += usize(nodes + 1) << 3;
  }
  return sum;
}

/** Probabilities of `rows` rows; two rows at a time. */
export function treeModel(
  thresholds: usize,
  words: usize,
  leaves: usize,
  trees: u32,
  depth: u32,
  base: f64,
  columns: usize,
  stride: usize,
  rows: u32,
  out: usize,
): void {
  let row: u32 = 0;
  for (; row + 2 <= rows; row += 2) {
    const offset = usize(row) << 3;
    const sum = treeSum<v128>(thresholds, words, leaves, trees, depth, base, columns + offset, stride);
    store<f64>(out + offset, logistic(f64x2.extract_lane(sum, 0)));
    store<f64>(out + offset, logistic(f64x2.extract_lane(sum, 1)), 8);
  }
  if (row < rows) treeRows(thresholds, words, leaves, trees, depth, base, columns, stride, row, rows, out);
}

/** The same one row at a time, from row `from` on: what the lanes are compared with, and what a strategy calls. */
export function treeRows(
  thresholds: usize,
  words: usize,
  leaves: usize,
  trees: u32,
  depth: u32,
  base: f64,
  columns: usize,
  stride: usize,
  from: u32,
  rows: u32,
  out: usize,
): void {
  for (let row = from; row < rows; row++) {
    const offset = usize(row) << 3;
    const sum = treeSum<f64>(thresholds, words, leaves, trees, depth, base, columns + offset, stride);
    store<f64>(out + offset, logistic(sum));
  }
}
