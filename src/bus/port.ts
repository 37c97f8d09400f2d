// The port of the message bus. Nothing that the data plane calls (publish, publishRaw, setKey, subscribe, connected,
// counters) ever waits or throws: while the other side is away, writes are dropped and counted.
// Redis is transport and cache, never the only copy of anything, so nothing here is retried or kept for later.

export interface BusCounters {
  /** Writes given up: not connected, too much already under way, or no answer before the connection broke. */
  readonly dropped: number;
  /** Connections made again after one was lost. */
  readonly reconnects: number;
  /** Messages handed to subscribers. */
  readonly messagesIn: number;
  /** Writes done. Every write ends in either this counter or `dropped`. */
  readonly messagesOut: number;
  /** Times the subscription broke off after it stood (Redis gone, hung, or closing a reader that fell behind):
   *  what was published meanwhile is missing. */
  readonly gaps: number;
}

/** Gets the message's bytes; they are the caller's own only until it returns. Must not throw. */
export type MessageHandler = (bytes: Uint8Array) => void;

/** What became of a question for a key: its value, none that can be read, no answer in time, or nobody to ask. */
export type KeyAnswer = Uint8Array | "none" | "late" | "away";

export interface Bus {
  readonly kind: "redis" | "embedded";
  /** True while writes reach the other side and every subscription stands. */
  connected(): boolean;
  /** Sends `{"topic","payload"}` as JSON on the channel of that name. A payload that JSON cannot express is dropped. */
  publish(topic: string, payload: unknown): void;
  /** The same of a payload that is JSON already. */
  publishText(topic: string, payload: string): void;
  /** Sends the bytes as they are; the caller may reuse them at once. */
  publishRaw(channel: string, bytes: Uint8Array): void;
  subscribe(channel: string, onMessage: MessageHandler): void;
  /** Writes a string; `ttlSeconds` is a positive integer, null for a key that stays. */
  setKey(key: string, value: string, ttlSeconds: number | null): void;
  /** Null if there is no such key, it is empty, larger than VALUE_BYTES_MAX, or no answer came within GET_MS. */
  getKey(key: string): Promise<Uint8Array | null>;
  /** The same for who asks again where no answer came. */
  readKey(key: string): Promise<KeyAnswer>;
  counters(): BusCounters;
  /** Calls back at every change of `connected`. */
  onStatus(onChange: (connected: boolean) => void): void;
  /** Ends everything within a second; writes made before are done or counted as dropped. */
  close(): Promise<void>;
}

/** Longest wait of getKey. */
export const GET_MS = 1_000;
/** Largest value that getKey reads. */
export const VALUE_BYTES_MAX = 16 * 1024 * 1024;

/** Null: there is none, or nobody says. */
export function valueOf(answer: KeyAnswer): Uint8Array | null {
  return typeof answer === "string" ? null : answer;
}

/** The life times that Redis takes; a write with another one is dropped, here as there. */
export function validTtl(ttlSeconds: number | null): boolean {
  return ttlSeconds === null || (Number.isSafeInteger(ttlSeconds) && ttlSeconds > 0);
}

/** The counters while they are counted. */
export type MutableCounters = { -readonly [K in keyof BusCounters]: number };

export function zeroCounters(): MutableCounters {
  return { dropped: 0, reconnects: 0, messagesIn: 0, messagesOut: 0, gaps: 0 };
}

/** The body of a message on a topic whose payload is JSON. */
export function textBody(topic: string, payload: string): string {
  return `{"topic":${JSON.stringify(topic)},"payload":${payload}}`;
}

/** The body of a message on a topic; null if the payload cannot be expressed in JSON. */
export function topicBody(topic: string, payload: unknown): string | null {
  try {
    return JSON.stringify({ topic, payload });
  } catch {
    return null; // a cycle or a bigint: the caller counts it as dropped and says so in the log
  }
}
