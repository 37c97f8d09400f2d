// The market of the scripted day: prices made here from fixed moves, the same in every run, sent over HTTP as fast as the
// engine takes them. Event times are those of one Friday, a second apart; the story is told by this clock. Seconds since
// the epoch.
import type { EngineProcess } from "../engine-process.ts";

const OPENING = Date.UTC(2025, 5, 6, 9, 0) / 1000;
const MINUTE = 60;

export class Market {
  private time = OPENING;
  private readonly prices = new Map<string, number>([
    ["BTCUSD", 50_000],
    ["ETHUSD", 3_000],
  ]);
  private count = 0;

  /** Of the day, as HH:MM. */
  get clock(): string {
    return new Date(this.time * 1000).toISOString().slice(11, 16);
  }

  get ticks(): number {
    return this.count;
  }

  price(symbol: string): number {
    return this.prices.get(symbol) ?? 1;
  }

  /** Nothing happens until then, `minutes` from now. */
  pass(minutes: number): void {
    this.time += minutes * MINUTE;
  }

  /** One tick for each factor, with volume that grows on the way. Answers which strategies spoke about them at once. */
  async move(engine: EngineProcess, symbol: string, factors: readonly number[]): Promise<readonly unknown[]> {
    let price = this.price(symbol);
    const ticks = factors.map((factor, index) => {
      price *= factor;
      this.time += 1;
      return { symbol, price, volume: 1_000 + (1_000 * index) / factors.length, timestamp: this.time };
    });
    this.prices.set(symbol, price);
    this.count += ticks.length;
    const answer = await engine.post(JSON.stringify({ market_data: ticks }));
    if (answer["processed"] !== ticks.length) throw new Error(`ticks were refused: ${JSON.stringify(answer)}`);
    return (answer["signals"] as readonly { readonly strategy_id: unknown }[]).map(({ strategy_id: id }) => id);
  }
}

const times = (count: number, factor: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, index) => factor(index));

/** A trend as the momentum strategy looks for it. */
export const RISING = times(120, (index) => (index % 2 === 0 ? 1.0002 : 1.0001));
/** The index of relative strength is near its end after it. */
export const SLIDING = times(24, () => 0.999);
export const CLIMBING = times(60, () => 1.0015);
/** And near its middle after this. */
export const SIDEWAYS = times(40, (index) => (index % 2 === 0 ? 1.0015 : 1 / 1.0015));
export const STILL = times(3, () => 1);
