// Augmented Dickey-Fuller t statistic: t of b in
//   dx[t] = b x[t-1] + c_1 dx[t-1] + ... + c_k dx[t-k] + deterministic terms + e[t]
// with `lags` = k lagged differences and NONE, CONSTANT or TREND (moments.ts) as deterministic terms. The sample has
// count - 1 - k rows. With the columns ordered (lagged differences, level, dx) the statistic is read off the Cholesky
// factor of their cross products: b / se(b) = L[dx][level] / (L[dx][dx] / sqrt(degrees of freedom)).
// Scratch: 2 count f64 + 512 bytes + (k + 2)^2 f64 + 2 (k + 2) f64.
import { cholesky } from "./cholesky";
import { ln } from "./ln";
import { CONSTANT, crossProducts, differences } from "./moments";

export const LAGS_MAX: u32 = 32;
const TABLE_BYTES = 256;

/** NaN when the sample is too short, constant, or perfectly explained. */
export function dickeyFuller(x: usize, count: u32, lags: u32, regression: i32, scratch: usize): f64 {
  const rows = i32(count) - 1 - i32(lags);
  const freedom = rows - i32(lags) - 2 - regression;
  if (freedom < 1) return NaN;
  assert(lags <= LAGS_MAX);
  const steps = prepare(x, count, regression, scratch);
  const table = steps + (count << 3);
  const columns = lags + 2;
  for (let lag: u32 = 1; lag <= lags; lag++) store<u32>(table + ((lag - 1) << 2), u32(steps) + ((lags - lag) << 3));
  store<u32>(table + (lags << 2), u32(scratch) + (lags << 3));
  store<u32>(table + ((lags + 1) << 2), u32(steps) + (lags << 3));
  const matrix = table + TABLE_BYTES;
  crossProducts(table, columns, rows, regression, matrix, matrix + ((columns * columns) << 3));
  if (!cholesky(matrix, columns, columns)) return NaN;
  const last = matrix + (((columns - 1) * columns) << 3);
  return (load<f64>(last + (lags << 3)) / load<f64>(last + ((lags + 1) << 3))) * sqrt(<f64>freedom);
}

/** Lags of least AIC, 0..maxLag, all judged on the rows that maxLag leaves. Ties go to fewer lags. */
export function lagsByAic(x: usize, count: u32, maxLag: u32, regression: i32, scratch: usize): u32 {
  const rows = i32(count) - 1 - i32(maxLag);
  if (rows - i32(maxLag) - 2 - regression < 1) return 0;
  const steps = prepare(x, count, regression, scratch);
  const table = steps + (count << 3);
  const columns = maxLag + 2;
  store<u32>(table, u32(scratch) + (maxLag << 3));
  for (let lag: u32 = 0; lag <= maxLag; lag++) {
    // Column of the lagged difference; the difference itself (lag 0) comes last.
    const place = lag == 0 ? columns - 1 : lag;
    store<u32>(table + (place << 2), u32(steps) + ((maxLag - lag) << 3));
  }
  const matrix = table + TABLE_BYTES;
  crossProducts(table, columns, rows, regression, matrix, matrix + ((columns * columns) << 3));
  if (!cholesky(matrix, columns, columns)) return 0;
  const last = matrix + (((columns - 1) * columns) << 3);
  let rest: f64 = 0;
  let best: f64 = Infinity;
  let chosen = maxLag;
  for (let lag = i32(maxLag); lag >= 0; lag--) {
    // The residual sum with `lag` lags: what the later columns would still explain is added back.
    const entry = load<f64>(last + ((lag + 1) << 3));
    rest += entry * entry;
    const criterion = <f64>rows * ln<f64>(rest / <f64>rows) + 2.0 * <f64>lag;
    if (criterion <= best) {
      best = criterion;
      chosen = u32(lag);
    }
  }
  return chosen;
}

/** Levels to scratch and their differences behind; with a constant the level's origin is free, so it is taken near. */
function prepare(x: usize, count: u32, regression: i32, scratch: usize): usize {
  const origin = regression >= CONSTANT ? load<f64>(x) : 0;
  for (let k: u32 = 0; k < count; k++) store<f64>(scratch + (k << 3), load<f64>(x + (k << 3)) - origin);
  const steps = scratch + (count << 3);
  differences(x, steps, count);
  return steps;
}
