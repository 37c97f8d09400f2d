// Market data from a Redis stream (INGEST=streams): every entry goes through ingest and is acknowledged when what it
// brought is durable in the journal (without a journal: when it was taken in). Nothing is taken while half of the ring
// is not free, so the stream keeps what the engine cannot take, and while a history is about to enter; a message that needs more room than there is goes in by
// parts, each behind a position that says how many of its ticks are in. What some entries brought is written behind
// their position (../positions.ts), and a start goes on behind the newest position of its journal: each entry counts
// once, also when the process was killed between taking and acknowledging it (ADR 53).
import { EVENT_SLOTS } from "../../../assembly/layout.ts";
import { idBefore, type StreamEntry, type StreamPlace, type StreamSource } from "../../bus/bus.ts";
import type { Positions } from "../positions.ts";
import type { Ingest } from "./intake.ts";

export interface StreamFeedDeps {
  readonly source: StreamSource;
  readonly ingest: Ingest;
  readonly positions: Positions;
  /** What the journal says was taken; null: nothing, or there is no journal. */
  readonly place: StreamPlace | null;
  /** Every event below it may be acknowledged. */
  readonly durableNext: () => number;
  /** False: what earlier entries caused has to leave first; entries wait in the stream. */
  readonly mayTake?: () => boolean;
}

/** Entries that share a position. */
interface Taken {
  readonly ids: readonly string[];
  readonly next: number;
}

/** More than any tick needs, with all names that are new. */
const ROOM = EVENT_SLOTS / 2;
/** A position ends behind the entry that reaches this, so that kernels begin while the next ones are decoded. */
const RECORDS = 4_096;
const ROOM_POLL_MS = 5;
/** How often a part waits for the history that may go first, which others may keep from its room. */
const YIELDS_MAX = 200;
const ACKNOWLEDGE_MS = 50;
const UNACKNOWLEDGED_MAX = 65_536;
const ACKNOWLEDGED_MAX = 8_192;

export class StreamFeed {
  private readonly deps: StreamFeedDeps;
  private taken: Taken[] = [];
  private unacknowledged = 0;
  /** The entry that is in only up to some of its ticks. */
  private part: { readonly id: string; readonly ticks: number } | null = null;
  /** Histories that were in when the newest part was taken. */
  private entered = 0;
  private open = false;
  private timer: NodeJS.Timeout | null = null;
  private acknowledging: Promise<void> | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(deps: StreamFeedDeps) {
    this.deps = deps;
  }

  start(): void {
    this.open = true;
    const { place } = this.deps;
    if (place?.ticks !== undefined) {
      this.part = { id: place.id, ticks: place.ticks };
      this.deps.source.goOnBehind(inFrontOf(place)); // it comes once more
    } else this.deps.source.goOnBehind(place);
    this.running = this.run();
  }

  /** What still comes stays in the stream. What was taken is published, and acknowledged as far as it is durable. */
  stop(): void {
    this.open = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.deps.ingest.publish();
    void this.acknowledge();
  }

  /** After `stop`: resolves when nothing of it asks the source any more, so that another one may. */
  left(): Promise<void> {
    return this.running;
  }

  /** Once more when the journal is closed: what is durable now need not come again. */
  async settle(): Promise<void> {
    while (this.acknowledging !== null) await this.acknowledging;
    await this.acknowledge();
  }

  private async run(): Promise<void> {
    while (this.open) {
      const entries = await this.deps.source.read();
      for (let taken = 0; taken < entries.length;) {
        await this.turn();
        if (!this.open) return;
        taken += this.take(entries.slice(taken));
      }
    }
  }

  /** When the next part may be taken. */
  private async turn(): Promise<void> {
    let yields = 0;
    while (this.open) {
      if (this.hasRoom() && !(this.lets() && yields++ < YIELDS_MAX)) return;
      await later(ROOM_POLL_MS);
    }
  }

  /** A symbol's history that is ready needs more room than a part does: one may go in front of each. */
  private lets(): boolean {
    const { history } = this.deps.ingest;
    return history.waits && history.entered === this.entered;
  }

  private hasRoom(): boolean {
    const { ingest, mayTake } = this.deps;
    if (mayTake?.() === false) return false;
    ingest.letInDue(); // held events are of earlier entries: they belong in front of the next position
    if (ingest.room < ROOM) ingest.publish(); // what is reserved may be what takes the room
    return ingest.room >= ROOM && this.unacknowledged < UNACKNOWLEDGED_MAX;
  }

  /** As many as may share a position; of one that is in only in part the rest comes next. */
  private take(entries: readonly StreamEntry[]): number {
    const { ingest, positions } = this.deps;
    if (!positions.begin()) throw new Error("half of the ring was free, and has no slot");
    this.entered = ingest.history.entered;
    const first = ingest.nextSequence;
    const ids: string[] = [];
    for (const { id, data, removed } of entries) {
      const before = this.part?.id === id ? this.part.ticks : 0;
      ingest.entry = id;
      const ticks = removed ? null : ingest.takeFrom(before, data, "stream");
      this.part = ticks === null || ticks === 0 ? null : { id, ticks };
      if (ticks !== null) break;
      ids.push(id);
      if (ingest.nextSequence - first >= RECORDS || ingest.room < ROOM) break;
    }
    positions.end(placeOf(entries, ids.length, this.part?.ticks ?? 0));
    if (ids.length > 0) this.taken.push({ ids, next: ingest.nextSequence });
    this.unacknowledged += ids.length;
    ingest.publish();
    this.acknowledgeSoon();
    return ids.length;
  }

  /** Again and again while something waits for it; a stream at rest wakes nobody. */
  private acknowledgeSoon(): void {
    if (!this.open) return;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.acknowledge().then(() => this.taken.length > 0 && this.acknowledgeSoon());
    }, ACKNOWLEDGE_MS);
  }

  /** What is durable, oldest first; one call to Redis at a time. */
  private acknowledge(): Promise<void> {
    this.acknowledging ??= this.tellRedis().finally(() => (this.acknowledging = null));
    return this.acknowledging;
  }

  private async tellRedis(): Promise<void> {
    for (;;) {
      const durable = this.deps.durableNext();
      let [count, entries] = [0, 0];
      for (const { ids, next } of this.taken) {
        if (next > durable || entries + ids.length > ACKNOWLEDGED_MAX) break;
        count += 1;
        entries += ids.length;
      }
      const ids = this.taken.slice(0, count).flatMap((taken) => taken.ids);
      if (ids.length === 0 || !(await this.deps.source.acknowledge(ids))) return;
      this.taken = this.taken.slice(count);
      this.unacknowledged -= entries;
    }
  }
}

/** Behind the first `whole` of the entries, and so many ticks of the next one: none of an entry is not all of it. */
function placeOf(entries: readonly StreamEntry[], whole: number, ticks: number): StreamPlace {
  const { id = "0-0", ordinal = null } = entries[ticks > 0 ? whole : Math.max(0, whole - 1)] ?? {};
  if (ticks > 0) return { id, ordinal, ticks };
  return whole > 0 ? { id, ordinal } : inFrontOf({ id, ordinal });
}

function inFrontOf({ id, ordinal }: StreamPlace): StreamPlace {
  return { id: idBefore(id), ordinal: ordinal !== null && ordinal > 1 ? ordinal - 1 : null };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
