// A feed is one subscription (a channel and a normal filter) and everybody who holds it: its frames are encoded once
// per codec and cycle, whatever the number of its members.
import { CODECS } from "./codec.ts";
import { compileFilter, subscriptionName } from "./filter.ts";
import type { EventChannelName, Filter } from "../../domain/live-protocol.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { Facets } from "./filter.ts";

/** What an event says: its data, and where others make it as well, the same as JSON. */
interface Said {
  readonly facets: Facets;
  readonly wire: () => unknown;
  readonly text?: () => string;
}

/**
 * One numbered event of a channel; its data is encoded when the first one asks, and kept for the next one, once per codec.
 * Of an event that another one has taken the place of nobody asks any more but for a replay: then it is not kept.
 */
export class LiveEvent {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly facets: Facets;
  private readonly wire: () => unknown;
  private readonly text: (() => string) | undefined;
  private encoded: { [E in Encoding]?: Uint8Array } | null = {};

  constructor(seq: number, ts: number, { facets, wire, text }: Said) {
    this.seq = seq;
    this.ts = ts;
    this.facets = facets;
    this.wire = wire;
    this.text = text;
  }

  data(codec: Codec): Uint8Array {
    if (this.encoded === null) return this.encodedBy(codec);
    return (this.encoded[codec.encoding] ??= this.encodedBy(codec));
  }

  /** Snapshots show another one in its place. */
  superseded(): void {
    this.encoded = null;
  }

  /** The same with some of its data changed. */
  saying(change: object): LiveEvent {
    const data = { ...(this.wire() as object), ...change };
    return new LiveEvent(this.seq, this.ts, { facets: this.facets, wire: () => data });
  }

  private encodedBy(codec: Codec): Uint8Array {
    const { text, wire } = this;
    return text === undefined || codec.encoding !== "json" ? codec.encode(wire()) : Buffer.from(text());
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
  readonly channel: EventChannelName;
  readonly name: string;
  readonly filter: Filter;
  readonly matches: (facets: Facets) => boolean;
  readonly members = new Set<FeedMember>();
  /** The seq of the last event that matched: what the next update's `prev` will be. */
  last: number;
  /** Told when its last member has left. */
  onEnd: () => void = () => undefined;
  private cycle: { readonly event: LiveEvent; readonly prev: number }[] = [];

  constructor(channel: EventChannelName, filter: Filter, last: number) {
    this.channel = channel;
    this.name = subscriptionName(channel, filter);
    this.filter = filter;
    this.matches = compileFilter(filter);
    this.last = last;
  }

  offer(event: LiveEvent): void {
    if (!this.matches(event.facets)) return;
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
    const head = { sub: this.name, channel: this.channel, seq: event.seq, prev, ts: event.ts, replay };
    return codec.update(head, event.data(codec));
  }
}
