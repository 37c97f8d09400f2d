// A child process that publishes numbered ticks at a steady rate through a Redis, ten to a message. The volume of a tick
// is its number, its timestamp the moment at which it was made. Every 400th tick is of one of ten symbols that rise in
// equal steps, so that they give signals whose way can be timed. It goes on whether anybody listens or not.
import { Redis } from "ioredis";
import { Packr } from "msgpackr";
import { Random } from "../random.ts";
import { RISING_SYMBOLS, risingSymbol } from "./rising.ts";

export interface PublisherOrder {
  readonly url: string;
  readonly ticksPerSecond: number;
  readonly first: number;
}
/** Sent each second. */
export interface PublisherNews {
  readonly published: number;
}

const TICKS_PER_MESSAGE = 10;
const SYMBOLS = 500;
const RISING_EVERY = 400;
const STEP = 2e-5;
const TURN_MS = 5;
/** After a stall it catches up in steps, as a feed would. */
const MESSAGES_PER_TURN = 400;

process.once("message", (order: PublisherOrder) => publish(order));
process.once("disconnect", () => process.exit(0));

function publish({ url, ticksPerSecond, first }: PublisherOrder): void {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const packr = new Packr({ useRecords: false });
  const random = new Random(first + 1);
  const prices = Array.from({ length: SYMBOLS }, (_, symbol) => 100 + symbol);
  const began = performance.now();
  let number = first;
  let rising = Math.floor(first / RISING_EVERY);
  const tick = (timestamp: number): object => {
    number++;
    if (number % RISING_EVERY === 0) {
      const price = 100 * (1 + STEP) ** Math.floor(++rising / RISING_SYMBOLS);
      const symbol = risingSymbol(rising % RISING_SYMBOLS);
      return { symbol, price, volume: number, timestamp, asset_type: "crypto" };
    }
    const symbol = number % SYMBOLS;
    const price = (prices[symbol] ?? 100) * (1 + 2e-4 * (random.next() - 0.5));
    prices[symbol] = price;
    return { symbol: `S${symbol}USD`, price, volume: number, timestamp, asset_type: "crypto" };
  };
  setInterval(() => {
    const elapsedMs = performance.now() - began;
    const due = Math.floor((elapsedMs * ticksPerSecond) / 1000 / TICKS_PER_MESSAGE);
    const behind = due - (number - first) / TICKS_PER_MESSAGE;
    if (behind <= 0) return;
    const pipeline = redis.pipeline();
    const timestamp = Math.round((performance.timeOrigin + performance.now()) * 1000);
    for (let message = 0; message < Math.min(behind, MESSAGES_PER_TURN); message++) {
      const ticks = Array.from({ length: TICKS_PER_MESSAGE }, () => tick(timestamp));
      pipeline.publish("strategy_engine_input", packr.pack(ticks));
    }
    void pipeline.exec();
  }, TURN_MS);
  setInterval(() => process.send?.({ published: number } satisfies PublisherNews), 1_000);
}
