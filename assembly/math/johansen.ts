// Johansen's test (1991): how many stationary combinations `variables` series share.
//   dy[t] = z[t] + P y[t-1] + e[t], z = `lags` lagged differences; after z is regressed out of dy and y[t-1],
//   S00, S01, S11 are their covariances, and the eigenvalues of S11^-1 S10 S00^-1 S01 give
//   trace_r = -T sum_{i>r} ln(1 - l_i), maxeig_r = -T ln(1 - l_r+1), T = count - 1 - lags rows.
// Deterministic terms: NONE; CONSTANT: the series are taken from their means; TREND: from their trend lines (then all
// columns from their means), which is also what the critical values of johansen-table.ts assume.
// Everything is read off one Cholesky factor L of the cross products of (z, dy, y[t-1]): with K = L[y][dy] and
// R = L[y][y], S10 S00^-1 S01 = K K' and S11 = K K' + R R'.
import { cholesky, solveLower, solveUpper } from "./cholesky";
import { ORDER_MAX, symmetricEigen } from "./eigen";
import { ln } from "./ln";
import { crossProducts, detrend, differences, NONE, CONSTANT } from "./moments";

export { ORDER_MAX };
const TABLE_BYTES = 512; // addresses of at most 128 columns

/** Where results stand in `out`, n = variables: n eigenvalues (falling), n trace, n maxeig, then n vectors of n. */
export function traceAt(out: usize, variables: u32, rank: u32): usize {
  return out + ((variables + rank) << 3);
}
export function maxEigenAt(out: usize, variables: u32, rank: u32): usize {
  return out + ((2 * variables + rank) << 3);
}
export function vectorAt(out: usize, variables: u32, rank: u32): usize {
  return out + ((3 * variables + rank * variables) << 3);
}

/** Bytes of scratch that johansen and lagsByBic take, lags being the largest in question. */
export function johansenScratch(variables: u32, count: u32, lags: u32): u32 {
  const columns = variables * (lags + 2);
  return ((2 * variables * count + columns * columns + 2 * columns + 2 * variables * variables) << 3) + TABLE_BYTES;
}

/**
 * `y`: first value of the first series, the others `stride` bytes apart, `count` f64 each, oldest first.
 * False when a series is constant or a combination of the others: `out` is not to be read then.
 */
export function johansen(
  y: usize,
  stride: u32,
  variables: u32,
  count: u32,
  terms: i32,
  lags: u32,
  out: usize,
  scratch: usize,
): bool {
  assert(variables >= 1 && variables <= ORDER_MAX && variables * (lags + 2) <= 128);
  const columns = variables * (lags + 2);
  const rows = i32(count) - 1 - i32(lags);
  if (rows <= i32(columns) + 1) return false;
  prepare(y, stride, variables, count, terms, scratch);
  const table = scratch + ((2 * variables * count) << 3);
  const matrix = table + TABLE_BYTES;
  for (let series: u32 = 0; series < variables; series++) {
    const level = scratch + ((series * count) << 3);
    const step = level + ((variables * count) << 3);
    for (let lag: u32 = 1; lag <= lags; lag++) put(table, (lag - 1) * variables + series, step + ((lags - lag) << 3));
    put(table, lags * variables + series, step + (lags << 3));
    put(table, (lags + 1) * variables + series, level + (lags << 3));
  }
  const spare = matrix + ((columns * columns) << 3);
  crossProducts(table, columns, rows, terms == NONE ? NONE : CONSTANT, matrix, spare);
  if (!cholesky(matrix, columns, columns)) return false;
  const work = spare + ((2 * columns) << 3);
  return solve(matrix, columns, variables, rows, out, work, work + ((variables * variables) << 3));
}

function put(table: usize, index: u32, address: usize): void {
  store<u32>(table + (index << 2), u32(address));
}

/** Levels without their deterministic terms, then the differences of those. */
function prepare(y: usize, stride: u32, variables: u32, count: u32, terms: i32, scratch: usize): void {
  for (let series: u32 = 0; series < variables; series++) {
    const level = scratch + ((series * count) << 3);
    detrend(y + series * stride, level, count, terms);
    differences(level, level + ((variables * count) << 3), count);
  }
}

/** K K' v = l (K K' + R R') v as a symmetric problem: S11 = C C', A = C^-1 K K' C^-T, v = C^-T u. */
function solve(matrix: usize, columns: u32, n: u32, rows: u32, out: usize, a: usize, c: usize): bool {
  const first = columns - n;
  for (let i: u32 = 0; i < n; i++) {
    const rowI = matrix + (((first + i) * columns) << 3);
    for (let j: u32 = 0; j <= i; j++) {
      const rowJ = matrix + (((first + j) * columns) << 3);
      let explained: f64 = 0;
      for (let k = first - n; k < first; k++) explained += load<f64>(rowI + (k << 3)) * load<f64>(rowJ + (k << 3));
      let all = explained;
      for (let k = first; k <= first + j; k++) all += load<f64>(rowI + (k << 3)) * load<f64>(rowJ + (k << 3));
      store<f64>(a + ((i * n + j) << 3), explained);
      store<f64>(a + ((j * n + i) << 3), explained);
      store<f64>(c + ((i * n + j) << 3), all);
    }
  }
  if (!cholesky(c, n, n)) return false;
  for (let j: u32 = 0; j < n; j++) solveLower(c, n, n, a + (j << 3), n);
  for (let i: u32 = 0; i < n; i++) solveLower(c, n, n, a + ((i * n) << 3), 1);
  symmetricEigen(a, vectorAt(out, n, 0), n);
  let trace: f64 = 0;
  for (let r: i32 = i32(n) - 1; r >= 0; r--) {
    const value = load<f64>(a + ((u32(r) * (n + 1)) << 3));
    const statistic = -(<f64>rows) * ln<f64>(1.0 - value);
    trace += statistic;
    store<f64>(out + (u32(r) << 3), value);
    store<f64>(traceAt(out, n, u32(r)), trace);
    store<f64>(maxEigenAt(out, n, u32(r)), statistic);
    solveUpper(c, n, n, vectorAt(out, n, u32(r)), 1);
  }
  return true;
}

/**
 * Lagged differences of least BIC in dy on (y[t-1], z) with constant, 0..maxLag, all judged on the rows that maxLag
 * leaves: ln det(residual covariance) + ln(rows) / rows * n^2 * lags. Ties go to fewer lags; -1: the data are degenerate.
 */
export function lagsByBic(y: usize, stride: u32, variables: u32, count: u32, maxLag: u32, scratch: usize): i32 {
  const n = variables;
  const columns = n * (maxLag + 2);
  const rows = i32(count) - 1 - i32(maxLag);
  if (rows <= i32(columns) + 1) return -1;
  prepare(y, stride, n, count, CONSTANT, scratch);
  const table = scratch + ((2 * n * count) << 3);
  const matrix = table + TABLE_BYTES;
  for (let series: u32 = 0; series < n; series++) {
    const level = scratch + ((series * count) << 3);
    const step = level + ((n * count) << 3);
    put(table, series, level + (maxLag << 3));
    for (let lag: u32 = 1; lag <= maxLag; lag++) put(table, lag * n + series, step + ((maxLag - lag) << 3));
    put(table, (maxLag + 1) * n + series, step + (maxLag << 3));
  }
  const spare = matrix + ((columns * columns) << 3);
  crossProducts(table, columns, rows, CONSTANT, matrix, spare);
  if (!cholesky(matrix, columns, columns)) return -1;
  const covariance = spare + ((2 * columns) << 3);
  const factor = covariance + ((n * n) << 3);
  memory.fill(covariance, 0, (n * n) << 3);
  let best: f64 = Infinity;
  let chosen = -1;
  for (let lag = i32(maxLag); lag >= 0; lag--) {
    // With fewer lags, what their columns explained comes back into the residuals.
    addBack(matrix, columns, n, u32(lag + 1) * n, covariance);
    memory.copy(factor, covariance, (n * n) << 3);
    if (!cholesky(factor, n, n)) return -1;
    let lnDeterminant: f64 = 0;
    for (let i: u32 = 0; i < n; i++) lnDeterminant += 2.0 * ln<f64>(load<f64>(factor + ((i * (n + 1)) << 3)));
    const penalty = (ln<f64>(<f64>rows) / <f64>rows) * <f64>(n * n) * <f64>lag;
    if (lnDeterminant + penalty <= best) {
      best = lnDeterminant + penalty;
      chosen = lag;
    }
  }
  return chosen;
}

/** covariance += L[dy][block] L[dy][block]', block = columns from..from + n - 1 (lower triangle). */
function addBack(matrix: usize, columns: u32, n: u32, from: u32, covariance: usize): void {
  const first = columns - n;
  for (let i: u32 = 0; i < n; i++) {
    const rowI = matrix + (((first + i) * columns) << 3);
    for (let j: u32 = 0; j <= i; j++) {
      const rowJ = matrix + (((first + j) * columns) << 3);
      const at = covariance + ((i * n + j) << 3);
      let sum = load<f64>(at);
      // Above its diagonal the factor holds nothing.
      const end = min(from + n, first + j + 1);
      for (let k = from; k < end; k++) sum += load<f64>(rowI + (k << 3)) * load<f64>(rowJ + (k << 3));
      store<f64>(at, sum);
    }
  }
}
