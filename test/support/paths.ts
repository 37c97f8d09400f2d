// Synthetic prices with a known truth, for tests and benches of the statistical strategies.
import { Random } from "./random.ts";

export interface PairShape {
  readonly seed: number;
  readonly length: number;
  /** Legs besides the first, which follows their common trend. */
  readonly legs?: number;
  /** Share of the distance that is left after one sample; 1: not cointegrated. */
  readonly keep?: number;
  readonly noise?: number;
}

/** Log prices: legs 1.. are random walks, leg 0 is their mean plus a stationary spread. */
export function cointegratedLogs({ seed, length, legs = 2, keep = 0.9, noise = 0.002 }: PairShape): number[][] {
  const random = new Random(seed);
  const walks = Array.from({ length: legs - 1 }, (_, index) => ({
    value: Math.log(50 + 30 * index),
    path: [] as number[],
  }));
  const first: number[] = [];
  let spread = 0;
  for (let t = 0; t < length; t++) {
    spread = keep * spread + noise * random.normal();
    for (const walk of walks) walk.path.push((walk.value += 0.002 * random.normal()));
    first.push(walks.reduce((sum, { value }) => sum + value, 0) / walks.length + spread);
  }
  return [first, ...walks.map(({ path }) => path)];
}
