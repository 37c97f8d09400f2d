// How often a resting quote is reached, as a function of its distance from the mid: intensity(d) = A exp(-k d) per unit
// of exposure (after Avellaneda & Stoikov 2008; fitted by least squares of ln(count / exposure) on distance over the near
// range, as Gueant, Lehalle & Fernandez-Tapia 2013 do). Buckets hold how many orders would have reached a quote at
// nearest + j width: counts that fall with j. The fit ends before the first bucket that holds less than one.
import { exp, ln } from "./ln";

export const INTENSITY_A: u32 = 0; //  per unit of exposure
export const INTENSITY_K: u32 = 1; //  per unit of distance
export const INTENSITY_R2: u32 = 2; // of the fit, 0..1
const POINTS_MIN: f64 = 3;

/**
 * Counts lie `stride` bytes apart, as do the three results at `out`. False, and nothing written, when fewer than three
 * buckets hold something, or counts do not fall with distance.
 */
export function intensityFit(
  counts: usize,
  buckets: u32,
  nearest: f64,
  width: f64,
  exposure: f64,
  out: usize,
  stride: u32,
): bool {
  let n: f64 = 0;
  let sx: f64 = 0;
  let sy: f64 = 0;
  let sxx: f64 = 0;
  let sxy: f64 = 0;
  let syy: f64 = 0;
  for (let bucket: u32 = 0; bucket < buckets; bucket++) {
    const count = load<f64>(counts + bucket * stride);
    if (!(count >= 1)) break;
    // In bucket widths, so that the sums are of the same size whatever the price unit is.
    const x = <f64>bucket;
    const y = ln<f64>(count);
    n += 1;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
    syy += y * y;
  }
  if (n < POINTS_MIN || !(width > 0) || !(exposure > 0)) return false;
  const xx = sxx - (sx * sx) / n;
  const xy = sxy - (sx * sy) / n;
  const yy = syy - (sy * sy) / n;
  const slope = xy / xx;
  if (!(slope < 0) || !(yy > 0)) return false;
  const k = -slope / width;
  const atNearest = (sy - slope * sx) / n;
  store<f64>(out + INTENSITY_A * stride, exp(atNearest + k * nearest) / exposure);
  store<f64>(out + INTENSITY_K * stride, k);
  store<f64>(out + INTENSITY_R2 * stride, (xy * xy) / (xx * yy));
  return true;
}
