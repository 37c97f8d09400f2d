// Online logistic regression by FTRL-proximal: one pass over rows in order of time, each seen once, before it is learned
// from. After McMahan et al. (2013), "Ad click prediction: a view from the trenches", algorithm 1.
//   p = logistic(w u);  g = (p - y) share u;  s = (sqrt(n + g^2) - sqrt(n)) / alpha;  z += g - s w;  n += g^2
//   w = 0 where |z| <= l1, else (sign(z) l1 - z) / ((beta + sqrt(n)) / alpha + l2);  the bias has no l1 and no l2
//   model: as in logistic-model.ts; means and scales stay as they are, weights and bias are made anew
//   state: 2 f64 an input (z, n), then z and n of the bias; zeros before the first row
// Pure; allocates nothing; any thread with a model and a state of its own.
import { logistic } from "../special";
import { INPUT_BYTES, logisticSum, standardised } from "./logistic-model";

/**
 * Learns from `rows` rows. labels: 0 or 1; shares: how much a row counts, 0: not at all. out: the probability that each row
 * was given before it was learned from. A row whose label is neither is passed over, and has NaN there.
 */
export function ftrlLearn(
  model: usize,
  state: usize,
  inputs: u32,
  columns: usize,
  stride: usize,
  rows: u32,
  labels: usize,
  shares: usize,
  alpha: f64,
  beta: f64,
  l1: f64,
  l2: f64,
  out: usize,
): void {
  const bias = model + usize(inputs) * INPUT_BYTES;
  const biasState = state + (usize(inputs) << 4);
  for (let row: u32 = 0; row < rows; row++) {
    const offset = usize(row) << 3;
    const label = load<f64>(labels + offset);
    if (label != 0 && label != 1) {
      store<f64>(out + offset, NaN);
      continue;
    }
    const p = logistic(logisticSum<f64>(model, inputs, columns + offset, stride));
    store<f64>(out + offset, p);
    const far = (p - label) * load<f64>(shares + offset);
    for (let input: u32 = 0; input < inputs; input++) {
      const u = standardised<f64>(model, input, columns + usize(input) * stride + offset);
      const weight = model + usize(input) * INPUT_BYTES + 16;
      step(weight, state + (usize(input) << 4), far * u, alpha, beta, l1, l2);
    }
    step(bias, biasState, far, alpha, beta, 0, 0);
  }
}

/** One weight after one gradient. */
function step(weight: usize, state: usize, g: f64, alpha: f64, beta: f64, l1: f64, l2: f64): void {
  const before = load<f64>(state, 8);
  const after = before + g * g;
  const z = load<f64>(state) + (g - ((sqrt(after) - sqrt(before)) / alpha) * load<f64>(weight));
  store<f64>(state, z);
  store<f64>(state, after, 8);
  const pull = z < 0 ? -l1 : l1;
  store<f64>(weight, abs(z) <= l1 ? 0 : (pull - z) / ((beta + sqrt(after)) / alpha + l2));
}
