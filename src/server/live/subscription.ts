// One connection's share in one feed: hands frames to the outlet, counts what the outlet refuses, and catches up from
// the kept events after a resume. A replay sends as the client reads; live events wait behind it in the ring, not in a
// queue, so it costs no memory. A client that lets the ring overtake its replay loses those events as a counted gap.
import type { Codec } from "./codec.ts";
import type { Effort } from "./effort.ts";
import type { EventLog } from "./event-log.ts";
import type { Delivery, Feed, FeedMember } from "./feed.ts";
import type { Outlet } from "./outlet.ts";

/** Kept events that a replay looks at before others have their turn. */
const SLICE = 1_000;

interface Gap {
  readonly from: number;
  to: number;
  dropped: number;
}

/** What it belongs to: one connection. */
export interface Ends {
  readonly codec: Codec;
  readonly outlet: Outlet;
  readonly effort: Effort;
  readonly onDropped: (count: number) => void;
}

interface Replay {
  /** Everything up to here is sent. */
  position: number;
  /** Events up to here are marked as replayed. */
  readonly marked: number;
  /** The last event to send; null: go on until live. */
  readonly until: number | null;
  prev: number;
}

export class Subscription implements FeedMember {
  readonly encoding: Codec["encoding"];
  readonly feed: Feed;
  readonly events: EventLog;
  private readonly codec: Codec;
  private readonly outlet: Outlet;
  private readonly effort: Effort;
  private readonly onDropped: (count: number) => void;
  private gap: Gap | null = null;
  private replay: Replay | null = null;
  /** The next slice of the replay waits for its turn. */
  private queued = false;

  constructor(events: EventLog, feed: Feed, { codec, outlet, effort, onDropped }: Ends) {
    this.feed = feed;
    this.encoding = codec.encoding;
    this.codec = codec;
    this.outlet = outlet;
    this.events = events;
    this.effort = effort;
    this.onDropped = onDropped;
    feed.members.add(this);
  }

  leave(): void {
    this.replay = null;
    this.events.leave(this.feed, this);
  }

  deliver(deliveries: readonly Delivery[]): void {
    if (this.replay !== null && this.replay.until === null) {
      this.pump(); // the events are in the ring, behind those not sent yet
      return;
    }
    const [first] = deliveries;
    if (deliveries.length === 1 && first !== undefined) {
      if (this.outlet.open) this.offer(first); // one frame is one write anyway
      return;
    }
    this.outlet.batch(() => {
      for (const delivery of deliveries) this.offer(delivery);
    });
  }

  /** Where something was kept: sends what was kept after `fromSeq` (up to `marked` as replayed) and then goes on live. */
  resume(fromSeq: number, marked: number): void {
    const position = Math.max(fromSeq, this.events.oldest - 1);
    this.replay = { position, marked, until: null, prev: Math.min(fromSeq, marked) };
    this.pump();
  }

  /** True while a replay is being sent; there is one at a time. */
  get replaying(): boolean {
    return this.replay !== null;
  }

  /** Sends kept events again beside the live ones; `prev` is the match in front of them. */
  repeat(fromSeq: number, toSeq: number, prev: number): void {
    const position = Math.max(fromSeq, this.events.oldest) - 1;
    this.replay = { position, marked: toSeq, until: toSeq, prev };
    this.pump();
  }

  /** Goes on with a replay as far as the outlet has room, a slice in each turn. */
  pump(): void {
    const { replay, outlet, effort } = this;
    if (replay === null || this.queued || !outlet.roomy) return;
    const end = replay.until ?? this.events.seq;
    let looks = 0;
    outlet.batch(() => {
      for (; looks < SLICE && replay.position < end && outlet.roomy; looks += 1) this.sendNext(replay);
      if (replay.position >= end) this.replay = null;
    });
    effort.spend(looks);
    if (this.replay !== null && outlet.roomy) this.pumpLater();
  }

  private pumpLater(): void {
    this.queued = true;
    this.effort.later(() => {
      this.queued = false;
      this.pump();
    });
  }

  /** The outlet is open again: tells what was lost. */
  tellGap(): void {
    const { gap } = this;
    if (gap === null) return;
    this.gap = null;
    const notice = {
      type: "gap",
      sub: this.feed.name,
      channel: this.feed.channel,
      from_seq: gap.from,
      to_seq: gap.to,
      dropped: gap.dropped,
      reason: "slow_consumer",
    };
    this.outlet.answer(this.codec.encode(notice));
  }

  private offer({ seq, frame }: Delivery): void {
    if (!this.outlet.offer(frame)) this.drop(seq, seq, 1);
  }

  private sendNext(replay: Replay): void {
    if (replay.position + 1 < this.events.oldest) {
      this.overtaken(replay);
      return;
    }
    const seq = replay.position + 1;
    const event = this.events.at(seq);
    replay.position = seq;
    if (event === undefined || !this.feed.matches(event.facets)) return;
    // The first live event follows the acknowledgement's number, even when nothing was there to replay.
    if (seq > replay.marked) replay.prev = Math.max(replay.prev, replay.marked);
    if (this.outlet.offer(this.feed.frame(event, replay.prev, seq <= replay.marked, this.codec))) replay.prev = seq;
    else this.drop(seq, seq, 1);
  }

  /**
   * The ring has moved past the replay: the client reads slower than the market speaks. What matched in between can no
   * longer be told, so here `dropped` counts every event of the range.
   */
  private overtaken(replay: Replay): void {
    const from = replay.position + 1;
    const to = this.events.oldest - 1;
    replay.position = to;
    replay.prev = to;
    this.drop(from, to, to - from + 1);
    this.tellGap();
  }

  private drop(from: number, to: number, count: number): void {
    this.onDropped(count);
    if (this.gap === null) {
      this.gap = { from, to, dropped: count };
      return;
    }
    this.gap.to = to;
    this.gap.dropped += count;
  }
}
