// Risk parity: what each series adds to the risk of the whole is its budget. In units of risk, y = weight * deviation, with
// correlations R and budgets b that add up to 1:  y[i] * (R y)[i] = b[i].  The solution is the only least of
// y' R y / 2 - sum(b ln y), found by one coordinate after the other,
//   y[i] = (-c + sqrt(c^2 + 4 b[i])) / 2,   c = sum over the others of R[i][j] y[j],
// after Griveau-Billion, Richard & Roncalli (2013), "A fast algorithm for computing high-dimensional risk parity
// portfolios". It does not depend on the deviations, so a series' weight falls as its deviation rises.
// R positive definite with 1 on the diagonal. Any thread; the same bits anywhere.

const SWEEPS_MAX = 20_000;
const ERROR_MAX = 1e-13;

/** In units of risk, every one above 0. */
export function parity(correlations: readonly (readonly number[])[], budgets: readonly number[]): number[] {
  const y = budgets.map((budget) => Math.sqrt(budget));
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    let error = 0;
    for (const [i, budget] of budgets.entries()) {
      const own = y[i] ?? 0;
      const c = product(correlations[i] ?? [], y) - own;
      error = Math.max(error, Math.abs(own * (own + c) - budget));
      // Of the two forms of the same root, the one that does not subtract what is nearly equal.
      const root = Math.sqrt(c * c + 4 * budget);
      y[i] = c > 0 ? (2 * budget) / (c + root) : (root - c) / 2;
    }
    if (error <= ERROR_MAX) break;
  }
  return y;
}

export function product(row: readonly number[], y: readonly number[]): number {
  return row.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
}
