// Standard normal distribution function, absolute error below 1e-14: Hart's rational approximation (1968, no. 5666) of
// the tail times exp(-z^2/2), and a continued fraction beyond |z| = 7.07. Symmetric by construction: Phi(-z) = 1 - Phi(z).
import { exp } from "./ln";

export function normalCdf(z: f64): f64 {
  const x = abs(z);
  if (x > 37.0) return z > 0.0 ? 1.0 : 0.0;
  const density = exp(-0.5 * x * x);
  let tail: f64;
  if (x < 7.07106781186547) {
    let top = 3.52624965998911e-2 * x + 0.700383064443688;
    top = top * x + 6.37396220353165;
    top = top * x + 33.912866078383;
    top = top * x + 112.079291497871;
    top = top * x + 221.213596169931;
    top = top * x + 220.206867912376;
    let bottom = 8.83883476483184e-2 * x + 1.75566716318264;
    bottom = bottom * x + 16.064177579207;
    bottom = bottom * x + 86.7807322029461;
    bottom = bottom * x + 296.564248779674;
    bottom = bottom * x + 637.333633378831;
    bottom = bottom * x + 793.826512519948;
    bottom = bottom * x + 440.413735824752;
    tail = (density * top) / bottom;
  } else {
    const fraction = x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))));
    tail = density / (fraction * 2.506628274631);
  }
  return z > 0.0 ? 1.0 - tail : tail;
}
