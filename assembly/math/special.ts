// Functions of probability beside normal.ts: ln of the gamma function, Student's t, the normal quantile, the logistic.
import { exp, ln } from "./ln";
import { normalCdf } from "./normal";

const PI: f64 = 3.141592653589793;
const HALF_LN_2PI: f64 = 0.9189385332046728;
const ROOT_2PI: f64 = 2.5066282746310002;

/** ln of the gamma function for x > 0: Stirling's series from 10 on, below it by gamma(x + 1) = x gamma(x). */
export function lnGamma(x: f64): f64 {
  if (!(x > 0)) return NaN;
  let product: f64 = 1;
  while (x < 10) {
    product *= x;
    x += 1;
  }
  const y = 1.0 / x;
  const z = y * y;
  let series = 1.0 / 156.0;
  series = series * z - 691.0 / 360360.0;
  series = series * z + 1.0 / 1188.0;
  series = series * z - 1.0 / 1680.0;
  series = series * z + 1.0 / 1260.0;
  series = series * z - 1.0 / 360.0;
  series = series * z + 1.0 / 12.0;
  return (x - 0.5) * ln<f64>(x) - x + HALF_LN_2PI + series * y - ln<f64>(product);
}

/** Density of Student's t with `freedom` > 0 degrees of freedom. */
export function studentPdf(t: f64, freedom: f64): f64 {
  const ratio = lnGamma(0.5 * (freedom + 1.0)) - lnGamma(0.5 * freedom);
  return exp(ratio - 0.5 * ln<f64>(freedom * PI) - 0.5 * (freedom + 1.0) * ln<f64>(1.0 + (t * t) / freedom));
}
/** Probability below t. */
export function studentCdf(t: f64, freedom: f64): f64 {
  const square = t * t;
  if (!(square < Infinity)) return t > 0 ? 1.0 : t < 0 ? 0.0 : NaN;
  const tail = 0.5 * incompleteBeta(0.5 * freedom, 0.5, freedom / (freedom + square), square / (freedom + square));
  return t > 0 ? 1.0 - tail : tail;
}

const FRACTIONS_MAX = 400;
const TINY: f64 = 1e-300;

/** Regularised incomplete beta function of x in [0, 1], with y = 1 - x given apart so that neither loses digits. */
function incompleteBeta(a: f64, b: f64, x: f64, y: f64): f64 {
  if (!(x > 0)) return 0;
  if (!(y > 0)) return 1;
  const front = exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * ln<f64>(x) + b * ln<f64>(y));
  // The continued fraction converges fast on this side of the mean only.
  if (x < (a + 1.0) / (a + b + 2.0)) return (front * betaFraction(a, b, x)) / a;
  return 1.0 - (front * betaFraction(b, a, y)) / b;
}
/** Continued fraction of the incomplete beta function, evaluated forwards (Lentz's method). */
function betaFraction(a: f64, b: f64, x: f64): f64 {
  let c: f64 = 1;
  let d = 1.0 / awayFromZero(1.0 - ((a + b) * x) / (a + 1.0));
  let result = d;
  for (let m: f64 = 1; m < FRACTIONS_MAX; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
    d = 1.0 / awayFromZero(1.0 + even * d);
    c = awayFromZero(1.0 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    d = 1.0 / awayFromZero(1.0 + odd * d);
    c = awayFromZero(1.0 + odd / c);
    const factor = d * c;
    result *= factor;
    if (abs(factor - 1.0) < 1e-15) break;
  }
  return result;
}
function awayFromZero(x: f64): f64 {
  return abs(x) < TINY ? TINY : x;
}

/** Density of the standard normal distribution. */
export function normalPdf(z: f64): f64 {
  return exp(-0.5 * z * z) / ROOT_2PI;
}

/**
 * The z below which a standard normal value lies with probability p; infinite at 0 and 1. Abramowitz & Stegun 26.2.23
 * (four digits), then Halley's steps on normalCdf in the lower tail, each of which triples the digits.
 */
export function normalQuantile(p: f64): f64 {
  if (!(p >= 0 && p <= 1)) return NaN;
  const tail = p > 0.5 ? 1.0 - p : p;
  if (tail == 0) return p > 0.5 ? Infinity : -Infinity;
  const t = sqrt(-2.0 * ln<f64>(tail));
  const top = 2.515517 + t * (0.802853 + t * 0.010328);
  let z = top / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let step = 0; step < 2; step++) {
    const density = normalPdf(z);
    if (!(density > 1e-290)) break;
    const u = (normalCdf(z) - tail) / density;
    z -= u / (1.0 + 0.5 * z * u);
  }
  return p > 0.5 ? -z : z;
}

/** 1 / (1 + exp(-x)), without overflow on either side. */
export function logistic(x: f64): f64 {
  const e = exp(-abs(x));
  return x < 0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}
