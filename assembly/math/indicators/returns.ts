// Returns and the volatility of returns.
//   change          x[t] / x[t-n] - 1, first defined at n; NaN where x[t-n] is zero
//   log return      ln(x[t] / x[t-1]), from 1; NaN unless both are above zero
//   volatility      standard deviation (ddof 1) of the last n log returns, per bar; first defined at n; NaN for n = 1
//   ewma            v = r^2 at the first finite return, then v = lambda v + (1 - lambda) r^2; root of v; from 1
import { blank, isFinite64, at, put } from "./columns";
import { ln } from "../ln";
import { CHUNK, smooth } from "./recursion";
import { rollingDeviation } from "./bands";

export function change(x: usize, count: u32, n: u32, out: usize): void {
  if (n == 0) return blank(out, 0, count);
  blank(out, 0, min(n, count));
  for (let t = n; t < count; t++) {
    const before = at(x, t - n);
    put(out, t, before == 0 ? NaN : at(x, t) / before - 1.0);
  }
}

export function logReturns(x: usize, count: u32, out: usize): void {
  if (count == 0) return;
  put(out, 0, NaN);
  const zero = f64x2.splat(0);
  const undefined = f64x2.splat(NaN);
  let t: u32 = 1;
  for (; t + 2 <= count; t += 2) {
    const place = usize(t) << 3;
    const now = v128.load(x + place);
    const before = v128.load(x + place - 8);
    const good = v128.and(f64x2.gt(now, zero), f64x2.gt(before, zero));
    v128.store(out + place, v128.bitselect(ln<v128>(f64x2.div(now, before)), undefined, good));
  }
  if (t < count) put(out, t, at(x, t) > 0 && at(x, t - 1) > 0 ? ln<f64>(at(x, t) / at(x, t - 1)) : NaN);
}

/** `scratch` holds count + n f64. */
export function logReturnVolatility(x: usize, count: u32, n: u32, out: usize, scratch: usize): void {
  if (count == 0) return;
  logReturns(x, count, scratch);
  put(out, 0, NaN);
  rollingDeviation(scratch + 8, count - 1, n, 1, out + 8, scratch + (usize(count) << 3));
}

export function ewmaVolatility(x: usize, count: u32, lambda: f64, out: usize): void {
  logReturns(x, count, out);
  let start: u32 = 0;
  for (; start < count; start++) if (isFinite64(at(out, start))) break;
  if (start == count) return;
  let state = at(out, start) * at(out, start);
  put(out, start, abs(at(out, start)));
  start++;
  while (start < count) {
    const end = min(count, start + CHUNK);
    for (let t = start; t < end; t++) put(out, t, at(out, t) * at(out, t));
    const place = out + (usize(start) << 3);
    state = smooth(place, place, end - start, state, 1.0 - lambda);
    for (let t = start; t < end; t++) put(out, t, sqrt(at(out, t)));
    start = end;
  }
}
