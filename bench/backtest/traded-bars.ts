// A random walk of bars and the decisions of two moving averages on it, made once: what is measured is the trading.
import { Random } from "../../src/domain/random.ts";

export interface TradedBars {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** 1: the fast average crossed above the slow one at this close, -1: below, 0: neither. */
  readonly crossed: Int8Array;
}

const STEP = 0.002;

export function tradedBars(count: number, seed: number, fast: number, slow: number): TradedBars {
  const random = new Random(seed);
  const [open, high, low, close, volume] = Array.from({ length: 5 }, () => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let price = 100;
  for (let bar = 0; bar < count; bar++) {
    const from = price;
    // Pulled back to 100, so that a million steps stay in the range of prices.
    price *= 1 + STEP * random.normal() - 1e-4 * Math.sign(price - 100);
    const reach = STEP * random.next();
    open[bar] = from;
    close[bar] = price;
    high[bar] = Math.max(from, price) * (1 + reach);
    low[bar] = Math.min(from, price) * (1 - reach);
    volume[bar] = 1_000 + random.integer(1_000);
  }
  return { open, high, low, close, volume, crossed: crosses(close, fast, slow) };
}

function crosses(close: Float64Array, fast: number, slow: number): Int8Array {
  const crossed = new Int8Array(close.length);
  let [near, far, side] = [0, 0, 0];
  for (const [bar, price] of close.entries()) {
    near += price - (close[bar - fast] ?? 0);
    far += price - (close[bar - slow] ?? 0);
    if (bar < slow) continue;
    const now = Math.sign(near / fast - far / slow);
    if (now !== side && now !== 0) crossed[bar] = now;
    side = now === 0 ? side : now;
  }
  return crossed;
}
