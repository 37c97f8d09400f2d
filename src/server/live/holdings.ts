// What one client is subscribed to: serves subscribe, unsubscribe, replay and list, and hands each feed's frames to the
// client's outlet. Answers go out in the order acknowledgement, snapshot, replay, live.
import { ALL_CHANNELS, LIMITS } from "../../domain/live-protocol.ts";
import { FEEDS_MAX } from "./callers.ts";
import { CODECS } from "./codec.ts";
import { parseFilter, subscriptionName } from "./filter.ts";
import { Subscription } from "./subscription.ts";
import type { ChannelName, LiveErrorCode, RequestId } from "../../domain/live-protocol.ts";
import type { Access } from "./access.ts";
import type { Channels } from "./channels.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { Callers } from "./callers.ts";
import type { Effort } from "./effort.ts";
import type { EventLog } from "./event-log.ts";
import type { Feed } from "./feed.ts";
import type { Request } from "./messages.ts";
import type { Outlet } from "./outlet.ts";
import type { Time } from "./time.ts";
import type { Turns } from "./turns.ts";

const HEARTBEAT = "heartbeat";

/** What all connections share. */
export interface Shared {
  readonly epoch: string;
  readonly time: Time;
  readonly channels: Channels;
  readonly access: Access;
  readonly callers: Callers;
  readonly turns: Turns;
  /** Connections of one key, so that others find a place. */
  readonly socketsOfOne: number;
  readonly awaken: (channel: string) => Promise<void> | null;
  readonly onDropped: (count: number) => void;
  /** A request made a handler throw. */
  readonly onFault: (error: unknown) => void;
  /** The counter of the last heartbeat. */
  heartbeat(): number;
}

type Ask<Op extends Request["op"]> = Extract<Request, { op: Op }>;

export class Holdings {
  private readonly codec: Codec;
  private readonly outlet: Outlet;
  private readonly shared: Shared;
  private readonly effort: Effort;
  private readonly subscriptions = new Map<string, Subscription>();
  private heartbeats = false;

  constructor(encoding: Encoding, outlet: Outlet, effort: Effort, shared: Shared) {
    this.codec = CODECS[encoding];
    this.outlet = outlet;
    this.effort = effort;
    this.shared = shared;
  }

  subscribe(request: Ask<"subscribe">): void {
    const { id } = request;
    const channel = this.channelOf(id, request.channel);
    if (channel === null) return;
    const filter = parseFilter(channel, request.filter);
    if (!filter.ok) {
      this.refuse(id, "bad_filter", filter.failure);
      return;
    }
    const events = this.shared.channels.log(channel);
    if (events === undefined) {
      this.subscribeHeartbeat(id);
      return;
    }
    const held = this.subscriptions.get(subscriptionName(channel, filter.value));
    if (held !== undefined) {
      this.answer({ ...this.acknowledgement(id, held.feed), replay: null, already: true });
      if (request.snapshot) this.effort.walk(events, () => this.snapshot(events, held.feed));
      return;
    }
    if (this.tooMany(id)) return;
    const isNew = !events.knows(filter.value);
    if (isNew && this.tooManyFeeds(id)) return;
    this.effort.walk(events, () => {
      const feed = events.feed(filter.value);
      if (isNew) this.effort.own(feed);
      const { codec, outlet, effort, shared } = this;
      const subscription = new Subscription(events, feed, { codec, outlet, effort, onDropped: shared.onDropped });
      this.subscriptions.set(feed.name, subscription);
      this.begin(request, events, subscription);
    });
  }

  /** Acknowledgement, snapshot, replay, and from then on live. */
  private begin(request: Ask<"subscribe">, events: EventLog, subscription: Subscription): void {
    const { feed } = subscription;
    const { resume } = request;
    const ack = this.acknowledgement(request.id, feed);
    if (resume === null) {
      this.answer({ ...ack, replay: null });
      if (request.snapshot) this.snapshot(events, feed);
      return;
    }
    const stale = resume.epoch !== this.shared.epoch;
    const reason = stale ? "epoch_changed" : resume.fromSeq + 1 < events.oldest ? "too_old" : null;
    const count = stale ? 0 : events.count(feed, resume.fromSeq + 1, feed.last);
    const state = { from_seq: resume.fromSeq, count, complete: reason === null };
    this.answer({ ...ack, replay: reason === null ? state : { ...state, reason } });
    if (request.snapshot || reason !== null) this.snapshot(events, feed);
    if (count > 0) subscription.resume(resume.fromSeq, feed.last);
  }

  private acknowledgement(id: RequestId, feed: Feed): Readonly<Record<string, unknown>> {
    const { name, channel, filter, last } = feed;
    return { type: "subscribed", id, sub: name, channel, filter, epoch: this.shared.epoch, seq: last };
  }

  private snapshot(events: EventLog, feed: Feed): void {
    const data = events.snapshot(feed).map((event) => event.data(this.codec));
    const head = { sub: feed.name, channel: feed.channel, epoch: this.shared.epoch, seq: feed.last };
    this.outlet.answer(this.codec.snapshot(head, data));
  }

  private subscribeHeartbeat(id: RequestId): void {
    const already = this.heartbeats;
    if (!already && this.tooMany(id)) return;
    this.heartbeats = true;
    const beat = { ...this.heartbeatEntry(), epoch: this.shared.epoch, replay: null };
    this.answer({ type: "subscribed", id, ...beat, ...(already ? { already } : {}) });
  }

  private heartbeatEntry(): Readonly<Record<string, unknown>> {
    return { sub: HEARTBEAT, channel: HEARTBEAT, filter: {}, seq: this.shared.heartbeat() };
  }

  unsubscribe({ id, sub }: Ask<"unsubscribe">): void {
    if (this.drop(sub)) this.answer({ type: "unsubscribed", id, subs: [sub] });
    else this.refuse(id, "not_subscribed", `this connection does not hold ${JSON.stringify(sub.slice(0, 100))}`);
  }

  unsubscribeChannel({ id, channel }: Ask<"unsubscribe_channel">): void {
    if (this.channelOf(id, channel) === null) return;
    const subs = [...this.subscriptions.values()].filter(({ feed }) => feed.channel === channel);
    const names = channel === HEARTBEAT ? [HEARTBEAT] : subs.map(({ feed }) => feed.name);
    this.answer({ type: "unsubscribed", id, subs: names.filter((sub) => this.drop(sub)) });
  }

  private drop(sub: string): boolean {
    if (sub === HEARTBEAT) {
      const held = this.heartbeats;
      this.heartbeats = false;
      return held;
    }
    this.subscriptions.get(sub)?.leave();
    return this.subscriptions.delete(sub);
  }

  replay({ id, sub, fromSeq, toSeq }: Ask<"replay">): void {
    const subscription = this.subscriptions.get(sub);
    if (subscription === undefined) {
      this.refuse(id, "not_subscribed", `this connection does not hold ${JSON.stringify(sub.slice(0, 100))}`);
      return;
    }
    if (subscription.replaying) {
      this.refuse(id, "bad_request", "a replay of this subscription is still being sent; ask again after it");
      return;
    }
    const { events } = subscription;
    const end = Math.min(toSeq ?? events.seq, events.seq);
    const complete = fromSeq >= events.oldest || fromSeq > end;
    const { count, prev } = this.effort.walk(events, () => events.stretch(subscription.feed, fromSeq, end));
    this.answer({
      type: "replayed",
      id,
      sub,
      from_seq: fromSeq,
      to_seq: toSeq ?? end,
      count,
      complete,
      ...(complete ? {} : { reason: "too_old" }),
    });
    if (count > 0) subscription.repeat(fromSeq, end, prev ?? Math.max(0, fromSeq - 1));
  }

  list({ id }: Ask<"list">): void {
    const held = [...this.subscriptions.values()].map(({ feed }) => ({
      sub: feed.name,
      channel: feed.channel,
      filter: feed.filter,
      seq: feed.last,
    }));
    this.answer({
      type: "subscriptions",
      id,
      subscriptions: this.heartbeats ? [...held, this.heartbeatEntry()] : held,
    });
  }

  private channelOf(id: RequestId, name: string): ChannelName | null {
    const channel = ALL_CHANNELS.find((known) => known === name);
    if (channel !== undefined) return channel;
    const shown = JSON.stringify(name.slice(0, 64));
    this.refuse(id, "unknown_channel", `no channel ${shown}; there are ${ALL_CHANNELS.join(", ")}`);
    return null;
  }

  private tooMany(id: RequestId): boolean {
    if (this.subscriptions.size + (this.heartbeats ? 1 : 0) < LIMITS.max_subscriptions) return false;
    this.refuse(id, "too_many_subscriptions", `a connection holds at most ${LIMITS.max_subscriptions} subscriptions`);
    return true;
  }

  private tooManyFeeds(id: RequestId): boolean {
    if (this.effort.hasRoomForFeed) return false;
    const message = `all connections of one key or address hold at most ${FEEDS_MAX} different filters`;
    this.refuse(id, "too_many_subscriptions", message);
    return true;
  }

  /** The last matching seq of each subscription, for a heartbeat; null when heartbeats are not wanted. */
  heartbeatSubs(): Readonly<Record<string, number>> | null {
    if (!this.heartbeats) return null;
    return Object.fromEntries([...this.subscriptions].map(([name, { feed }]) => [name, feed.last]));
  }

  tellGaps(): void {
    for (const subscription of this.subscriptions.values()) subscription.tellGap();
  }

  /** Goes on with replays as far as there is room. */
  pump(): void {
    for (const subscription of this.subscriptions.values()) subscription.pump();
  }

  leaveAll(): void {
    for (const subscription of this.subscriptions.values()) subscription.leave();
    this.subscriptions.clear();
  }

  private refuse(id: RequestId, code: LiveErrorCode, message: string): void {
    this.answer({ type: "error", id, code, message, fatal: false });
  }

  private answer(message: Readonly<Record<string, unknown>>): void {
    this.outlet.answer(this.codec.encode(message));
  }
}
