// The signals channel: numbers every event, keeps the last REPLAY_EVENTS for replays and snapshots, and knows which
// subscriptions exist. A Feed is one subscription (a normal filter) and everybody who holds it: its frames are encoded
// once per codec and cycle, whatever the number of its members.
import { wireSignal } from "../../domain/signal.ts";
import { CODECS } from "./codec.ts";
import { compileFilter, filterText, subscriptionName } from "./filter.ts";
import type { Signal } from "../../domain/signal.ts";
import type { Approved } from "../../domain/approved.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { SignalFilter } from "./filter.ts";

export const REPLAY_EVENTS = 10_000;
export const SNAPSHOT_EVENTS = 100;
export const SIGNALS = "signals";

export class LiveEvent {
  readonly seq: number;
  readonly ts: number;
  readonly signal: Approved;
  private readonly encoded: { [E in Encoding]?: Uint8Array } = {};

  constructor(seq: number, ts: number, signal: Approved) {
    this.seq = seq;
    this.ts = ts;
    this.signal = signal;
  }

  data(codec: Codec): Uint8Array {
    return (this.encoded[codec.encoding] ??= codec.encode(wireSignal(this.signal)));
  }
}

/** One event of one cycle as a feed's members get it. */
export interface Delivery {
  readonly seq: number;
  readonly frame: Uint8Array;
}

export interface FeedMember {
  readonly encoding: Encoding;
  deliver(deliveries: readonly Delivery[]): void;
}

export class Feed {
  readonly name: string;
  readonly filter: SignalFilter;
  readonly matches: (signal: Signal) => boolean;
  readonly members = new Set<FeedMember>();
  /** The seq of the last event that matched: what the next update's `prev` will be. */
  last: number;
  private cycle: { readonly event: LiveEvent; readonly prev: number }[] = [];

  constructor(filter: SignalFilter, last: number) {
    this.name = subscriptionName(SIGNALS, filter);
    this.filter = filter;
    this.matches = compileFilter(filter);
    this.last = last;
  }

  offer(event: LiveEvent): void {
    if (!this.matches(event.signal)) return;
    this.cycle.push({ event, prev: this.last });
    this.last = event.seq;
  }

  flush(): void {
    if (this.cycle.length === 0) return;
    const cycle = this.cycle;
    this.cycle = [];
    const encoded = new Map<Encoding, readonly Delivery[]>();
    for (const member of this.members) {
      let deliveries = encoded.get(member.encoding);
      if (deliveries === undefined) {
        const codec = CODECS[member.encoding];
        deliveries = cycle.map(({ event, prev }) => ({ seq: event.seq, frame: this.frame(event, prev, false, codec) }));
        encoded.set(member.encoding, deliveries);
      }
      member.deliver(deliveries);
    }
  }

  frame(event: LiveEvent, prev: number, replay: boolean, codec: Codec): Uint8Array {
    const head = { sub: this.name, channel: SIGNALS, seq: event.seq, prev, ts: event.ts, replay };
    return codec.update(head, event.data(codec));
  }
}

export class SignalEvents {
  /** The number of the latest event; the first one is 1. */
  seq = 0;
  private readonly ring: (LiveEvent | undefined)[];
  private readonly feeds = new Map<string, Feed>();
  private readonly capacity: number;

  constructor(capacity: number = REPLAY_EVENTS) {
    this.capacity = capacity;
    this.ring = Array.from({ length: capacity }, () => undefined);
  }

  /** The number of the oldest event still kept; one beyond `seq` when there is none. */
  get oldest(): number {
    return Math.max(1, this.seq - this.capacity + 1);
  }

  publish(signals: readonly Approved[], nowMs: number): void {
    for (const signal of signals) {
      if (signal.action === "exit") continue;
      this.seq += 1;
      const event = new LiveEvent(this.seq, nowMs, signal);
      this.ring[this.seq % this.capacity] = event;
      for (const feed of this.feeds.values()) feed.offer(event);
    }
    for (const feed of this.feeds.values()) feed.flush();
  }

  at(seq: number): LiveEvent | undefined {
    return seq >= this.oldest && seq <= this.seq ? this.ring[seq % this.capacity] : undefined;
  }

  join(filter: SignalFilter, member: (feed: Feed) => FeedMember): Feed {
    const text = filterText(filter);
    const feed = this.feeds.get(text) ?? new Feed(filter, this.lastMatch(compileFilter(filter)) ?? this.seq);
    this.feeds.set(text, feed);
    feed.members.add(member(feed));
    return feed;
  }

  leave(feed: Feed, member: FeedMember): void {
    feed.members.delete(member);
    if (feed.members.size === 0) this.feeds.delete(filterText(feed.filter));
  }

  /** The seq of the last kept match below `before`, or null. */
  lastMatch(matches: (signal: Signal) => boolean, before: number = this.seq + 1): number | null {
    for (let seq = before - 1; seq >= this.oldest; seq -= 1) {
      const event = this.at(seq);
      if (event !== undefined && matches(event.signal)) return seq;
    }
    return null;
  }

  /** The last kept matches, oldest first. */
  latest(feed: Feed, limit: number): readonly LiveEvent[] {
    const found: LiveEvent[] = [];
    for (let seq = this.seq; seq >= this.oldest && found.length < limit; seq -= 1) {
      const event = this.at(seq);
      if (event !== undefined && feed.matches(event.signal)) found.push(event);
    }
    return found.reverse();
  }

  /** How many kept events from `from` to `to`, both included, match. */
  count(feed: Feed, from: number, to: number): number {
    let count = 0;
    for (let seq = Math.max(from, this.oldest); seq <= Math.min(to, this.seq); seq += 1) {
      const event = this.at(seq);
      if (event !== undefined && feed.matches(event.signal)) count += 1;
    }
    return count;
  }
}
