// Windows over a million bars whose price wanders between 1e-8 and 1e9, in steps of a ten-millionth to a tenth of the
// price: no output may carry anything of the bars before its window. The expected values are sums of whole numbers of
// any length, rounded once.
import { describe, expect, it } from "vitest";
import { openEngine } from "../../support/golden/engine.ts";
import { Random } from "../../support/random.ts";

const BARS = 1_000_000;
/** Binary places that hold every digit of a price of 1e-8. */
const PLACES = 84n;
const ULP = 2 ** -52;

/** Ten thousand bars at a level, then another level. */
function wandering(seed: number): Float64Array {
  const random = new Random(seed);
  const prices = new Float64Array(BARS);
  let [price, sigma] = [1, 0.01];
  for (let t = 0; t < BARS; t++) {
    if (t % 10_000 === 0) {
      price = 10 ** random.between(-8, 9);
      sigma = 10 ** random.between(-7, -1.5);
    }
    price *= Math.exp(sigma * random.normal());
    prices[t] = Math.min(1e9, Math.max(1e-8, price));
  }
  return prices;
}

/** value * 2^PLACES; both parts are exact. */
function exactWhole(value: number): bigint {
  const units = Math.floor(value);
  return (BigInt(units) << PLACES) + BigInt((value - units) * 2 ** Number(PLACES));
}
function exactly(window: Float64Array): { readonly mean: number; readonly variance: number } {
  const values = [...window].map(exactWhole);
  const n = BigInt(values.length);
  const sum = values.reduce((total, value) => total + value, 0n);
  const squares = values.reduce((total, value) => total + value * value, 0n);
  const spread = n * squares - sum * sum;
  const scale = 2 ** Number(PLACES);
  return { mean: Number(sum) / scale / window.length, variance: Number(spread) / scale / scale / window.length ** 2 };
}
describe("windows over a million bars", () => {
  const { core, arena } = openEngine("release");
  const prices = wandering(5);
  const x = arena.put(prices);
  const out = arena.take(BARS);
  const random = new Random(6);

  it.each([2, 20, 50, 200])("of %i bars have the mean and the variance of their own bars and nothing else", (n) => {
    const scratch = arena.take(n);
    // At the jumps, at the very end, and anywhere.
    const ends = Array.from({ length: 400 }, (_, k) =>
      k < 200 ? 10_000 * (1 + (k % 99)) + Math.floor(random.between(-2, 2 * n)) : Math.floor(random.between(n, BARS)),
    );
    ends.push(BARS - 1, n - 1);
    const expected = ends.map((t) => exactly(prices.subarray(t - n + 1, t + 1)));
    core.rollingVariance(x, BARS, n, 0, out, scratch);
    for (const [place, { variance }] of expected.entries()) {
      const error = Math.abs(arena.at(out + 8 * (ends[place] ?? 0)) - variance) / variance;
      expect(error, `variance of ${n} bars up to ${ends[place]}`).toBeLessThan(n * (n + 1) * ULP);
    }
    core.sma(x, BARS, n, out);
    for (const [place, { mean }] of expected.entries()) {
      const error = Math.abs(arena.at(out + 8 * (ends[place] ?? 0)) - mean) / mean;
      expect(error, `mean of ${n} bars up to ${ends[place]}`).toBeLessThan(n * n * ULP);
    }
  });
});
