// What one client is subscribed to: serves subscribe, unsubscribe, replay and list, and hands each feed's frames to the
// client's outlet. Answers go out in the order acknowledgement, snapshot, replay, live.
import { CODECS } from "./codec.ts";
import { SIGNALS, SNAPSHOT_EVENTS } from "./events.ts";
import { parseSignalFilter, subscriptionName } from "./filter.ts";
import { Subscription } from "./subscription.ts";
import { isObject } from "../json-body.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { Feed, SignalEvents } from "./events.ts";
import type { ErrorCode, Request, RequestId } from "./messages.ts";
import type { Outlet } from "./outlet.ts";
import type { Time } from "./time.ts";

export const SUBSCRIPTIONS_MAX = 50;
export const HEARTBEAT = "heartbeat";
export const CHANNELS: readonly string[] = [SIGNALS, HEARTBEAT];
/** Channels of the protocol that come with the rooms they tell of. */
const LATER: readonly string[] = ["trades", "executions", "pipeline", "metrics", "alerts"];

/** What all connections share. */
export interface Shared {
  readonly epoch: string;
  readonly time: Time;
  readonly events: SignalEvents;
  readonly onDropped: (count: number) => void;
  /** The counter of the last heartbeat. */
  heartbeat(): number;
}

type Ask<Op extends Request["op"]> = Extract<Request, { op: Op }>;

export class Holdings {
  private readonly codec: Codec;
  private readonly outlet: Outlet;
  private readonly shared: Shared;
  private readonly subscriptions = new Map<string, Subscription>();
  private heartbeats = false;

  constructor(encoding: Encoding, outlet: Outlet, shared: Shared) {
    this.codec = CODECS[encoding];
    this.outlet = outlet;
    this.shared = shared;
  }

  subscribe(request: Ask<"subscribe">): void {
    const { id, channel } = request;
    if (!this.knows(id, channel)) return;
    if (channel === HEARTBEAT) {
      this.subscribeHeartbeat(request);
      return;
    }
    const filter = parseSignalFilter(request.filter);
    if (!filter.ok) {
      this.refuse(id, "bad_filter", filter.failure);
      return;
    }
    const held = this.subscriptions.get(subscriptionName(channel, filter.value));
    if (held !== undefined) {
      this.answer({ ...this.acknowledgement(id, held.feed), replay: null, already: true });
      return;
    }
    if (this.tooMany(id)) return;
    const { events } = this.shared;
    const { encoding } = this.codec;
    let subscription: Subscription | undefined;
    const feed = events.join(filter.value, (joined) => {
      subscription = new Subscription(joined, encoding, this.outlet, events, this.shared.onDropped);
      return subscription;
    });
    if (subscription === undefined) throw new Error("a feed was joined without a member");
    this.subscriptions.set(feed.name, subscription);
    this.begin(request, subscription);
  }

  /** Acknowledgement, snapshot, replay, and from then on live. */
  private begin(request: Ask<"subscribe">, subscription: Subscription): void {
    const { feed } = subscription;
    const { resume } = request;
    const ack = this.acknowledgement(request.id, feed);
    if (resume === null) {
      this.answer({ ...ack, replay: null });
      if (request.snapshot) this.snapshot(feed);
      return;
    }
    const { events, epoch } = this.shared;
    const reason = resume.epoch !== epoch ? "epoch_changed" : resume.fromSeq + 1 < events.oldest ? "too_old" : null;
    const count = reason === "epoch_changed" ? 0 : events.count(feed, resume.fromSeq + 1, feed.last);
    const state = { from_seq: resume.fromSeq, count, complete: reason === null };
    this.answer({ ...ack, replay: reason === null ? state : { ...state, reason } });
    if (request.snapshot || reason !== null) this.snapshot(feed);
    if (reason !== "epoch_changed") subscription.resume(resume.fromSeq, feed.last);
  }

  private acknowledgement(id: RequestId, feed: Feed): Readonly<Record<string, unknown>> {
    const { name, filter, last } = feed;
    return { type: "subscribed", id, sub: name, channel: SIGNALS, filter, epoch: this.shared.epoch, seq: last };
  }

  private snapshot(feed: Feed): void {
    const data = this.shared.events.latest(feed, SNAPSHOT_EVENTS).map((event) => event.data(this.codec));
    const head = { sub: feed.name, channel: SIGNALS, epoch: this.shared.epoch, seq: feed.last };
    this.outlet.answer(this.codec.snapshot(head, data));
  }

  private subscribeHeartbeat({ id, filter }: Ask<"subscribe">): void {
    if (filter !== undefined && filter !== null && !(isObject(filter) && Object.keys(filter).length === 0)) {
      this.refuse(id, "bad_filter", "the channel heartbeat has no filters");
      return;
    }
    const already = this.heartbeats;
    if (!already && this.tooMany(id)) return;
    this.heartbeats = true;
    this.answer({
      type: "subscribed",
      id,
      sub: HEARTBEAT,
      channel: HEARTBEAT,
      filter: {},
      epoch: this.shared.epoch,
      seq: this.shared.heartbeat(),
      replay: null,
      ...(already ? { already } : {}),
    });
  }

  unsubscribe({ id, sub }: Ask<"unsubscribe">): void {
    if (this.drop(sub)) this.answer({ type: "unsubscribed", id, subs: [sub] });
    else this.refuse(id, "not_subscribed", `this connection does not hold ${JSON.stringify(sub.slice(0, 100))}`);
  }

  unsubscribeChannel({ id, channel }: Ask<"unsubscribe_channel">): void {
    if (!this.knows(id, channel)) return;
    const subs = channel === HEARTBEAT ? [HEARTBEAT] : [...this.subscriptions.keys()];
    this.answer({ type: "unsubscribed", id, subs: subs.filter((sub) => this.drop(sub)) });
  }

  private drop(sub: string): boolean {
    if (sub === HEARTBEAT) {
      const held = this.heartbeats;
      this.heartbeats = false;
      return held;
    }
    const subscription = this.subscriptions.get(sub);
    if (subscription === undefined) return false;
    this.shared.events.leave(subscription.feed, subscription);
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
    const { events } = this.shared;
    const end = Math.min(toSeq ?? events.seq, events.seq);
    const complete = fromSeq >= events.oldest || fromSeq > end;
    this.answer({
      type: "replayed",
      id,
      sub,
      from_seq: fromSeq,
      to_seq: toSeq ?? end,
      count: events.count(subscription.feed, fromSeq, end),
      complete,
      ...(complete ? {} : { reason: "too_old" }),
    });
    subscription.repeat(fromSeq, end);
  }

  list({ id }: Ask<"list">): void {
    const held = [...this.subscriptions.values()].map(({ feed }) => ({
      sub: feed.name,
      channel: SIGNALS,
      filter: feed.filter,
      seq: feed.last,
    }));
    const beat = { sub: HEARTBEAT, channel: HEARTBEAT, filter: {}, seq: this.shared.heartbeat() };
    this.answer({ type: "subscriptions", id, subscriptions: this.heartbeats ? [...held, beat] : held });
  }

  private knows(id: RequestId, channel: string): boolean {
    if (CHANNELS.includes(channel)) return true;
    if (LATER.includes(channel)) {
      this.refuse(id, "bad_request", `the channel ${channel} is not available yet; there are ${CHANNELS.join(", ")}`);
    } else {
      this.refuse(id, "unknown_channel", `no channel ${JSON.stringify(channel.slice(0, 64))}`);
    }
    return false;
  }

  private tooMany(id: RequestId): boolean {
    if (this.subscriptions.size + (this.heartbeats ? 1 : 0) < SUBSCRIPTIONS_MAX) return false;
    this.refuse(id, "too_many_subscriptions", `a connection holds at most ${SUBSCRIPTIONS_MAX} subscriptions`);
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
    for (const subscription of this.subscriptions.values()) this.shared.events.leave(subscription.feed, subscription);
    this.subscriptions.clear();
  }

  private refuse(id: RequestId, code: ErrorCode, message: string): void {
    this.answer({ type: "error", id, code, message, fatal: false });
  }

  private answer(message: Readonly<Record<string, unknown>>): void {
    this.outlet.answer(this.codec.encode(message));
  }
}
