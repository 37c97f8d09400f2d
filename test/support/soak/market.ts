// The market of a soak. Its prices have trends, because a strategy of momentum that meets a random walk for minutes is
// silenced by what it learns, and then there is no signal whose way could be timed. Every 400th tick is of one of ten
// symbols that rise in equal steps; 500 others rise or fall for a minute and a half, with noise, and stay within a
// third of where they began.
import { Random } from "../random.ts";
import { RISING_SYMBOLS, risingSymbol } from "./rising.ts";

const SYMBOLS = 500;
const RISING_EVERY = 400;
const RISING_STEP = 2e-5;
/** Of each tick, along the trend and beside it. */
const STEP = 1e-5;
const NOISE = 1e-4;
/** Ticks of a symbol that a trend has, on average: at 20,000 ticks a second a minute and a half. */
const TREND_TICKS = 3_600;
/** Beyond this distance from where it began, as a logarithm, a price comes back. */
const FAR = 0.25;

export interface Price {
  readonly symbol: string;
  readonly price: number;
}

export class Market {
  private readonly random: Random;
  /** Logarithms of prices, by what they began with. */
  private readonly distance = new Float64Array(SYMBOLS);
  private readonly trend: Float64Array;
  private number: number;

  /** As it goes on behind this many ticks. */
  constructor(ticks = 0) {
    this.random = new Random(ticks + 1);
    this.trend = Float64Array.from({ length: SYMBOLS }, () => this.direction());
    this.number = ticks;
  }

  next(): Price {
    const number = ++this.number;
    if (number % RISING_EVERY === 0) {
      const rising = number / RISING_EVERY;
      const price = 100 * (1 + RISING_STEP) ** Math.floor(rising / RISING_SYMBOLS);
      return { symbol: risingSymbol(rising % RISING_SYMBOLS), price };
    }
    const symbol = number % SYMBOLS;
    return { symbol: `S${symbol}USD`, price: (100 + symbol) * Math.exp(this.moved(symbol)) };
  }

  private moved(symbol: number): number {
    const { distance, trend, random } = this;
    const before = distance[symbol] ?? 0;
    if (random.next() * TREND_TICKS < 1) trend[symbol] = this.direction();
    if (Math.abs(before) > FAR) trend[symbol] = -Math.sign(before);
    const after = before + STEP * (trend[symbol] ?? 0) + NOISE * (random.next() - 0.5);
    distance[symbol] = after;
    return after;
  }

  private direction(): number {
    return this.random.next() < 0.5 ? -1 : 1;
  }
}
