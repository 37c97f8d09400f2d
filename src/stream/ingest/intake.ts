// Bytes in, checked 64-byte event records in the ring. The core decodes and judges
// (assembly/decode); this class copies the message in, does what the decoder asks for (new names, events that must
// wait, a JSON number in a thousand), counts, and says what became of the message.
// Main thread only. Nothing is visible to the consumers before `publish`, so callers coalesce.
import { isUtf8 } from "node:buffer";
import { Packr } from "msgpackr";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_WHOLE } from "../../../assembly/back-fill-layout.ts";
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { reasonName, REASONS } from "../../domain/event.ts";
import { plainMsgpack } from "../../domain/msgpack.ts";
import type { Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { CoreExports } from "../kernels/core.ts";
import type { EventRing } from "../rings/event-ring.ts";
import type { EventWriter } from "../rings/event-writer.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { refusedMessage, ResultBlock, type Batch, type Staged } from "./batch.ts";
import { ingestCounters, type Encoding, type IngestCounters, type Transport } from "./counters.ts";
import { HeldEvents } from "./held-events.ts";
import { writeKeyTable } from "./key-table.ts";
import { scoreOf, similarityHash, wordsOf } from "./story.ts";
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
  /** Told why a message of a feed could not be looked at to its end: a defect, which ends neither feed nor process. */
  readonly onDefect?: (error: unknown) => void;
  /** Counted into when given, so that several doors can share them. */
  readonly counters?: IngestCounters;
}

/** A message of a file of messages, and how many bytes it took; null: more bytes are needed. */
export interface FirstBatch {
  readonly batch: Batch;
  readonly consumed: number;
}

/** What the decoder asks its host for. */
const ASSISTED: ReadonlySet<number> = new Set([
  wire.STATUS_NAME,
  wire.STATUS_HELD,
  wire.STATUS_NUMBER,
  wire.STATUS_TEXT,
]);

/** Flag: ticks that find no room are not refused; the message ends in front of the first one. */
export const MAY_WAIT = wire.DECODE_WAITS;

/** A batch that wrote more records than this is published at once: a quarter of the ring must not wait for a socket. */
const PUBLISH_RECORDS = layout.EVENT_SLOTS / 4;

export class Ingest {
  readonly symbols: Names;
  readonly counters: IngestCounters;
  private readonly deps: IngestDeps;
  private readonly block: ResultBlock;
  private readonly held = new HeldEvents();
  private readonly packr = new Packr({ useRecords: false });
  private real = 0;
  private publishing = false;
  /** The last one. */
  private defect = "";
  private withoutRoom: number | null = null;

  constructor(deps: IngestDeps) {
    this.deps = deps;
    this.counters = deps.counters ?? ingestCounters();
    this.block = new ResultBlock(deps.memory, deps.plan);
    this.symbols = new Names({ ...deps, block: this.block });
    writeKeyTable(deps.memory, this.block.base);
    deps.core.openDecoder();
  }

  /** Ticks accepted so far that were neither synthetic nor history. */
  get realTicks(): number {
    return this.real;
  }
  get heldBack(): number {
    return this.held.size;
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
      return this.accept(bytes, transport, flags, first);
    } catch (error) {
      this.counters.rejected.defect += 1;
      if (String(error) !== this.defect) this.deps.onDefect?.(error); // it may be every message of thousands a second
      this.defect = String(error);
      return null;
    }
  }

  /**
   * The same from tick number `first` on, as far as the ring has room: the number of the first tick that found none, from
   * which on it comes again; null: all of the message is done with.
   */
  takeFrom(first: number, bytes: Uint8Array, transport: Transport): number | null {
    this.take(bytes, transport, flagsOf(transport) | MAY_WAIT, first);
    return this.waiting;
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
    const status = this.run(bytes, wire.FORMAT_MSGPACK, flags | wire.DECODE_OPEN_END);
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

  /**
   * Says that the history of a symbol begins, or that all of it is in (HISTORY_); false, and nothing happened, where
   * there is no room for it, or for the symbol.
   */
  markHistory(symbol: string, what: number): boolean {
    const { writer } = this.deps;
    const id = this.symbols.intern({ table: layout.TABLE_SYMBOL, name: symbol, asset: 0 }, layout.FLAG_HISTORY);
    return id.ok && writer.write(layout.KIND_CONTROL, id.value, 0, CONTROL_HISTORY, writer.clock, [what]);
  }

  /** Rows of a history, few enough for the room there is, as the records that they would be; nothing enters. */
  stage(rows: readonly unknown[]): Staged {
    this.comesFrom(0);
    const { ring } = this.deps;
    const mark = ring.mark();
    const status = this.run(this.packr.pack(rows), wire.FORMAT_MSGPACK, layout.FLAG_HISTORY | MAY_WAIT);
    const records = ring.copySince(mark);
    ring.rewind(mark);
    if (status === wire.STATUS_ROOM) throw new Error("rows of a history were staged without room for them");
    if (status !== wire.STATUS_DONE) {
      this.refuse(this.block.word(wire.DECODE_REASON));
      return { records: new Uint8Array(0), ticks: 0 };
    }
    if (this.block.word(wire.DECODE_REJECTED) > 0) this.countRejections();
    return { records, ticks: this.block.word(wire.DECODE_ACCEPTED) };
  }

  /**
   * A history that was staged enters in one piece, with the events that say where it begins and that it is whole: no live
   * tick is among its rows. The caller has looked for room; false, and nothing happened: the symbol has no place.
   */
  enterHistory(symbol: string, staged: readonly Staged[]): boolean {
    const { ring, writer } = this.deps;
    if (!this.markHistory(symbol, HISTORY_BEGINS)) return false;
    for (const { records, ticks } of staged) {
      stampRecords(records, writer.clock);
      if (ring.append(records) * layout.EVENT_BYTES < records.length) throw new Error("a history enters without room");
      this.count(ticks, "redis", "json", layout.FLAG_HISTORY);
    }
    if (!this.markHistory(symbol, HISTORY_WHOLE)) throw new Error("a history does not end");
    this.publish();
    return true;
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
    if (this.held.due > clock) return 0;
    const stamped = writer.stamp(clock);
    let entered = 0;
    for (let records = this.held.peek(); records && this.held.due <= stamped; records = this.held.peek()) {
      stampRecords(records, stamped);
      if (ring.free() * layout.EVENT_BYTES < records.length) break; // its turn comes with the next call
      ring.append(records);
      this.held.pop();
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
    this.block.setWord(wire.DECODE_FIRST, first);
  }

  private begin(): void {
    const clock = this.deps.writer.stamp(this.deps.now());
    if (this.held.due <= clock) this.flushDue(clock);
  }

  private decode(bytes: Uint8Array, format: number, transport: Transport, encoding: Encoding, flags: number): Batch {
    this.begin();
    const first = this.deps.ring.nextSequence;
    let status = this.run(bytes, format, flags);
    if (status === wire.STATUS_UNSUPPORTED) {
      const plain = plainMsgpack(bytes, wire.MESSAGE_BYTES_MAX);
      if (!plain.ok) return this.refuse(plain.failure === "broken" ? wire.REASON_SYNTAX : wire.REASON_TOO_LARGE);
      status = this.run(plain.value, wire.FORMAT_MSGPACK, flags);
    }
    return this.finish(status, first, transport, encoding, flags);
  }

  private run(bytes: Uint8Array, format: number, flags: number): number {
    const { core } = this.deps;
    if (bytes.length > wire.MESSAGE_BYTES_MAX) {
      this.block.setWord(wire.DECODE_REASON, wire.REASON_TOO_LARGE);
      return wire.STATUS_FAILED;
    }
    this.block.put(bytes);
    let status = core.decode(bytes.length, format, flags);
    // What it asks for lies in the message, each time in other bytes of it.
    for (let asked = 0; ASSISTED.has(status); asked++) {
      if (asked > bytes.length) throw new Error("the decoder asks for more than there is in the message");
      if (status === wire.STATUS_TEXT) this.scoreText(bytes, format);
      status = core.resume(this.assist(status, bytes, flags & 0xff));
    }
    return status;
  }

  private assist(status: number, bytes: Uint8Array, flags: number): number {
    if (status === wire.STATUS_NAME) return this.symbols.internAsked(flags);
    if (status === wire.STATUS_NUMBER) return this.parseNumbers(bytes);
    if (status === wire.STATUS_TEXT) return wire.RESUME_AGAIN;
    const count = this.block.word(wire.DECODE_HELD_COUNT);
    const records = this.block.copy(wire.DECODE_STAGING, count * layout.EVENT_BYTES);
    if (!this.held.push(this.block.number(wire.DECODE_HELD_AT), records)) return wire.REASON_HELD_FULL;
    this.counters.held += 1;
    return wire.RESUME_TAKEN;
  }

  /** Numbers with more digits, or a larger exponent, than the core rounds exactly, of any length. The core has the signs. */
  private parseNumbers(bytes: Uint8Array): number {
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const known = this.block.word(wire.DECODE_NUMBER_COUNT);
    const count = known + this.block.word(wire.DECODE_NUMBERS_ASKED);
    for (let index = known; index < count; index++) {
      const request = wire.DECODE_NUMBERS + index * 16;
      const at = this.block.word(request);
      const text = message.toString("latin1", at, at + this.block.word(request + 4));
      this.block.setNumber(request + 8, Math.abs(Number(text)));
    }
    this.block.setWord(wire.DECODE_NUMBER_COUNT, count);
    return wire.RESUME_AGAIN;
  }

  /** The text of a news tick, between its quotes in JSON: what the record keeps of it is score and hash. */
  private scoreText(bytes: Uint8Array, format: number): void {
    const at = this.block.word(wire.DECODE_STORY_AT);
    const raw = new TextDecoder().decode(bytes.subarray(at, at + this.block.word(wire.DECODE_STORY_LENGTH)));
    const words = wordsOf(format === wire.FORMAT_JSON ? (JSON.parse(`"${raw}"`) as string) : raw);
    const [low, high] = similarityHash(words);
    this.block.setNumber(wire.DECODE_STORY_SCORE, scoreOf(words));
    this.block.setWord(wire.DECODE_STORY_HASH, low);
    this.block.setWord(wire.DECODE_STORY_HASH + 4, high);
    this.block.setWord(wire.DECODE_STORY_SCORED, at + 1);
  }

  private finish(status: number, first: number, transport: Transport, encoding: Encoding, flags: number): Batch {
    if (status === wire.STATUS_UNSUPPORTED) return this.refuse(wire.REASON_SYNTAX);
    if (status === wire.STATUS_ROOM) this.withoutRoom = this.block.word(wire.DECODE_INDEX);
    else if (status !== wire.STATUS_DONE) return this.refuse(this.block.word(wire.DECODE_REASON));
    const accepted = this.block.word(wire.DECODE_ACCEPTED);
    const rejected = this.block.word(wire.DECODE_REJECTED);
    const next = this.deps.ring.nextSequence;
    this.count(accepted, transport, encoding, flags);
    if (rejected > 0) this.countRejections();
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

  private countRejections(): void {
    for (let code = 1; code < wire.REASON_COUNT; code++) {
      const count = this.block.word(wire.DECODE_REJECTIONS + code * 4);
      if (count > 0) this.counters.rejected[REASONS[code] ?? "none"] += count;
    }
  }

  private refuse(code: number): Batch {
    const reason = reasonName(code);
    this.counters.rejected[reason] += 1;
    return refusedMessage(reason);
  }
}

function stampRecords(records: Uint8Array, clock: EpochUs): void {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  for (let at = layout.EVENT_CLOCK; at < records.length; at += layout.EVENT_BYTES) view.setFloat64(at, clock, true);
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
