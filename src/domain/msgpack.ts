// A msgpack message of a stranger, brought to plain form before anything is made of it: one value and nothing behind it,
// of bounded depth, without extensions but the timestamp and JavaScript's undefined. Records, msgpackr's own extension, are
// written out as the maps that they stand for. msgpackr would follow pointers, sets, patterns and big numbers as well: few
// bytes that mean gigabytes. Work and memory are bounded by the bytes that came and by the most that may come out. Pure.
import { failed, ok, type Result } from "./result.ts";

export const DEPTH_MAX = 32;

/** "broken": not one plain message; "too_large": written out it is longer than allowed. */
type MsgpackFault = "broken" | "too_large";

/** Thrown inside and caught at the door. Made once: a stack for every broken message would be work for a stranger. */
const BROKEN = new Error("broken");
const TOO_LARGE = new Error("too_large");

/** The message itself where it has no records, else a new one of at most `bytesMax` bytes. */
export function plainMsgpack(bytes: Uint8Array, bytesMax: number): Result<Uint8Array, MsgpackFault> {
  try {
    return ok(new Plainer(bytes, bytesMax).message());
  } catch (error) {
    if (error === BROKEN) return failed("broken");
    if (error === TOO_LARGE) return failed("too_large");
    throw error;
  }
}

interface RecordForm {
  /** Each key as it stands in the message. */
  readonly keys: readonly Uint8Array[];
  /** Which records follow this byte: a second one says. */
  readonly wide: boolean;
}

const NIL = 0xc0;
const [FIXEXT_1, FIXEXT_2] = [0xd4, 0xd5];
const RECORD = 0x72;
/** One byte behind it: how msgpackr writes what is undefined. */
const UNDEFINED = 0x00;
const TIME = 0xff;
const TIME_BYTES: ReadonlySet<number> = new Set([4, 8, 12]);
const ID_MASK = 0x3f;
/** Bytes behind the head of what has a fixed length: from 0xca, numbers. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8] as const;
const NUMBER_FROM = 0xca;
const NUMBER_TO = 0xd3;
const OUT_FIRST = 1_024;

class Plainer {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly bytesMax: number;
  private readonly records = new Map<number, RecordForm>();
  private at = 0;
  /** What is written so far, and up to where the message was taken over; without records nothing is copied. */
  private out: Uint8Array | null = null;
  private length = 0;
  private taken = 0;

  constructor(bytes: Uint8Array, bytesMax: number) {
    this.bytes = bytes;
    this.bytesMax = bytesMax;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  message(): Uint8Array {
    this.value(0);
    if (this.at !== this.bytes.length) throw BROKEN;
    if (this.out === null) {
      if (this.bytes.length > this.bytesMax) throw TOO_LARGE;
      return this.bytes;
    }
    this.takeOver(this.at);
    return this.out.subarray(0, this.length);
  }

  private value(depth: number): void {
    const start = this.at;
    const head = this.unsigned(1);
    if (head < 0x80) {
      if (head >= 0x40) this.known(head & ID_MASK, start, depth);
    } else if (head < 0x90) this.values(2 * (head & 0x0f), depth);
    else if (head < 0xa0) this.values(head & 0x0f, depth);
    else if (head < 0xc0) this.pass(head & 0x1f);
    else if (head < 0xe0) this.long(head, start, depth);
  }

  private long(head: number, start: number, depth: number): void {
    if (head >= NUMBER_FROM && head <= NUMBER_TO) return this.pass(NUMBER_BYTES[head - NUMBER_FROM] ?? 0);
    switch (head) {
      case NIL:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xd9:
        return this.pass(this.unsigned(1));
      case 0xc5:
      case 0xda:
        return this.pass(this.unsigned(2));
      case 0xc6:
      case 0xdb:
        return this.pass(this.unsigned(4));
      case 0xdc:
        return this.values(this.unsigned(2), depth);
      case 0xdd:
        return this.values(this.unsigned(4), depth);
      case 0xde:
        return this.values(2 * this.unsigned(2), depth);
      case 0xdf:
        return this.values(2 * this.unsigned(4), depth);
      default:
        return this.extension(head, start, depth);
    }
  }

  private extension(head: number, start: number, depth: number): void {
    const width = head === 0xc7 ? 1 : head === 0xc8 ? 2 : head === 0xc9 ? 4 : null;
    if (width === null && head < FIXEXT_1) throw BROKEN; // 0xc1 means nothing
    const length = width === null ? 2 ** (head - FIXEXT_1) : this.unsigned(width);
    const type = this.unsigned(1);
    if (type === RECORD && (head === FIXEXT_1 || head === FIXEXT_2)) return this.defined(length, start, depth);
    if (type === UNDEFINED && head === FIXEXT_1) return this.pass(length);
    if (type !== TIME || !TIME_BYTES.has(length)) throw BROKEN;
    this.pass(length);
  }

  private values(count: number, depth: number): void {
    if (depth >= DEPTH_MAX || count > this.bytes.length - this.at) throw BROKEN;
    for (let index = 0; index < count; index++) this.value(depth + 1);
  }

  /** A record's form, and right behind it the first record of that form. */
  private defined(idBytes: number, start: number, depth: number): void {
    const low = this.unsigned(1) & ID_MASK;
    const high = idBytes === 2 ? this.unsigned(1) : null;
    const form = { keys: this.keys(), wide: high === 0 };
    this.records.set(high === null ? low : wideId(low, high), form);
    this.record(form, start, depth);
  }

  /** A number below 64, or the next record of a form that is known. */
  private known(low: number, start: number, depth: number): void {
    const first = this.records.get(low);
    if (first === undefined) return;
    const high = first.wide ? this.unsigned(1) : 0;
    const form = high === 0 ? first : this.records.get(wideId(low, high));
    if (form === undefined) throw BROKEN;
    this.record(form, start, depth);
  }

  private record({ keys }: RecordForm, start: number, depth: number): void {
    if (depth >= DEPTH_MAX) throw BROKEN;
    this.takeOver(start);
    this.taken = this.at;
    const count = keys.length;
    this.write(count < 16 ? Uint8Array.of(0x80 | count) : Uint8Array.of(0xde, count >> 8, count & 0xff));
    for (const key of keys) {
      this.write(key);
      this.value(depth + 1);
      this.takeOver(this.at);
    }
  }

  private keys(): readonly Uint8Array[] {
    const head = this.unsigned(1);
    const short = head >= 0x90 && head < 0xa0;
    if (!short && head !== 0xdc) throw BROKEN;
    const count = short ? head & 0x0f : this.unsigned(2);
    const keys: Uint8Array[] = [];
    for (let index = 0; index < count; index++) {
      const start = this.at;
      const first = this.unsigned(1);
      if (!((first >= 0xa0 && first < 0xc0) || first === 0xd9 || first === 0xda)) throw BROKEN;
      this.pass(first < 0xc0 ? first & 0x1f : this.unsigned(first === 0xd9 ? 1 : 2));
      keys.push(this.bytes.subarray(start, this.at));
    }
    return keys;
  }

  private unsigned(width: 1 | 2 | 4): number {
    const { at } = this;
    this.pass(width);
    return width === 1 ? this.view.getUint8(at) : width === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }
  private pass(count: number): void {
    if (count > this.bytes.length - this.at) throw BROKEN;
    this.at += count;
  }

  /** What stands in the message up to there and was not written yet. */
  private takeOver(to: number): void {
    this.write(this.bytes.subarray(this.taken, to));
    this.taken = to;
  }
  private write(part: Uint8Array): void {
    const needed = this.length + part.length;
    if (needed > this.bytesMax) throw TOO_LARGE;
    let out = this.out ?? new Uint8Array(Math.min(this.bytesMax, Math.max(OUT_FIRST, this.bytes.length)));
    if (needed > out.length) {
      const wider = new Uint8Array(Math.min(this.bytesMax, Math.max(needed, 2 * out.length)));
      wider.set(out.subarray(0, this.length));
      out = wider;
    }
    out.set(part, this.length);
    this.out = out;
    this.length = needed;
  }
}

/** As msgpackr numbers the forms behind its first 32. */
function wideId(low: number, high: number): number {
  if (high === 0) return low;
  return low < 32 ? -(low + (high << 5)) : low + (high << 5);
}
