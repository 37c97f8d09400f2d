// A long JSON text read a piece at a time, so that others have their turn between two pieces: a list, or an object and the
// lists and objects in it, are cut at commas of their own, and each piece goes through JSON.parse in brackets of its own.
// What is told is what JSON.parse says of the whole text, and so is whether it is JSON at all: where the cuts are commas and
// each piece is members or elements, at least one, the whole is what its pieces are; and a text that is JSON is only cut
// where it may be, because no string and no inner bracket is taken for an outer one. A member or an element is never cut,
// however long. Pure.

/** Told what the text holds, in its order. `key`: the member of the outermost object that it is in; null: the outermost value. */
export interface Pieces {
  /** A list or an object begins; what was told of an earlier member of that name is void. */
  begin(key: string | null, kind: "list" | "object"): void;
  elements(values: readonly unknown[]): void;
  members(values: Readonly<Record<string, unknown>>): void;
  /** Neither list nor object. */
  scalar(key: string | null, value: unknown): void;
}

/** Bytes after which a piece ends with the next comma: at most a millisecond's work. */
const PIECE_BYTES = 16_384;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** Yields between pieces; returns whether the bytes are JSON, UTF-8 without a byte order mark. */
export function* readPieces(bytes: Uint8Array, told: Pieces, pieceBytes = PIECE_BYTES): Generator<void, boolean> {
  const cutter = new Cutter(bytes, told, pieceBytes);
  try {
    yield* cutter.whole();
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

class Cutter {
  private readonly bytes: Uint8Array;
  private readonly told: Pieces;
  private readonly pieceBytes: number;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  private at = 0;
  /** Where the last turn ended. */
  private rested = 0;

  constructor(bytes: Uint8Array, told: Pieces, pieceBytes: number) {
    this.bytes = bytes;
    this.told = told;
    this.pieceBytes = pieceBytes;
  }

  *whole(): Generator<void, void> {
    this.space();
    const first = this.bytes[this.at];
    if (first === OBJECT) yield* this.object();
    else if (first === LIST) yield* this.container(null);
    else this.told.scalar(null, this.scalar());
    this.space();
    if (this.at < this.bytes.length) throw new SyntaxError("something follows the value");
  }

  /** The outermost object, member by member. */
  private *object(): Generator<void, void> {
    this.told.begin(null, "object");
    this.at += 1;
    this.space();
    if (this.bytes[this.at] === OBJECT_END) {
      this.at += 1;
      return;
    }
    for (;;) {
      yield* this.member();
      this.space();
      const next = this.bytes[this.at++];
      if (next === OBJECT_END) return;
      if (next !== COMMA) throw new SyntaxError("an object goes on with a comma");
    }
  }

  private *member(): Generator<void, void> {
    this.space();
    if (this.bytes[this.at] !== QUOTE) throw new SyntaxError("a member begins with its name");
    const key = this.scalar() as string;
    this.space();
    if (this.bytes[this.at++] !== COLON) throw new SyntaxError("a colon stands behind a name");
    this.space();
    const first = this.bytes[this.at];
    if (first === LIST || first === OBJECT) yield* this.container(key);
    else this.told.scalar(key, this.scalar());
    yield* this.rest();
  }

  /** A list, or an object whose members are values. */
  private *container(key: string | null): Generator<void, void> {
    const isList = this.bytes[this.at++] === LIST;
    this.told.begin(key, isList ? "list" : "object");
    for (let first = true; ; first = false) {
      const from = this.at;
      const end = this.cut();
      if (end !== COMMA && end !== (isList ? LIST_END : OBJECT_END)) throw new SyntaxError("a bracket is not closed");
      const count = this.tell(isList, this.text(from, this.at - 1));
      if (count === 0 && !(first && end !== COMMA)) throw new SyntaxError("nothing stands before or behind a comma");
      if (end !== COMMA) return;
      yield* this.rest();
    }
  }

  /** What stands between two cuts; how many elements or members. */
  private tell(isList: boolean, text: string): number {
    if (isList) {
      const values = JSON.parse(`[${text}]`) as readonly unknown[];
      this.told.elements(values);
      return values.length;
    }
    const values = JSON.parse(`{${text}}`) as Readonly<Record<string, unknown>>;
    this.told.members(values);
    return Object.keys(values).length;
  }

  /** Goes behind the comma that ends the piece, or the bracket that ends the list or object; returns it. */
  private cut(): number | undefined {
    const { bytes } = this;
    const enough = this.at + this.pieceBytes;
    let depth = 0;
    while (this.at < bytes.length) {
      const byte = bytes[this.at++];
      if (byte === QUOTE) this.string();
      else if (byte === LIST || byte === OBJECT) depth += 1;
      else if (byte === LIST_END || byte === OBJECT_END) {
        if (depth === 0) return byte;
        depth -= 1;
      } else if (byte === COMMA && depth === 0 && this.at > enough) return byte;
    }
    return undefined;
  }

  /** Goes on behind the string whose first quote was passed. */
  private string(): void {
    const { bytes } = this;
    while (this.at < bytes.length) {
      const byte = bytes[this.at++];
      if (byte === QUOTE) return;
      if (byte === BACKSLASH) this.at += 1;
    }
  }

  private scalar(): unknown {
    const from = this.at;
    if (this.bytes[this.at] === QUOTE) {
      this.at += 1;
      this.string();
    } else while (this.at < this.bytes.length && !ends(this.bytes[this.at])) this.at += 1;
    return JSON.parse(this.text(from, this.at)) as unknown;
  }

  private space(): void {
    while (isSpace(this.bytes[this.at])) this.at += 1;
  }

  /** A turn for others, where enough was read since the last one. */
  private *rest(): Generator<void, void> {
    if (this.at - this.rested < this.pieceBytes) return;
    this.rested = this.at;
    yield;
  }

  private text(from: number, to: number): string {
    return this.decoder.decode(this.bytes.subarray(from, to));
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Where a number, or a word such as null, is over. */
function ends(byte: number | undefined): boolean {
  return byte === COMMA || byte === COLON || byte === LIST_END || byte === OBJECT_END || isSpace(byte);
}
