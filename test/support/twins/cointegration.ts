// The statistics of cointegration in their textbook form: every regression written out, every matrix inverted.
import { at, dot, inverse, mean, regress } from "./regression.ts";

/** -1 none, 0 constant, 1 constant and trend. */
export type Terms = -1 | 0 | 1;

export function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? Number.NaN));
}
function ones(count: number): number[] {
  return Array.from({ length: count }, () => 1);
}
function deterministic(terms: Terms, rows: number): number[][] {
  const columns: number[][] = [];
  if (terms >= 0) columns.push(ones(rows));
  if (terms >= 1) columns.push(Array.from({ length: rows }, (_, t) => t - (rows - 1) / 2));
  return columns;
}

/** t of the level in the augmented Dickey-Fuller regression. */
export function dickeyFullerTwin(x: readonly number[], lags: number, terms: Terms): number {
  const moves = steps(x);
  const rows = moves.length - lags;
  // With a constant the origin is free: the first value keeps the columns well apart.
  const level = x.slice(lags, lags + rows).map((value) => value - (terms >= 0 ? (x[0] ?? 0) : 0));
  const lagged = Array.from({ length: lags }, (_, index) => moves.slice(lags - 1 - index, lags - 1 - index + rows));
  const fit = regress(moves.slice(lags), [level, ...lagged, ...deterministic(terms, rows)]);
  return (fit.coefficients[0] ?? Number.NaN) / (fit.errors[0] ?? Number.NaN);
}

export function lineTwin(
  y: readonly number[],
  x: readonly number[],
): { alpha: number; beta: number; residuals: readonly number[] } {
  const centre = mean(x);
  const fit = regress(y, [x.map((value) => value - centre), ones(x.length)]);
  const [beta = Number.NaN, level = Number.NaN] = fit.coefficients;
  return { alpha: level - beta * centre, beta, residuals: fit.residuals };
}

export function engleGrangerTwin(y: readonly number[], x: readonly number[], lags: number): number {
  return dickeyFullerTwin(lineTwin(y, x).residuals, lags, -1);
}

export interface Reversion {
  readonly mean: number;
  readonly sigma: number;
  readonly halfLife: number;
  readonly slope: number;
  readonly tau: number;
  readonly intercept: number;
}

/** Ornstein-Uhlenbeck by regression of the step on the level. */
export function reversionTwin(s: readonly number[]): Reversion {
  const origin = mean(s);
  const lag = s.slice(0, -1).map((value) => value - origin);
  const fit = regress(steps(s), [lag, ones(lag.length)]);
  const [slope = Number.NaN, shifted = Number.NaN] = fit.coefficients;
  const sigma = Math.sqrt(fit.rest / fit.freedom) / Math.sqrt(1 - (1 + slope) ** 2);
  return {
    mean: origin - shifted / slope,
    sigma,
    halfLife: slope < 0 ? (slope > -1 ? -Math.LN2 / Math.log(1 + slope) : 0) : Infinity,
    slope,
    tau: slope / (fit.errors[0] ?? Number.NaN),
    intercept: shifted - slope * origin,
  };
}

export interface Johansen {
  readonly eigenvalues: readonly number[];
  readonly trace: readonly number[];
  readonly maxEigen: readonly number[];
  /** First eigenvector, sum of absolute values 1, first entry positive. */
  readonly beta: readonly number[];
}

/** Levels and steps with their deterministic terms and the lagged steps regressed out. */
function residualPairs(y: readonly (readonly number[])[], terms: Terms, lags: number): [number[][], number[][]] {
  const plain = y.map((series) => [...regress(series, deterministic(terms, series.length)).residuals]);
  const moves = plain.map(steps);
  const rows = (moves[0]?.length ?? 0) - lags;
  const z: number[][] = deterministic(terms === -1 ? -1 : 0, rows);
  for (let lag = 1; lag <= lags; lag++) for (const series of moves) z.push(series.slice(lags - lag, lags - lag + rows));
  const clean = (column: readonly number[]): number[] => [...regress(column, z).residuals];
  return [
    moves.map((series) => clean(series.slice(lags))),
    plain.map((series) => clean(series.slice(lags, lags + rows))),
  ];
}

export function johansenTwin(y: readonly (readonly number[])[], terms: Terms, lags: number): Johansen {
  const [r0, r1] = residualPairs(y, terms, lags);
  const rows = r0[0]?.length ?? 0;
  const product = (a: number[][], b: number[][]): number[][] =>
    a.map((left) => b.map((right) => dot(left, right) / rows));
  const [s00, s01, s11] = [product(r0, r0), product(r0, r1), product(r1, r1)];
  const middle = multiply(multiply(transpose(s01), inverse(s00)), s01);
  const eigenvalues = y.map((_, rank) => eigenvalue(middle, s11, rank));
  const maxEigen = eigenvalues.map((value) => -rows * Math.log(1 - value));
  const trace = maxEigen.map((_, rank) => maxEigen.slice(rank).reduce((sum, value) => sum + value, 0));
  return { eigenvalues, trace, maxEigen, beta: nullVector(middle, s11, eigenvalues[0] ?? 0) };
}

function transpose(a: number[][]): number[][] {
  return (a[0] ?? []).map((_, column) => a.map((row) => row[column] ?? Number.NaN));
}
function multiply(a: number[][], b: number[][]): number[][] {
  return a.map((row) => transpose(b).map((column) => dot(row, column)));
}
function pencil(a: number[][], b: number[][], value: number): number[][] {
  return a.map((row, i) => row.map((entry, j) => entry - value * at(b, i, j)));
}

/** How many eigenvalues of (a, b) lie above `value`: positive pivots of a - value b (Sylvester). */
function above(a: number[][], b: number[][], value: number): number {
  const rows = pencil(a, b, value);
  let positive = 0;
  rows.forEach((row, k) => {
    const pivot = row[k] ?? 0;
    if (pivot > 0) positive++;
    for (let i = k + 1; i < rows.length; i++) {
      const factor = at(rows, i, k) / pivot;
      rows[i] = (rows[i] ?? []).map((entry, j) => entry - factor * at(rows, k, j));
    }
  });
  return positive;
}

/** Bisection until the doubles run out. */
function eigenvalue(a: number[][], b: number[][], rank: number): number {
  let [low, high] = [-1e-12, 1];
  for (let round = 0; round < 60; round++) {
    const middle = 0.5 * (low + high);
    if (above(a, b, middle) > rank) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

/** Inverse iteration beside the eigenvalue. */
function nullVector(a: number[][], b: number[][], value: number): number[] {
  const near = inverse(pencil(a, b, value + 1e-9));
  let vector = a.map((_, index) => 1 + 0.1 * index);
  for (let round = 0; round < 20; round++) {
    const next = near.map((row) =>
      dot(
        row,
        b.map((other) => dot(other, vector)),
      ),
    );
    const gross = next.reduce((sum, entry) => sum + Math.abs(entry), 0) * Math.sign(next[0] ?? 1);
    vector = next.map((entry) => entry / gross);
  }
  return vector;
}

/** Lags of least BIC in the regression of the steps on levels, lagged steps and a constant. */
export function lagsByBicTwin(y: readonly (readonly number[])[], maxLag: number): number {
  const n = y.length;
  let [best, chosen] = [Infinity, 0];
  for (let lags = 0; lags <= maxLag; lags++) {
    const moves = y.map(steps);
    const rows = (moves[0]?.length ?? 0) - maxLag;
    const columns: number[][] = deterministic(0, rows);
    for (const series of y) columns.push(series.slice(maxLag, maxLag + rows).map((value) => value - mean(series)));
    for (let lag = 1; lag <= lags; lag++)
      for (const s of moves) columns.push(s.slice(maxLag - lag, maxLag - lag + rows));
    const residuals = moves.map((series) => regress(series.slice(maxLag), columns).residuals);
    const covariance = residuals.map((a) => residuals.map((b) => dot(a, b)));
    const criterion = Math.log(determinant(covariance)) + (Math.log(rows) / rows) * n * n * lags;
    if (criterion < best) [best, chosen] = [criterion, lags];
  }
  return chosen;
}

function determinant(matrix: readonly (readonly number[])[]): number {
  const [first = []] = matrix;
  if (matrix.length === 1) return first[0] ?? Number.NaN;
  return first.reduce((sum, entry, column) => {
    const minor = matrix.slice(1).map((row) => row.filter((_, index) => index !== column));
    return sum + (column % 2 === 0 ? 1 : -1) * entry * determinant(minor);
  }, 0);
}
