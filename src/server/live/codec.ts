// The two encodings of the socket: JSON in text frames, MessagePack (the same maps) in binary frames. An event's data is
// encoded once per codec and kept; a frame of a subscription is that data behind a short head, and is built once for all
// connections that share the subscription.
import { Packr, Unpackr } from "msgpackr";
import { LIMITS } from "../../domain/live-protocol.ts";
import { plainMsgpack } from "../../domain/msgpack.ts";

export type Encoding = "json" | "msgpack";

export interface UpdateHead {
  readonly sub: string;
  readonly channel: string;
  readonly seq: number;
  readonly prev: number;
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly replay: boolean;
}

export interface SnapshotHead {
  readonly sub: string;
  readonly channel: string;
  readonly epoch: string;
  readonly seq: number;
}

export interface Codec {
  readonly encoding: Encoding;
  readonly binary: boolean;
  encode(value: unknown): Uint8Array;
  update(head: UpdateHead, data: Uint8Array): Uint8Array;
  snapshot(head: SnapshotHead, data: readonly Uint8Array[]): Uint8Array;
}

const JSON_CODEC: Codec = {
  encoding: "json",
  binary: false,
  encode: (value) => Buffer.from(JSON.stringify(value)),
  update: ({ sub, channel, seq, prev, ts, replay }, data) => {
    const flag = replay ? `"replay":true,` : "";
    const head = `{"type":"update","sub":"${sub}","channel":"${channel}","seq":${seq},"prev":${prev},"ts":${ts},${flag}"data":`;
    return Buffer.concat([Buffer.from(head, "latin1"), data, CLOSE_OBJECT]);
  },
  snapshot: (head, data) => {
    const open = JSON.stringify({ type: "snapshot", ...head, data: [] });
    const parts: Uint8Array[] = [Buffer.from(open.slice(0, -2))];
    data.forEach((item, index) => parts.push(...(index === 0 ? [item] : [COMMA, item])));
    return Buffer.concat([...parts, CLOSE_LIST]);
  },
};
const CLOSE_OBJECT = Buffer.from("}");
const CLOSE_LIST = Buffer.from("]}");
const COMMA = Buffer.from(",");

const packr = new Packr({ useRecords: false, variableMapSize: true });

const MSGPACK_CODEC: Codec = {
  encoding: "msgpack",
  binary: true,
  encode: (value) => packr.pack(value),
  update: ({ sub, channel, seq, prev, ts, replay }, data) => {
    const head = { type: "update", sub, channel, seq, prev, ts, ...(replay ? { replay } : {}) };
    return withMember(packr.pack(head), [data]);
  },
  snapshot: (head, data) => {
    const list = Buffer.from([0xdd, 0, 0, 0, 0]);
    list.writeUInt32BE(data.length, 1);
    return withMember(packr.pack({ type: "snapshot", ...head }), [list, ...data]);
  },
};
const DATA_KEY = Buffer.from([0xa4, ...Buffer.from("data")]);

/** A map of fewer than 15 members and one more, "data", whose bytes are ready. The first byte is 0x80 + members. */
function withMember(map: Buffer, value: readonly Uint8Array[]): Uint8Array {
  const first = map[0] ?? 0;
  if (first < 0x80 || first >= 0x8f) throw new Error("the head of a frame is a small map");
  const frame = Buffer.concat([map, DATA_KEY, ...value]);
  frame[0] = first + 1;
  return frame;
}

export const CODECS: Readonly<Record<Encoding, Codec>> = { json: JSON_CODEC, msgpack: MSGPACK_CODEC };

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** A client's message: text frames are JSON, binary ones MessagePack. Null when it is neither. */
export function decodeMessage(bytes: Uint8Array, binary: boolean): unknown {
  try {
    if (!binary) return JSON.parse(UTF8.decode(bytes)) as unknown;
    const plain = plainMsgpack(bytes, LIMITS.max_message_bytes);
    const value = plain.ok ? (unpackr.unpack(plain.value) as unknown) : null;
    return isPlainObject(value) ? value : null; // a timestamp becomes an object of another kind
  } catch {
    return null; // the caller answers bad_json
  }
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
