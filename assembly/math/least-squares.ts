// Ordinary least squares with up to REGRESSORS_MAX regressors and, if wanted, a constant:
//   y = b0 + b1 x1 + ... + bk xk + e,   covariance of b = s^2 (X'X)^-1,   s^2 = sum e^2 / (count - k - constant)
// By the Cholesky factor of the centred cross products of (x1..xk, y): its last row solves the regression and its last
// entry is the residual sum. For one regressor see fitLine in regression.ts.
// Output (f64): R2, SIGMA, FREEDOM, then rows of coefficient, standard error, t value: the constant's, then x1..xk.
import { cholesky, solveLower, solveUpper } from "./cholesky";
import { CONSTANT, crossProducts, dot, NONE, total } from "./moments";

export const REGRESSORS_MAX: u32 = 6;
export const SQUARES_R2 = 0; //       about the mean; without constant about 0
export const SQUARES_SIGMA = 8; //    s
export const SQUARES_FREEDOM = 16; // degrees of freedom
export const SQUARES_ROWS = 24; //    REGRESSORS_MAX + 1 rows of 3 f64; the constant's is NaN when there is none
export const SQUARES_BYTES = 192;

const TABLE_BYTES: usize = 64;

export function leastSquaresScratch(regressors: u32, count: u32): usize {
  const columns = regressors + 1;
  return TABLE_BYTES + ((columns * (count + columns + 4)) << 3);
}

/**
 * x1 at `x`, the others `stride` bytes apart, each `count` f64. False, and nothing written, when a regressor is a sum of
 * others, the fit is perfect, or there are too few rows. Scratch: leastSquaresScratch bytes.
 */
export function leastSquares(
  y: usize,
  x: usize,
  stride: u32,
  regressors: u32,
  count: u32,
  constant: bool,
  out: usize,
  scratch: usize,
): bool {
  const freedom = i32(count) - i32(regressors) - i32(constant);
  if (regressors < 1 || regressors > REGRESSORS_MAX || freedom < 1) return false;
  const columns = regressors + 1;
  const copies = scratch + TABLE_BYTES;
  const matrix = copies + ((columns * count) << 3);
  const means = matrix + ((columns * columns) << 3);
  const spare = means + (columns << 3);
  for (let column: u32 = 0; column < columns; column++) {
    const from = column < regressors ? x + column * stride : y;
    const to = copies + ((column * count) << 3);
    store<u32>(scratch + (column << 2), u32(to));
    store<f64>(means + (column << 3), copyFrom(from, to, count, constant));
  }
  crossProducts(scratch, columns, count, constant ? CONSTANT : NONE, matrix, spare);
  const last = matrix + ((regressors * columns) << 3);
  const whole = load<f64>(last + (regressors << 3));
  if (!cholesky(matrix, columns, columns)) return false;
  const rest = load<f64>(last + (regressors << 3));
  store<f64>(out, 1.0 - (rest * rest) / whole, SQUARES_R2);
  store<f64>(out, rest / sqrt(<f64>freedom), SQUARES_SIGMA);
  store<f64>(out, <f64>freedom, SQUARES_FREEDOM);
  solveUpper(matrix, columns, regressors, last, 1);
  write(out, matrix, columns, regressors, means, spare, constant ? <f64>count : 0);
  return true;
}

/** Copies a column; with a constant relative to its mean, which it gives, so that a far origin costs no digits. */
function copyFrom(from: usize, to: usize, count: u32, constant: bool): f64 {
  const mean = constant ? total(from, count) / <f64>count : 0;
  for (let k: u32 = 0; k < count; k++) store<f64>(to + (k << 3), load<f64>(from + (k << 3)) - mean);
  return mean;
}

/** Rows of the output; the coefficients stand in the last row of the matrix. */
function write(out: usize, l: usize, columns: u32, regressors: u32, means: usize, spare: usize, rows: f64): void {
  const last = l + ((regressors * columns) << 3);
  const sigma = load<f64>(out, SQUARES_SIGMA);
  let constant = load<f64>(means + (regressors << 3));
  for (let i: u32 = 0; i < regressors; i++) {
    const b = load<f64>(last + (i << 3));
    constant -= b * load<f64>(means + (i << 3));
    for (let k: u32 = 0; k < regressors; k++) store<f64>(spare + (k << 3), k == i ? 1 : 0);
    row(out + 24 * (i + 1), b, sigma * lengthAfter(l, columns, regressors, spare));
  }
  if (!(rows > 0)) {
    row(out, NaN, NaN);
    return;
  }
  memory.copy(spare, means, regressors << 3);
  const far = lengthAfter(l, columns, regressors, spare);
  row(out, constant, sigma * sqrt(1.0 / rows + far * far));
}
function row(at: usize, coefficient: f64, error: f64): void {
  store<f64>(at, coefficient, SQUARES_ROWS);
  store<f64>(at, error, SQUARES_ROWS + 8);
  store<f64>(at, coefficient / error, SQUARES_ROWS + 16);
}
/** |L^-1 v|, whose square is v' (X'X)^-1 v; v is destroyed. */
function lengthAfter(l: usize, columns: u32, order: u32, v: usize): f64 {
  solveLower(l, columns, order, v, 1);
  return sqrt(dot(v, v, order));
}
