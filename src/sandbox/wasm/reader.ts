// Reads the numbers of a WebAssembly binary: bytes, LEB128 integers and the extents of sections. Everything is bounded by
// the bytes that are there; what does not parse throws WasmFault, which never leaves the room.
export class WasmFault extends Error {}

export class WasmReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }
  byte(): number {
    if (this.at >= this.end) throw new WasmFault("the module ends too early");
    return this.bytes[this.at++] ?? 0;
  }
  /** Unsigned, at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const part = this.byte();
      value += (part & 0x7f) * 2 ** shift;
      if ((part & 0x80) === 0) return value;
    }
    throw new WasmFault("a number has too many bytes");
  }
  /** Passes a LEB128 number of any sign and at most 64 bits. */
  passNumber(): void {
    for (let count = 0; count < 10; count++) if ((this.byte() & 0x80) === 0) return;
    throw new WasmFault("a number has too many bytes");
  }
  pass(count: number): void {
    if (count > this.end - this.at) throw new WasmFault("the module ends too early");
    this.at += count;
  }
  /** A part of known length, with a reader of its own. */
  part(length: number): WasmReader {
    const from = this.at;
    this.pass(length);
    return new WasmReader(this.bytes, from, from + length);
  }
  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(from, to);
  }
}

export interface Section {
  readonly id: number;
  readonly body: WasmReader;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function sectionsOf(bytes: Uint8Array): readonly Section[] {
  if (MAGIC.some((value, index) => bytes[index] !== value)) throw new WasmFault("this is no WebAssembly module");
  const reader = new WasmReader(bytes, MAGIC.length);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, body: reader.part(reader.u32()) });
  }
  return sections;
}

/** Unsigned LEB128. */
export function encodeU32(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

export function join(sections: readonly { readonly id: number; readonly body: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const parts = sections.flatMap(({ id, body }) => [Uint8Array.from([id, ...encodeU32(body.length)]), body]);
  const all = [Uint8Array.from(MAGIC), ...parts];
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
