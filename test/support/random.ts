// Price paths for tests and benches, from the seeded randomness of the engine itself.
import type { Random } from "../../src/domain/random.ts";

export { Random } from "../../src/domain/random.ts";

/** Prices of a geometric random walk. */
export function walk(random: Random, length: number, start: number, sigma: number, drift = 0): number[] {
  const prices: number[] = [];
  let price = start;
  for (let index = 0; index < length; index++) {
    price *= Math.exp(drift + sigma * random.normal());
    prices.push(price);
  }
  return prices;
}
