// Numbered ticks into the streams of shards at a steady rate. Each tick has a number of its own as its volume, so that a
// tick of a journal says which one it is; prices only rise, so that there are signals all the time.
import type { Cluster, Redis } from "ioredis";
import { shardKeys } from "../../../src/bus/bus.ts";
import { shardOf } from "../../../src/domain/shard.ts";

export type AnyRedis = Redis | Cluster;

const SYMBOLS_PER_SHARD = 4;
/** Of each symbol from tick to tick: small equal steps are a trend that gives signals. */
const RISE = 2e-5;

interface Market {
  readonly symbols: readonly string[];
  /** So far. */
  ticks: number;
}

export interface FeedOptions {
  readonly shards: number;
  /** Entries of each shard a second, and ticks in each. */
  readonly entries: number;
  readonly ticks: number;
}

export class Feed {
  /** Every tick that Redis has confirmed, by its number: the shard. */
  readonly confirmed = new Map<number, number>();
  /** Ticks of entries of which nobody knows whether Redis has them. */
  readonly unsure = new Set<number>();
  private readonly redis: AnyRedis;
  private readonly options: FeedOptions;
  private readonly markets: readonly Market[];
  private readonly newest: (string | null)[];
  private number = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly underWay = new Set<Promise<void>>();

  constructor(redis: AnyRedis, options: FeedOptions) {
    this.redis = redis;
    this.options = options;
    this.newest = Array.from({ length: options.shards }, () => null);
    this.markets = this.newest.map((_, shard) => ({ symbols: symbolsOf(shard, options.shards), ticks: 0 }));
  }

  start(): void {
    this.timer ??= setInterval(() => {
      this.markets.forEach((_, shard) => this.send(shard));
    }, 1_000 / this.options.entries);
  }

  /** Resolves when everything that was begun is confirmed or given up. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await Promise.all(this.underWay);
  }

  /** Id of the newest confirmed entry of a shard. */
  newestOf(shard: number): string | null {
    return this.newest[shard] ?? null;
  }

  private send(shard: number): void {
    const market = this.markets[shard];
    if (market === undefined) return;
    const numbers: number[] = [];
    const ticks: object[] = [];
    for (let tick = 0; tick < this.options.ticks; tick++) {
      const number = ++this.number;
      numbers.push(number);
      const { symbols } = market;
      const price = 100 * (1 + RISE) ** Math.floor(market.ticks / symbols.length);
      ticks.push({ symbol: symbols[market.ticks++ % symbols.length], price, volume: number, asset_type: "crypto" });
    }
    const sent = this.add(shard, JSON.stringify({ market_data: ticks }), numbers).finally(() =>
      this.underWay.delete(sent),
    );
    this.underWay.add(sent);
  }

  private async add(shard: number, data: string, numbers: readonly number[]): Promise<void> {
    try {
      const id = await this.redis.xadd(shardKeys(shard).input, "*", "data", data);
      for (const number of numbers) this.confirmed.set(number, shard);
      this.newest[shard] = id;
    } catch {
      for (const number of numbers) this.unsure.add(number);
    }
  }
}

function symbolsOf(shard: number, shards: number): readonly string[] {
  const symbols: string[] = [];
  for (let index = 0; symbols.length < SYMBOLS_PER_SHARD; index++) {
    const name = `RISE${index}USD`;
    if (shardOf(name, shards) === shard) symbols.push(name);
  }
  return symbols;
}
