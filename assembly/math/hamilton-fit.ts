// Estimates the model of hamilton.ts from a column of observations by expectation maximisation (Baum & Welch; smoothing
// after Kim 1994). A pass never lowers the likelihood:
//   smoothed[t](i) = filtered[t](i) sum_j A(i, j) smoothed[t+1](j) / predicted[t+1](j)
//   A(i, j) ~ sum over t of the probability to be in i at t and in j at t + 1;  mu, sigma^2: weighted moments
// During the passes the distribution of the first observation is free as well (kept in MODEL_STATIONARY).
// Two starts are tried, groups of like volatility and groups of like level, and the likelier result is kept; its states
// are ordered by rising sigma. For the learning tier: costs `passes` times two filters over the column.
// Scratch of hamiltonFit: hamiltonFitScratch bytes.
import {
  chain,
  HAMILTON_BYTES,
  hamiltonColumn,
  hamiltonPrepare,
  MODEL_BYTES,
  MODEL_CHAIN,
  MODEL_MEAN,
  MODEL_SIGMA,
  MODEL_STATIONARY,
} from "./hamilton";
import { groupStart } from "./hamilton-start";

/** A pass that gains less than this in likelihood is the last. */
const GAIN_MIN: f64 = 1e-7;
/** No state gets a variance below this share of the whole: a state of one point would have infinite likelihood. */
const SHARE_MIN: f64 = 1e-6;

const JOINT = HAMILTON_BYTES; // 9 f64: expected transitions
const WORK_BYTES: usize = HAMILTON_BYTES + 128;

export function hamiltonFitScratch(count: u32, states: u32): usize {
  return WORK_BYTES + 3 * MODEL_BYTES + 2 * ((count * states) << 3);
}

/**
 * Writes the model; gives its log-likelihood, from the stationary start; NaN when a value is not finite, all are equal
 * or there are fewer than ten per state.
 */
export function hamiltonFit(x: usize, count: u32, model: usize, states: u32, passes: u32, scratch: usize): f64 {
  const spread = variance(x, count);
  if (states < 2 || states > 3 || count < 10 * states || !(spread > 0 && spread < Infinity)) return NaN;
  const best = scratch;
  const tried = best + MODEL_BYTES;
  const work = best + 3 * MODEL_BYTES;
  let highest: f64 = -Infinity;
  for (let kind: u32 = 0; kind < 2; kind++) {
    groupStart(x, count, tried, states, kind, work);
    let before: f64 = -Infinity;
    for (let pass: u32 = 0; pass < passes; pass++) {
      const likelihood = hamiltonImprove(x, count, tried, states, spread * SHARE_MIN, work);
      if (!(likelihood - before > GAIN_MIN)) break;
      before = likelihood;
    }
    if (!(before > highest)) continue;
    highest = before;
    memory.copy(best, tried, MODEL_BYTES);
  }
  if (highest == -Infinity) return NaN;
  order(best, model, states);
  if (!hamiltonPrepare(model, states)) return NaN;
  const filtered = work + WORK_BYTES;
  return hamiltonColumn(x, count, model, states, work, filtered, filtered + ((count * states) << 3));
}

/** One pass over a prepared model; gives the log-likelihood that it had before. Scratch: as hamiltonFit. */
export function hamiltonImprove(x: usize, count: u32, model: usize, states: u32, floor: f64, scratch: usize): f64 {
  const filtered = scratch + WORK_BYTES;
  const predicted = filtered + ((count * states) << 3);
  const likelihood = hamiltonColumn(x, count, model, states, scratch, filtered, predicted);
  const joint = scratch + JOINT;
  hamiltonSmooth(count, model, states, filtered, predicted, joint);
  for (let i: u32 = 0; i < states; i++) {
    let row: f64 = 0;
    for (let j: u32 = 0; j < states; j++) row += load<f64>(joint + ((3 * i + j) << 3));
    if (!(row > 1e-12)) continue;
    for (let j: u32 = 0; j < states; j++) {
      store<f64>(model + ((3 * i + j) << 3), load<f64>(joint + ((3 * i + j) << 3)) / row, MODEL_CHAIN);
    }
  }
  for (let j: u32 = 0; j < states; j++) moments(x, count, filtered + (j << 3), states << 3, model + (j << 3), floor);
  if (!hamiltonPrepare(model, states)) return NaN;
  for (let j: u32 = 0; j < states; j++) store<f64>(model + (j << 3), load<f64>(filtered + (j << 3)), MODEL_STATIONARY);
  return likelihood;
}

/**
 * Turns the filtered rows of hamiltonColumn into smoothed ones, last to first: what is probable when the whole column is
 * known, so nothing for a strategy. `joint` (9 f64) gets the expected transitions.
 */
export function hamiltonSmooth(
  count: u32,
  model: usize,
  states: u32,
  filtered: usize,
  predicted: usize,
  joint: usize,
): void {
  memory.fill(joint, 0, 72);
  const width = states << 3;
  for (let t = i32(count) - 2; t >= 0; t--) {
    const now = filtered + u32(t) * width;
    const later = now + width;
    const expected = predicted + u32(t + 1) * width;
    for (let i: u32 = 0; i < states; i++) {
      const mass = load<f64>(now + (i << 3));
      let sum: f64 = 0;
      for (let j: u32 = 0; j < states; j++) {
        const prediction = load<f64>(expected + (j << 3));
        if (!(prediction > 0)) continue;
        const step = (mass * chain(model, i, j) * load<f64>(later + (j << 3))) / prediction;
        const place = joint + ((3 * i + j) << 3);
        store<f64>(place, load<f64>(place) + step);
        sum += step;
      }
      store<f64>(now + (i << 3), sum);
    }
  }
}

/** Weighted mean and sigma of the column into one state of the model; a state without weight keeps what it has. */
function moments(x: usize, count: u32, weight: usize, width: u32, state: usize, floor: f64): void {
  let mass: f64 = 0;
  let sum: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const w = load<f64>(weight + t * width);
    mass += w;
    sum += w * load<f64>(x + (t << 3));
  }
  if (!(mass > 1e-9)) return;
  const mean = sum / mass;
  let squares: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const d = load<f64>(x + (t << 3)) - mean;
    squares += load<f64>(weight + t * width) * d * d;
  }
  const square = squares / mass;
  store<f64>(state, mean, MODEL_MEAN);
  store<f64>(state, sqrt(square > floor ? square : floor), MODEL_SIGMA);
}

function variance(x: usize, count: u32): f64 {
  let sum: f64 = 0;
  for (let t: u32 = 0; t < count; t++) sum += load<f64>(x + (t << 3));
  const mean = sum / <f64>count;
  let squares: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const d = load<f64>(x + (t << 3)) - mean;
    squares += d * d;
  }
  return squares / <f64>count;
}

/** Copies a model with its states by rising sigma. */
function order(from: usize, to: usize, states: u32): void {
  for (let i: u32 = 0; i < states; i++) {
    const row = rank(from, states, i);
    store<f64>(to + (row << 3), load<f64>(from + (i << 3), MODEL_MEAN), MODEL_MEAN);
    store<f64>(to + (row << 3), load<f64>(from + (i << 3), MODEL_SIGMA), MODEL_SIGMA);
    for (let j: u32 = 0; j < states; j++) {
      store<f64>(to + ((3 * row + rank(from, states, j)) << 3), chain(from, i, j), MODEL_CHAIN);
    }
  }
}
function rank(model: usize, states: u32, state: u32): u32 {
  const sigma = load<f64>(model + (state << 3), MODEL_SIGMA);
  let below: u32 = 0;
  for (let other: u32 = 0; other < states; other++) {
    const value = load<f64>(model + (other << 3), MODEL_SIGMA);
    if (value < sigma || (value == sigma && other < state)) below++;
  }
  return below;
}
