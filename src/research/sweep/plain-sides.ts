// What each rule wants at every close, in plain code: -1, 0 or 1, or AS_IT_WAS of ma_stop between crosses. Columns that do
// not exist yet hold NaN, which decides nothing.
import { type ParameterSet, type RowWanted, type SweepRule, valueOf } from "./rules.ts";
import type { Tape } from "./tape.ts";

type Column = Float64Array;
/** Columns that several runs share, by kind and length. */
export type Rows = Map<string, Column>;
const AS_IT_WAS = 2;

export function plainSides(tape: Tape, rule: SweepRule, set: ParameterSet, rows: Rows): Int8Array {
  const [first = NONE, second = NONE, third = NONE, fourth = NONE] = plainColumns(tape, rule, set, rows);
  const below = valueOf(set, "short") === 1 ? -1 : 0;
  const sides = new Int8Array(tape.bars);
  switch (rule.name) {
    case "ma_cross":
      crossSides(first, second, below, sides);
      break;
    case "ma_momentum":
      momentumSides(tape.close, [first, second, third], below, sides);
      break;
    case "donchian":
      channelSides(tape.close, [first, second, third, fourth], below, sides);
      break;
    case "ma_stop":
      crossingSides(first, second, sides);
      break;
  }
  return sides;
}
const NONE = new Float64Array(0);

/** The columns that a set reads, in the order of the rule's rows. */
export function plainColumns(tape: Tape, rule: SweepRule, set: ParameterSet, rows: Rows): readonly Column[] {
  return rule.rows(set).map((wanted) => rowOf(tape, wanted, rows));
}

function crossSides(fast: Column, slow: Column, below: number, sides: Int8Array): void {
  let side = 0;
  for (let t = 0; t < sides.length; t++) {
    const f = fast[t] ?? 0;
    const s = slow[t] ?? 0;
    if (s < f) side = 1;
    else if (f < s) side = below;
    sides[t] = side;
  }
}

function momentumSides(close: Column, rows: readonly [Column, Column, Column], below: number, sides: Int8Array): void {
  const [fast, slow, past] = rows;
  let side = 0;
  for (let t = 0; t < sides.length; t++) {
    const f = fast[t] ?? 0;
    const s = slow[t] ?? 0;
    const now = close[t] ?? 0;
    const then = past[t] ?? 0;
    if (s < f && then < now) side = 1;
    else if (f < s && now < then) side = below;
    sides[t] = side;
  }
}

function channelSides(
  close: Column,
  [top, bottom, lid, floor]: readonly [Column, Column, Column, Column],
  below: number,
  sides: Int8Array,
): void {
  let side = 0;
  for (let t = 0; t < sides.length; t++) {
    const now = close[t] ?? 0;
    const ceiling = lid[t] ?? 0;
    const above = top[t] ?? 0;
    if (!Number.isNaN(above) && !Number.isNaN(ceiling)) {
      if (now > above) side = 1;
      else if (below < 0 && now < (bottom[t] ?? 0)) side = -1;
      else if (side > 0 ? now < (floor[t] ?? 0) : side < 0 && now > ceiling) side = 0;
    }
    sides[t] = side;
  }
}

function crossingSides(fast: Column, slow: Column, sides: Int8Array): void {
  let fastBefore = Number.NaN;
  let slowBefore = Number.NaN;
  for (let t = 0; t < sides.length; t++) {
    const f = fast[t] ?? 0;
    const s = slow[t] ?? 0;
    let side = AS_IT_WAS;
    if (s < f && fastBefore <= slowBefore) side = 1;
    else if (f < s && slowBefore <= fastBefore) side = 0;
    sides[t] = side;
    fastBefore = f;
    slowBefore = s;
  }
}

function rowOf(tape: Tape, wanted: RowWanted, rows: Rows): Column {
  const key = `${wanted.kind} ${wanted.length}`;
  const known = rows.get(key);
  if (known !== undefined) return known;
  const row = makeRow(tape, wanted);
  rows.set(key, row);
  return row;
}

function makeRow({ close, high, low }: Tape, { kind, length }: RowWanted): Column {
  switch (kind) {
    case "mean":
      return meansOf(close, length);
    case "past":
      return close.map((_, t) => (t < length ? Number.NaN : (close[t - length] ?? Number.NaN)));
    case "upper":
      return extremesOf(high, length, 1);
    case "lower":
      return extremesOf(low, length, -1);
  }
}

/** Means of the n bars up to and including t: the end of one block of n bars and the beginning of the next. */
function meansOf(x: Column, n: number): Column {
  const out = new Float64Array(x.length).fill(Number.NaN);
  const tails = new Float64Array(n);
  const share = 1 / n;
  for (let start = 0; start < x.length; start += n) {
    const used = Math.min(n, x.length - start);
    const level = x[start] ?? 0;
    if (start > 0) endSums(x, start - n, n, level, tails);
    let sum = 0;
    for (let j = 0; j < used; j += 2) {
      const first = (x[start + j] ?? 0) - level;
      const total = (tails[j] ?? 0) + (first + sum);
      out[start + j] = level + total * share;
      if (j + 1 === used) break;
      const two = (x[start + j + 1] ?? 0) - level + first;
      out[start + j + 1] = level + ((tails[j + 1] ?? 0) + (two + sum)) * share;
      sum += two;
    }
  }
  return out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}
/** tails[j]: sum of the bars behind the j-th of the block at `block`, about `level`; two bars at a time. */
function endSums(x: Column, block: number, n: number, level: number, tails: Float64Array): void {
  let sum = 0;
  let i = n - 2;
  tails[n - 1] = 0;
  for (; i >= 1; i -= 2) {
    const near = (x[block + i] ?? 0) - level;
    const far = (x[block + i + 1] ?? 0) - level;
    tails[i - 1] = near + far + sum;
    tails[i] = far + sum;
    sum += near + far;
  }
  if (i === 0) tails[0] = (x[block + 1] ?? 0) - level + sum;
}

/** Highest (sign 1) or lowest (-1) of the n bars before t: a queue of the bars that can still become it. */
function extremesOf(x: Column, n: number, sign: number): Column {
  const out = new Float64Array(x.length).fill(Number.NaN);
  const queue = new Int32Array(x.length);
  let [head, tail] = [0, 0];
  for (let t = 0; t < x.length; t++) {
    if (t >= n) {
      while (head < tail && (queue[head] ?? 0) < t - n) head++;
      out[t] = x[queue[head] ?? 0] ?? Number.NaN;
    }
    while (tail > head && sign * (x[queue[tail - 1] ?? 0] ?? 0) <= sign * (x[t] ?? 0)) tail--;
    queue[tail++] = t;
  }
  return out;
}
