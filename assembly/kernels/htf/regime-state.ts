// The estimators of regime_shift_detector in one cell: what turns a return into an observation when a sample closes
// (O(1)), the ring of observations that wait for their review, and the review of one of them: Hamilton's filter, the
// cumulative sum and the run-length posterior (assembly/math), which live in columns and are laid out side by side in
// scratch while they are at work.
//   observation x = (r - m) / s, |x| <= 8; m and s^2 are equal-weighted over the first `reference` returns, from then on
//   each return has weight 1 / reference; both as they were before r
//   drift = exponential mean (0.9) of r / s, in which a driftless return has the standard deviation 0.2294
// Every return is reviewed exactly once, in order. A vote counts for `agreement` samples; a CUSUM restarts after an alarm.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { CHANGE_BYTES, CHANGE_COUNT, CHANGE_HAZARD, changePointInit, changePointStep } from "../../math/change-point";
import { CUSUM_BYTES, cusumInit, cusumStep } from "../../math/cusum";
import * as hamilton from "../../math/hamilton";
import { normalCdf } from "../../math/normal";
import { clock } from "../../emit";
import { parameter, scratchArea } from "../../plan";
import { column } from "../../windows/series";
import { classify } from "./regime-class";

export const STATES: u32 = 0; // parameter indices, in the order of the catalogue
export const MEAN_FIRST: u32 = 1;
export const SIGMA_FIRST: u32 = 4;
export const MOVE_FIRST: u32 = 7;
export const CUSUM_K: u32 = 13;
export const CUSUM_H: u32 = 14;
export const HAZARD: u32 = 15;
export const POSTERIOR_THRESHOLD: u32 = 16;
export const RUN_THRESHOLD: u32 = 17;
export const AGREEMENT: u32 = 20;
export const REFERENCE: u32 = 25;

export const RING: u32 = 32;
/** Returns before the first observation, and observations before the first vote. */
export const WARM: f64 = 50;
export const QUIET: f64 = 25;

const COUNT: u32 = layout.CELL_FIXED; // returns taken
const MEAN: u32 = COUNT + 1;
const VARIANCE: u32 = COUNT + 2;
const DRIFT: u32 = COUNT + 3;
const WAITING: u32 = COUNT + 4; // observations in the ring
const WRITE: u32 = COUNT + 5; //   slot of the next one
export const REGIME: u32 = COUNT + 6; // confirmed state + 1, 0: none yet
const VOTE: u32 = COUNT + 7; //    three columns: samples for which the vote still counts
export const ENTERED: u32 = COUNT + 10; // state in which the position was opened
const SEEN: u32 = COUNT + 11; //   observations reviewed
export const SHIFTS: u32 = COUNT + 12;
const OBSERVATIONS: u32 = COUNT + 16; // the ring
const ESTIMATORS: u32 = OBSERVATIONS + RING;

/** Scratch: filter, sums, run lengths (as in the columns, but for the densities of a step), then the model. */
const CUSUM: usize = hamilton.HAMILTON_BYTES;
const CHANGE: usize = CUSUM + CUSUM_BYTES;
const MODEL: usize = CHANGE + CHANGE_BYTES;
const KEPT: u32 = u32(CHANGE + CHANGE_BYTES - 512) >> 3;

const FAR: f64 = 8;
const SIGMA_MIN: f64 = 1e-12;
const DRIFT_KEEP: f64 = 0.9;
const DRIFT_SIGMA: f64 = 0.22941573387056174; // sqrt(0.1 / 1.9)

function scratch(): usize {
  return scratchArea;
}
export function waiting(cell: usize): u32 {
  return u32(column<f64>(cell, WAITING));
}
/** Returns that are missing before the first vote. */
export function missingReturns(cell: usize): f64 {
  const missing = WARM + QUIET - column<f64>(cell, COUNT);
  return missing > 0 ? missing : 0;
}

/** Its series begins anew: so does everything here. */
export function restart(cell: usize): void {
  for (let index: u32 = COUNT; index < u32(layout.REGIME_COLUMNS); index++) putCell(cell, index, 0);
}

/** A return becomes an observation that waits for its review; the caller has made room. */
export function takeReturn(cell: usize, instance: u32, r: f64): void {
  const count = column<f64>(cell, COUNT) + 1;
  const mean = column<f64>(cell, MEAN);
  const variance = column<f64>(cell, VARIANCE);
  const root = Math.sqrt(variance);
  const sigma = root > SIGMA_MIN ? root : SIGMA_MIN;
  if (count > WARM) {
    const slot = u32(column<f64>(cell, WRITE));
    putCell(cell, OBSERVATIONS + slot, near((r - mean) / sigma));
    putCell(cell, WRITE, <f64>((slot + 1) & (RING - 1)));
    putCell(cell, WAITING, column<f64>(cell, WAITING) + 1);
    const drift = DRIFT_KEEP * column<f64>(cell, DRIFT) + (1 - DRIFT_KEEP) * near(r / sigma);
    putCell(cell, DRIFT, flushed(drift));
  }
  const reference = parameter(instance, REFERENCE);
  const weight = 1.0 / (count < reference ? count : reference);
  const away = r - mean;
  putCell(cell, COUNT, count);
  putCell(cell, MEAN, flushed(mean + weight * away));
  putCell(cell, VARIANCE, flushed((1 - weight) * (variance + weight * away * away)));
}
function near(x: f64): f64 {
  return x > FAR ? FAR : x < -FAR ? -FAR : x;
}
function flushed(x: f64): f64 {
  return abs(x) < 1e-30 ? 0 : x;
}

/** Lays the estimators and the model out; false when the parameters are no model. */
export function openReview(cell: usize, instance: u32): bool {
  const at = scratch();
  for (let index: u32 = 0; index < KEPT; index++) store<f64>(at + (index << 3), column<f64>(cell, ESTIMATORS + index));
  const states = statesOf(instance);
  const model = at + MODEL;
  memory.fill(model, 0, hamilton.MODEL_BYTES);
  for (let i: u32 = 0; i < states; i++) {
    store<f64>(model + (i << 3), parameter(instance, MEAN_FIRST + i), hamilton.MODEL_MEAN);
    store<f64>(model + (i << 3), parameter(instance, SIGMA_FIRST + i), hamilton.MODEL_SIGMA);
    let stay: f64 = 1;
    let move: u32 = 0; // the two ways out of a state, in the order of the states
    for (let j: u32 = 0; j < 3; j++) {
      if (j == i) continue;
      const p = j < states ? parameter(instance, MOVE_FIRST + 2 * i + move) : 0;
      move++;
      store<f64>(model + ((3 * i + j) << 3), p, hamilton.MODEL_CHAIN);
      stay -= p;
    }
    store<f64>(model + ((4 * i) << 3), stay, hamilton.MODEL_CHAIN);
  }
  if (!hamilton.hamiltonPrepare(model, states)) return false;
  if (load<f64>(at + CHANGE, CHANGE_COUNT) == 0) {
    hamilton.hamiltonInit(at, model, states);
    cusumInit(at + CUSUM);
    changePointInit(at + CHANGE, parameter(instance, HAZARD), 0, 1, 1, 1);
  }
  store<f64>(at + CHANGE, parameter(instance, HAZARD), CHANGE_HAZARD);
  return true;
}
export function closeReview(cell: usize): void {
  const at = scratch();
  for (let index: u32 = 0; index < KEPT; index++) putCell(cell, ESTIMATORS + index, load<f64>(at + (index << 3)));
}

export function statesOf(instance: u32): u32 {
  return parameter(instance, STATES) >= 2.5 ? 3 : 2;
}
/** Probability of a state; between openReview and closeReview. */
export function posterior(state: u32): f64 {
  return load<f64>(scratch() + (state << 3), hamilton.HAMILTON_FILTERED);
}
export function likeliest(instance: u32): u32 {
  let best: u32 = 0;
  for (let j: u32 = 1; j < statesOf(instance); j++) if (posterior(j) > posterior(best)) best = j;
  return best;
}

/** Reviews the oldest observation that waits; gives the number of votes that count after it. */
export function reviewOne(cell: usize, instance: u32): u32 {
  const at = scratch();
  const left = waiting(cell);
  const x = column<f64>(cell, OBSERVATIONS + ((u32(column<f64>(cell, WRITE)) + RING - left) & (RING - 1)));
  putCell(cell, WAITING, <f64>(left - 1));
  hamilton.hamiltonStep(at, at + MODEL, statesOf(instance), x);
  const alarmed = cusumStep(at + CUSUM, x, parameter(instance, CUSUM_K), parameter(instance, CUSUM_H));
  const alarm = alarmed != 0;
  const recent = changePointStep(at + CHANGE, x);
  const seen = column<f64>(cell, SEEN) + 1;
  putCell(cell, SEEN, seen);
  const best = likeliest(instance);
  const regime = column<f64>(cell, REGIME);
  const sure = posterior(best) > parameter(instance, POSTERIOR_THRESHOLD);
  const moved = sure && regime != 0 && regime != <f64>(best + 1);
  if (sure || regime == 0) putCell(cell, REGIME, <f64>(best + 1));
  if (alarm) cusumInit(at + CUSUM);
  if (!(seen > QUIET)) return 0;
  nameRegime(cell, instance, x, alarmed);
  const span = parameter(instance, AGREEMENT);
  return (
    vote(cell, 0, moved, span) +
    vote(cell, 1, alarm, span) +
    vote(cell, 2, recent > parameter(instance, RUN_THRESHOLD), span)
  );
}
/** The word for it; around zero, because a trend that lasts is one still when it has become the mean. */
function nameRegime(cell: usize, instance: u32, x: f64, alarm: i32): void {
  const variance = column<f64>(cell, VARIANCE);
  const lifted = variance > 0 ? x + column<f64>(cell, MEAN) / Math.sqrt(variance) : x;
  let narrow = parameter(instance, SIGMA_FIRST);
  let wide = narrow;
  for (let j: u32 = 1; j < statesOf(instance); j++) {
    const sigma = parameter(instance, SIGMA_FIRST + j);
    narrow = sigma < narrow ? sigma : narrow;
    wide = sigma > wide ? sigma : wide;
  }
  const hazard = 1 / parameter(instance, REFERENCE);
  const run = scratch() + CHANGE;
  classify(cell, near(lifted), narrow, wide, hazard, alarm, run, parameter(instance, RUN_THRESHOLD), clock);
}
function vote(cell: usize, which: u32, cast: bool, span: f64): u32 {
  const left = cast ? span : column<f64>(cell, VOTE + which) - 1;
  putCell(cell, VOTE + which, left > 0 ? left : 0);
  return u32(left > 0);
}

/** A shift was accepted: the votes are used up, and the sums look for the next one. */
export function acceptShift(cell: usize, regime: u32): void {
  for (let which: u32 = 0; which < 3; which++) putCell(cell, VOTE + which, 0);
  cusumInit(scratch() + CUSUM);
  putCell(cell, REGIME, <f64>(regime + 1));
  putCell(cell, SHIFTS, column<f64>(cell, SHIFTS) + 1);
}

/** Probability of the state with the largest sigma. */
export function volatileP(instance: u32): f64 {
  let widest: u32 = 0;
  for (let j: u32 = 1; j < statesOf(instance); j++) {
    if (parameter(instance, SIGMA_FIRST + j) > parameter(instance, SIGMA_FIRST + widest)) widest = j;
  }
  return posterior(widest);
}
/** The drift in units of its own noise, as the states expect it. */
export function driftStatistic(cell: usize, instance: u32): f64 {
  let variance: f64 = 0;
  for (let j: u32 = 0; j < statesOf(instance); j++) {
    const sigma = parameter(instance, SIGMA_FIRST + j);
    variance += posterior(j) * sigma * sigma;
  }
  return column<f64>(cell, DRIFT) / (DRIFT_SIGMA * Math.sqrt(variance));
}
/** 0 for a drift within its noise (below 0.67 of it), near 1 from two on: 4 Phi(|t|) - 3. */
export function trendingP(t: f64): f64 {
  const p = 4 * normalCdf(abs(t)) - 3;
  return p > 0 ? p : 0;
}
