// The bus over Redis: one connection that writes and reads keys, one that only listens. Writes made in one turn of the
// event loop leave in one packet (write-lane.ts). Nothing is queued while Redis is away, and what is under way has a limit,
// because a Redis that hangs accepts bytes until it is found out.
import type { Log } from "../telemetry/log.ts";
import type { RedisAddress } from "./redis-address.ts";
import { RedisLink } from "./redis-link.ts";
import {
  type Bus,
  type BusCounters,
  GET_MS,
  type KeyAnswer,
  type MessageHandler,
  textBody,
  topicBody,
  validTtl,
  VALUE_BYTES_MAX,
  valueOf,
  zeroCounters,
} from "./port.ts";
import { UNDER_WAY_MAX, type WriteLane } from "./write-lane.ts";

/** Of the writes that wait for Redis' answer; they are UNDER_WAY_MAX at most. */
const UNDER_WAY_BYTES_MAX = 32 * 1024 * 1024;
const REFUSAL_LOG_MS = 10_000;
const NOBODY: readonly MessageHandler[] = [];

export class RedisBus implements Bus {
  readonly kind = "redis";
  private readonly log: Log;
  private readonly writer: RedisLink;
  private readonly listener: RedisLink;
  private readonly lane: WriteLane;
  private readonly handlers = new Map<string, MessageHandler[]>();
  private readonly standing = new Set<string>();
  private readonly listeners: ((connected: boolean) => void)[] = [];
  private readonly count = zeroCounters();
  private underWay = 0;
  private underWayBytes = 0;
  private flushing = false;
  private readonly flush = (): void => {
    this.flushing = false;
    this.lane.flush();
  };
  private wasConnected = false;
  private refusalLoggedAt = -Infinity;
  private closed = false;

  constructor(address: RedisAddress, log: Log) {
    this.log = log;
    const changed = (): void => this.announce();
    this.writer = new RedisLink("writer", address, log, { onUp: changed, onDown: changed });
    this.lane = this.writer.lane((bytes, error) => this.settle(bytes, error));
    const heard = {
      onUp: () => this.resubscribe(),
      onDown: () => this.loseSubscriptions(),
      onMessage: (channel: string, bytes: Uint8Array) => this.deliver(channel, bytes),
    };
    this.listener = new RedisLink("listener", address, log, heard, "messages");
  }

  connected(): boolean {
    return !this.closed && this.writer.up && this.listener.up && this.standing.size === this.handlers.size;
  }

  publish(topic: string, payload: unknown): void {
    const body = topicBody(topic, payload);
    if (body === null) {
      this.count.dropped += 1;
      this.logRefusal(`the payload of ${topic} cannot be expressed in JSON`);
    } else if (this.admits(body.length)) {
      this.lane.publish(topic, body, body.length);
    }
  }

  publishText(topic: string, payload: string): void {
    const body = textBody(topic, payload);
    if (this.admits(body.length)) this.lane.publish(topic, body, body.length);
  }

  publishRaw(channel: string, bytes: Uint8Array): void {
    if (this.admits(bytes.length)) this.lane.publish(channel, Buffer.from(bytes), bytes.length);
  }

  subscribe(channel: string, onMessage: MessageHandler): void {
    const handlers = this.handlers.get(channel);
    if (handlers !== undefined) {
      handlers.push(onMessage);
      return;
    }
    this.handlers.set(channel, [onMessage]);
    this.announce(); // not connected until this subscription stands too
    if (this.listener.up) this.resubscribe();
  }

  setKey(key: string, value: string, ttlSeconds: number | null): void {
    if (!validTtl(ttlSeconds)) {
      this.count.dropped += 1;
      this.logRefusal(`a life time of ${ttlSeconds} s for ${key} is not a positive whole number`);
      return;
    }
    const bytes = key.length + value.length;
    if (this.admits(bytes)) this.lane.set(key, value, ttlSeconds, bytes);
  }

  async getKey(key: string): Promise<Uint8Array | null> {
    return valueOf(await this.readKey(key));
  }

  async readKey(key: string): Promise<KeyAnswer> {
    if (!this.writer.up) return "away";
    this.lane.hold(); // thousands of symbols ask for their histories when a feed begins: those of a turn leave together
    this.leaveSoon();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), GET_MS);
    });
    // GETRANGE instead of GET: a huge value must not come over whole before it is refused.
    const value = this.writer.redis.getrangeBuffer(key, 0, VALUE_BYTES_MAX).catch(answerOf);
    const answer = await Promise.race([value, late]);
    clearTimeout(timer);
    return typeof answer === "string" || (answer.length > 0 && answer.length <= VALUE_BYTES_MAX) ? answer : "none";
  }

  counters(): BusCounters {
    return { ...this.count, reconnects: this.writer.reconnects + this.listener.reconnects };
  }

  onStatus(onChange: (connected: boolean) => void): void {
    this.listeners.push(onChange);
  }

  async close(): Promise<void> {
    this.lane.flush();
    await Promise.all([this.writer.close(), this.listener.close()]);
    this.closed = true;
    this.announce();
  }

  /** Whether there is somebody to write to, and room for what is under way; the write then follows, and leaves with its turn. */
  private admits(bytes: number): boolean {
    const full = this.underWay >= UNDER_WAY_MAX || this.underWayBytes + bytes > UNDER_WAY_BYTES_MAX;
    if (!this.writer.up || full) {
      this.count.dropped += 1;
      return false;
    }
    this.underWay += 1;
    this.underWayBytes += bytes;
    this.leaveSoon();
    return true;
  }

  /** What was written and asked in this turn of the loop. */
  private leaveSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    process.nextTick(this.flush);
  }

  private settle(bytes: number, error: unknown): void {
    this.underWay -= 1;
    this.underWayBytes -= bytes;
    if (error === null) {
      this.count.messagesOut += 1;
      return;
    }
    this.count.dropped += 1;
    if (error instanceof Error && error.name === "ReplyError") this.logRefusal(error.message);
  }

  /** Redis may refuse every write of thousands a second (read-only replica, out of memory): one line in ten seconds. */
  private logRefusal(reason: string): void {
    const now = Date.now();
    if (now - this.refusalLoggedAt < REFUSAL_LOG_MS) return;
    this.refusalLoggedAt = now;
    this.log.warn("redis write dropped", { reason, dropped: this.count.dropped });
  }

  private deliver(channel: string, bytes: Uint8Array): void {
    for (const onMessage of this.handlers.get(channel) ?? NOBODY) {
      this.count.messagesIn += 1;
      onMessage(bytes);
    }
  }

  private resubscribe(): void {
    const missing = [...this.handlers.keys()].filter((channel) => !this.standing.has(channel));
    if (missing.length === 0) {
      this.announce();
      return;
    }
    const epoch = this.listener.reconnects;
    this.listener.redis.subscribe(...missing).then(
      () => {
        if (!this.listener.up || epoch !== this.listener.reconnects) return;
        for (const channel of missing) this.standing.add(channel);
        this.announce();
      },
      (error: unknown) => {
        // No permission for the channel is the one refusal of a living connection; asking again may help later.
        if (this.listener.up && epoch === this.listener.reconnects) this.listener.break(String(error), true);
      },
    );
  }

  private loseSubscriptions(): void {
    if (this.standing.size > 0) this.count.gaps += 1;
    this.standing.clear();
    this.announce();
  }

  private announce(): void {
    const connected = this.connected();
    if (connected === this.wasConnected) return;
    this.wasConnected = connected;
    for (const onChange of this.listeners) onChange(connected);
  }
}

/** A key of another type has no value for us; every other refusal (loading, no master) passes. */
function answerOf(error: unknown): KeyAnswer {
  return error instanceof Error && error.message.startsWith("WRONGTYPE") ? "none" : "away";
}
