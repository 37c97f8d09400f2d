// The synthetic market of the demo feed: a few coins whose trends, calms and falls change every few seconds, and one
// pair that stays together. The same seed gives the same market for ever; nothing here reads a clock.

export interface DemoTick {
  readonly symbol: string;
  readonly price: number;
  readonly volume: number;
  readonly timestamp: number;
  readonly bid: number;
  readonly ask: number;
  readonly bid_size: number;
  readonly ask_size: number;
  readonly asset_type: "crypto";
}

interface Market {
  readonly symbol: string;
  price: number;
  /** Standard deviation of one step's return. */
  readonly noise: number;
  /** Mean of one step's return in units of the noise: the regime. */
  drift: number;
  stepsLeft: number;
}

/** Regimes: drift in units of the noise. A trend of half a sigma a step shows in a dozen ticks. */
const DRIFTS = [0.6, 0, -0.6, 0, 0.45, -0.45] as const;
const REGIME_STEPS_MIN = 80;
const REGIME_STEPS_MAX = 240;
const MARKETS: readonly (readonly [symbol: string, price: number, noise: number])[] = [
  ["DEMO-BTC/USDT", 60_000, 0.0006],
  ["DEMO-ETH/USDT", 3_000, 0.0008],
  ["DEMO-SOL/USDT", 150, 0.0011],
  ["DEMO-XRP/USDT", 0.6, 0.0009],
  ["DEMO-ADA/USDT", 0.45, 0.001],
];
/** Follows DEMO-ETH/USDT: its log price is the other's plus a deviation that reverts. */
const FOLLOWER = "DEMO-STETH/USDT";
const FOLLOWS = 1;
const REVERSION = 0.06;
const DEVIATION_NOISE = 0.0005;
const HALF_SPREAD = 0.0001;

export class DemoMarket {
  private readonly markets: Market[];
  private deviation = 0;
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0 || 1;
    this.markets = MARKETS.map(([symbol, price, noise], index) => ({
      symbol,
      price,
      noise,
      drift: DRIFTS[index % DRIFTS.length] ?? 0,
      stepsLeft: REGIME_STEPS_MIN + 10 * index,
    }));
  }

  /** One trade with its quote for every symbol, at `timestamp` microseconds. */
  step(timestamp: number): DemoTick[] {
    const ticks = this.markets.map((market) => {
      this.advance(market);
      return this.tick(market.symbol, market.price, timestamp);
    });
    this.deviation = (1 - REVERSION) * this.deviation + DEVIATION_NOISE * this.normal();
    const leader = this.markets[FOLLOWS]?.price ?? 1;
    ticks.push(this.tick(FOLLOWER, leader * (1 + this.deviation), timestamp));
    return ticks;
  }

  private advance(market: Market): void {
    market.stepsLeft -= 1;
    if (market.stepsLeft <= 0) {
      market.drift = DRIFTS[Math.floor(this.uniform() * DRIFTS.length)] ?? 0;
      market.stepsLeft = REGIME_STEPS_MIN + Math.floor(this.uniform() * (REGIME_STEPS_MAX - REGIME_STEPS_MIN));
    }
    market.price *= 1 + market.noise * (market.drift + this.normal());
  }

  private tick(symbol: string, price: number, timestamp: number): DemoTick {
    const size = (): number => Math.round(1 + 99 * this.uniform());
    return {
      symbol,
      price,
      volume: size(),
      timestamp,
      bid: price * (1 - HALF_SPREAD),
      ask: price * (1 + HALF_SPREAD),
      bid_size: size(),
      ask_size: size(),
      asset_type: "crypto",
    };
  }

  /** Uniform in [0, 1): a 32-bit linear congruence whose high bits are used. */
  private uniform(): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.state >>> 8) / 2 ** 24;
  }
  /** About standard normal, within +-6: the sum of twelve uniforms. */
  private normal(): number {
    let sum = -6;
    for (let index = 0; index < 12; index++) sum += this.uniform();
    return sum;
  }
}
