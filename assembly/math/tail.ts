// Value at risk and expected shortfall of one step at probability p (0.05: the worst twentieth), as returns, so negative
// where money is lost. z = normal quantile of p, phi its density, S skew, K excess kurtosis:
//   historical       quantile of the returns with linear interpolation; mean of the returns at or below it
//   normal           mean + z sd                          mean - sd phi / p
//   Cornish-Fisher   mean + w sd, w = z + (z^2 - 1) S / 6 + (z^3 - 3z) K / 24 - (2z^3 - 5z) S^2 / 36, and the mean of that
//                    quantile over all probabilities below p:
//                    mean - sd phi / p (1 + z S / 6 + (z^2 - 1) K / 24 - (2 z^2 - 1) S^2 / 36)
// The expansion is meant for moderate skew and kurtosis; far from the normal it need not even fall with p.
import { normalPdf, normalQuantile } from "./special";
import { quantileSorted, sortColumn } from "./quantile";

export const TAIL_VAR = 0;
export const TAIL_SHORTFALL = 8;
export const TAIL_VAR_NORMAL = 16;
export const TAIL_SHORTFALL_NORMAL = 24;
export const TAIL_VAR_CORNISH_FISHER = 32;
export const TAIL_SHORTFALL_CORNISH_FISHER = 40;
export const TAIL_BYTES = 48;

/** mean, deviation (count - 1), skew, kurtosis: see performance.ts. `scratch` holds count f64 and is sorted afterwards. */
export function tailRisk(
  r: usize,
  count: u32,
  p: f64,
  mean: f64,
  deviation: f64,
  skew: f64,
  kurtosis: f64,
  out: usize,
  scratch: usize,
): void {
  memory.copy(scratch, r, count << 3);
  sortColumn(scratch, count);
  const worst = quantileSorted(scratch, count, p);
  let sum: f64 = 0;
  let n: f64 = 0;
  for (let k: u32 = 0; k < count && load<f64>(scratch + (k << 3)) <= worst; k++) {
    sum += load<f64>(scratch + (k << 3));
    n += 1;
  }
  store<f64>(out, worst, TAIL_VAR);
  store<f64>(out, n > 0 ? sum / n : NaN, TAIL_SHORTFALL);
  const z = normalQuantile(p);
  const beyond = (deviation * normalPdf(z)) / p;
  store<f64>(out, mean + z * deviation, TAIL_VAR_NORMAL);
  store<f64>(out, mean - beyond, TAIL_SHORTFALL_NORMAL);
  const zz = z * z;
  const tilt = (skew * skew) / 36.0;
  const w = z + ((zz - 1.0) * skew) / 6.0 + (z * (zz - 3.0) * kurtosis) / 24.0 - z * (2.0 * zz - 5.0) * tilt;
  const widened = 1.0 + (z * skew) / 6.0 + ((zz - 1.0) * kurtosis) / 24.0 - (2.0 * zz - 1.0) * tilt;
  store<f64>(out, mean + w * deviation, TAIL_VAR_CORNISH_FISHER);
  store<f64>(out, mean - beyond * widened, TAIL_SHORTFALL_CORNISH_FISHER);
}
