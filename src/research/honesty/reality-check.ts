// Whether the best of many parameter sets gains at all, once it is taken into account that it is the best of many: the
// test for superior predictive ability, against doing nothing. For each set k with mean return m and its standard error s
//   T = max_k(max(0, m / s)), s from the bootstrap itself
//   a resample gives T* = max_k(max(0, (m* - c) / s)), c = m where m / s >= -sqrt(2 ln ln n), else 0 (hopeless sets count less)
//   p = share of T* at or above T
// Hansen (2005), "A test for superior predictive ability", the consistent variant; White (2000), "A reality check for data
// snooping". One sequence of blocks serves all sets, so that what they have in common stays in common.
import type { Random } from "../../domain/random.ts";
import { blockLength, blockSum, drawBlocks, roomForBlocks, runningSums } from "./bootstrap.ts";
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

/** Means of set k in resample d at [k * resamples + d]. */
function resampledMeans(
  returns: readonly Float64Array[],
  length: number,
  resamples: number,
  random: Random,
): Float64Array {
  const n = returns[0]?.length ?? 0;
  const sums = returns.map((column) => runningSums(column));
  const means = new Float64Array(returns.length * resamples);
  const room = roomForBlocks(n);
  for (let draw = 0; draw < resamples; draw++) {
    const { begins, lengths, count } = drawBlocks(random, n, length, room);
    for (const [set, running] of sums.entries()) {
      let sum = 0;
      for (let index = 0; index < count; index++) sum += blockSum(running, begins[index] ?? 0, lengths[index] ?? 0);
      means[set * resamples + draw] = sum / n;
    }
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
