// msgpack read as its specification says, slowly and without any cleverness: what the decoder in the core must not read
// differently. Null for bytes that are not exactly one value.

/** Stands for what has no plain value: bytes, extensions, undefined. */
export const STRANGE: unique symbol = Symbol("strange");
const TWICE = Symbol("twice");

const ENDED = new RangeError("it ends too early");

export class Reading {
  /** Some map has a key twice, a key that is no text, or text that is not UTF-8: readers differ, and may. */
  odd = false;
  private readonly bytes: Buffer;
  private at = 0;
  private deepest = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get depth(): number {
    return this.deepest;
  }

  whole(): { readonly value: unknown } | null {
    try {
      const value = this.value(0);
      return this.at === this.bytes.length ? { value } : null;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  private value(depth: number): unknown {
    const head = this.number(1);
    if (head < 0x80) return head;
    if (head < 0x90) return this.map(head - 0x80, depth);
    if (head < 0xa0) return this.list(head - 0x90, depth);
    if (head < 0xc0) return this.text(head - 0xa0);
    if (head >= 0xe0) return head - 256;
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return head === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        this.take(this.number(1 << (head - 0xc4)));
        return STRANGE;
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.extension(this.number(1 << (head - 0xc7)));
      case 0xca:
        return this.take(4).readFloatBE();
      case 0xcb:
        return this.take(8).readDoubleBE();
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.number(1 << (head - 0xcc));
      case 0xcf:
        return Number(this.take(8).readBigUInt64BE());
      case 0xd0:
        return this.take(1).readInt8();
      case 0xd1:
        return this.take(2).readInt16BE();
      case 0xd2:
        return this.take(4).readInt32BE();
      case 0xd3:
        return Number(this.take(8).readBigInt64BE());
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.extension(1 << (head - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.number(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.list(this.number(2 << (head - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.map(this.number(2 << (head - 0xde)), depth);
      default:
        throw ENDED;
    }
  }

  private list(count: number, depth: number): readonly unknown[] {
    this.enter(depth);
    const items: unknown[] = [];
    for (let index = 0; index < count; index++) items.push(this.value(depth + 1));
    return items;
  }

  private map(count: number, depth: number): unknown {
    this.enter(depth);
    const found = new Map<unknown, unknown>();
    for (let index = 0; index < count; index++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string" || key === "__proto__" || found.has(key)) this.odd = true;
      found.set(typeof key === "string" ? key : TWICE, this.value(depth + 1));
    }
    found.delete(TWICE);
    return Object.fromEntries(found as Map<string, unknown>);
  }

  private enter(depth: number): void {
    this.deepest = Math.max(this.deepest, depth + 1);
    if (depth > 1_000) throw ENDED;
  }

  private text(length: number): string {
    const bytes = this.take(length);
    const text = bytes.toString("utf8");
    if (text.includes("\ufffd")) this.odd = true;
    return text;
  }

  private extension(length: number): unknown {
    const type = this.take(1).readInt8();
    const data = this.take(length);
    if (type !== -1) return STRANGE;
    if (length === 4) return new Date(data.readUInt32BE() * 1e3);
    const nanoseconds = length === 8 ? Number(data.readBigUInt64BE() >> 34n) : length === 12 ? data.readUInt32BE() : -1;
    if (nanoseconds < 0 || nanoseconds > 999_999_999 || nanoseconds % 1e6 !== 0) this.odd = true;
    if (length === 8) return new Date(Number(data.readBigUInt64BE() & 0x3ffffffffn) * 1e3 + nanoseconds / 1e6);
    if (length === 12) return new Date(Number(data.readBigInt64BE(4)) * 1e3 + nanoseconds / 1e6);
    return STRANGE;
  }

  private number(width: number): number {
    return this.take(width).readUIntBE(0, width);
  }
  private take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw ENDED;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
