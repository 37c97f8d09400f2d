// What the journal's thread does, pass by pass: consumer JOURNAL_CONSUMER of the event ring. Copies what is there into
// blocks, writes them, syncs as JOURNAL_SYNC says, and only then gives the slots back, so an event is never between the
// ring and the file.
//   off     slots and `durable` move after the write; the disk is synced when a segment ends, at snapshots and at close
//   batch   slots move after the write; a sync follows within BATCH_MS, and moves `durable`
//   always  slots and `durable` move after the sync
// A disk that refuses (full, read-only, failing) is asked again with growing pauses. Meanwhile the slots stay taken,
// the ring fills, and ingest refuses: nothing is dropped, and when the disk takes writes again everything goes on.
// Snapshots are written in steps between two drains. An error that is not the system's ends the thread, visibly.
import * as layout from "../../../assembly/layout.ts";
import { JournalControl } from "./control.ts";
import type { JournalMessage, JournalWorkerData, SnapshotRequest } from "./messages.ts";
import { applyRetention } from "./retention.ts";
import { STAGE_EVENTS_MAX, SegmentWriter } from "./segment-writer.ts";
import { BLOCK_EVENTS_MAX } from "./segment.ts";
import { SnapshotWriter } from "./snapshot.ts";

const BATCH_MS = 100;
/** After a small drain the thread dozes this long without offering itself to wake-ups: the producer saves a system
 * call per message and blocks get larger. A full ring takes longer than that to fill. Not with `always`. */
const DOZE_MS = 4;
const WATCHDOG_MS = 1000;
const BACKOFF_MS_MIN = 20;
const BACKOFF_MS_MAX = 500;

const LINE = layout.CONSUMERS + layout.JOURNAL_CONSUMER * layout.LINE;
const HEAD = layout.EVENT_HEAD >> 2;
const TAIL = (LINE + layout.CONSUMER_TAIL) >> 2;
const SLEEPING = (LINE + layout.CONSUMER_SLEEPING) >> 2;
const STATE = (LINE + layout.CONSUMER_STATE) >> 2;
const STOP = (LINE + layout.CONSUMER_STOP) >> 2;
const BEAT = (LINE + layout.CONSUMER_BEAT) >> 2;
const SEQUENCE = (LINE + layout.CONSUMER_SEQUENCE) >> 3;

/** How the thread speaks with main. */
export interface LoopPort {
  post(message: JournalMessage): void;
  /** The next request; undefined: there is none. */
  receive(): SnapshotRequest | undefined;
}

/** The time of the thread: when to sync, when to ask a disk again, how old a segment is. Nothing here reads a clock. */
export interface JournalClock {
  /** Milliseconds; never falls. */
  readonly monotonicMs: () => number;
  /** Microseconds since 1970. */
  readonly wallUs: () => number;
}

export class JournalLoop {
  private readonly port: LoopPort;
  private readonly clock: JournalClock;
  private readonly data: JournalWorkerData;
  private readonly control: JournalControl;
  private readonly writer: SegmentWriter;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly longs: BigUint64Array;
  /** First event whose slot is still taken, as ring position (wraps) and as sequence. */
  private tail: number;
  private tailSequence: number;
  private drained = 0;
  private syncDue = Infinity;
  private backoff = 0;
  private retryAt = 0;
  private requestsSeen = 0;
  private request: SnapshotRequest | null = null;
  private snapshot: SnapshotWriter | null = null;
  private segmentSeen: number | null = null;
  private retentionDue = true;
  /** Bytes of all segments less what this thread appended; below zero once retention took some of that. */
  private keptBytes = 0;

  constructor(data: JournalWorkerData, port: LoopPort, clock: JournalClock) {
    this.data = data;
    this.port = port;
    this.clock = clock;
    this.control = new JournalControl(data.control);
    this.writer = new SegmentWriter(data, clock.wallUs);
    this.bytes = new Uint8Array(data.memory);
    this.words = new Int32Array(data.memory);
    this.longs = new BigUint64Array(data.memory);
    this.tail = Atomics.load(this.words, TAIL);
    this.tailSequence = data.firstSequence;
  }

  run(): void {
    this.begin();
    while (this.pass()) this.rest();
  }

  begin(): void {
    this.watchSegments();
    Atomics.store(this.words, STATE, 1);
    this.control.state = "running";
    this.port.post({ kind: "ready" });
  }

  /** What there is to do now; false when the loop has ended. Never sleeps. */
  pass(): boolean {
    if (this.isDone()) {
      this.writer.close();
      this.control.state = "stopped";
      Atomics.store(this.words, STATE, 2);
      return false;
    }
    Atomics.add(this.words, BEAT, 1);
    this.takeRequests();
    if (this.clock.monotonicMs() >= this.retryAt) this.attempt();
    return true;
  }

  /** Asked to leave, and nothing is left to do. */
  private isDone(): boolean {
    if (Atomics.load(this.words, STOP) !== 1 || this.waiting() > 0) return false;
    if (this.request !== null || this.requestsSeen !== this.control.requests) return false;
    return this.writer.syncedNext === this.writer.stagedNext;
  }

  private waiting(): number {
    return (Atomics.load(this.words, HEAD) - this.tail) >>> 0;
  }

  /** One pass over the disk's work. A system error is remembered and the pass repeated later. */
  private attempt(): void {
    try {
      if (this.writer.needsSync || this.clock.monotonicMs() >= this.syncDue) this.sync();
      this.drain();
      if (this.request !== null) this.stepSnapshot(this.request);
      if (Atomics.load(this.words, STOP) === 1 && this.waiting() === 0) this.sync();
    } catch (error) {
      this.failing(systemError(error));
      return;
    }
    if (this.backoff > 0) this.recovered();
    this.watchSegments();
  }

  private drain(): void {
    if (this.writer.stagedNext === this.tailSequence) this.stage();
    this.drained = this.writer.stagedNext - this.tailSequence;
    if (this.drained === 0) return;
    this.writer.write();
    if (this.data.sync === "always") this.sync();
    this.tail = (this.tail + this.drained) | 0;
    this.tailSequence = this.writer.stagedNext;
    this.control.totalBytes = this.keptBytes + this.writer.appendedBytes;
    this.control.writtenNext = this.tailSequence;
    Atomics.store(this.longs, SEQUENCE, BigInt(this.tailSequence));
    Atomics.store(this.words, TAIL, this.tail);
    if (this.data.sync === "off") this.publishDurable(this.tailSequence);
    else if (this.data.sync === "batch") this.syncDue = Math.min(this.syncDue, this.clock.monotonicMs() + BATCH_MS);
  }

  private stage(): void {
    const count = Math.min(this.waiting(), STAGE_EVENTS_MAX);
    const slot = this.tail & (layout.EVENT_SLOTS - 1);
    const straight = Math.min(count, layout.EVENT_SLOTS - slot);
    this.writer.stage(this.bytes, this.data.events + slot * layout.EVENT_BYTES, straight);
    this.writer.stage(this.bytes, this.data.events, count - straight);
  }

  private sync(): void {
    this.writer.sync();
    this.syncDue = Infinity;
    this.control.countSync();
    this.publishDurable(this.writer.syncedNext);
  }

  private publishDurable(next: number): void {
    if (next <= this.control.durableNext) return;
    this.control.durableNext = next;
    if (this.control.takeWanted()) this.port.post({ kind: "durable" });
  }

  private takeRequests(): void {
    if (this.requestsSeen === this.control.requests) return;
    for (let request = this.port.receive(); request !== undefined; request = this.port.receive()) {
      this.requestsSeen++;
      this.request = request; // main asks for one at a time
    }
  }

  /** A snapshot says "everything up to here is in the journal", so the journal is synced up to there first. */
  private stepSnapshot(request: SnapshotRequest): void {
    if (this.writer.writtenNext < request.description.nextSequence) {
      const over = Atomics.load(this.words, STOP) === 1 && this.waiting() === 0;
      if (over) this.endSnapshot(request, "its last event never came");
      return;
    }
    if (this.writer.syncedNext < request.description.nextSequence) this.sync();
    try {
      this.snapshot ??= new SnapshotWriter(this.data.dir, request.description, request.state);
      if (!this.snapshot.step()) return;
      this.endSnapshot(request, null);
    } catch (error) {
      this.snapshot?.abandon();
      this.endSnapshot(request, systemError(error));
    }
  }

  private endSnapshot({ id, state }: SnapshotRequest, reason: string | null): void {
    this.snapshot = null;
    this.request = null;
    this.retentionDue = true;
    this.watchSegments();
    const failure = reason === null ? null : ({ code: "snapshot_disk", reason } as const);
    this.port.post({ kind: "snapshot", id, failure, room: state.buffer });
  }

  /** Applies the limits at start, after a snapshot, and whenever a segment has begun. */
  private watchSegments(): void {
    const segment = this.writer.current?.sequence ?? this.segmentSeen;
    if (!this.retentionDue && segment === this.segmentSeen) return;
    this.segmentSeen = segment;
    this.retentionDue = false;
    try {
      const kept = applyRetention(this.data.dir, this.data.retention, this.clock.wallUs());
      this.control.segments = kept.segments;
      this.keptBytes = kept.bytes - this.writer.appendedBytes;
      this.control.totalBytes = kept.bytes;
      this.port.post({ kind: "kept", kept });
    } catch (error) {
      this.port.post({ kind: "retention_failed", reason: systemError(error) });
    }
  }

  private failing(reason: string): void {
    this.control.countDiskError();
    if (this.backoff === 0) {
      this.control.state = "failing";
      this.port.post({ kind: "failing", reason });
    }
    this.backoff = Math.min(BACKOFF_MS_MAX, Math.max(BACKOFF_MS_MIN, this.backoff * 2));
    this.retryAt = this.clock.monotonicMs() + this.backoff;
  }

  private recovered(): void {
    this.backoff = 0;
    this.retryAt = 0;
    this.control.state = "running";
    this.port.post({ kind: "recovered" });
  }

  private rest(): void {
    const now = this.clock.monotonicMs();
    if (this.backoff > 0) this.control.pause(Math.max(1, this.retryAt - now));
    else if (this.snapshot !== null) return;
    else if (this.drained > 0) this.doze();
    else this.sleep(Math.min(WATCHDOG_MS, Math.max(0, this.syncDue - now)));
  }

  private doze(): void {
    if (this.data.sync !== "always" && this.drained < BLOCK_EVENTS_MAX) this.control.pause(DOZE_MS);
  }

  private sleep(ms: number): void {
    Atomics.store(this.words, SLEEPING, 1);
    // Looked at once more after the word is set: what was published before is seen here, what comes later wakes us.
    const idle = this.waiting() === 0 && this.requestsSeen === this.control.requests;
    if (idle && Atomics.load(this.words, STOP) !== 1) Atomics.wait(this.words, SLEEPING, 1, ms);
    Atomics.store(this.words, SLEEPING, 0);
  }
}

/** What the system says; anything else is a fault of ours and ends the thread. */
function systemError(error: unknown): string {
  if (error instanceof Error && (error as NodeJS.ErrnoException).errno !== undefined) return error.message;
  throw error;
}
