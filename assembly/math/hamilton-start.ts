// Where hamilton-fit.ts starts: the column is cut into groups of neighbours alike, by k-means on a moving average around
// each observation (of its distance from the mean on a logarithmic scale: kind BY_VOLATILITY; of itself: BY_LEVEL), and
// the groups' means, sigmas and changes become the model. Scratch: 2 count f64.
import { hamiltonPrepare, MODEL_CHAIN, MODEL_MEAN, MODEL_SIGMA } from "./hamilton";
import { ln } from "./ln";
import { total } from "./moments";

export const BY_VOLATILITY: u32 = 0;
export const BY_LEVEL: u32 = 1;

const HALF_WINDOW: i32 = 5;
const ROUNDS = 25;

/** The column must hold more than one value. */
export function groupStart(x: usize, count: u32, model: usize, states: u32, kind: u32, scratch: usize): void {
  const feature = scratch;
  const group = scratch + (count << 3);
  smoothAround(x, count, kind, feature);
  cluster(feature, count, states, group, model);
  describe(x, count, states, group, model);
  hamiltonPrepare(model, states);
}

function smoothAround(x: usize, count: u32, kind: u32, feature: usize): void {
  const mean = total(x, count) / <f64>count;
  for (let t: i32 = 0; t < i32(count); t++) {
    const from = t < HALF_WINDOW ? 0 : t - HALF_WINDOW;
    const to = t + HALF_WINDOW < i32(count) ? t + HALF_WINDOW : i32(count) - 1;
    let sum: f64 = 0;
    for (let k = from; k <= to; k++) {
      const value = load<f64>(x + (u32(k) << 3)) - mean;
      sum += kind == BY_VOLATILITY ? abs(value) : value;
    }
    const average = sum / <f64>(to - from + 1);
    store<f64>(feature + (u32(t) << 3), kind == BY_VOLATILITY ? ln<f64>(average) : average);
  }
}

/** k-means in one dimension; the centres live in MODEL_MEAN meanwhile. Writes the number of each one's group. */
function cluster(feature: usize, count: u32, states: u32, group: usize, model: usize): void {
  const mean = total(feature, count) / <f64>count;
  let squares: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const d = load<f64>(feature + (t << 3)) - mean;
    squares += d * d;
  }
  const sigma = sqrt(squares / <f64>count);
  for (let j: u32 = 0; j < states; j++) {
    const place = (2.0 * <f64>j) / <f64>(states - 1) - 1.0;
    store<f64>(model + (j << 3), mean + sigma * place, MODEL_MEAN);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let t: u32 = 0; t < count; t++) {
      store<f64>(group + (t << 3), <f64>nearestCentre(load<f64>(feature + (t << 3)), states, model));
    }
    for (let j: u32 = 0; j < states; j++) {
      const centre = meanOf(feature, count, group, j);
      if (centre == centre) store<f64>(model + (j << 3), centre, MODEL_MEAN);
    }
  }
}
function nearestCentre(value: f64, states: u32, model: usize): u32 {
  let best: u32 = 0;
  for (let j: u32 = 1; j < states; j++) {
    const distance = abs(value - load<f64>(model + (j << 3), MODEL_MEAN));
    if (distance < abs(value - load<f64>(model + (best << 3), MODEL_MEAN))) best = j;
  }
  return best;
}

/** Mean of a group, NaN when it is empty. */
function meanOf(x: usize, count: u32, group: usize, j: u32): f64 {
  let n: f64 = 0;
  let sum: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    if (load<f64>(group + (t << 3)) != <f64>j) continue;
    n += 1;
    sum += load<f64>(x + (t << 3));
  }
  return n > 0 ? sum / n : NaN;
}

/** Means, sigmas and transitions of the groups. A group of too little becomes a wider copy of the whole. */
function describe(x: usize, count: u32, states: u32, group: usize, model: usize): void {
  const whole = total(x, count) / <f64>count;
  for (let j: u32 = 0; j < states; j++) {
    const own = meanOf(x, count, group, j);
    const mean = own == own ? own : whole;
    let n: f64 = 0;
    let inside: f64 = 0;
    let all: f64 = 0;
    for (let t: u32 = 0; t < count; t++) {
      const value = load<f64>(x + (t << 3));
      all += (value - whole) * (value - whole);
      if (load<f64>(group + (t << 3)) != <f64>j) continue;
      n += 1;
      inside += (value - mean) * (value - mean);
    }
    const spread = sqrt(all / <f64>count);
    const sigma = n > 2 ? sqrt(inside / n) : 0;
    store<f64>(model + (j << 3), mean, MODEL_MEAN);
    store<f64>(model + (j << 3), sigma > 0.01 * spread ? sigma : spread * (1.0 + <f64>j), MODEL_SIGMA);
  }
  transitions(count, states, group, model);
}

/** Counted from one observation to the next; one more of each kind, so that none is impossible. */
function transitions(count: u32, states: u32, group: usize, model: usize): void {
  for (let cell: u32 = 0; cell < 9; cell++) store<f64>(model + (cell << 3), 1, MODEL_CHAIN);
  for (let t: u32 = 1; t < count; t++) {
    const from = u32(load<f64>(group + ((t - 1) << 3)));
    const place = model + ((3 * from + u32(load<f64>(group + (t << 3)))) << 3);
    store<f64>(place, load<f64>(place, MODEL_CHAIN) + 1, MODEL_CHAIN);
  }
  for (let i: u32 = 0; i < states; i++) {
    let row: f64 = 0;
    for (let j: u32 = 0; j < states; j++) row += load<f64>(model + ((3 * i + j) << 3), MODEL_CHAIN);
    for (let j: u32 = 0; j < states; j++) {
      const place = model + ((3 * i + j) << 3);
      store<f64>(place, load<f64>(place, MODEL_CHAIN) / row, MODEL_CHAIN);
    }
  }
}
