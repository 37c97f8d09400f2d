// Relative strength index after Wilder (1978): share of the gains in all movement, 0 to 100.
//   change d[t] = x[t] - x[t-1] from t = 1; first averages = means of the first n finite gains max(d, 0) and losses
//   max(-d, 0); then average = (average (n - 1) + value) / n.   rsi = 100 g / (g + l); no loss: 100; no movement: 50
// First defined at n. A NaN price takes both of its changes with it.
// The averages are held n-fold, because only their proportion is read: G = keep G + gain, keep = (n - 1) / n. Gain and
// loss are the two lanes; four bars follow from one state, as in recursion.ts. Below FLOOR a state becomes zero.
import { at, blank, isFinite64, put } from "./columns";

const FLOOR: f64 = 1e-30;
let reached: v128 = i64x2.splat(0);

export function rsi(x: usize, count: u32, n: u32, out: usize): void {
  if (n == 0) return blank(out, 0, count);
  let found: u32 = 0;
  let gains: f64 = 0;
  let losses: f64 = 0;
  let t: u32 = 1;
  for (; t < count && found < n; t++) {
    const change = at(x, t) - at(x, t - 1);
    put(out, t, NaN);
    if (!isFinite64(change)) continue;
    gains += max(change, 0.0);
    losses += max(-change, 0.0);
    if (++found == n) put(out, t, single(gains, losses));
  }
  blank(out, 0, min(1, count));
  if (found == n) follow(x, t, count, f64x2.replace_lane(f64x2.splat(gains), 1, losses), 1.0 - 1.0 / <f64>n, out);
}

function single(gain: f64, loss: f64): f64 {
  const total = gain + loss;
  return total == 0 ? 50.0 : 100.0 * (gain / total);
}

/** 100 g / (g + l) of the states [g, l] of two bars. */
function index(first: v128, second: v128): v128 {
  const gain = v128.shuffle<f64>(first, second, 0, 2);
  const total = f64x2.add(gain, v128.shuffle<f64>(first, second, 1, 3));
  const value = f64x2.mul(f64x2.splat(100), f64x2.div(gain, total));
  return v128.bitselect(f64x2.splat(50), value, f64x2.eq(total, f64x2.splat(0)));
}
function floored(state: v128): v128 {
  return v128.and(state, f64x2.ge(state, f64x2.splat(FLOOR)));
}

/** Bars t .. count - 1 from the state before them. */
function follow(x: usize, t: u32, count: u32, state: v128, keep: f64, out: usize): void {
  const keep1 = f64x2.splat(keep);
  const keep2 = f64x2.mul(keep1, keep1);
  const keep3 = f64x2.mul(keep1, keep2);
  const keep4 = f64x2.mul(keep2, keep2);
  const zero = f64x2.splat(0);
  while (t < count) {
    for (; t + 4 <= count; t += 4) {
      const from = x + (usize(t) << 3);
      const d01 = f64x2.sub(v128.load(from), v128.load(from - 8));
      const d23 = f64x2.sub(v128.load(from, 16), v128.load(from, 8));
      const both = f64x2.add(d01, d23);
      if (!i64x2.all_true(f64x2.eq(f64x2.sub(both, both), zero))) break;
      const g01 = f64x2.pmax(zero, d01);
      const g23 = f64x2.pmax(zero, d23);
      const l01 = f64x2.sub(g01, d01);
      const l23 = f64x2.sub(g23, d23);
      const w1 = v128.shuffle<f64>(g01, l01, 0, 2);
      const w2 = f64x2.add(v128.shuffle<f64>(g01, l01, 1, 3), f64x2.mul(keep1, w1));
      const w3 = f64x2.add(v128.shuffle<f64>(g23, l23, 0, 2), f64x2.mul(keep1, w2));
      const w4 = f64x2.add(v128.shuffle<f64>(g23, l23, 1, 3), f64x2.mul(keep1, w3));
      const state1 = f64x2.add(w1, f64x2.mul(keep1, state));
      const state2 = f64x2.add(w2, f64x2.mul(keep2, state));
      const state3 = f64x2.add(w3, f64x2.mul(keep3, state));
      const state4 = f64x2.add(w4, f64x2.mul(keep4, state));
      v128.store(out + (usize(t) << 3), index(state1, state2));
      v128.store(out + (usize(t) << 3), index(state3, state4), 16);
      state = floored(state4);
    }
    t = few(x, t, count, state, keep, out);
    state = floored(reached);
  }
}

/** The same four bars one by one, up to the first change that is not finite; the state is left in `reached`. */
function few(x: usize, t: u32, count: u32, state: v128, keep: f64, out: usize): u32 {
  const keep1 = f64x2.splat(keep);
  const zero = f64x2.splat(0);
  const last = min(count, t + 4);
  let power = keep1;
  let w = zero;
  reached = state;
  for (let j: u32 = 0; t < last; j++, t++) {
    const change = f64x2.splat(at(x, t) - at(x, t - 1));
    if (!isFinite64(f64x2.extract_lane(change, 0))) {
      put(out, t, NaN);
      return t + 1;
    }
    const gain = f64x2.pmax(zero, change);
    w = f64x2.add(v128.shuffle<f64>(gain, f64x2.sub(gain, change), 0, 2), f64x2.mul(keep1, w));
    reached = f64x2.add(w, f64x2.mul(power, state));
    put(out, t, f64x2.extract_lane(index(reached, reached), 0));
    // keep^4 as the square of keep^2, like above.
    power = j == 2 ? f64x2.mul(f64x2.mul(keep1, keep1), f64x2.mul(keep1, keep1)) : f64x2.mul(keep1, power);
  }
  return t;
}
