// A logistic model: the probability that follows from a weighted sum of standardised inputs.
//   p = logistic(bias + sum over j of weight[j] u[j]),  u[j] = (x[j] - mean[j]) scale[j], cut to -CLIP .. CLIP
// An input that is missing (NaN) counts as its mean, so it adds nothing; an infinity is cut like any large value.
// Sums run over the inputs in their order and begin with the bias, so one row or two at a time give the same bits.
//   model: 3 f64 an input (mean, scale, weight), then the bias
// Inputs are columns: input j of row r lies at columns + j stride + 8 r. Pure; allocates nothing; any thread.
import { add, equal, larger, mul, select2, smaller, splat, sub } from "../../lanes";
import { logistic } from "../special";

const CLIP: f64 = 8;
export const INPUT_BYTES: usize = 24;

/** Standardised inputs of one row or of two that adjoin, at the address of the first. */
export function standardised<T>(model: usize, input: u32, place: usize): T {
  const part = model + usize(input) * INPUT_BYTES;
  const x = load<T>(place);
  const far = mul<T>(sub<T>(x, splat<T>(load<f64>(part))), splat<T>(load<f64>(part, 8)));
  const cut = smaller<T>(larger<T>(far, splat<T>(-CLIP)), splat<T>(CLIP));
  return select2<T>(equal<T>(x, x), cut, splat<T>(0));
}

/** The sum before the logistic function. */
export function logisticSum<T>(model: usize, inputs: u32, columns: usize, stride: usize): T {
  let sum = splat<T>(load<f64>(model + usize(inputs) * INPUT_BYTES));
  for (let input: u32 = 0; input < inputs; input++) {
    const weight = splat<T>(load<f64>(model + usize(input) * INPUT_BYTES, 16));
    sum = add<T>(sum, mul<T>(weight, standardised<T>(model, input, columns + usize(input) * stride)));
  }
  return sum;
}

/** Probabilities of `rows` rows; two rows at a time. */
export function logisticModel(model: usize, inputs: u32, columns: usize, stride: usize, rows: u32, out: usize): void {
  let row: u32 = 0;
  for (; row + 2 <= rows; row += 2) {
    const offset = usize(row) << 3;
    const sum = logisticSum<v128>(model, inputs, columns + offset, stride);
    store<f64>(out + offset, logistic(f64x2.extract_lane(sum, 0)));
    store<f64>(out + offset, logistic(f64x2.extract_lane(sum, 1)), 8);
  }
  if (row < rows) logisticRows(model, inputs, columns, stride, row, rows, out);
}

/** The same one row at a time, from row `from` on: what the lanes are compared with, and what a strategy calls. */
export function logisticRows(
  model: usize,
  inputs: u32,
  columns: usize,
  stride: usize,
  from: u32,
  rows: u32,
  out: usize,
): void {
  for (let row = from; row < rows; row++) {
    const offset = usize(row) << 3;
    store<f64>(out + offset, logistic(logisticSum<f64>(model, inputs, columns + offset, stride)));
  }
}
