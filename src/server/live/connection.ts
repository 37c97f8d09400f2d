// One client of the socket: reads its requests, keeps its subscriptions, answers. Everything it sends goes through its
// outlet. Main thread only; nothing here waits.
import { CODECS, decodeMessage } from "./codec.ts";
import { REPLAY_EVENTS, SIGNALS, SNAPSHOT_EVENTS } from "./events.ts";
import { FILTER_VALUES_MAX, parseSignalFilter, subscriptionName } from "./filter.ts";
import { idOf, parseRequest } from "./messages.ts";
import { BURST, FLOOD_PER_SECOND, MESSAGES_PER_SECOND, RateLimit } from "./rate.ts";
import { Subscription } from "./subscription.ts";
import { isObject } from "../json-body.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { Feed, SignalEvents } from "./events.ts";
import type { Complaint, ErrorCode, Request, RequestId } from "./messages.ts";
import type { Outlet } from "./outlet.ts";
import type { Time } from "./time.ts";

export const MESSAGE_BYTES_MAX = 65_536;
export const SUBSCRIPTIONS_MAX = 50;
export const SILENCE_MS = 60_000;
export const HEARTBEAT = "heartbeat";
export const CLOSE_FLOOD = 4029;
/** A refused message longer than this is not even decoded for its id. */
const REFUSED_DECODE_BYTES = 1_024;
const FLOOD = `more than ${FLOOD_PER_SECOND} messages in a second`;
const CHANNELS: readonly string[] = [SIGNALS, HEARTBEAT];
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

type SubscribeRequest = Extract<Request, { op: "subscribe" }>;

export class Connection {
  readonly id: string;
  readonly outlet: Outlet;
  private readonly codec: Codec;
  private readonly shared: Shared;
  private readonly rate: RateLimit;
  private readonly subscriptions = new Map<string, Subscription>();
  private heartbeats = false;
  private heardMs: number;

  constructor(id: string, encoding: Encoding, outlet: Outlet, shared: Shared) {
    this.id = id;
    this.codec = CODECS[encoding];
    this.outlet = outlet;
    this.shared = shared;
    this.heardMs = shared.time.nowMs();
    this.rate = new RateLimit(this.heardMs);
  }

  welcome(): void {
    this.answer({
      type: "welcome",
      connection_id: this.id,
      epoch: this.shared.epoch,
      version: "1",
      encoding: this.codec.encoding,
      server_time: new Date(this.shared.time.nowMs()).toISOString(),
      heartbeat_ms: 1_000,
      channels: CHANNELS,
      limits: {
        max_message_bytes: MESSAGE_BYTES_MAX,
        max_subscriptions: SUBSCRIPTIONS_MAX,
        max_filter_values: FILTER_VALUES_MAX,
        messages_per_second: MESSAGES_PER_SECOND,
        replay_events: REPLAY_EVENTS,
      },
    });
  }

  /** Any frame of the client, control frames too. */
  heard(): void {
    this.heardMs = this.shared.time.nowMs();
  }

  /** Pings are answered by the library; a flood of them counts as one of messages. */
  onPing(): void {
    this.heard();
    if (this.rate.take(this.heardMs) === "flood") this.outlet.end(CLOSE_FLOOD, FLOOD);
  }

  onMessage(bytes: Uint8Array, binary: boolean): void {
    this.heard();
    const allowed = this.rate.take(this.heardMs);
    if (allowed === "flood") {
      this.outlet.end(CLOSE_FLOOD, FLOOD);
      return;
    }
    if (allowed === "refuse") {
      const id = bytes.byteLength <= REFUSED_DECODE_BYTES ? idOf(decodeMessage(bytes, binary)) : null;
      this.refuse(id, "rate_limited", `at most ${MESSAGES_PER_SECOND} messages a second, ${BURST} at once`);
      return;
    }
    const request = parseRequest(decodeMessage(bytes, binary));
    if (request.ok) this.serve(request.value);
    else this.complain(request.failure);
  }

  /** The outlet has sent something: perhaps there is room again. */
  onDrain(): void {
    if (this.outlet.drained()) {
      this.outlet.batch(() => {
        for (const subscription of this.subscriptions.values()) subscription.tellGap();
      });
    }
    for (const subscription of this.subscriptions.values()) subscription.pump();
  }

  /** Once a second. `pingNow` spreads the pings of all connections over their interval. */
  beat(counter: number, pingNow: boolean): void {
    const now = this.shared.time.nowMs();
    if (now - this.heardMs >= SILENCE_MS) {
      this.outlet.cut();
      return;
    }
    this.onDrain();
    if (this.heartbeats) {
      const subs: Record<string, number> = {};
      for (const [name, { feed }] of this.subscriptions) subs[name] = feed.last;
      this.outlet.offer(this.codec.encode({ type: "heartbeat", counter, ts: now, subs }));
    }
    if (pingNow) this.outlet.ping();
  }

  sayShutdown(): void {
    this.answer({ type: "shutdown", reconnect_after_ms: 1_000 });
    this.outlet.end(1001, "server going away");
  }

  /** The socket is gone: leaves all feeds. */
  onClose(): void {
    this.outlet.lost();
    for (const subscription of this.subscriptions.values()) this.shared.events.leave(subscription.feed, subscription);
    this.subscriptions.clear();
  }

  private serve(request: Request): void {
    switch (request.op) {
      case "subscribe":
        this.subscribe(request);
        return;
      case "unsubscribe":
        this.unsubscribe(request.id, request.sub);
        return;
      case "unsubscribe_channel":
        this.unsubscribeChannel(request.id, request.channel);
        return;
      case "replay":
        this.replay(request);
        return;
      case "list":
        this.list(request.id);
        return;
      case "ping":
        this.answer({ type: "pong", id: request.id, ts: this.shared.time.nowMs() });
        return;
      case "auth":
        // The engine runs without keys: whoever is connected may do everything, with or without one.
        this.answer({ type: "authenticated", id: request.id, role: "write" });
        return;
    }
  }

  private subscribe(request: SubscribeRequest): void {
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
  private begin(request: SubscribeRequest, subscription: Subscription): void {
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

  private subscribeHeartbeat({ id, filter }: SubscribeRequest): void {
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

  private unsubscribe(id: RequestId, sub: string): void {
    if (this.drop(sub)) this.answer({ type: "unsubscribed", id, subs: [sub] });
    else this.refuse(id, "not_subscribed", `this connection does not hold ${JSON.stringify(sub.slice(0, 100))}`);
  }

  private unsubscribeChannel(id: RequestId, channel: string): void {
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

  private replay({ id, sub, fromSeq, toSeq }: Extract<Request, { op: "replay" }>): void {
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

  private list(id: RequestId): void {
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

  private complain({ id, code, message }: Complaint): void {
    this.refuse(id, code, message);
  }

  private refuse(id: RequestId, code: ErrorCode, message: string): void {
    this.answer({ type: "error", id, code, message, fatal: false });
  }

  private answer(message: Readonly<Record<string, unknown>>): void {
    this.outlet.answer(this.codec.encode(message));
  }
}
