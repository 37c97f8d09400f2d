// The bus inside the process, for running without Redis: same order, same life times, same copies, no other process.
// Messages are delivered in the next turn of the event loop, so a publisher never runs a subscriber's code itself.
import { performance } from "node:perf_hooks";
import {
  type Bus,
  type BusCounters,
  type KeyAnswer,
  type MessageHandler,
  textBody,
  topicBody,
  validTtl,
  VALUE_BYTES_MAX,
  valueOf,
  zeroCounters,
} from "./port.ts";

/** Messages and bytes that may wait for the next turn; what a burst publishes beyond is dropped. */
const PENDING_MAX = 65_536;
const PENDING_BYTES_MAX = 64 * 1024 * 1024;
/** Keys that are kept; the oldest gives way. Nobody but this process reads them. */
const KEYS_MAX = 65_536;
const SWEEP_EVERY = 4_096;

interface Entry {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}

export class EmbeddedBus implements Bus {
  readonly kind = "embedded";
  private readonly handlers = new Map<string, MessageHandler[]>();
  private readonly entries = new Map<string, Entry>();
  private readonly listeners: ((connected: boolean) => void)[] = [];
  private readonly count = zeroCounters();
  private pending: { readonly channel: string; readonly bytes: Uint8Array }[] = [];
  private pendingBytes = 0;
  private writesUntilSweep = SWEEP_EVERY;
  private open = true;

  connected(): boolean {
    return this.open;
  }

  publish(topic: string, payload: unknown): void {
    const body = topicBody(topic, payload);
    if (body === null) this.count.dropped += 1;
    else this.enqueue(topic, Buffer.from(body));
  }

  publishText(topic: string, payload: string): void {
    this.enqueue(topic, Buffer.from(textBody(topic, payload)));
  }

  publishRaw(channel: string, bytes: Uint8Array): void {
    this.enqueue(channel, Buffer.from(bytes));
  }

  subscribe(channel: string, onMessage: MessageHandler): void {
    const handlers = this.handlers.get(channel);
    if (handlers === undefined) this.handlers.set(channel, [onMessage]);
    else handlers.push(onMessage);
  }

  setKey(key: string, value: string, ttlSeconds: number | null): void {
    if (!this.open || !validTtl(ttlSeconds)) {
      this.count.dropped += 1;
      return;
    }
    const expiresAt = ttlSeconds === null ? Infinity : performance.now() + ttlSeconds * 1_000;
    this.entries.delete(key); // so that a rewritten key counts as young
    this.entries.set(key, { value: Buffer.from(value), expiresAt });
    this.count.messagesOut += 1;
    this.writesUntilSweep -= 1;
    if (this.writesUntilSweep === 0) this.sweep();
    if (this.entries.size > KEYS_MAX) {
      const oldest = this.entries.keys().next();
      if (oldest.done !== true) this.entries.delete(oldest.value);
    }
  }

  async getKey(key: string): Promise<Uint8Array | null> {
    return valueOf(await this.readKey(key));
  }

  readKey(key: string): Promise<KeyAnswer> {
    const entry = this.entries.get(key);
    if (entry === undefined || !this.open) return Promise.resolve("none");
    if (entry.expiresAt <= performance.now()) {
      this.entries.delete(key);
      return Promise.resolve("none");
    }
    const readable = entry.value.length > 0 && entry.value.length <= VALUE_BYTES_MAX;
    return Promise.resolve(readable ? Buffer.from(entry.value) : "none");
  }

  counters(): BusCounters {
    return { ...this.count };
  }

  /** This side never goes away: the only change is the end. */
  onStatus(onChange: (connected: boolean) => void): void {
    this.listeners.push(onChange);
  }

  close(): Promise<void> {
    if (!this.open) return Promise.resolve();
    this.deliver();
    this.open = false;
    for (const onChange of this.listeners) onChange(false);
    this.handlers.clear();
    this.entries.clear();
    return Promise.resolve();
  }

  private enqueue(channel: string, bytes: Uint8Array): void {
    const full = this.pending.length >= PENDING_MAX || this.pendingBytes + bytes.length > PENDING_BYTES_MAX;
    if (!this.open || full) {
      this.count.dropped += 1;
      return;
    }
    if (this.pending.length === 0) setImmediate(() => this.deliver());
    this.pending.push({ channel, bytes });
    this.pendingBytes += bytes.length;
    this.count.messagesOut += 1;
  }

  private deliver(): void {
    const batch = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    for (const { channel, bytes } of batch) {
      for (const onMessage of this.handlers.get(channel) ?? []) {
        this.count.messagesIn += 1;
        onMessage(bytes);
      }
    }
  }

  private sweep(): void {
    this.writesUntilSweep = SWEEP_EVERY;
    const now = performance.now();
    for (const [key, entry] of this.entries) if (entry.expiresAt <= now) this.entries.delete(key);
  }
}
