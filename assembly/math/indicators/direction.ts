// Directional movement after Wilder (1978): how much of the range was upward, how much downward, and how one-sided it is.
//   up = high[t] - high[t-1], down = low[t-1] - low[t];   +DM = up if up > down and up > 0, -DM = down if down > up, > 0
//   DI = 100 average(DM) / average(true range);   DX = 100 |+DI - -DI| / (+DI + -DI);   adx = average(DX)
// Averages: mean of the first n whole bars, then average += (value - average) / n. A bar is whole when it and the bar
// before are finite; others are NaN and passed over. DI first defined at n, adx at 2 n - 1. Nothing moves: 0.
import { at, blank, isFinite64, put } from "./columns";
import { range } from "./ranges";

const FLOOR: f64 = 1e-30; // below it an average is zero: it would sink into subnormals

export function adx(
  high: usize,
  low: usize,
  close: usize,
  count: u32,
  n: u32,
  plus: usize,
  minus: usize,
  out: usize,
): void {
  const first: u32 = n == 0 ? count : min(1, count);
  blank(plus, 0, first);
  blank(minus, 0, first);
  blank(out, 0, first);
  let bars: u32 = 0;
  let scores: u32 = 0;
  let ranges: f64 = 0;
  let ups: f64 = 0;
  let downs: f64 = 0;
  let score: f64 = 0;
  for (let t = first; t < count; t++) {
    put(plus, t, NaN);
    put(minus, t, NaN);
    put(out, t, NaN);
    const up = at(high, t) - at(high, t - 1);
    const down = at(low, t - 1) - at(low, t);
    const span = range(at(high, t), at(low, t), at(close, t - 1));
    if (!isFinite64(up + down + span)) continue;
    bars++;
    ranges = follow(ranges, span, bars, n);
    ups = follow(ups, up > down && up > 0 ? up : 0, bars, n);
    downs = follow(downs, down > up && down > 0 ? down : 0, bars, n);
    if (bars < n) continue;
    const upward = ranges > 0 ? 100.0 * (ups / ranges) : 0.0;
    const downward = ranges > 0 ? 100.0 * (downs / ranges) : 0.0;
    const both = upward + downward;
    put(plus, t, upward);
    put(minus, t, downward);
    score = follow(score, both > 0 ? 100.0 * (abs(upward - downward) / both) : 0.0, ++scores, n);
    if (scores >= n) put(out, t, score);
  }
}

/** The average after its `seen`-th value: the plain mean up to n, Wilder's from there. */
function follow(average: f64, value: f64, seen: u32, n: u32): f64 {
  const next = average + (value - average) / <f64>min(seen, n);
  return next < FLOOR ? 0.0 : next;
}
