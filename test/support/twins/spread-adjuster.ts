// spread_adjuster, slow and obvious: the published and the normalised formula, and estimators from the whole history.
export interface QuoteInput {
  readonly mid: number;
  readonly variancePerSecond: number;
  readonly tickVariance: number;
  readonly decay: number;
  readonly inventory: number;
}
export interface QuoteParameters {
  readonly gamma: number;
  readonly horizonS: number;
  readonly makerFeeBps: number;
  readonly minSpreadBps: number;
  readonly maxSpreadBps: number;
  readonly normalised: boolean;
}

export function quotesTwin(input: QuoteInput, p: QuoteParameters): { bid: number; ask: number } {
  const noise = p.normalised ? Math.sqrt(input.tickVariance) : input.variancePerSecond;
  const reservation = input.mid - input.inventory * p.gamma * noise * p.horizonS;
  const spread = p.gamma * noise * p.horizonS + (2 / p.gamma) * Math.log(1 + p.gamma / input.decay);
  const least = input.mid * (p.makerFeeBps / 1e4) + (input.mid * p.minSpreadBps) / 1e4 / 2;
  const most = (input.mid * p.maxSpreadBps) / 1e4 / 2;
  const half = Math.min(Math.max(spread / 2, least), most);
  return { bid: reservation - half, ask: reservation + half };
}

/** Mean of squared moves per second, over all of the history while it is shorter than `memoryS`, then fading. */
export function varianceTwin(mids: readonly number[], seconds: readonly number[], memoryS: number): number {
  let value = 0;
  for (let index = 1; index < mids.length; index++) {
    const move = mids[index]! - mids[index - 1]!;
    const memory = Math.min(seconds[index - 1]! - seconds[0]!, memoryS);
    const dt = seconds[index]! - seconds[index - 1]!;
    value = (value * memory + move * move) / (memory + dt);
  }
  return value;
}

/** ln(count of prints at distance >= x) = a - k x by least squares over the given points. */
export function decayTwin(distances: readonly number[], width: number, buckets: number): { k: number; r2: number } {
  const points: [number, number][] = [];
  for (let bucket = 1; bucket < buckets; bucket++) {
    const count = distances.filter((distance) => distance >= bucket * width).length;
    if (count === 0) break;
    points.push([bucket * width, Math.log(count)]);
  }
  const n = points.length;
  const mx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const my = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const xy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const yy = points.reduce((sum, [, y]) => sum + (y - my) ** 2, 0);
  return { k: -xy / xx, r2: (xy * xy) / (xx * yy) };
}
