// One subscription of the client over any number of connections: every event once and in order, or a gap that says what
// is gone for good. `cursor` is the last number that was handed on; whatever is missing behind it (the engine dropped
// it, the connection broke, the reader was too slow) is asked for again in pieces that the reader has room for.
import { Mailbox } from "./mailbox.ts";
import type { ChannelData, EventChannelName, Filter } from "../domain/live-protocol.ts";
import type { LiveFailure, Outcome } from "./failure.ts";
import type { ServerMessage } from "./wire.ts";

export interface Update<D> {
  readonly kind: "update";
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly ts: number;
  /** It was fetched later, not sent when it happened. */
  readonly replayed: boolean;
  readonly data: D;
}
/** The state at `seq`. `fresh`: what came before is of another run of the engine, so this replaces all of it. */
export interface Snapshot<D> {
  readonly kind: "snapshot";
  readonly seq: number;
  readonly epoch: string;
  readonly data: readonly D[];
}
/** Events that nobody can have any more. */
export interface Gap {
  readonly kind: "gap";
  readonly reason: "too_old" | "epoch_changed" | "buffer_full";
  /** Numbers of the old epoch where that has changed; `toSeq` is null where nobody knows it. */
  readonly fromSeq: number;
  readonly toSeq: number | null;
}
export type Item<D> = Update<D> | Snapshot<D> | Gap;

export interface SubscribeOptions<C extends EventChannelName> {
  readonly filter?: Filter;
  /** Begin with what is there; default false. */
  readonly snapshot?: boolean;
  /** Go on behind this event of an earlier run of the client. */
  readonly after?: { readonly seq: number; readonly epoch: string };
  /** Called for each item instead of the iteration; must not throw. */
  readonly onItem?: (item: Item<ChannelData[C]>) => void;
  /** Items that may wait for the iteration; default 10,000. */
  readonly bufferSize?: number;
  /**
   * With a full buffer: `pause` (default) stops taking and fetches the rest again when there is room, `drop` loses the
   * newest and says so with a gap, `close` ends the subscription with `buffer_full`.
   */
  readonly whenFull?: "pause" | "drop" | "close";
  readonly signal?: AbortSignal;
}

export interface Acknowledgement {
  readonly sub: string;
  readonly seq: number;
  readonly epoch: string;
  readonly filter: Filter;
}

/** The connection as a subscription sees it. */
export interface Link {
  /**
   * Calls back with the answer, or with null when the connection was lost before it came. Called back and not promised:
   * what follows an answer may be in the same chunk of bytes, and finds the subscription ready.
   */
  ask(request: Readonly<Record<string, unknown>>, onAnswer: (answer: ServerMessage | null) => void): void;
  /** It is over; `sub` is its name on the present connection. */
  forget(subscription: object, sub: string | null): void;
  later(ms: number, run: () => void): void;
}

const BUFFER_DEFAULT = 10_000;
/** Numbers asked for at once: far from the engine's limits, and small enough for a slow reader. */
const PIECE_MAX = 2_000;
const ASK_AGAIN_MS = 200;

export class Subscription<C extends EventChannelName> implements AsyncIterable<Item<ChannelData[C]>> {
  readonly channel: C;
  /** The first acknowledgement, or why there is none. */
  readonly ready: Promise<Outcome<Acknowledgement, LiveFailure>>;
  /** Resolves when it is over: with null after `close`, otherwise with the reason. */
  readonly closed: Promise<LiveFailure | null>;
  private readonly options: SubscribeOptions<C>;
  private readonly link: Link;
  private readonly mailbox: Mailbox<Item<ChannelData[C]>>;
  private cursor: { seq: number; epoch: string } | null;
  /** The name on the present connection; null while there is none. */
  private sub: string | null = null;
  /** The newest number that is known to match. */
  private newest = 0;
  /** Numbers up to here are covered once `left` replayed updates have come. */
  private piece: { to: number; left: number } | null = null;
  private asking = false;
  private held: ServerMessage[] = [];
  private dropped: { from: number; to: number } | null = null;
  /** The next replayed event does not follow the cursor: what lies between is gone. */
  private lossBefore = false;
  private wantsSnapshot = false;
  private over = false;
  private tellReady: (outcome: Outcome<Acknowledgement, LiveFailure>) => void = () => undefined;
  private tellClosed: (failure: LiveFailure | null) => void = () => undefined;

  constructor(channel: C, options: SubscribeOptions<C>, link: Link) {
    this.channel = channel;
    this.options = options;
    this.link = link;
    this.cursor = options.after === undefined ? null : { ...options.after };
    this.mailbox = new Mailbox(options.bufferSize ?? BUFFER_DEFAULT, () => this.fetch());
    this.ready = new Promise((resolve) => (this.tellReady = resolve));
    this.closed = new Promise((resolve) => (this.tellClosed = resolve));
    options.signal?.addEventListener("abort", () => this.end({ code: "aborted" }), { once: true });
    if (options.signal?.aborted === true) this.end({ code: "aborted" });
  }

  /** Where to go on in another run of the client. */
  get position(): { readonly seq: number; readonly epoch: string } | null {
    return this.cursor === null ? null : { ...this.cursor };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item<ChannelData[C]>, void, undefined> {
    try {
      for (;;) {
        const next = await this.mailbox.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.end(null);
  }

  /** A connection is there: (again) subscribes. */
  attach(): void {
    const { filter, snapshot } = this.options;
    const { cursor } = this;
    this.lost();
    const resume = cursor === null ? { snapshot: snapshot ?? false } : { from_seq: cursor.seq, epoch: cursor.epoch };
    const request = { op: "subscribe", channel: this.channel, filter: filter ?? {}, ...resume };
    this.link.ask(request, (answer) => {
      if (answer === null || this.over) return;
      if (answer.type === "subscribed") this.acknowledged(answer);
      else if (answer["code"] === "rate_limited") this.link.later(ASK_AGAIN_MS, () => this.attach());
      else this.end(refusal(answer));
    });
  }

  /** The connection is gone. */
  lost(): void {
    this.sub = null;
    this.piece = null;
    this.asking = false;
    this.lossBefore = false;
    this.held = [];
  }

  /** Ends without a word to the engine. */
  end(failure: LiveFailure | null): void {
    if (this.over) return;
    this.over = true;
    const { sub } = this;
    this.lost();
    this.mailbox.end();
    this.tellReady({ ok: false, failure: failure ?? { code: "aborted" } });
    this.tellClosed(failure);
    this.link.forget(this, sub);
  }

  /** Update, snapshot or gap of this subscription. */
  take(message: ServerMessage): void {
    if (this.over || this.cursor === null) return;
    if (message.type === "snapshot") this.snapshot(message);
    else if (message.type === "gap") this.gap(Number(message["to_seq"]));
    else if (message.type === "update") this.update(message);
  }

  /** A heartbeat tells the newest number that matches. */
  missing(newest: number): void {
    this.newest = Math.max(this.newest, newest);
    this.fetch();
  }

  private snapshot(message: ServerMessage): void {
    if (this.wantsSnapshot) this.hand(asSnapshot(message));
    this.wantsSnapshot = false;
  }

  /** The engine had to drop some: part of a piece, perhaps, so what is left of it cannot be counted any more. */
  private gap(newest: number): void {
    this.newest = Math.max(this.newest, newest);
    if (this.piece === null) this.fetch();
    else this.giveUp();
  }

  private giveUp(): void {
    this.piece = null;
    this.lossBefore = false;
    this.newest = Math.max(this.newest, ...this.held.map((message) => Number(message["seq"])));
    this.held = [];
    this.fetch();
  }

  get name(): string | null {
    return this.sub;
  }

  private acknowledged(answer: ServerMessage): void {
    const ack = asAcknowledgement(answer);
    this.sub = ack.sub;
    this.newest = ack.seq;
    const replay = answer["replay"] as { count: number; reason?: Gap["reason"] } | null;
    this.wantsSnapshot = replay === null ? this.options.snapshot === true : replay.reason !== undefined;
    if (this.cursor === null) {
      this.cursor = { seq: ack.seq, epoch: ack.epoch };
    } else if (this.cursor.epoch !== ack.epoch) {
      this.hand({ kind: "gap", reason: "epoch_changed", fromSeq: this.cursor.seq + 1, toSeq: null });
      this.cursor = { seq: ack.seq, epoch: ack.epoch };
    } else if (replay === null) {
      this.fetch(); // another subscription of this client holds the same: the engine sends nothing again
    } else {
      this.piece = { to: ack.seq, left: replay.count };
      if (replay.reason === "too_old") this.lossBefore = true;
      this.pieceDone();
    }
    this.tellReady({ ok: true, value: ack });
  }

  private update(message: ServerMessage): void {
    const { cursor, piece } = this;
    if (cursor === null) return;
    const seq = Number(message["seq"]);
    if (message["replay"] === true) {
      if (piece === null) return; // of a piece that was given up
      piece.left -= 1;
      if (seq > cursor.seq) {
        if (this.lossBefore) this.hand({ kind: "gap", reason: "too_old", fromSeq: cursor.seq + 1, toSeq: seq - 1 });
        this.lossBefore = false;
        if (!this.accept(message, seq)) {
          this.giveUp(); // no room: the rest is fetched when there is
          return;
        }
      }
      this.pieceDone();
      return;
    }
    this.newest = Math.max(this.newest, seq);
    if (piece !== null || this.asking) {
      if (this.held.length < PIECE_MAX) this.held.push(message);
      return;
    }
    this.live(message, seq);
  }

  private live(message: ServerMessage, seq: number): void {
    const { cursor } = this;
    if (cursor === null || seq <= cursor.seq) return;
    if (Number(message["prev"]) <= cursor.seq) this.accept(message, seq);
    else this.fetch();
  }

  /** False when there is no room for it; then the cursor stays before it. */
  private accept(message: ServerMessage, seq: number): boolean {
    const item: Update<ChannelData[C]> = {
      kind: "update",
      seq,
      ts: Number(message["ts"]),
      replayed: message["replay"] === true,
      data: message["data"] as ChannelData[C],
    };
    if (this.options.onItem !== undefined) this.options.onItem(item);
    else if (!this.store(item)) return false;
    if (this.cursor !== null) this.cursor.seq = seq;
    return true;
  }

  private store(item: Update<ChannelData[C]>): boolean {
    const { dropped, mailbox } = this;
    if (dropped !== null && mailbox.room > 0) {
      mailbox.add({ kind: "gap", reason: "buffer_full", fromSeq: dropped.from, toSeq: dropped.to });
      this.dropped = null;
    }
    if (mailbox.put(item)) return true;
    const { whenFull = "pause" } = this.options;
    if (whenFull === "close") this.end({ code: "buffer_full", size: mailbox.size });
    if (whenFull !== "drop") return false;
    this.dropped = { from: dropped?.from ?? item.seq, to: item.seq };
    return true;
  }

  private hand(item: Item<ChannelData[C]>): void {
    if (this.options.onItem !== undefined) this.options.onItem(item);
    else this.mailbox.add(item);
  }

  private pieceDone(): void {
    const { piece, cursor } = this;
    if (piece === null || cursor === null || piece.left > 0) return;
    this.piece = null;
    if (this.lossBefore && piece.to > cursor.seq) {
      this.hand({ kind: "gap", reason: "too_old", fromSeq: cursor.seq + 1, toSeq: piece.to });
    }
    this.lossBefore = false;
    cursor.seq = Math.max(cursor.seq, piece.to);
    const { held } = this;
    this.held = [];
    for (const message of held) this.live(message, Number(message["seq"]));
    this.fetch();
  }

  /** Asks for a piece of what is missing, as much as there is room for. */
  private fetch(): void {
    const { cursor, sub } = this;
    if (cursor === null || sub === null || this.piece !== null || this.asking || this.newest <= cursor.seq) return;
    const room = this.options.onItem === undefined ? this.mailbox.room : PIECE_MAX;
    if (room < Math.min(this.mailbox.size / 2, PIECE_MAX)) return;
    this.asking = true;
    const [from, to] = [cursor.seq + 1, Math.min(this.newest, cursor.seq + Math.min(room, PIECE_MAX))];
    const request = { op: "replay", sub, from_seq: from, to_seq: to };
    this.link.ask(request, (answer) => this.fetched(answer, sub, to));
  }

  private fetched(answer: ServerMessage | null, sub: string, to: number): void {
    if (answer === null || this.over || this.sub !== sub) return;
    this.asking = false;
    if (answer.type !== "replayed") {
      // Asked too often, or an earlier piece is still on its way.
      this.link.later(ASK_AGAIN_MS, () => this.fetch());
      return;
    }
    this.piece = { to, left: Number(answer["count"]) };
    this.lossBefore = answer["complete"] !== true;
    this.pieceDone();
  }
}

function asAcknowledgement(answer: ServerMessage): Acknowledgement {
  const { sub, seq, epoch, filter } = answer;
  return { sub: String(sub), seq: Number(seq), epoch: String(epoch), filter: filter as Filter };
}

function asSnapshot<D>(message: ServerMessage): Snapshot<D> {
  const { seq, epoch, data } = message;
  return { kind: "snapshot", seq: Number(seq), epoch: String(epoch), data: data as readonly D[] };
}

function refusal(answer: ServerMessage): LiveFailure {
  const { code, message } = answer;
  return {
    code: "refused",
    error: code as Extract<LiveFailure, { code: "refused" }>["error"],
    message: String(message),
  };
}
