// Market data from the bus: every message of the input channel goes through ingest. The ring is published once per
// socket chunk, not once per message: all messages of a chunk are handed over in one turn of the event loop, and
// process.nextTick runs right behind it.
// Pub/Sub keeps nothing for who is slow. What finds no room in the ring, because one of its readers stands still for a
// moment (a disk that takes a second for a sync), waits here in the order in which it came (ADR 74). Only a halt is
// ridden out: where a message has waited for WAIT_MS, or a line has not been gone for LINE_MS, there is more than the engine
// can take, and old prices must not come as those of now. All of the line is refused and counted then, and for a while
// nothing waits.
import { EVENT_SLOTS } from "../../../assembly/layout.ts";
import { INPUT_CHANNEL, type Bus } from "../../bus/bus.ts";
import type { Batch } from "./batch.ts";
import { MAY_WAIT, type Ingest } from "./intake.ts";

interface RedisFeedOptions {
  /** A clock that never falls. */
  readonly nowMs: () => number;
  /** Hears of every message that was decoded, refused ones included; of one that enters in parts, of each. */
  readonly onBatch?: (batch: Batch) => void;
  /** A line begins: who is behind can be seen now. */
  readonly onWaiting?: () => void;
  /** A line has ended. */
  readonly onWaited?: (line: WaitedLine) => void;
}

export interface WaitedLine {
  readonly ms: number;
  /** Messages that waited, and those of them that were given up. */
  readonly messages: number;
  readonly refused: number;
}

interface Message {
  readonly bytes: Uint8Array;
  /** Number of the first tick that is not in yet. */
  first: number;
  readonly since: number;
}

interface Line {
  /** Those before `head` have left. */
  messages: Message[];
  head: number;
  bytes: number;
  /** Ever in it, and of those how many were given up. */
  count: number;
  refused: number;
  readonly since: number;
}

const WAIT_MS = 5_000;
const LINE_MS = 20_000;
const WAIT_BYTES = 32 * 1024 * 1024;
/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 200;
/** Behind a line that was overload, so long nothing waits. */
const OVERLOAD_MS = 60_000;
/** What waits enters while more is free: what is not market data finds room before it. */
const ROOM = EVENT_SLOTS / 2;
const POLL_MS = 2;
/** The line is made shorter when so many places, and half of all, have been left. */
const LEFT_MAX = 1_024;
/** In the place of a message that has left: its bytes are let go at once. */
const GONE: Message = { bytes: new Uint8Array(0), first: 0, since: 0 };
/** So much is refused at once: all that may wait takes most of a second, in which nobody would be answered. */
const REFUSED_BYTES = 1024 * 1024;

export class RedisFeed {
  private readonly source: Pick<Bus, "subscribe">;
  private readonly options: RedisFeedOptions;
  private ingest: Ingest;
  private subscribed = false;
  /** "held": what comes waits for another ingest. */
  private state: "closed" | "open" | "held" = "closed";
  private publishing = false;
  /** null: nothing waits. */
  private line: Line | null = null;
  /** Given up, and still to be refused and counted: none of it enters, so nothing waits for it. */
  private given: Message[] = [];
  private overloadedUntil = -Infinity;
  private timer: NodeJS.Timeout | null = null;
  /** Messages that had to wait, ever. */
  waited = 0;

  constructor(source: Pick<Bus, "subscribe">, ingest: Ingest, options: RedisFeedOptions) {
    this.source = source;
    this.ingest = ingest;
    this.options = options;
  }

  /** Messages that wait for room. */
  get waiting(): number {
    return this.line === null ? 0 : this.line.messages.length - this.line.head;
  }

  /** From now on this one takes the messages: one subscription lasts as long as the bus does. */
  into(ingest: Ingest): void {
    this.ingest = ingest;
  }

  start(): void {
    this.state = "open";
    if (this.line !== null) this.pollSoon();
    if (this.subscribed) return;
    this.subscribed = true;
    this.source.subscribe(INPUT_CHANNEL, (bytes) => this.take(bytes));
  }

  /** What still comes waits until `start`, with another ingest by then. */
  hold(): void {
    this.state = "held";
    this.ingest.publish();
  }

  /** What still comes is dropped: the engine is going down. What has come is published. */
  stop(): void {
    if (this.state === "open") this.letIn(0); // else nobody would read it there
    this.giveUp();
    this.refuse(Infinity);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.state = "closed";
    this.ingest.publish();
  }

  private take(bytes: Uint8Array): void {
    if (this.state === "closed") return;
    if (this.state === "held" || this.line !== null) {
      this.wait(bytes, 0);
      return;
    }
    const mayWait = this.options.nowMs() >= this.overloadedUntil;
    const first = this.enter(bytes, 0, mayWait ? MAY_WAIT : 0);
    if (first !== null) this.wait(bytes, first);
    if (this.publishing) return;
    this.publishing = true;
    process.nextTick(() => {
      this.publishing = false;
      this.ingest.publish();
    });
  }

  /** Number of the first tick that found no room; null: the message is done with. */
  private enter(bytes: Uint8Array, first: number, flags: number): number | null {
    const batch = this.ingest.take(bytes, "redis", flags, first);
    if (batch === null) return null;
    this.options.onBatch?.(batch);
    return this.ingest.waiting;
  }

  /** At the end of the line; the bytes are a view of what the socket has brought. */
  private wait(bytes: Uint8Array, first: number): void {
    if (this.line === null) {
      this.line = { messages: [], head: 0, bytes: 0, count: 0, refused: 0, since: this.options.nowMs() };
      this.ingest.publish(); // what is reserved may be what takes the room
      this.options.onWaiting?.();
      this.pollSoon();
    }
    const { line } = this;
    line.count += 1;
    if (line.bytes + bytes.length + MESSAGE_BYTES > WAIT_BYTES) {
      line.refused += 1;
      this.ingest.giveUp(first, bytes, "redis");
      return;
    }
    line.messages.push({ bytes: Uint8Array.from(bytes), first, since: this.options.nowMs() });
    line.bytes += bytes.length + MESSAGE_BYTES;
    this.waited += 1;
  }

  private pollSoon(): void {
    this.timer ??= setTimeout(() => this.poll(), POLL_MS);
  }

  private poll(): void {
    this.timer = null;
    if (this.state === "open") this.letIn(ROOM);
    this.endOverdue();
    this.refuse(REFUSED_BYTES);
    if (this.line !== null || this.given.length > 0) this.pollSoon();
  }

  /** Where it was an ingest that did not come, it was no overload. */
  private endOverdue(): void {
    const { line } = this;
    if (line === null) return;
    const now = this.options.nowMs();
    const oldest = line.messages[line.head]?.since ?? now;
    if (now - oldest <= WAIT_MS && now - line.since <= LINE_MS) return;
    if (this.state === "open") this.overloadedUntil = now + OVERLOAD_MS;
    this.giveUp();
  }

  /** From the head of the line, while there are more than `room` slots. */
  private letIn(room: number): void {
    const { line } = this;
    if (line === null) return;
    for (let next = line.messages[line.head]; next !== undefined; next = line.messages[line.head]) {
      if (this.ingest.room <= room) break;
      const first = this.enter(next.bytes, next.first, MAY_WAIT);
      if (first === null) this.leave(line);
      else if (first === next.first) break;
      else next.first = first;
    }
    this.ingest.publish();
    if (this.waiting === 0) this.end();
  }

  private leave(line: Line): void {
    line.bytes -= (line.messages[line.head]?.bytes.length ?? 0) + MESSAGE_BYTES;
    line.messages[line.head] = GONE;
    line.head += 1;
    if (line.head < LEFT_MAX || 2 * line.head < line.messages.length) return;
    line.messages = line.messages.slice(line.head);
    line.head = 0;
  }

  /** All that waits. */
  private giveUp(): void {
    const { line } = this;
    if (line === null) return;
    line.refused += this.waiting;
    this.given = [...this.given, ...line.messages.slice(line.head)];
    this.end();
  }

  /** Of what was given up the next `most` bytes. */
  private refuse(most: number): void {
    let [count, refused] = [0, 0];
    for (const { bytes, first } of this.given) {
      if (refused >= most) break;
      this.ingest.giveUp(first, bytes, "redis");
      count += 1;
      refused += bytes.length + MESSAGE_BYTES;
    }
    this.given = this.given.slice(count);
  }

  private end(): void {
    const { line } = this;
    if (line === null) return;
    this.line = null;
    this.options.onWaited?.({ ms: this.options.nowMs() - line.since, messages: line.count, refused: line.refused });
  }
}
