// A child process that publishes numbered ticks at a steady rate through a Redis, ten to a message. The volume of a tick
// is its number, its timestamp the moment at which it was made. It goes on whether anybody listens or not.
import { Redis } from "ioredis";
import { Packr } from "msgpackr";
import { Market } from "./market.ts";

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
const TURN_MS = 5;
/** After a stall it catches up in steps, as a feed would. */
const MESSAGES_PER_TURN = 400;

process.once("message", (order: PublisherOrder) => publish(order));
process.once("disconnect", () => process.exit(0));

function publish({ url, ticksPerSecond, first }: PublisherOrder): void {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const packr = new Packr({ useRecords: false });
  const market = new Market(first);
  const began = performance.now();
  let number = first;
  const tick = (timestamp: number): object => ({
    ...market.next(),
    volume: ++number,
    timestamp,
    asset_type: "crypto",
  });
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
