// Bytes in, checked 64-byte event records in the ring. The core decodes and judges (assembly/decode, decoding.ts); this
// class takes messages, lets in what has waited for its time, counts, and says what became of each message.
// Main thread only. Nothing is visible to the consumers before `publish`, so callers coalesce.
import { isUtf8 } from "node:buffer";
import { Packr } from "msgpackr";
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { reasonName } from "../../domain/event.ts";
import { plainMsgpack } from "../../domain/msgpack.ts";
import type { Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { CoreExports } from "../kernels/core.ts";
import type { EventRing } from "../rings/event-ring.ts";
import type { EventWriter } from "../rings/event-writer.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { refusedMessage, ResultBlock, stampRecords, type Batch } from "./batch.ts";
import { ingestCounters, type Encoding, type IngestCounters, type Transport } from "./counters.ts";
import { Decoding } from "./decoding.ts";
import { HistoryIntake } from "./history-intake.ts";
import { writeKeyTable } from "./key-table.ts";
import { Names, type OnSymbol } from "./names.ts";

export interface IngestDeps {
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  readonly core: CoreExports;
  readonly ring: EventRing;
  readonly writer: EventWriter;
  readonly now: () => EpochUs;
  /** Must not call back into ingest. */
  readonly onSymbol: OnSymbol;
  /** Told why a message of a feed, or a history, could not be looked at to its end: a defect, which ends neither feed nor process. */
  readonly onDefect?: (error: unknown) => void;
  /** Counted into when given, so that several doors can share them. */
  readonly counters?: IngestCounters;
}

/** A message of a file of messages, and how many bytes it took; null: more bytes are needed. */
export interface FirstBatch {
  readonly batch: Batch;
  readonly consumed: number;
}

/** Flag: ticks that find no room are not refused; the message ends in front of the first one. */
export const MAY_WAIT = wire.DECODE_WAITS;

/** A batch that wrote more records than this is published at once: a quarter of the ring must not wait for a socket. */
const PUBLISH_RECORDS = layout.EVENT_SLOTS / 4;

export class Ingest {
  readonly symbols: Names;
  readonly history: HistoryIntake;
  readonly counters: IngestCounters;
  private readonly deps: IngestDeps;
  private readonly block: ResultBlock;
  private readonly decoding: Decoding;
  private readonly packr = new Packr({ useRecords: false });
  /** Told of every message of a feed of which anything was refused: nobody waits for the answer. */
  onRefused: ((transport: Transport, batch: Batch, entry: string | null) => void) | null = null;
  /** Of a stream, the one that is being taken. */
  entry: string | null = null;
  private real = 0;
  private publishing = false;
  /** The last one. */
  private defect = "";
  private withoutRoom: number | null = null;

  constructor(deps: IngestDeps) {
    this.deps = deps;
    this.counters = deps.counters ?? ingestCounters();
    this.block = new ResultBlock(deps.memory, deps.plan);
    const { block, counters } = this;
    const names = new Names({ ...deps, block });
    const decoding = new Decoding({ core: deps.core, block, names, counters });
    this.symbols = names;
    this.decoding = decoding;
    this.history = new HistoryIntake({ ...deps, block, names, decoding, counters });
    writeKeyTable(deps.memory, this.block.base);
    deps.core.openDecoder();
  }

  /** Ticks accepted so far that were neither synthetic nor history. */
  get realTicks(): number {
    return this.real;
  }
  get heldBack(): number {
    return this.decoding.held.size;
  }
  /** Engine clock, microseconds. */
  get clock(): EpochUs {
    return this.deps.writer.clock;
  }
  /** Records that the ring takes before it is full. */
  get room(): number {
    return this.deps.ring.free();
  }
  get nextSequence(): number {
    return this.deps.ring.nextSequence;
  }

  /**
   * Of the newest message, where MAY_WAIT was set: number of the tick that found no room, from which on it comes again;
   * null: all of it is done with.
   */
  get waiting(): number | null {
    return this.withoutRoom;
  }

  /** One message as it came, JSON or msgpack by its first byte; with `first` it comes again from that tick on. */
  accept(bytes: Uint8Array, transport: Transport, flags = flagsOf(transport), first = 0): Batch {
    this.comesFrom(first);
    const format = formatOf(bytes);
    const encoding = format === wire.FORMAT_JSON ? "json" : "msgpack";
    if (format === wire.FORMAT_JSON && !isUtf8(bytes)) return this.refuse(wire.REASON_UTF8);
    return this.decode(bytes, format, transport, encoding, flags);
  }

  /**
   * A message that nobody waits for. Where it meets a defect of the engine it is given up and counted; ticks in front of
   * the one that did it have entered. A feed goes on with the next message, or every start would meet it again.
   */
  take(bytes: Uint8Array, transport: Transport, flags = flagsOf(transport), first = 0): Batch | null {
    try {
      const batch = this.accept(bytes, transport, flags, first);
      if (batch.rejected > 0) this.onRefused?.(transport, batch, this.entry);
      return batch;
    } catch (error) {
      this.counters.rejected.defect += 1;
      this.tellDefect(error);
      return null;
    }
  }

  /** What is given up for a defect of the engine is told of; the same one again is not: it may be met thousands of times a second. */
  tellDefect(error: unknown): void {
    if (String(error) !== this.defect) this.deps.onDefect?.(error);
    this.defect = String(error);
  }

  /**
   * The same from tick number `first` on, as far as the ring has room: the number of the first tick that found none, from
   * which on it comes again; null: all of the message is done with.
   */
  takeFrom(first: number, bytes: Uint8Array, transport: Transport): number | null {
    this.take(bytes, transport, flagsOf(transport) | MAY_WAIT, first);
    return this.waiting;
  }

  /**
   * What has waited for room and is given up: every tick from number `first` on is refused and counted, also where there
   * is room by now. One whose available_at is still to come needs none and is kept.
   */
  giveUp(first: number, bytes: Uint8Array, transport: Transport): void {
    this.take(bytes, transport, flagsOf(transport) | wire.DECODE_REFUSES, first);
  }

  /** A tick or ticks that are values already: parsed JSON, rows of a file, the demo market. */
  acceptValue(value: unknown, transport: Transport, encoding: Encoding, flags = flagsOf(transport), first = 0): Batch {
    this.comesFrom(first);
    return this.decode(this.packr.pack(value), wire.FORMAT_MSGPACK, transport, encoding, flags);
  }

  /** The first of several msgpack messages that follow each other; null when its end is not there yet. */
  acceptFirst(bytes: Uint8Array, transport: Transport, flags = flagsOf(transport), first = 0): FirstBatch | null {
    this.begin();
    this.comesFrom(first);
    const sequence = this.deps.ring.nextSequence;
    const status = this.decoding.run(bytes, wire.FORMAT_MSGPACK, flags | wire.DECODE_OPEN_END);
    const truncated = this.block.word(wire.DECODE_REASON) === wire.REASON_TRUNCATED;
    if (status === wire.STATUS_FAILED && truncated && bytes.length < wire.MESSAGE_BYTES_MAX) return null;
    const consumed = this.block.word(wire.DECODE_CURSOR) - this.block.base - wire.DECODE_INPUT;
    return { batch: this.finish(status, sequence, transport, "msgpack", flags), consumed };
  }

  /**
   * One tick as records that another engine has judged. `translate` gives them our ids; it returns the records, or the
   * REASON_ that refuses them. REASON_OVERLOADED: nothing happened and nothing was counted, the caller comes again.
   */
  acceptRecords(translate: () => Result<Uint8Array, number>, transport: Transport, encoding: Encoding): number {
    this.begin();
    const records = translate();
    if (!records.ok) {
      if (records.failure !== wire.REASON_OVERLOADED) this.counters.rejected[reasonName(records.failure)] += 1;
      return records.failure;
    }
    const { ring, writer } = this.deps;
    if (ring.free() * layout.EVENT_BYTES < records.value.length) return wire.REASON_OVERLOADED;
    stampRecords(records.value, writer.clock);
    ring.append(records.value);
    this.count(1, transport, encoding, records.value[layout.EVENT_FLAGS] ?? 0);
    return wire.REASON_NONE;
  }

  /** Everything reserved becomes visible; sleeping consumers are woken. */
  publish(): void {
    this.deps.ring.publish();
  }

  /** The same at the end of this turn of the loop, once for all that comes in it: waking the workers is a system call. */
  publishSoon(): void {
    if (this.publishing) return;
    this.publishing = true;
    setImmediate(() => {
      this.publishing = false;
      this.publish();
    });
  }

  /** What is due by the engine clock of now enters, in front of what is reserved next. */
  letInDue(): void {
    this.begin();
  }

  /** Lets in the events whose available_at has come; returns how many ticks entered. The caller publishes. */
  flushDue(clock: EpochUs): number {
    const { ring, writer } = this.deps;
    if (this.decoding.held.due > clock) return 0;
    const stamped = writer.stamp(clock);
    let entered = 0;
    for (
      let records = this.decoding.held.peek();
      records && this.decoding.held.due <= stamped;
      records = this.decoding.held.peek()
    ) {
      stampRecords(records, stamped);
      if (ring.free() * layout.EVENT_BYTES < records.length) break; // its turn comes with the next call
      ring.append(records);
      this.decoding.held.pop();
      entered += 1;
    }
    this.counters.released += entered;
    return entered;
  }

  /** Recovery: the journal's name events, in their order, before anything is accepted. */
  restoreName(table: number, id: number, name: string, assetType: number): boolean {
    return this.symbols.restore(table, id, name, assetType);
  }

  private comesFrom(first: number): void {
    this.withoutRoom = null;
    this.decoding.comesFrom(first);
  }

  private begin(): void {
    const clock = this.deps.writer.stamp(this.deps.now());
    if (this.decoding.held.due <= clock) this.flushDue(clock);
  }

  private decode(bytes: Uint8Array, format: number, transport: Transport, encoding: Encoding, flags: number): Batch {
    this.begin();
    const first = this.deps.ring.nextSequence;
    let status = this.decoding.run(bytes, format, flags);
    if (status === wire.STATUS_UNSUPPORTED) {
      const plain = plainMsgpack(bytes, wire.MESSAGE_BYTES_MAX);
      if (!plain.ok) return this.refuse(plain.failure === "broken" ? wire.REASON_SYNTAX : wire.REASON_TOO_LARGE);
      status = this.decoding.run(plain.value, wire.FORMAT_MSGPACK, flags);
    }
    return this.finish(status, first, transport, encoding, flags);
  }

  private finish(status: number, first: number, transport: Transport, encoding: Encoding, flags: number): Batch {
    if (status === wire.STATUS_UNSUPPORTED) return this.refuse(wire.REASON_SYNTAX);
    if (status === wire.STATUS_ROOM) this.withoutRoom = this.block.word(wire.DECODE_INDEX);
    else if (status !== wire.STATUS_DONE) return this.refuse(this.block.word(wire.DECODE_REASON));
    const accepted = this.block.word(wire.DECODE_ACCEPTED);
    const rejected = this.block.word(wire.DECODE_REJECTED);
    const next = this.deps.ring.nextSequence;
    this.count(accepted, transport, encoding, flags);
    this.block.addRejections(this.counters.rejected);
    if (next - first > PUBLISH_RECORDS) this.publish();
    return {
      accepted,
      rejected,
      errors: this.block.errors(),
      firstSequence: next > first ? first : -1,
      lastSequence: next > first ? next - 1 : -1,
      symbols: this.block.touched(),
    };
  }

  private count(ticks: number, transport: Transport, encoding: Encoding, flags: number): void {
    if ((flags & layout.FLAG_HISTORY) !== 0) this.counters.historyRows += ticks;
    else this.counters.ingested[transport][encoding] += ticks;
    if ((flags & (layout.FLAG_HISTORY | layout.FLAG_DEMO)) === 0) this.real += ticks;
  }

  private refuse(code: number): Batch {
    const reason = reasonName(code);
    this.counters.rejected[reason] += 1;
    return refusedMessage(reason);
  }
}

function flagsOf(transport: Transport): number {
  return transport === "demo" ? layout.FLAG_DEMO : 0;
}

/** JSON when the first byte that is not white space opens an object or a list. */
function formatOf(bytes: Uint8Array): number {
  let at = 0;
  let first = bytes[at];
  while (first === 0x20 || first === 0x0a || first === 0x0d || first === 0x09) first = bytes[++at];
  return first === 0x7b || first === 0x5b ? wire.FORMAT_JSON : wire.FORMAT_MSGPACK;
}
