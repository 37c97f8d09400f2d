// Which of two prices moves first. Two ways of measuring rho(tau), the correlation of a's moves with b's moves tau later:
// positive tau with a large rho means that a leads.
//   asynchronous  Hayashi & Yoshida (2005): the product of every two moves whose intervals overlap after b is shifted back
//                 by tau, over sqrt(sum da^2 sum db^2). No grid, so no loss by sampling. O(na + nb) for one tau, because
//                 b's moves under one interval of a add up to a difference of two prices. No correlation in the
//                 strict sense: quotes that bounce make it exceed 1. Where it is largest is what counts.
//   on a grid     both sampled at equal steps (the last value at or before), corr(b[t + k], a[t]).
// A path is a column of rising times (any unit, f64) and one of values (ln prices); of values at the same time the last
// counts. Nothing is looked up beyond the columns given, so a search over the past uses the past only.

/** Index of the last entry with the time of entry i. */
function lastOfTime(times: usize, count: u32, i: u32): u32 {
  const time = load<f64>(times + (i << 3));
  while (i + 1 < count && load<f64>(times + ((i + 1) << 3)) == time) i++;
  return i;
}

/** Sum of squared moves of a path. */
function energy(times: usize, values: usize, count: u32): f64 {
  let sum: f64 = 0;
  let before = lastOfTime(times, count, 0);
  while (before + 1 < count) {
    const i = lastOfTime(times, count, before + 1);
    const move = load<f64>(values + (i << 3)) - load<f64>(values + (before << 3));
    sum += move * move;
    before = i;
  }
  return sum;
}

/** Hayashi-Yoshida covariance (not divided by time) of the moves of a with those of b `lag` later. */
export function asynchronousCovariance(ta: usize, a: usize, na: u32, tb: usize, b: usize, nb: u32, lag: f64): f64 {
  if (na < 2 || nb < 2) return 0;
  let sum: f64 = 0;
  let low: u32 = lastOfTime(tb, nb, 0); //  last entry of b at or before the interval's start
  let high: u32 = low; //                    first entry at or after its end
  let before = lastOfTime(ta, na, 0);
  while (before + 1 < na) {
    const i = lastOfTime(ta, na, before + 1);
    const start = load<f64>(ta + (before << 3)) + lag;
    const end = load<f64>(ta + (i << 3)) + lag;
    while (low + 1 < nb && load<f64>(tb + ((low + 1) << 3)) <= start) low = lastOfTime(tb, nb, low + 1);
    while (high + 1 < nb && load<f64>(tb + (high << 3)) < end) high = lastOfTime(tb, nb, high + 1);
    if (high > low) {
      const move = load<f64>(a + (i << 3)) - load<f64>(a + (before << 3));
      sum += move * (load<f64>(b + (high << 3)) - load<f64>(b + (low << 3)));
    }
    before = i;
  }
  return sum;
}

/**
 * Search: out[i] = rho(from + i step) for i < lags; gives the i of largest |rho|, -1 when a path never moves. Times,
 * `from` and `step` in one unit.
 */
export function leadLag(
  ta: usize,
  a: usize,
  na: u32,
  tb: usize,
  b: usize,
  nb: u32,
  from: f64,
  step: f64,
  lags: u32,
  out: usize,
): i32 {
  const scale = na < 2 || nb < 2 ? 0 : sqrt(energy(ta, a, na) * energy(tb, b, nb));
  if (!(scale > 0 && scale < Infinity)) return -1;
  for (let i: u32 = 0; i < lags; i++) {
    const covariance = asynchronousCovariance(ta, a, na, tb, b, nb, from + <f64>i * step);
    store<f64>(out + (i << 3), covariance / scale);
  }
  return strongest(out, lags);
}
/** Index of the largest absolute value, the first of equals; -1 when none is a number. */
function strongest(out: usize, count: u32): i32 {
  let best = -1;
  let most: f64 = -1;
  for (let i: u32 = 0; i < count; i++) {
    const size = abs(load<f64>(out + (i << 3)));
    if (size > most) {
      most = size;
      best = i32(i);
    }
  }
  return best;
}

/** out[i] = the last value at or before from + i step; NaN before the first. */
export function sampleGrid(
  times: usize,
  values: usize,
  count: u32,
  from: f64,
  step: f64,
  points: u32,
  out: usize,
): void {
  let place: u32 = 0; // entries at or before the grid point
  for (let i: u32 = 0; i < points; i++) {
    const now = from + <f64>i * step;
    while (place < count && load<f64>(times + (place << 3)) <= now) place++;
    store<f64>(out + (i << 3), place > 0 ? load<f64>(values + ((place - 1) << 3)) : NaN);
  }
}

/** Correlation of two columns; NaN when one of them stands still. */
export function correlation(a: usize, b: usize, count: u32): f64 {
  const n = <f64>count;
  let sumA: f64 = 0;
  let sumB: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    sumA += load<f64>(a + (k << 3));
    sumB += load<f64>(b + (k << 3));
  }
  const meanA = sumA / n;
  const meanB = sumB / n;
  let aa: f64 = 0;
  let ab: f64 = 0;
  let bb: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const da = load<f64>(a + (k << 3)) - meanA;
    const db = load<f64>(b + (k << 3)) - meanB;
    aa += da * da;
    ab += da * db;
    bb += db * db;
  }
  const scale = sqrt(aa * bb);
  return scale > 0 && scale < Infinity ? ab / scale : NaN;
}

/** out[k + most] = corr(b[t + k], a[t]) for k = -most..most over two columns of moves; gives the k of largest |rho| + most. */
export function gridCorrelations(a: usize, b: usize, count: u32, most: u32, out: usize): i32 {
  if (count <= most + 1) return -1;
  for (let k = -i32(most); k <= i32(most); k++) {
    const later = u32(k > 0 ? k : 0) << 3;
    const earlier = u32(k < 0 ? -k : 0) << 3;
    const rows = count - (k < 0 ? u32(-k) : u32(k));
    store<f64>(out + (u32(k + i32(most)) << 3), correlation(a + earlier, b + later, rows));
  }
  return strongest(out, 2 * most + 1);
}
