// A message of ticks in msgpack: a walk over the heads of its values, which reads nothing but the few texts that say whom
// a tick concerns. Bounded by the bytes that came: nothing is followed, nothing is built. Records, msgpackr's own
// extension, are written out first (domain/msgpack.ts).
import * as wire from "../../../../assembly/wire.ts";
import { plainMsgpack } from "../../../domain/msgpack.ts";
import { failed, ok, type Result } from "../../../domain/result.ts";
import type { Failure } from "../../../domain/failure.ts";
import {
  FORBIDDEN_KEY,
  type Message,
  NOBODY,
  NOT_MARKET_DATA,
  type Range,
  type Subject,
  subjectOf,
  type Tick,
  TOO_MANY,
  unreadable,
} from "./message.ts";

const BROKEN = unreadable("its syntax is wrong");
const TOO_LONG: Failure = { code: "payload_too_large", limit: wire.MESSAGE_BYTES_MAX, unit: "bytes" };
const RECORD = 0x72;
/** Bytes behind the heads from 0xca on: numbers. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8] as const;

interface Head {
  readonly kind: "map" | "list" | "text" | "record" | "other";
  /** Values inside; bytes of what holds none. */
  readonly count: number;
  /** Of the first of them. */
  readonly at: number;
}

/** Thrown inside, caught at the door. Made once: a stack for every broken message would be work for a stranger. */
const NOT_PLAIN = new Error("not plain");
const HAS_RECORDS = new Error("has records");

export function readMsgpack(bytes: Buffer): Result<Message, Failure> {
  const read = walked(bytes);
  if (read !== null) return read;
  const plain = plainMsgpack(bytes, wire.MESSAGE_BYTES_MAX);
  if (!plain.ok) return failed(plain.failure === "broken" ? BROKEN : TOO_LONG);
  return walked(Buffer.from(plain.value)) ?? failed(BROKEN);
}

/** Null: it has records. */
function walked(bytes: Buffer): Result<Message, Failure> | null {
  try {
    return new Walk(bytes).message();
  } catch (error) {
    if (error === NOT_PLAIN) return failed(BROKEN);
    if (error === HAS_RECORDS) return null;
    throw error;
  }
}

class Walk {
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  message(): Result<Message, Failure> {
    const { bytes } = this;
    const whole = { from: 0, to: this.end(0, 0) };
    if (whole.to !== bytes.length) return failed(unreadable("something follows its end"));
    const root = this.head(0);
    if (root.kind !== "map") return this.within(whole);
    const entries = this.entries(0);
    const envelopes = entries.filter(({ key }) => key === "market_data");
    const [envelope, second] = envelopes;
    if (envelope === undefined) return this.within(whole);
    if (second !== undefined) return failed(unreadable("market_data stands twice"));
    if (entries.some(({ key }) => key === "__proto__")) return failed(FORBIDDEN_KEY);
    return this.within(envelope);
  }

  /** One tick, or a list of them: a list that begins with text is one tick in compact form. */
  private within(range: Range): Result<Message, Failure> {
    const { kind, count, at } = this.head(range.from);
    if (kind !== "map" && kind !== "list") return failed(NOT_MARKET_DATA);
    const isOne = kind === "map" || (count > 0 && this.head(at).kind === "text");
    if (!isOne && count > wire.TICKS_MAX) return failed(TOO_MANY);
    const ranges = isOne ? [range] : this.elements(range.from);
    const ticks = ranges.map(({ from, to }): Tick => ({ from, to, subject: this.subject(from) }));
    return ok({ format: "msgpack", bytes: this.bytes, ticks });
  }

  private subject(tick: number): Subject {
    const { kind, count, at } = this.head(tick);
    if (kind === "list") {
      const symbol = count > 0 ? this.textAt(at) : undefined;
      return subjectOf({ symbol, hasSymbol: true, story: null });
    }
    if (kind !== "map") return NOBODY;
    const entries = this.entries(tick);
    const of = (name: string): Range | undefined => entries.findLast(({ key }) => key === name);
    const [symbol, sort, symbols] = [of("symbol"), of("kind"), of("symbols")];
    return subjectOf({
      symbol: symbol && this.textAt(symbol.from),
      hasSymbol: symbol !== undefined,
      kind: sort && this.textAt(sort.from),
      story: symbols === undefined ? null : this.story(symbols),
    });
  }

  private story(list: Range) {
    if (this.head(list.from).kind !== "list") return null;
    const items = this.elements(list.from).flatMap((range) => {
      const symbol = this.textAt(range.from);
      return symbol === undefined ? [] : [{ ...range, symbol }];
    });
    const { from, to } = list;
    return items.length === this.head(from).count ? ({ kind: "story", list: { from, to }, items } as const) : null;
  }

  private elements(list: number): readonly Range[] {
    const { count, at } = this.head(list);
    const found: Range[] = [];
    for (let from = at, left = count; left > 0; left--) {
      const to = this.end(from, 0);
      found.push({ from, to });
      from = to;
    }
    return found;
  }

  /** Of a map: its keys that are text, with where their values lie. */
  private entries(map: number): readonly (Range & { readonly key: string })[] {
    const { count, at } = this.head(map);
    const found: (Range & { readonly key: string })[] = [];
    for (let key = at, left = count; left > 0; left -= 2) {
      const from = this.end(key, 0);
      const to = this.end(from, 0);
      const name = this.textAt(key);
      if (name !== undefined) found.push({ key: name, from, to });
      key = to;
    }
    return found;
  }

  private textAt(at: number): string | undefined {
    const head = this.head(at);
    return head.kind === "text" ? this.bytes.toString("utf8", head.at, head.at + head.count) : undefined;
  }

  /** Behind the value at `at`; `depth`: containers that are open around it. */
  private end(at: number, depth: number): number {
    const head = this.head(at);
    if (head.kind === "record") throw HAS_RECORDS;
    const left = this.bytes.length - head.at;
    if (head.count > left) throw NOT_PLAIN;
    if (head.kind !== "map" && head.kind !== "list") return head.at + head.count;
    if (depth >= wire.DEPTH_MAX) throw NOT_PLAIN;
    let next = head.at;
    for (let inside = head.count; inside > 0; inside--) next = this.end(next, depth + 1);
    return next;
  }

  private head(at: number): Head {
    const head = this.unsigned(at, 1);
    if (head < 0x80 || head >= 0xe0) return { kind: "other", count: 0, at: at + 1 };
    if (head < 0x90) return { kind: "map", count: 2 * (head & 0x0f), at: at + 1 };
    if (head < 0xa0) return { kind: "list", count: head & 0x0f, at: at + 1 };
    if (head < 0xc0) return { kind: "text", count: head & 0x1f, at: at + 1 };
    const number = NUMBER_BYTES[head - 0xca];
    if (number !== undefined) return { kind: "other", count: number, at: at + 1 };
    return this.long(head, at + 1);
  }

  private long(head: number, at: number): Head {
    const sized = (kind: Head["kind"], bytes: 1 | 2 | 4, each = 1): Head => {
      return { kind, count: each * this.unsigned(at, bytes), at: at + bytes };
    };
    const isRecord = (type: number): boolean => this.unsigned(type, 1) === RECORD;
    switch (head) {
      case 0xc0: // nil, false, true
      case 0xc2:
      case 0xc3:
        return { kind: "other", count: 0, at };
      case 0xc4: // bytes
        return sized("other", 1);
      case 0xc5:
        return sized("other", 2);
      case 0xc6:
        return sized("other", 4);
      case 0xc7: // extensions: behind the length comes the type
        return { ...sized(isRecord(at + 1) ? "record" : "other", 1), at: at + 2 };
      case 0xc8:
        return { ...sized("other", 2), at: at + 3 };
      case 0xc9:
        return { ...sized("other", 4), at: at + 5 };
      case 0xd4:
      case 0xd5:
        return { kind: isRecord(at) ? "record" : "other", count: 2 ** (head - 0xd4), at: at + 1 };
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return { kind: "other", count: 2 ** (head - 0xd4), at: at + 1 };
      case 0xd9:
        return sized("text", 1);
      case 0xda:
        return sized("text", 2);
      case 0xdb:
        return sized("text", 4);
      case 0xdc:
        return sized("list", 2);
      case 0xdd:
        return sized("list", 4);
      case 0xde:
        return sized("map", 2, 2);
      case 0xdf:
        return sized("map", 4, 2);
      default:
        throw NOT_PLAIN; // 0xc1 means nothing
    }
  }

  private unsigned(at: number, bytes: 1 | 2 | 4): number {
    if (at + bytes > this.bytes.length) throw NOT_PLAIN;
    return this.bytes.readUIntBE(at, bytes);
  }
}
