// How sure a Sharpe ratio is. All ratios here are of one step (a year's ratio over the root of the steps in a year).
//   V(SR) = (1 - skew SR + (kurtosis - 1)/4 SR^2) / (n - 1)
//   probabilistic(SR*) = Phi((SR - SR*) / sqrt(V)): how probably the true ratio is above SR*
//   expectedMaximum = sqrt(variance) ((1 - g) z(1 - 1/N) + g z(1 - 1/(N e))), g = 0.5772...: what the best of N ratios
//     without any skill comes to; the deflated ratio is the probabilistic one against it
//   minimumLength(SR*) = 1 + (n - 1) V (z(confidence) / (SR - SR*))^2
// Bailey and Lopez de Prado (2012), "The Sharpe ratio efficient frontier", and (2014), "The deflated Sharpe ratio".
import { exp, type Moments, normalCdf, normalQuantile } from "./core-columns.ts";

const EULER = 0.5772156649015329;

/** Variance of the estimated ratio times (n - 1); null where the moments contradict each other. */
function spread({ sharpe, skew, kurtosis }: Moments): number | null {
  const value = 1 - skew * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
  return value > 0 ? value : null;
}

export function probabilisticSharpe(moments: Moments, benchmark: number): number | null {
  const wide = spread(moments);
  if (wide === null || moments.count < 2) return null;
  return normalCdf((moments.sharpe - benchmark) * Math.sqrt((moments.count - 1) / wide));
}

/** `variance`: of the ratios of the trials. One trial has nothing to be chosen from: 0. */
export function expectedMaximum(trials: number, variance: number): number {
  if (!(trials > 1)) return 0;
  const first = normalQuantile(1 - 1 / trials);
  const second = normalQuantile(1 - 1 / (trials * exp(1)));
  return Math.sqrt(variance) * ((1 - EULER) * first + EULER * second);
}

export function deflatedSharpe(moments: Moments, trials: number, variance: number): number | null {
  return probabilisticSharpe(moments, expectedMaximum(trials, variance));
}

/** Steps that are needed to say with this confidence that the ratio is above the benchmark; null when it is not. */
export function minimumLength(moments: Moments, benchmark: number, confidence: number): number | null {
  const wide = spread(moments);
  if (wide === null || !(moments.sharpe > benchmark)) return null;
  const z = normalQuantile(confidence) / (moments.sharpe - benchmark);
  return 1 + wide * z * z;
}
