// Market data from a Redis stream (INGEST=streams): every entry goes through ingest and is acknowledged when what it
// brought is durable in the journal (without a journal: when it was taken in). Nothing is taken while the ring has no
// room for a whole message, so the stream keeps what the engine cannot take. At least once: what was taken and not yet
// acknowledged when the process died, or the data plane began again, comes a second time.
import { EVENT_SLOTS } from "../../../assembly/layout.ts";
import type { StreamEntry, StreamSource } from "../../bus/bus.ts";
import type { Ingest } from "./intake.ts";

export interface StreamFeedDeps {
  readonly source: StreamSource;
  readonly ingest: Ingest;
  /** Every event below it may be acknowledged. */
  readonly durableNext: () => number;
  /** Told of entries that Redis no longer has: removed before they were read. */
  readonly onGap: (entries: number) => void;
}

interface Taken {
  readonly id: string;
  readonly next: number;
}

/** Records that one message may write, with room to spare: 10,000 ticks of two records each. */
const ROOM = EVENT_SLOTS / 2;
const ROOM_POLL_MS = 5;
const ACKNOWLEDGE_MS = 50;
const UNACKNOWLEDGED_MAX = 65_536;

export class StreamFeed {
  private readonly deps: StreamFeedDeps;
  private readonly taken: Taken[] = [];
  /** Of the newest entry taken: after a broken connection the unacknowledged ones come again. */
  private newest: readonly [ms: number, place: number] = [0, -1];
  private open = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(deps: StreamFeedDeps) {
    this.deps = deps;
  }

  start(): void {
    this.open = true;
    this.deps.source.rewind();
    this.timer = setInterval(() => this.acknowledge(), ACKNOWLEDGE_MS);
    void this.run();
  }

  /** What still comes stays in the stream. What was taken is published, and acknowledged as far as it is durable. */
  stop(): void {
    this.open = false;
    if (this.timer !== null) clearInterval(this.timer);
    this.deps.ingest.publish();
    this.acknowledge();
  }

  private async run(): Promise<void> {
    while (this.open) {
      const entries = await this.deps.source.read();
      for (const entry of entries) {
        while (this.open && !this.hasRoom()) await later(ROOM_POLL_MS);
        if (!this.open) return;
        this.take(entry);
      }
      this.deps.ingest.publish();
    }
  }

  private hasRoom(): boolean {
    const { ingest } = this.deps;
    if (ingest.room < ROOM) ingest.publish(); // what is reserved may be what takes the room
    return ingest.room >= ROOM && this.taken.length < UNACKNOWLEDGED_MAX;
  }

  private take({ id, data, removed }: StreamEntry): void {
    const { ingest, onGap } = this.deps;
    const [ms = 0, place = 0] = id.split("-").map(Number);
    const known = ms < this.newest[0] || (ms === this.newest[0] && place <= this.newest[1]);
    if (!known) {
      this.newest = [ms, place];
      if (removed) onGap(1);
      else ingest.accept(data, "stream");
    }
    this.taken.push({ id, next: ingest.nextSequence });
  }

  /** Once more when the journal is closed: what is durable now need not come again. */
  acknowledge(): void {
    const durable = this.deps.durableNext();
    const until = this.taken.findIndex(({ next }) => next > durable);
    const ready = this.taken.splice(0, until < 0 ? this.taken.length : until);
    this.deps.source.acknowledge(ready.map(({ id }) => id));
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
