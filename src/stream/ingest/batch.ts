// What became of one message: the decoder's result block in words. Read right after decoding, while the message still
// lies in the scratch region, because refusals quote what they found.
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { FIELDS, messageRefusal, reasonName, REASONS, refusal, type Reason } from "../../domain/event.ts";
import { invalid, type Failure } from "../../domain/failure.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";

export interface TickError {
  readonly index: number;
  /** Path of the field (or of the tick), e.g. market_data[0].price. */
  readonly field: string;
  /** Continues the sentence that the path begins. */
  readonly issue: string;
  readonly message: string;
  readonly reason: Reason;
}

export interface Batch {
  readonly accepted: number;
  readonly rejected: number;
  /** The first ERRORS_MAX refusals. */
  readonly errors: readonly TickError[];
  /** Sequence of the first and of the last record that this message wrote; -1 when it wrote none. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Ids of the symbols that its ticks were about, each once, at most TOUCHED_MAX. */
  readonly symbols: readonly number[];
  /** Why the whole message was refused: its HTTP answer, and the label it is counted under. */
  readonly failure?: Failure;
  readonly failureReason?: Reason;
}

const NOTHING: readonly never[] = Object.freeze([]);
const FOUND_CHARACTERS = 40;
const FOUND_TYPES: ReadonlyMap<number, string> = new Map([
  [wire.TYPE_TIME, "a timestamp"],
  [wire.TYPE_LIST, "a list"],
  [wire.TYPE_MAP, "an object"],
  [wire.TYPE_NIL, "null"],
  [wire.TYPE_BOOL, "a boolean"],
  [wire.TYPE_BYTES, "bytes"],
  [wire.TYPE_EXTENSION, "an extension"],
]);

export class ResultBlock {
  /** First byte of the scratch region. */
  readonly base: number;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly view: DataView;
  private readonly touchedAt: number;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.base = plan.bases[layout.PLAN_SCRATCH] ?? 0;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.touchedAt = this.base + wire.DECODE_TOUCHED;
  }

  word(offset: number): number {
    return this.words[(this.base + offset) >> 2] ?? 0;
  }
  setWord(offset: number, value: number): void {
    this.words[(this.base + offset) >> 2] = value;
  }
  number(offset: number): number {
    return this.view.getFloat64(this.base + offset, true);
  }
  setNumber(offset: number, value: number): void {
    this.view.setFloat64(this.base + offset, value, true);
  }
  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.base + wire.DECODE_INPUT);
  }
  /** A copy: what is behind the address changes with the next message. */
  copy(offset: number, length: number): Uint8Array {
    return this.bytes.slice(this.base + offset, this.base + offset + length);
  }
  latin(offset: number, length: number): string {
    return String.fromCharCode(...this.bytes.subarray(this.base + offset, this.base + offset + length));
  }

  touched(): readonly number[] {
    const count = this.word(wire.DECODE_TOUCHED_COUNT);
    if (count === 0) return NOTHING;
    const ids: number[] = [];
    for (let index = 0; index < count; index++) ids.push(this.view.getUint16(this.touchedAt + index * 2, true));
    return ids;
  }

  /** Adds up what was refused of the message, by its reasons. */
  addRejections(counts: Record<Reason, number>): void {
    if (this.word(wire.DECODE_REJECTED) === 0) return;
    for (let code = 1; code < wire.REASON_COUNT; code++) {
      const count = this.word(wire.DECODE_REJECTIONS + code * 4);
      if (count > 0) counts[REASONS[code] ?? "none"] += count;
    }
  }

  errors(): readonly TickError[] {
    const count = this.word(wire.DECODE_ERRORS);
    if (count === 0) return NOTHING;
    return Array.from({ length: count }, (_, row) => this.error(this.base + wire.DECODE_ROWS + row * wire.ERROR_BYTES));
  }

  private error(row: number): TickError {
    const index = this.view.getUint32(row + wire.ERROR_INDEX, true);
    const reason = reasonName(this.view.getUint8(row + wire.ERROR_REASON));
    const code = this.view.getUint8(row + wire.ERROR_FIELD);
    const name = FIELDS[code]?.[0];
    const field = name === undefined ? `market_data[${index}]` : `market_data[${index}].${name}`;
    const issue = refusal(reason, code, this.found(row));
    return { index, field, issue, message: `${field} ${issue}`, reason };
  }

  private found(row: number): string {
    const type = this.view.getUint8(row + wire.ERROR_TYPE);
    if (type === wire.TYPE_NONE) return "";
    if (type === wire.TYPE_NUMBER) return `, found ${this.view.getFloat64(row + wire.ERROR_FOUND, true)}`;
    if (type !== wire.TYPE_TEXT) return `, found ${FOUND_TYPES.get(type) ?? "something else"}`;
    const at = this.view.getUint32(row + wire.ERROR_FOUND, true);
    const length = this.view.getUint32(row + wire.ERROR_FOUND + 4, true);
    if (at < this.base + wire.DECODE_INPUT) return "";
    const text = new TextDecoder().decode(this.bytes.slice(at, at + Math.min(length, FOUND_CHARACTERS * 4)));
    const shown = text.slice(0, FOUND_CHARACTERS);
    return `, found ${JSON.stringify(shown)}${shown.length < text.length || length > FOUND_CHARACTERS * 4 ? "…" : ""}`;
  }
}

/** Records enter at this time of the engine clock. */
export function stampRecords(records: Uint8Array, clock: EpochUs): void {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  for (let at = layout.EVENT_CLOCK; at < records.length; at += layout.EVENT_BYTES) view.setFloat64(at, clock, true);
}

/** A message of which nothing was taken in. */
export function refusedMessage(reason: Reason): Batch {
  return {
    accepted: 0,
    rejected: 1,
    errors: NOTHING,
    firstSequence: -1,
    lastSequence: -1,
    symbols: NOTHING,
    failure: failureOf(reason),
    failureReason: reason,
  };
}

function failureOf(reason: Reason): Failure {
  switch (reason) {
    case "too_large":
      return { code: "payload_too_large", limit: wire.MESSAGE_BYTES_MAX, unit: "bytes" };
    case "too_many_ticks":
      return { code: "payload_too_large", limit: wire.TICKS_MAX, unit: "ticks" };
    case "not_market_data":
      return invalid("market_data", "is required and must be a tick or a list of ticks");
    case "forbidden_key":
      return invalid("__proto__", "is not allowed as a key");
    default:
      return { code: "json_decode_error", issue: messageRefusal(reason) };
  }
}
