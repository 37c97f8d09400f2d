// Probability of backtest overfitting: how often the best of many parameter sets on one half of the data is below the
// middle of all sets on the other half. Combinatorially symmetric cross-validation: the steps are cut into S blocks, each
// choice of S/2 blocks is the in-sample half once, the other blocks are out-of-sample. Measured by the Sharpe ratio.
//   w = rank of the chosen set out-of-sample / (sets + 1), ties count half; overfit where w <= 1/2
// Bailey, Borwein, Lopez de Prado and Zhu (2017), "The probability of backtest overfitting".
// A ratio of any choice of blocks follows from its sums of r and r^2. The sums of all choices within each half of the
// blocks are tabled once, so that a ratio costs two additions whatever the length of the series.
import { combinations } from "./combinations.ts";
import { groupStart } from "./splits.ts";

export interface Overfitting {
  /** Share of splits in which the chosen set is below the middle out-of-sample. */
  readonly probability: number;
  /** Share of splits in which the chosen set loses out-of-sample. */
  readonly lossProbability: number;
  /** Median of w. */
  readonly medianRank: number;
  /** Of the chosen sets' ratios out-of-sample over in-sample, by least squares; null without a spread. */
  readonly slope: number | null;
  readonly blocks: number;
  readonly splits: number;
}

export const SETS_MIN = 8;
export const STEPS_PER_BLOCK_MIN = 8;
const BLOCKS = [16, 14, 12, 10, 8] as const;
/** Splits times sets: a bound for time. */
const WORK_MAX = 5e7;
/** Values in each of the two tables: a bound for memory. */
const TABLE_MAX = 2e7;

/** `returns`: one column a set, of one length. Null below SETS_MIN sets or 8 blocks of STEPS_PER_BLOCK_MIN steps. */
export function probabilityOfOverfitting(returns: readonly Float64Array[]): Overfitting | null {
  const steps = returns[0]?.length ?? 0;
  const blocks = BLOCKS.find((count) => fits(count, steps, returns.length));
  if (returns.length < SETS_MIN || blocks === undefined) return null;
  if (returns.some((column) => column.length !== steps || column.some((r) => !Number.isFinite(r)))) return null;
  const tables = tablesOf(returns, blocks, steps);
  const chosen: Chosen[] = [];
  for (const picked of combinations(blocks, blocks / 2)) {
    let mask = 0;
    for (const block of picked) mask |= 1 << block;
    chosen.push(tables.judge(mask));
  }
  return summary(chosen, blocks);
}

/** The probability alone. */
export function overfittingOf(returns: readonly Float64Array[]): number | null {
  return probabilityOfOverfitting(returns)?.probability ?? null;
}

function fits(blocks: number, steps: number, sets: number): boolean {
  const splits = splitsOf(blocks);
  return steps >= blocks * STEPS_PER_BLOCK_MIN && splits * sets <= WORK_MAX && sets * 2 ** (blocks / 2) <= TABLE_MAX;
}

function splitsOf(blocks: number): number {
  let count = 1;
  for (let index = 1; index <= blocks / 2; index++) count = (count * (blocks / 2 + index)) / index;
  return count;
}

interface Chosen {
  readonly inside: number;
  readonly outside: number;
  readonly rank: number;
}

interface Tables {
  judge(mask: number): Chosen;
}

/** Sums of each set over each choice of blocks of one half, by mask. */
interface Half {
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly counts: Float64Array;
}

function tablesOf(returns: readonly Float64Array[], blocks: number, steps: number): Tables {
  const sets = returns.length;
  const half = blocks / 2;
  const low = halfOf(returns, blocks, steps, 0);
  const high = halfOf(returns, blocks, steps, half);
  const full = (1 << half) - 1;
  const [inside, outside] = [new Float64Array(sets), new Float64Array(sets)];
  const ratios = (mask: number, out: Float64Array): void => {
    const [a, b] = [mask & full, mask >> half];
    const n = (low.counts[a] ?? 0) + (high.counts[b] ?? 0);
    const [atLow, atHigh] = [a * sets, b * sets];
    for (let set = 0; set < sets; set++) {
      const sum = (low.sum[atLow + set] ?? 0) + (high.sum[atHigh + set] ?? 0);
      const squares = (low.squares[atLow + set] ?? 0) + (high.squares[atHigh + set] ?? 0);
      const variance = (squares - (sum * sum) / n) / (n - 1);
      // What a set that never moves leaves here is rounding.
      out[set] = variance > 1e-14 * (squares / n) ? sum / n / Math.sqrt(variance) : 0;
    }
  };
  return {
    judge: (mask) => {
      ratios(mask, inside);
      ratios(~mask & ((1 << blocks) - 1), outside);
      let best = 0;
      for (let set = 1; set < sets; set++) if ((inside[set] ?? 0) > (inside[best] ?? 0)) best = set;
      const own = outside[best] ?? 0;
      let below = 0;
      let equal = 0;
      for (const ratio of outside) {
        if (ratio < own) below++;
        else if (ratio === own) equal++;
      }
      return { inside: inside[best] ?? 0, outside: own, rank: (below + (equal + 1) / 2) / (sets + 1) };
    },
  };
}

function halfOf(returns: readonly Float64Array[], blocks: number, steps: number, first: number): Half {
  const sets = returns.length;
  const masks = 1 << (blocks / 2);
  const [sum, squares] = [new Float64Array(masks * sets), new Float64Array(masks * sets)];
  const counts = new Float64Array(masks);
  for (let block = 0; block < blocks / 2; block++) {
    const [from, to] = [groupStart(steps, blocks, first + block), groupStart(steps, blocks, first + block + 1)];
    const single = 1 << block;
    counts[single] = to - from;
    for (const [set, column] of returns.entries()) {
      let [s, q] = [0, 0];
      for (let index = from; index < to; index++) {
        const r = column[index] ?? 0;
        s += r;
        q += r * r;
      }
      sum[single * sets + set] = s;
      squares[single * sets + set] = q;
    }
  }
  for (let mask = 1; mask < masks; mask++) {
    const single = mask & -mask;
    const rest = mask ^ single;
    if (rest === 0) continue;
    counts[mask] = (counts[single] ?? 0) + (counts[rest] ?? 0);
    for (let set = 0; set < sets; set++) {
      sum[mask * sets + set] = (sum[single * sets + set] ?? 0) + (sum[rest * sets + set] ?? 0);
      squares[mask * sets + set] = (squares[single * sets + set] ?? 0) + (squares[rest * sets + set] ?? 0);
    }
  }
  return { sum, squares, counts };
}

function summary(chosen: readonly Chosen[], blocks: number): Overfitting {
  const ranks = Float64Array.from(chosen, ({ rank }) => rank).sort();
  const middle = ranks.length >> 1;
  const count = chosen.length;
  const share = (test: (one: Chosen) => boolean): number => chosen.filter(test).length / count;
  return {
    probability: share(({ rank }) => rank <= 0.5),
    lossProbability: share(({ outside }) => outside < 0),
    medianRank: ((ranks[middle] ?? 0) + (ranks[count - 1 - middle] ?? 0)) / 2,
    slope: slopeOf(chosen),
    blocks,
    splits: count,
  };
}

function slopeOf(chosen: readonly Chosen[]): number | null {
  let [x, y] = [0, 0];
  for (const { inside, outside } of chosen) {
    x += inside / chosen.length;
    y += outside / chosen.length;
  }
  let [xy, xx] = [0, 0];
  for (const { inside, outside } of chosen) {
    xy += (inside - x) * (outside - y);
    xx += (inside - x) * (inside - x);
  }
  return xx > 0 ? xy / xx : null;
}
