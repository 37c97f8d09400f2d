// How two whole columns go together: one number in -1 .. 1 for each pair of columns, NaN where a column is constant,
// where count < 2, or where any value is NaN.
//   pearson    correlation of the values
//   spearman   correlation of the ranks; equal values share the mean of their ranks
//   kendall    tau-b = (agreeing - opposed pairs) / sqrt((pairs - ties in x)(pairs - ties in y)), after Knight (1966): the
//              opposed pairs are the exchanges that sorting by y needs after sorting by x; count log count steps
import { at, put } from "./columns";

export function pearson(x: usize, y: usize, count: u32): f64 {
  if (count < 2) return NaN;
  // Sums about the first values, then about the means: large levels cost no digits.
  const meanX = mean(x, count);
  const meanY = mean(y, count);
  let xx: f64 = 0;
  let yy: f64 = 0;
  let xy: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const dx = at(x, t) - meanX;
    const dy = at(y, t) - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const root = sqrt(xx) * sqrt(yy);
  if (!(root > 0)) return NaN;
  const r = xy / root;
  return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}
function mean(x: usize, count: u32): f64 {
  const first = at(x, 0);
  let sum: f64 = 0;
  for (let t: u32 = 0; t < count; t++) sum += at(x, t) - first;
  return first + sum / <f64>count;
}

function whole(x: usize, y: usize, count: u32): bool {
  for (let t: u32 = 0; t < count; t++) if (at(x, t) != at(x, t) || at(y, t) != at(y, t)) return false;
  return count > 1;
}

/** `scratch` holds 3 count f64. */
export function spearman(x: usize, y: usize, count: u32, scratch: usize): f64 {
  if (!whole(x, y, count)) return NaN;
  const column = usize(count) << 3;
  ranks(x, count, scratch, scratch + 2 * column);
  ranks(y, count, scratch + column, scratch + 2 * column);
  return pearson(scratch, scratch + column, count);
}

function ranks(x: usize, count: u32, out: usize, order: usize): void {
  number(order, count);
  const sorted = sortBy(x, count, order, order + (usize(count) << 2));
  for (let from: u32 = 0; from < count;) {
    const end = endOfTies(x, count, sorted, from);
    const rank = 0.5 * (<f64>from + <f64>(end - 1)) + 1.0;
    for (; from < end; from++) put(out, place(sorted, from), rank);
  }
}

/** `scratch` holds count f64. */
export function kendall(x: usize, y: usize, count: u32, scratch: usize): f64 {
  if (!whole(x, y, count)) return NaN;
  const spare = scratch + (usize(count) << 2);
  number(scratch, count);
  // Sorting is stable: by y and then by x leaves equal x in the order of y.
  let sorted = sortBy(y, count, scratch, spare);
  sorted = sortBy(x, count, sorted, sorted == scratch ? spare : scratch);
  let tiesX: f64 = 0;
  let tiesBoth: f64 = 0;
  for (let from: u32 = 0; from < count;) {
    const end = endOfTies(x, count, sorted, from);
    tiesX += pairs(end - from);
    while (from < end) {
      const inner = endOfTies(y, end, sorted, from);
      tiesBoth += pairs(inner - from);
      from = inner;
    }
  }
  sorted = sortBy(y, count, sorted, sorted == scratch ? spare : scratch);
  let tiesY: f64 = 0;
  for (let from: u32 = 0; from < count;) {
    const end = endOfTies(y, count, sorted, from);
    tiesY += pairs(end - from);
    from = end;
  }
  const all = pairs(count);
  const root = sqrt(all - tiesX) * sqrt(all - tiesY);
  return root > 0 ? (all - tiesX - tiesY + tiesBoth - 2.0 * exchanges) / root : NaN;
}

function pairs(count: u32): f64 {
  return 0.5 * <f64>count * (<f64>count - 1.0);
}
function place(order: usize, index: u32): u32 {
  return load<u32>(order + (usize(index) << 2));
}
function number(order: usize, count: u32): void {
  for (let index: u32 = 0; index < count; index++) store<u32>(order + (usize(index) << 2), index);
}
function endOfTies(x: usize, count: u32, order: usize, from: u32): u32 {
  const value = at(x, place(order, from));
  let end = from + 1;
  while (end < count && at(x, place(order, end)) == value) end++;
  return end;
}

let exchanges: f64 = 0; // pairs that the last sort has turned round

/** Stable merge sort of the places in `order` by their values in x; returns which of the two buffers holds the result. */
function sortBy(x: usize, count: u32, order: usize, spare: usize): usize {
  exchanges = 0;
  for (let width: u32 = 1; width < count; width <<= 1) {
    for (let from: u32 = 0; from < count; from += 2 * width) {
      merge(x, order, from, min(from + width, count), min(from + 2 * width, count), spare);
    }
    const other = order;
    order = spare;
    spare = other;
  }
  return order;
}

function merge(x: usize, order: usize, left: u32, middle: u32, end: u32, out: usize): void {
  let right = middle;
  for (let to = left; to < end; to++) {
    // Which of the heads is next; the left one when they are equal.
    const takeLeft = right == end || (left < middle && at(x, place(order, left)) <= at(x, place(order, right)));
    store<u32>(out + (usize(to) << 2), place(order, takeLeft ? left : right));
    if (takeLeft) left++;
    else {
      exchanges += <f64>(middle - left);
      right++;
    }
  }
}
