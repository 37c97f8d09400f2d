// momentum_rider, slow and obvious: from the whole list of closes, every time anew.
export interface MomentumTwin {
  readonly strength: number;
  readonly trend: number;
  readonly sigma: number;
}

export function momentumTwin(
  closes: readonly number[],
  horizons: readonly number[] = [12, 48, 288],
  weights: readonly number[] = [0.5, 0.3, 0.2],
): MomentumTwin {
  const last = closes.length - 1;
  const sigma = ewmaVolatility(closes);
  let sum = 0;
  let weight = 0;
  let trend = 0;
  let longest = 0;
  horizons.forEach((horizon, index) => {
    if (last < horizon) return;
    const move = Math.log(closes[last]! / closes[last - horizon]!);
    sum += (weights[index]! * move) / (sigma * Math.sqrt(horizon));
    weight += weights[index]!;
    if (horizon > longest) {
      longest = horizon;
      trend = move / horizon;
    }
  });
  return { strength: weight > 0 ? sum / weight : 0, trend, sigma };
}

export function ewmaVolatility(closes: readonly number[]): number {
  let variance = 0;
  for (let index = 1; index < closes.length; index++) {
    const step = Math.log(closes[index]! / closes[index - 1]!);
    variance = index === 1 ? step * step : 0.94 * variance + 0.06 * step * step;
  }
  return Math.sqrt(Math.max(variance, 1e-30));
}
