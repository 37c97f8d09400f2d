// Whether the best of many parameter sets gains at all, once it is taken into account that it is the best of many: the
// test for superior predictive ability, against doing nothing. For each set k with mean return m and its standard error s
//   T = max_k(max(0, m / s)), s from the bootstrap itself
//   a resample gives T* = max_k(max(0, (m* - c) / s)), c = m where m / s >= -sqrt(2 ln ln n), else 0 (hopeless sets count less)
//   p = share of T* at or above T
// Hansen (2005), "A test for superior predictive ability", the consistent variant; White (2000), "A reality check for data
// snooping". One sequence of blocks serves all sets, so that what they have in common stays in common.
import type { Random } from "../../domain/random.ts";
import { blockLength, blocksSum, drawBlocks, roomForBlocks, runningSums } from "./bootstrap.ts";
import { ln } from "./core-columns.ts";

export interface RealityCheck {
  readonly p: number;
  readonly statistic: number;
  readonly resamples: number;
}

export const REALITY_STEPS_MIN = 60;
const RESAMPLES = 500;
const RESAMPLES_MIN = 200;
/** Blocks times sets in all: a bound for time. */
const WORK_MAX = 1.5e8;
/** A bound for memory: 1 MiB. */
const BLOCKS_AT_ONCE = 131_072;
/** Sets whose block length is looked at; the longest of them serves all. */
const SETS_ASKED = 50;

/** `returns`: one column a set, of one length. Null below two sets or REALITY_STEPS_MIN steps. */
export function realityCheck(returns: readonly Float64Array[], random: Random): RealityCheck | null {
  const n = returns[0]?.length ?? 0;
  if (returns.length < 2 || n < REALITY_STEPS_MIN) return null;
  if (returns.some((column) => column.length !== n || column.some((r) => !Number.isFinite(r)))) return null;
  const length = Math.max(...returns.slice(0, SETS_ASKED).map(blockLength));
  const resamples = Math.min(RESAMPLES, Math.floor(WORK_MAX / ((n / length) * returns.length)));
  if (resamples < RESAMPLES_MIN) return null;
  const means = resampledMeans(returns, length, resamples, random);
  return judge(returns, means, resamples);
}

/**
 * Means of set k in resample d at [k * resamples + d]. Many resamples are drawn before a set is looked at, so that its
 * sums, which are read at places of chance, stay near the processor for all of them.
 */
function resampledMeans(
  returns: readonly Float64Array[],
  length: number,
  resamples: number,
  random: Random,
): Float64Array {
  const n = returns[0]?.length ?? 0;
  const sums = returns.map((column) => runningSums(column));
  const means = new Float64Array(returns.length * resamples);
  const room = roomForBlocks(BLOCKS_AT_ONCE + n);
  for (let from = 0; from < resamples;) {
    const ends: number[] = [];
    for (let end = 0; end < BLOCKS_AT_ONCE && from + ends.length < resamples; ends.push(end))
      end = drawBlocks(random, n, length, room, end).count;
    for (const [set, running] of sums.entries()) {
      let first = 0;
      for (const [draw, end] of ends.entries()) {
        means[set * resamples + from + draw] = blocksSum(running, room, first, end) / n;
        first = end;
      }
    }
    from += ends.length;
  }
  return means;
}

function judge(returns: readonly Float64Array[], means: Float64Array, resamples: number): RealityCheck {
  const n = returns[0]?.length ?? 0;
  const hopeless = -Math.sqrt(2 * ln(Math.max(1 + 1e-9, ln(n))));
  const best = new Float64Array(resamples);
  let statistic = 0;
  for (const [set, column] of returns.entries()) {
    let mean = 0;
    for (const r of column) mean += r / n;
    let square = 0;
    for (let draw = 0; draw < resamples; draw++) {
      const off = (means[set * resamples + draw] ?? 0) - mean;
      square += off * off;
    }
    const error = Math.sqrt(square / resamples);
    // A set that never trades has no error and cannot be the best.
    if (!(error > 1e-18)) continue;
    statistic = Math.max(statistic, mean / error);
    const centre = mean / error >= hopeless ? mean : 0;
    for (let draw = 0; draw < resamples; draw++) {
      const value = ((means[set * resamples + draw] ?? 0) - centre) / error;
      if (value > (best[draw] ?? 0)) best[draw] = value;
    }
  }
  const reached = best.filter((one) => one >= statistic).length;
  return { p: statistic > 0 ? (1 + reached) / (1 + resamples) : 1, statistic, resamples };
}
