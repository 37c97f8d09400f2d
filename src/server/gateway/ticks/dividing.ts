// Divides a message of ticks by the shards that they concern. Within a shard the sender's order stays. A tick of one
// symbol goes to the shard of the symbol; news about several go to each of their shards with the symbols of that shard;
// figures of the economy go to all shards. What concerns nobody goes where the first of the others goes, to be refused.
// The same message gives the same parts at every node, so that a message that is sent again meets its own traces.
import { type ShardGroups, shardOf } from "../../../domain/shard.ts";
import { failed, ok, type Result } from "../../../domain/result.ts";
import type { Failure } from "../../../domain/failure.ts";
import { readJson } from "./json-ticks.ts";
import type { Message, Range, Tick } from "./message.ts";
import { readMsgpack } from "./msgpack-ticks.ts";

/** A tick counts once for each shard that it goes to. */
const COPIES_MAX = 100_000;
const COPIES: Failure = { code: "payload_too_large", limit: COPIES_MAX, unit: "ticks" };

/** What a shard gets. */
export interface Part {
  readonly shard: number;
  /** Of its ticks, in the sender's message; they rise. */
  readonly places: readonly number[];
  readonly contentType: string;
  /** `mark`: names the message that it is a part of. Made when it is asked for: all parts at once may be much. */
  body(mark: string | null): Uint8Array;
}

interface Piece {
  readonly place: number;
  readonly tick: Tick;
  /** Of news about symbols of several shards: the part's own. */
  readonly items: readonly Range[] | null;
}

const COMMA = Buffer.from(",");
const [OPEN_LIST, CLOSE_LIST] = [Buffer.from("["), Buffer.from("]")];
const CLOSE_MAP = Buffer.from("}");

export interface Divided {
  readonly ticks: number;
  /** By shard. */
  readonly parts: readonly Part[];
}

export function divide(bytes: Buffer, shards: number, groups: ShardGroups): Result<Divided, Failure> {
  const read = isJson(bytes) ? readJson(bytes) : readMsgpack(bytes);
  if (!read.ok) return read;
  const message = read.value;
  const where = (symbol: string): number => shardOf(symbol, shards, groups);
  const home = homeOf(message, where);
  const pieces = new Map<number, Piece[]>();
  let copies = 0;
  for (const [place, tick] of message.ticks.entries()) {
    for (const [shard, items] of addressed(tick, home, shards, where)) {
      const piece: Piece = { place, tick, items };
      const known = pieces.get(shard);
      if (known === undefined) pieces.set(shard, [piece]);
      else known.push(piece);
      copies++;
    }
    if (copies > COPIES_MAX) return failed(COPIES);
  }
  const parts = [...pieces].toSorted(([one], [other]) => one - other);
  return ok({ ticks: message.ticks.length, parts: parts.map(([shard, its]) => partOf(message, shard, its)) });
}

type Address = readonly [shard: number, items: Piece["items"]];

/** The shards that it goes to. */
function addressed(
  { subject }: Tick,
  home: number,
  shards: number,
  where: (symbol: string) => number,
): readonly Address[] {
  if (subject.kind === "symbol") return [[where(subject.symbol), null]];
  if (subject.kind === "nobody") return [[home, null]];
  if (subject.kind === "everybody") return Array.from({ length: shards }, (_, shard) => [shard, null] as const);
  const of = new Map<number, Range[]>();
  for (const item of subject.items) {
    const shard = where(item.symbol);
    of.set(shard, [...(of.get(shard) ?? []), item]);
  }
  return [...of].map(([shard, items]) => [shard, of.size === 1 ? null : items]);
}

/** JSON where the first byte that is not white space opens an object or a list, as an engine tells it. */
function isJson(bytes: Buffer): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return first === 0x7b || first === 0x5b;
}

function homeOf({ ticks }: Message, where: (symbol: string) => number): number {
  for (const { subject } of ticks) {
    if (subject.kind === "symbol") return where(subject.symbol);
    if (subject.kind === "story") return where(subject.items[0]?.symbol ?? "");
  }
  return 0;
}

function partOf(message: Message, shard: number, pieces: readonly Piece[]): Part {
  const isJsonPart = message.format === "json";
  return {
    shard,
    places: pieces.map(({ place }) => place),
    contentType: isJsonPart ? "application/json" : "application/msgpack",
    body: (mark) => Buffer.concat(isJsonPart ? jsonOf(message, pieces, mark) : msgpackOf(message, pieces, mark)),
  };
}

function jsonOf({ bytes }: Message, pieces: readonly Piece[], mark: string | null): readonly Buffer[] {
  const slice = ({ from, to }: Range): Buffer => bytes.subarray(from, to);
  const told = pieces.map(({ tick, items }) => {
    if (items === null || tick.subject.kind !== "story") return slice(tick);
    const { list } = tick.subject;
    const own = [OPEN_LIST, ...joined(items.map(slice)), CLOSE_LIST];
    return Buffer.concat([bytes.subarray(tick.from, list.from), ...own, bytes.subarray(list.to, tick.to)]);
  });
  const list = [OPEN_LIST, ...joined(told), CLOSE_LIST];
  if (mark === null) return list;
  return [Buffer.from(`{"batch":${JSON.stringify(mark)},"market_data":`), ...list, CLOSE_MAP];
}

function joined(parts: readonly Buffer[]): readonly Buffer[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part]));
}

function msgpackOf({ bytes }: Message, pieces: readonly Piece[], mark: string | null): readonly Buffer[] {
  const slice = ({ from, to }: Range): Buffer => bytes.subarray(from, to);
  const told = pieces.flatMap(({ tick, items }) => {
    if (items === null || tick.subject.kind !== "story") return [slice(tick)];
    const { list } = tick.subject;
    const own = [listHead(items.length), ...items.map(slice)];
    return [bytes.subarray(tick.from, list.from), ...own, bytes.subarray(list.to, tick.to)];
  });
  const list = [listHead(pieces.length), ...told];
  return mark === null ? list : [Buffer.of(0x82), text("batch"), text(mark), text("market_data"), ...list];
}

function listHead(count: number): Buffer {
  return Buffer.of(0xdd, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff);
}

/** Of at most 255 bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(0xd9, bytes.length), bytes]);
}
