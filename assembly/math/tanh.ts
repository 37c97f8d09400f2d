// Hyperbolic tangent, (1 - e^(-2|x|)) / (1 + e^(-2|x|)) with the sign of x: odd by construction, -1..1, never NaN for a
// number or an infinity. Absolute error below 3e-16.
import { exp } from "./ln";

export function tanh(x: f64): f64 {
  const left = exp(-2.0 * abs(x));
  const size = (1.0 - left) / (1.0 + left);
  return x < 0.0 ? -size : size;
}
