// The event store of one channel: numbers every event, keeps the last `capacity` for replays, knows which subscriptions
// exist and what a snapshot shows. Knows nothing of what an event means: that is said in channels.ts.
import { LIMITS } from "../../domain/live-protocol.ts";
import { compileFilter, filterText } from "./filter.ts";
import { Feed, LiveEvent } from "./feed.ts";
import type { EventChannelName, Filter } from "../../domain/live-protocol.ts";
import type { Board, Place } from "./board.ts";
import type { FeedMember } from "./feed.ts";
import type { Facets } from "./filter.ts";

/** An event before it has a number. */
export interface Publication {
  readonly facets: Facets;
  /** Its place on the board, where the channel has one. */
  readonly place: Place | null;
  /** The data of its updates; called once per codec, when somebody wants it. */
  readonly wire: () => unknown;
  /** The same as JSON, where others have made it already. */
  readonly text?: () => string;
}

export interface LogOptions {
  readonly channel: EventChannelName;
  /** What a snapshot shows: the last so many matches, or what stands on the board. */
  readonly snapshot: number | Board;
  readonly capacity?: number;
}

export class EventLog {
  readonly channel: EventChannelName;
  /** The number of the latest event; the first one is 1. */
  seq = 0;
  /** Events that walks have looked at so far: what they cost. */
  looked = 0;
  private readonly ring: (LiveEvent | undefined)[] = [];
  /** From before this run, oldest first: a snapshot of the last matches shows them while the ring is not full. */
  private earlier: readonly LiveEvent[] = [];
  private readonly feeds = new Map<string, Feed>();
  private readonly capacity: number;
  private readonly shown: number | Board;

  constructor({ channel, snapshot, capacity = LIMITS.replay_events }: LogOptions) {
    this.channel = channel;
    this.shown = snapshot;
    this.capacity = capacity;
  }

  /** The number of the oldest event still kept; one beyond `seq` when there is none. */
  get oldest(): number {
    return Math.max(1, this.seq - this.capacity + 1);
  }

  get hasSubscribers(): boolean {
    return this.feeds.size > 0;
  }

  /** The symbols that filters name; a subscription without one wants all. */
  get wanted(): ReadonlySet<string> | "all" {
    const wanted = new Set<string>();
    for (const { filter } of this.feeds.values()) {
      if (filter.symbols === undefined || filter.symbols.length === 0) return "all";
      for (const symbol of filter.symbols) wanted.add(symbol);
    }
    return wanted;
  }

  publish(publications: readonly Publication[], nowMs: number): void {
    for (const publication of publications) {
      const { place } = publication;
      this.seq += 1;
      const event = new LiveEvent(this.seq, nowMs, publication);
      this.ring[this.seq % this.capacity] = event;
      if (this.seq === this.capacity) this.earlier = [];
      if (place !== null && typeof this.shown !== "number") this.shown.put(place, event);
      for (const feed of this.feeds.values()) feed.offer(event);
    }
    for (const feed of this.feeds.values()) feed.flush();
  }

  /** What comes does not follow what is kept: numbers go on so far behind that nobody can resume from before. */
  breakOff(): void {
    this.seq += this.capacity + 1;
    this.ring.fill(undefined);
    this.earlier = [];
  }

  /**
   * What was there before this run of the engine, oldest first: snapshots show it, but it is no event and has no number.
   * Before the first event.
   */
  restore(publications: readonly Publication[], nowMs: number): void {
    const { shown, capacity } = this;
    if (typeof shown === "number") {
      this.earlier = publications.slice(-capacity).map((publication) => new LiveEvent(0, nowMs, publication));
      return;
    }
    for (const publication of publications) {
      const { place } = publication;
      if (place !== null) shown.put(place, new LiveEvent(0, nowMs, publication));
    }
  }

  /** What stands on the board stands there as `other` makes it; it is no news, and replays give what was told. */
  renew(other: (event: LiveEvent) => LiveEvent): void {
    if (typeof this.shown !== "number") this.shown.renew(other);
  }

  at(seq: number): LiveEvent | undefined {
    return seq >= this.oldest && seq <= this.seq ? this.ring[seq % this.capacity] : undefined;
  }

  /** The feed of a filter, with the members it has. */
  feed(filter: Filter): Feed {
    const text = filterText(filter);
    const known = this.feeds.get(text);
    if (known !== undefined) return known;
    const feed = new Feed(this.channel, filter, this.lastMatch(compileFilter(filter)) ?? this.seq);
    this.feeds.set(text, feed);
    return feed;
  }

  leave(feed: Feed, member: FeedMember): void {
    feed.members.delete(member);
    if (feed.members.size > 0) return;
    this.feeds.delete(filterText(feed.filter));
    feed.onEnd();
  }

  /** Whether somebody wants this already. */
  knows(filter: Filter): boolean {
    return this.feeds.has(filterText(filter));
  }

  /** The seq of the last kept match, or null. */
  private lastMatch(matches: (facets: Facets) => boolean): number | null {
    const { oldest } = this;
    for (let seq = this.seq; seq >= oldest; seq -= 1) {
      this.looked += 1;
      const event = this.at(seq);
      if (event !== undefined && matches(event.facets)) return seq;
    }
    return null;
  }

  /** What a snapshot of the feed shows, newest last. */
  snapshot(feed: Feed): readonly LiveEvent[] {
    if (typeof this.shown === "number") return this.latest(feed, this.shown);
    const standing = this.shown.events();
    this.looked += standing.length;
    return standing.filter(({ facets }) => feed.matches(facets));
  }

  /** The last kept matches, oldest first. */
  latest(feed: Feed, limit: number): readonly LiveEvent[] {
    const found: LiveEvent[] = [];
    for (let seq = this.seq; seq >= this.oldest && found.length < limit; seq -= 1) {
      this.looked += 1;
      const event = this.at(seq);
      if (event !== undefined && feed.matches(event.facets)) found.push(event);
    }
    for (let index = this.earlier.length - 1; index >= 0 && found.length < limit; index -= 1) {
      this.looked += 1;
      const event = this.earlier[index];
      if (event !== undefined && feed.matches(event.facets)) found.push(event);
    }
    return found.reverse();
  }

  /** How many kept events from `from` to `to`, both included, match; and which is the last match in front of them. */
  stretch(feed: Feed, from: number, to: number): { readonly count: number; readonly prev: number | null } {
    const { oldest } = this;
    let count = 0;
    for (let seq = Math.min(to, this.seq); seq >= oldest; seq -= 1) {
      this.looked += 1;
      const event = this.at(seq);
      if (event === undefined || !feed.matches(event.facets)) continue;
      if (seq < from) return { count, prev: seq };
      count += 1;
    }
    return { count, prev: null };
  }

  /** How many kept events from `from` to `to`, both included, match. */
  count(feed: Feed, from: number, to: number): number {
    const first = Math.max(from, this.oldest);
    let count = 0;
    for (let seq = Math.min(to, this.seq); seq >= first; seq -= 1) {
      this.looked += 1;
      const event = this.at(seq);
      if (event !== undefined && feed.matches(event.facets)) count += 1;
    }
    return count;
  }
}
