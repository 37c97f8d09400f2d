// Distribution of the Dickey-Fuller t statistic: p-values after MacKinnon (1994, "Approximate asymptotic distribution
// functions for unit-root and cointegration tests"), critical values after MacKinnon (2010, "Critical values for
// cointegration tests", Queen's University working paper 1227; without constant: 1996).
// Regression: NONE, CONSTANT or TREND (moments.ts). Variables: 1 for the unit-root test, 2 for Engle-Granger of two
// series, which exists here with a constant only.
import { CONSTANT, NONE, TREND } from "./moments";
import { normalCdf } from "./normal";

/** p = normalCdf(a + b t + c t^2 + d t^3); the tail and the body have coefficients of their own. */
function tail(t: f64, a: f64, b: f64, c: f64): f64 {
  return normalCdf(a + t * (b + t * c));
}
function body(t: f64, a: f64, b: f64, c: f64, d: f64): f64 {
  return normalCdf(a + t * (b + t * (c + t * d)));
}

/** Probability of a statistic below `t` when there is a unit root; NaN for what has no table. */
export function mackinnonP(t: f64, regression: i32, variables: u32): f64 {
  if (t != t) return NaN;
  if (variables == 2 && regression == CONSTANT) {
    if (t > 0.92) return 1;
    if (t < -18.86) return 0;
    if (t <= -2.62) return tail(t, 2.92, 1.5012, 0.039796);
    return body(t, 2.1945, 0.64695, -0.29198, -0.042377);
  }
  if (variables != 1) return NaN;
  if (regression == NONE) {
    if (t < -19.04) return 0;
    if (t <= -1.04) return tail(t, 0.6344, 1.2378, 0.032496);
    return body(t, 0.4797, 0.93557, -0.06999, 0.033066);
  }
  if (regression == CONSTANT) {
    if (t > 2.74) return 1;
    if (t < -18.83) return 0;
    if (t <= -1.61) return tail(t, 2.1659, 1.4412, 0.038269);
    return body(t, 1.7339, 0.93202, -0.12745, -0.010368);
  }
  if (t > 0.7) return 1;
  if (t < -16.18) return 0;
  if (t <= -2.89) return tail(t, 3.2512, 1.6047, 0.049588);
  return body(t, 2.5261, 0.61654, -0.37956, -0.060285);
}

/** b0 + b1 / n + b2 / n^2 + b3 / n^3, n = observations of the regression. */
function surface(n: f64, b0: f64, b1: f64, b2: f64, b3: f64): f64 {
  const x = 1.0 / n;
  return b0 + x * (b1 + x * (b2 + x * b3));
}

/** Critical value at `percent` = 1, 5 or 10 for `n` observations; NaN for what has no table. */
export function mackinnonCritical(percent: u32, regression: i32, variables: u32, n: f64): f64 {
  if (variables == 2 && regression == CONSTANT) {
    // The paper prints -22.527; packages that carry -33.527 have a slip of the pen.
    if (percent == 1) return surface(n, -3.89644, -10.9519, -22.527, 0);
    if (percent == 5) return surface(n, -3.33613, -6.1101, -6.823, 0);
    return surface(n, -3.04445, -4.2412, -2.72, 0);
  }
  if (variables != 1) return NaN;
  if (regression == NONE) {
    if (percent == 1) return surface(n, -2.56574, -2.2358, -3.627, 0);
    if (percent == 5) return surface(n, -1.941, -0.2686, -3.365, 31.223);
    return surface(n, -1.61682, 0.2656, -2.714, 25.364);
  }
  if (regression == TREND) {
    if (percent == 1) return surface(n, -3.95877, -9.0531, -28.428, -134.155);
    if (percent == 5) return surface(n, -3.41049, -4.3904, -9.036, -45.374);
    return surface(n, -3.12705, -2.5856, -3.925, -22.38);
  }
  if (percent == 1) return surface(n, -3.43035, -6.5393, -16.786, -79.433);
  if (percent == 5) return surface(n, -2.86154, -2.8903, -4.234, -40.04);
  return surface(n, -2.56677, -1.5384, -2.809, 0);
}
