// Stationary block bootstrap: a series is drawn again as blocks of consecutive values, each beginning anywhere and going
// on with probability 1 - 1/b (so b long on average, around the end to the start), which keeps what neighbours have in
// common. The mean length b is chosen from the series' own autocorrelation.
//   Politis and Romano (1994), "The stationary bootstrap"; Politis and White (2004), "Automatic block-length selection",
//   with the correction of Patton, Politis and White (2009).
// A block is known by its begin and length, so sums over a resample come from running sums: a cost per block, not per step.
import type { Random } from "../../domain/random.ts";
import { exp, ln, quantilesOf } from "./core-columns.ts";

export interface Blocks {
  readonly begins: Int32Array;
  readonly lengths: Int32Array;
  readonly count: number;
}

/** Lags that are looked at: a bound for time, which only series of more than 62,500 steps reach. */
const LAGS_MAX = 250;
/** Most steps that a block may have, as a share of the series. */
const LENGTH_SHARE_MAX = 1 / 3;

/** Mean block length for `values`; 1 where neighbours have nothing in common. */
export function blockLength(values: Float64Array): number {
  const n = values.length;
  const reach = Math.max(5, Math.ceil(Math.sqrt(log10(n))));
  const lagsMax = Math.min(n - 1, Math.min(LAGS_MAX, Math.ceil(Math.sqrt(n))) + reach);
  const covariances = autocovariances(values, lagsMax);
  const variance = covariances[0] ?? 0;
  if (!(variance > 0)) return 1;
  const quiet = 2 * Math.sqrt(log10(n) / n);
  const width = Math.min(2 * lastLoudLag(covariances, variance, quiet, reach), lagsMax);
  let g = 0;
  let spectrum = variance;
  for (let lag = 1; lag <= width; lag++) {
    const share = lag / width;
    const weight = share <= 0.5 ? 1 : 2 * (1 - share);
    g += 2 * weight * lag * (covariances[lag] ?? 0);
    spectrum += 2 * weight * (covariances[lag] ?? 0);
  }
  const length = (g * g) / (spectrum * spectrum);
  if (!(length > 0) || !Number.isFinite(length)) return 1;
  return Math.max(1, Math.min(exp(ln(length * n) / 3), n * LENGTH_SHARE_MAX));
}

function log10(x: number): number {
  return ln(x) / ln(10);
}

function autocovariances(values: Float64Array, lags: number): Float64Array {
  const n = values.length;
  let mean = 0;
  for (const value of values) mean += value / n;
  const found = new Float64Array(lags + 1);
  for (let lag = 0; lag <= lags; lag++) {
    let sum = 0;
    for (let index = lag; index < n; index++)
      sum += ((values[index] ?? 0) - mean) * ((values[index - lag] ?? 0) - mean);
    found[lag] = sum / n;
  }
  return found;
}

/** The last lag before `reach` quiet ones in a row. */
function lastLoudLag(covariances: Float64Array, variance: number, quiet: number, reach: number): number {
  let silent = 0;
  for (let lag = 1; lag < covariances.length; lag++) {
    silent = Math.abs((covariances[lag] ?? 0) / variance) < quiet ? silent + 1 : 0;
    if (silent === reach) return Math.max(1, lag - reach);
  }
  return Math.max(1, covariances.length - 1);
}

/** Draws blocks that make up `n` steps; `into` is filled again, from its place `first` on, and counts to their end. */
export function drawBlocks(random: Random, n: number, length: number, into: Blocks, first = 0): Blocks {
  const { begins, lengths } = into;
  const goOn = length > 1 ? ln(1 - 1 / length) : 0;
  let count = first;
  for (let filled = 0; filled < n; count++) {
    const long = length > 1 ? 1 + Math.floor(ln(1 - random.next()) / goOn) : 1;
    begins[count] = random.integer(n);
    lengths[count] = Math.min(long, n - filled);
    filled += lengths[count] ?? 1;
  }
  return { begins, lengths, count };
}

export function roomForBlocks(n: number): Blocks {
  return { begins: new Int32Array(n), lengths: new Int32Array(n), count: 0 };
}

/** Running sums from 0: n + 1 values. */
export function runningSums(values: Float64Array, of: (value: number) => number = (value) => value): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [index, value] of values.entries()) sums[index + 1] = (sums[index] ?? 0) + of(value);
  return sums;
}

/** Sum over the blocks from `first` to before `end`. */
export function blocksSum(sums: Float64Array, { begins, lengths }: Blocks, first: number, end: number): number {
  let sum = 0;
  for (let index = first; index < end; index++) sum += blockSum(sums, begins[index] ?? 0, lengths[index] ?? 0);
  return sum;
}

/** Sum over a block that may go around the end. */
export function blockSum(sums: Float64Array, begin: number, length: number): number {
  const n = sums.length - 1;
  const end = begin + length;
  if (end <= n) return (sums[end] ?? 0) - (sums[begin] ?? 0);
  return (sums[n] ?? 0) - (sums[begin] ?? 0) + (sums[end - n] ?? 0);
}

export interface Interval {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** Share of resamples at or below 0. */
  readonly losing: number;
  readonly resamples: number;
  readonly blockLength: number;
}

/** Steps that are drawn from; of a longer series, neighbours are added up first, as if no block were shorter. */
const STEPS_MAX = 50_000;

/** Interval of the Sharpe ratio of one step that holds the true one with this confidence; the values must be numbers. */
export function sharpeInterval(all: Float64Array, random: Random, confidence: number, resamples: number): Interval {
  const together = Math.ceil(all.length / STEPS_MAX);
  const values = together === 1 ? all : addedUp(all, together);
  const n = values.length;
  const root = Math.sqrt(together);
  const length = blockLength(values);
  const sums = runningSums(values);
  const squares = runningSums(values, (value) => value * value);
  const blocks = roomForBlocks(n);
  const ratios = new Float64Array(resamples);
  let losing = 0;
  for (let draw = 0; draw < resamples; draw++) {
    const { begins, lengths, count } = drawBlocks(random, n, length, blocks);
    let [sum, square] = [0, 0];
    for (let index = 0; index < count; index++) {
      sum += blockSum(sums, begins[index] ?? 0, lengths[index] ?? 0);
      square += blockSum(squares, begins[index] ?? 0, lengths[index] ?? 0);
    }
    const variance = (square - (sum * sum) / n) / (n - 1);
    const ratio = variance > 1e-14 * (square / n) ? sum / n / Math.sqrt(variance) / root : 0;
    ratios[draw] = ratio;
    if (ratio <= 0) losing++;
  }
  const tail = (1 - confidence) / 2;
  const [low = 0, middle = 0, high = 0] = quantilesOf(ratios, [tail, 0.5, 1 - tail]);
  return { low, middle, high, losing: losing / resamples, resamples, blockLength: length * together };
}

function addedUp(values: Float64Array, together: number): Float64Array {
  const sums = new Float64Array(Math.floor(values.length / together));
  for (let index = 0; index < sums.length * together; index++) {
    const place = Math.floor(index / together);
    sums[place] = (sums[place] ?? 0) + (values[index] ?? 0);
  }
  return sums;
}
