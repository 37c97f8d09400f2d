// The receiving end of the slots: when the signal of each came on a WebSocket, and when its bare message came from Redis.
import { once } from "node:events";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import { INPUT_CHANNEL } from "../../src/bus/bus.ts";
import { RISING } from "./slot-feed.ts";

interface Update {
  readonly type: string;
  readonly data: {
    readonly action: string;
    readonly type: string;
    readonly symbol: string;
    readonly event_time: number;
  };
}

const POLL_MS = 20;
const SUBSCRIBED_WITHIN_MS = 60_000;

export class SlotTimes {
  /** Signals that are not timed: of symbols that walk, and of strategies that wait for a cycle or the end of a bar. */
  others = 0;
  private gaps = 0;
  /** By the timestamp of the tick, microseconds. */
  private readonly signals = new Map<number, number>();
  private readonly probes = new Map<number, number>();
  private doubled = 0;
  private readonly socket: WebSocket;
  private readonly redis: Redis;

  private constructor(socket: WebSocket, redis: Redis) {
    this.socket = socket;
    this.redis = redis;
  }

  static async open(port: number, redisUrl: string, channel: string): Promise<SlotTimes> {
    const redis = new Redis(redisUrl);
    await listenedTo(redis);
    await redis.subscribe(channel);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false });
    const times = new SlotTimes(socket, redis);
    redis.on("message", (_, slot) => times.probes.set(Number(slot), Number(process.hrtime.bigint())));
    const subscribed = new Promise<void>((resolve) =>
      socket.on("message", (bytes: Buffer) => {
        const now = Number(process.hrtime.bigint());
        const message = JSON.parse(bytes.toString()) as Update;
        if (message.type === "subscribed") resolve();
        else if (message.type === "update") times.take(message, now);
        else if (message.type === "gap") times.gaps++;
      }),
    );
    await once(socket, "open");
    socket.send(`{"op":"subscribe","channel":"signals"}`);
    await subscribed;
    return times;
  }

  /** By the timestamp of its tick; NaN: it has not come. */
  signalNs(timestampUs: number): number {
    return this.signals.get(timestampUs) ?? Number.NaN;
  }

  probeNs(slot: number): number {
    return this.probes.get(slot) ?? Number.NaN;
  }

  /** Each of these ticks has its signal, the last slot its bare message, and none has two. */
  async complete(timestampsUs: readonly number[], lastSlot: number, withinMs: number): Promise<void> {
    const missing = (): number =>
      timestampsUs.filter((timestamp) => Number.isNaN(this.signalNs(timestamp) + this.probeNs(lastSlot))).length;
    const begin = performance.now();
    while (missing() > 0) {
      if (this.gaps > 0) throw new Error("the subscriber was told that it had missed signals");
      if (performance.now() - begin > withinMs)
        throw new Error(`${missing()} ticks of ${timestampsUs.length} gave no signal`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (this.doubled > 0) throw new Error(`${this.doubled} ticks gave two signals`);
  }

  close(): void {
    this.socket.terminate();
    this.redis.disconnect();
  }

  private take({ data }: Update, now: number): void {
    if (data.type !== "momentum_rider" || data.action !== "buy" || !data.symbol.startsWith(RISING)) {
      this.others++;
      return;
    }
    const timestamp = Math.round(data.event_time * 1e6);
    if (this.signals.has(timestamp)) this.doubled++;
    this.signals.set(timestamp, now);
  }
}

/** An engine is ready before it is subscribed: its Redis may be away. */
async function listenedTo(redis: Redis): Promise<void> {
  const begin = performance.now();
  for (;;) {
    const [, listeners] = (await redis.pubsub("NUMSUB", INPUT_CHANNEL)) as [string, number];
    if (listeners > 0) return;
    if (performance.now() - begin > SUBSCRIBED_WITHIN_MS) throw new Error(`nobody subscribed to ${INPUT_CHANNEL}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
