// Exponential smoothing y[t] = y[t-1] + gain (x[t] - y[t-1]), the one recursion behind EMA, Wilder's averages, MACD and
// EWMA volatility, without its chain of one multiplication and one addition per bar: four bars follow from one state,
//   z[j] = keep^j z[0] + w[j],   w[j] = keep w[j-1] + gain (x[j] - base),   y = base + z,   keep = 1 - gain,
// and only keep^4 z[0] + w[4] is on the critical path. `base` is the state at the start of every BLOCK bars, so that
// constant input gives exactly that constant. A state below FLOOR becomes zero there: it would sink into subnormals.
import { at, isFinite64, put } from "./columns";

const BLOCK: u32 = 64;
const FLOOR: f64 = 1e-30;

/** Bars that are smoothed at once where another pass follows: two columns of them stay in the first-level cache. */
export const CHUNK: u32 = 512;

let reached: f64 = 0; // the state after `few`

/**
 * Smooths `count` values from `x` to `out` (may be the same column), beginning with state y, and returns the last state.
 * Values that are not finite give NaN and leave the state alone. Where groups of four begin depends on earlier values only.
 */
export function smooth(x: usize, out: usize, count: u32, y: f64, gain: f64): f64 {
  const keep = 1.0 - gain;
  const gains = f64x2.splat(gain);
  const keeps = f64x2.splat(keep);
  const near = f64x2.replace_lane(keeps, 1, keep * keep);
  const far = f64x2.mul(near, f64x2.splat(keep * keep));
  const zero = f64x2.splat(0);
  let t: u32 = 0;
  while (t < count) {
    if (abs(y) < FLOOR) y = 0;
    const base = f64x2.splat(y);
    const end = min(count, t + BLOCK);
    let z = zero;
    for (; t + 4 <= end; t += 4) {
      const from = x + (usize(t) << 3);
      const d01 = f64x2.sub(v128.load(from), base);
      const d23 = f64x2.sub(v128.load(from, 16), base);
      const both = f64x2.add(d01, d23);
      if (!i64x2.all_true(f64x2.eq(f64x2.sub(both, both), zero))) break;
      const u01 = f64x2.mul(d01, gains);
      const u23 = f64x2.mul(d23, gains);
      const w01 = f64x2.add(u01, f64x2.mul(keeps, v128.shuffle<f64>(zero, u01, 0, 2)));
      const v23 = f64x2.add(u23, f64x2.mul(keeps, v128.shuffle<f64>(zero, u23, 0, 2)));
      const w23 = f64x2.add(v23, f64x2.mul(near, v128.shuffle<f64>(w01, w01, 1, 3)));
      const z01 = f64x2.add(w01, f64x2.mul(near, z));
      const z23 = f64x2.add(w23, f64x2.mul(far, z));
      const to = out + (usize(t) << 3);
      v128.store(to, f64x2.add(base, z01));
      v128.store(to, f64x2.add(base, z23), 16);
      z = v128.shuffle<f64>(z23, z23, 1, 3);
    }
    const last = f64x2.extract_lane(z, 0);
    y = f64x2.extract_lane(base, 0) + last;
    if (t < end) {
      t = few(x, out, t, end, f64x2.extract_lane(base, 0), last, gain);
      y = reached;
    }
  }
  return y;
}

/**
 * The same four bars one by one, bit for bit as above, up to the first value that is not finite or to `end`. Returns the
 * bar after the last one done and leaves the state in `reached`.
 */
function few(x: usize, out: usize, t: u32, end: u32, base: f64, z: f64, gain: f64): u32 {
  const keep = 1.0 - gain;
  const last = min(end, t + 4);
  let power: f64 = keep; // keep^(j + 1)
  let w: f64 = 0;
  let pair: f64 = 0; // w[2], from which w[3] and w[4] go on
  let previous: f64 = 0;
  reached = base + z;
  for (let j: u32 = 0; t < last; j++, t++) {
    const d = at(x, t) - base;
    if (!isFinite64(d)) {
      put(out, t, NaN);
      return t + 1;
    }
    const u = gain * d;
    if (j == 0) w = u;
    else if (j == 1) pair = w = u + keep * previous;
    else if (j == 2) w = u + keep * pair;
    else w = u + keep * previous + keep * keep * pair;
    reached = base + (w + power * z);
    put(out, t, reached);
    previous = u;
    power = j == 1 ? keep * (keep * keep) : j == 2 ? keep * keep * (keep * keep) : keep * keep;
  }
  return t;
}
