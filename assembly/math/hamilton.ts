// Hidden Markov chain with Gaussian states, filter only: every probability uses data up to its own time and no later.
//   predicted(j) = sum_i filtered(i) A(i, j)      filtered(j) ~ predicted(j) N(r; mu_j, sigma_j)
// after Hamilton (1989). The first prediction is the stationary distribution of the chain. 2 or 3 states.
// Probabilities are floored at 1e-30, so a state that the chain itself could never reach again can still be found.
//
// Model (MODEL_BYTES, f64; rows of the chain always 3 wide): the caller writes MEAN, SIGMA and CHAIN, in any unit of r,
// then calls hamiltonPrepare, which derives the rest. State (HAMILTON_BYTES, f64) as below.
// An observation that is not finite leaves the state as it was.
import { exp, ln } from "./ln";

export const STATES_MAX: u32 = 3;
export const MODEL_MEAN = 0;
export const MODEL_SIGMA = 24;
export const MODEL_CHAIN = 48; //       A(i, j) at 8 (3 i + j): probability to go from i to j
export const MODEL_INVERSE = 120; //    1 / sigma
export const MODEL_LEVEL = 144; //      ln of the density at the mean
export const MODEL_STATIONARY = 168; // distribution before the first observation
export const MODEL_BYTES = 192;

export const HAMILTON_FILTERED = 0; //    3 f64, given everything up to the latest observation
export const HAMILTON_PREDICTED = 24; //  3 f64, of the next observation
export const HAMILTON_LIKELIHOOD = 48; // sum of ln densities so far
export const HAMILTON_COUNT = 56;
export const HAMILTON_BYTES = 64;

const LN_ROOT_2PI: f64 = 0.9189385332046728;
const FLOOR: f64 = 1e-30;
const ROW_ERROR: f64 = 1e-9;
const FAR: f64 = 1e150;

export function chain(model: usize, from: u32, to: u32): f64 {
  return load<f64>(model + ((3 * from + to) << 3), MODEL_CHAIN);
}

/** Derives what the filter needs; false when the numbers are no model (a row that does not sum to 1, sigma not > 0). */
export function hamiltonPrepare(model: usize, states: u32): bool {
  if (states < 2 || states > STATES_MAX) return false;
  for (let j: u32 = 0; j < states; j++) {
    const sigma = load<f64>(model + (j << 3), MODEL_SIGMA);
    if (!(sigma > 0 && sigma < Infinity) || !(abs(load<f64>(model + (j << 3), MODEL_MEAN)) < Infinity)) return false;
    let row: f64 = 0;
    for (let k: u32 = 0; k < states; k++) {
      if (!(chain(model, j, k) >= 0)) return false;
      row += chain(model, j, k);
    }
    if (!(abs(row - 1.0) < ROW_ERROR)) return false;
    store<f64>(model + (j << 3), 1.0 / sigma, MODEL_INVERSE);
    store<f64>(model + (j << 3), -LN_ROOT_2PI - ln<f64>(sigma), MODEL_LEVEL);
  }
  stationary(model, states);
  return true;
}

/** By the trees of the chain (Kirchhoff): sums of products of probabilities, so nothing cancels. */
function stationary(model: usize, states: u32): void {
  let sum: f64 = 0;
  for (let root: u32 = 0; root < states; root++) {
    const s = (root + 1) % states;
    let weight = chain(model, s, root);
    if (states == 3) {
      const t = (root + 2) % 3;
      weight = weight * (chain(model, t, root) + chain(model, t, s)) + chain(model, s, t) * chain(model, t, root);
    }
    store<f64>(model + (root << 3), weight, MODEL_STATIONARY);
    sum += weight;
  }
  for (let j: u32 = 0; j < states; j++) {
    const weight = load<f64>(model + (j << 3), MODEL_STATIONARY);
    // A chain that never moves has no stationary distribution of its own.
    store<f64>(model + (j << 3), sum > 0 ? weight / sum : 1.0 / <f64>states, MODEL_STATIONARY);
  }
}

export function hamiltonInit(at: usize, model: usize, states: u32): void {
  memory.fill(at, 0, HAMILTON_BYTES);
  for (let j: u32 = 0; j < states; j++) {
    const start = load<f64>(model + (j << 3), MODEL_STATIONARY);
    store<f64>(at + (j << 3), start, HAMILTON_FILTERED);
    store<f64>(at + (j << 3), start, HAMILTON_PREDICTED);
  }
}

/** ln of the density of r in state j. */
function logDensity(model: usize, j: u32, r: f64): f64 {
  const far = abs((r - load<f64>(model + (j << 3), MODEL_MEAN)) * load<f64>(model + (j << 3), MODEL_INVERSE));
  const z = far < FAR ? far : FAR; // its square must be finite
  return load<f64>(model + (j << 3), MODEL_LEVEL) - 0.5 * z * z;
}

/** Takes the observation r; gives ln of its density given all earlier ones, NaN when it was not taken. */
export function hamiltonStep(at: usize, model: usize, states: u32, r: f64): f64 {
  if (!(abs(r) < Infinity)) return NaN;
  let best: f64 = -Infinity;
  for (let j: u32 = 0; j < states; j++) {
    const density = logDensity(model, j, r);
    best = density > best ? density : best;
    store<f64>(at + (j << 3), density, HAMILTON_FILTERED);
  }
  let sum: f64 = 0;
  for (let j: u32 = 0; j < states; j++) {
    // Relative to the best state, which keeps at least one of them off zero however far out r lies.
    const likelihood = exp(load<f64>(at + (j << 3), HAMILTON_FILTERED) - best);
    const predicted = load<f64>(at + (j << 3), HAMILTON_PREDICTED);
    const mass = (predicted > FLOOR ? predicted : FLOOR) * likelihood;
    store<f64>(at + (j << 3), mass, HAMILTON_FILTERED);
    sum += mass;
  }
  for (let j: u32 = 0; j < states; j++) {
    const mass = load<f64>(at + (j << 3), HAMILTON_FILTERED) / sum;
    store<f64>(at + (j << 3), mass > FLOOR ? mass : FLOOR, HAMILTON_FILTERED);
  }
  for (let j: u32 = 0; j < states; j++) {
    let predicted: f64 = 0;
    for (let i: u32 = 0; i < states; i++) predicted += load<f64>(at + (i << 3), HAMILTON_FILTERED) * chain(model, i, j);
    store<f64>(at + (j << 3), predicted, HAMILTON_PREDICTED);
  }
  const gained = best + ln<f64>(sum);
  store<f64>(at, load<f64>(at, HAMILTON_LIKELIHOOD) + gained, HAMILTON_LIKELIHOOD);
  store<f64>(at, load<f64>(at, HAMILTON_COUNT) + 1, HAMILTON_COUNT);
  return gained;
}

/**
 * Batch over `count` observations: row t of `filtered` and of `predicted` (each `states` f64) are the probabilities after
 * and before observation t. `at`: HAMILTON_BYTES, begun anew. Gives the log-likelihood.
 */
export function hamiltonColumn(
  r: usize,
  count: u32,
  model: usize,
  states: u32,
  at: usize,
  filtered: usize,
  predicted: usize,
): f64 {
  hamiltonInit(at, model, states);
  const row = states << 3;
  for (let t: u32 = 0; t < count; t++) {
    memory.copy(predicted + t * row, at + HAMILTON_PREDICTED, row);
    hamiltonStep(at, model, states, load<f64>(r + (t << 3)));
    memory.copy(filtered + t * row, at + HAMILTON_FILTERED, row);
  }
  return load<f64>(at, HAMILTON_LIKELIHOOD);
}
