// A synthetic market for the first minute of a new engine: DEMO- symbols with quotes and trades, seeded, the same on
// every machine. Regimes of trend, range and noise take turns; two symbols are cointegrated; prints reach into the book
// with exponentially falling depth. It is labelled DEMO everywhere, and it ends for good at the first real tick.
import { Random } from "../../domain/random.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { Ingest } from "./ingest.ts";

export interface DemoOptions {
  readonly ingest: Ingest;
  readonly seed?: number;
  readonly onEnd?: () => void;
}

interface Coin {
  readonly symbol: string;
  price: number;
  drift: number;
  noise: number;
  /** Steps until its regime changes. */
  left: number;
}

const STEP_MS = 100;
/** Steps that are sent at once at the start, so that windows are filled and the first signals come within seconds. */
const WARM_STEPS = 320;
const SEED = 8700;
const COINS: readonly (readonly [string, number])[] = [
  ["DEMO-BTC", 64_000],
  ["DEMO-ETH", 3_200],
  ["DEMO-SOL", 150],
  ["DEMO-XRP", 0.6],
  ["DEMO-ADA", 0.45],
];
/** Follows DEMO-ETH but for a reverting distance. */
const PARTNER = "DEMO-STETH";
const HALF_SPREAD = 0.0002;

export class DemoMarket {
  private readonly random: Random;
  private readonly coins: Coin[];
  private gap = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.coins = COINS.map(([symbol, price]) => ({ symbol, price, drift: 0, noise: 0.0003, left: 0 }));
  }

  /** Ticks of one step at `time`: each a trade with the quote around it. */
  step(time: EpochUs): object[] {
    const ticks: object[] = [];
    for (const coin of this.coins) {
      this.move(coin);
      ticks.push(this.tick(coin.symbol, coin.price, time));
      if (coin.symbol === "DEMO-ETH") {
        this.gap = 0.97 * this.gap + 0.0006 * this.random.normal();
        ticks.push(this.tick(PARTNER, coin.price * 0.998 * Math.exp(this.gap), time));
      }
    }
    return ticks;
  }

  private move(coin: Coin): void {
    const { random } = this;
    if (coin.left-- <= 0) {
      const trend = random.next();
      coin.drift = trend < 0.35 ? 0.0006 : trend < 0.7 ? -0.0006 : 0;
      coin.noise = random.between(0.0001, 0.0005);
      coin.left = 60 + random.integer(240);
    }
    coin.price *= Math.exp(coin.drift + coin.noise * random.normal());
  }

  private tick(symbol: string, mid: number, time: EpochUs): object {
    const { random } = this;
    const half = mid * HALF_SPREAD;
    const reach = half * (0.5 - Math.log(1 - random.next()));
    const price = mid + (random.next() < 0.5 ? -reach : reach);
    return {
      ...{ symbol, price, volume: random.between(0.1, 5), timestamp: time, asset_type: "crypto" },
      ...{ bid: mid - half, ask: mid + half, bid_size: random.between(1, 9), ask_size: random.between(1, 9) },
    };
  }
}

export class DemoFeed {
  private readonly options: DemoOptions;
  private readonly market: DemoMarket;
  private timer: NodeJS.Timeout | null = null;

  constructor(options: DemoOptions) {
    this.options = options;
    this.market = new DemoMarket(options.seed ?? SEED);
  }

  get running(): boolean {
    return this.timer !== null;
  }

  /** Does nothing when real ticks have already come. */
  start(now: () => EpochUs): void {
    if (this.options.ingest.realTicks > 0) return;
    const begin = now() - WARM_STEPS * STEP_MS * 1000;
    for (let step = 0; step < WARM_STEPS; step++) this.feed(begin + step * STEP_MS * 1000);
    this.timer = setInterval(() => this.tick(now()), STEP_MS);
  }

  stop(): void {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.options.onEnd?.();
  }

  private tick(now: EpochUs): void {
    if (this.options.ingest.realTicks > 0) this.stop();
    else this.feed(now);
  }

  private feed(time: EpochUs): void {
    this.options.ingest.acceptValue(this.market.step(Math.floor(time)), "demo", "none");
    this.options.ingest.publish();
  }
}
