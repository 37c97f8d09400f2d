// Least squares the plain way: the design matrix is written out, the normal equations of centred and scaled columns are
// solved by Gaussian elimination with pivoting.
export interface Fit {
  readonly coefficients: readonly number[];
  readonly errors: readonly number[];
  readonly residuals: readonly number[];
  readonly rest: number;
  readonly freedom: number;
}

export function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(at(rows, row, column)) > Math.abs(at(rows, pivot, column))) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot] ?? [], rows[column] ?? []];
    const divisor = at(rows, column, column);
    rows[column] = (rows[column] ?? []).map((value) => value / divisor);
    rows.forEach((row, index) => {
      const factor = row[column] ?? 0;
      if (index !== column) rows[index] = row.map((value, k) => value - factor * at(rows, column, k));
    });
  }
  return rows.map((row) => row.slice(n));
}

export function at(matrix: readonly (readonly number[])[], row: number, column: number): number {
  return matrix[row]?.[column] ?? Number.NaN;
}
export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Regression of y on the columns; none of them is added. */
export function regress(y: readonly number[], columns: readonly (readonly number[])[]): Fit {
  const scales = columns.map((column) => Math.sqrt(dot(column, column)) || 1);
  const scaled = columns.map((column, index) => column.map((value) => value / (scales[index] ?? 1)));
  const cross = scaled.map((a) => scaled.map((b) => dot(a, b)));
  const solved = columns.length === 0 ? [] : inverse(cross);
  const right = scaled.map((column) => dot(column, y));
  const coefficients = solved.map((row, index) => dot(row, right) / (scales[index] ?? 1));
  const residuals = y.map(
    (value, t) => value - columns.reduce((sum, c, i) => sum + (coefficients[i] ?? 0) * (c[t] ?? 0), 0),
  );
  const rest = dot(residuals, residuals);
  const freedom = y.length - columns.length;
  const errors = solved.map((row, i) => Math.sqrt(((row[i] ?? 0) * rest) / freedom) / (scales[i] ?? 1));
  return { coefficients, errors, residuals, rest, freedom };
}
