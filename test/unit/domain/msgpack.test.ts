// Strangers' msgpack: records are written out as the maps that they stand for, and what msgpackr would follow into pointers
// and big numbers is refused before it sees it.
import { Packr, Unpackr } from "msgpackr";
import { expect, it } from "vitest";
import { DEPTH_MAX, plainMsgpack } from "../../../src/domain/msgpack.ts";
import { decodeMessage } from "../../../src/server/live/codec.ts";
import { Door, NOON } from "../../support/ingest-door.ts";
import { Random } from "../../support/random.ts";
import { randomMessage } from "../../support/wire-messages.ts";

const MOST = 65_536;
const plain = new Packr({ useRecords: false });

/** A list within a list ... of which each holds the one before `width` times, by msgpackr's marks and pointers. */
function laughs(levels: number, width: number): Buffer {
  const mark = (id: number): Buffer => Buffer.from([0xd6, 0x69, 0, 0, 0, id]);
  const pointer = (id: number): Buffer => Buffer.from([0xd6, 0x70, 0, 0, 0, id]);
  const parts = [Buffer.from([0x90 | levels]), mark(1), Buffer.from([0x91, 0xa1, 0x61])];
  for (let level = 2; level <= levels; level++) {
    parts.push(mark(level), Buffer.from([0x90 | width]));
    for (let count = 0; count < width; count++) parts.push(pointer(level - 1));
  }
  return Buffer.concat(parts);
}

it("records are written out: what is read then is what msgpackr reads of them", () => {
  const random = new Random(5);
  for (let count = 0; count < 400; count++) {
    const values = Array.from({ length: 1 + random.integer(3) }, () => randomMessage(random).value);
    for (const packr of [new Packr({ useRecords: true }), new Packr({ useRecords: true, maxOwnStructures: 512 })]) {
      const bytes = packr.pack(values);
      const result = plainMsgpack(bytes, MOST * 64);
      if (!result.ok) throw new Error(`${result.failure}: ${bytes.toString("hex")}`);
      expect(new Unpackr({ useRecords: false }).unpack(result.value)).toEqual(new Unpackr().unpack(bytes));
    }
  }
});

it("a message without records is taken as it is", () => {
  const bytes = plain.pack({ op: "ping", id: 1, at: new Date(0), deep: [[{ a: [1.5, -1, null, true, "é"] }]] });
  const result = plainMsgpack(bytes, MOST);
  expect(result.ok && result.value === bytes).toBe(true);
});

it("an undefined member is passed on in a frame, and concerns its own tick alone in market data", () => {
  const asked = { op: "subscribe", id: 1, channel: "signals", filter: { symbols: undefined } };
  const tick = { symbol: "BTCUSD", price: 100, timestamp: NOON / 1e3 };
  const ticks = [tick, { ...tick, note: undefined }, { ...tick, volume: undefined }];
  for (const packr of [plain, new Packr({ useRecords: true })]) {
    expect(decodeMessage(packr.pack(asked), true)).toEqual(asked);
    const batch = new Door().ingest.accept(packr.pack({ market_data: ticks }), "http");
    expect([batch.failure, batch.accepted, batch.rejected]).toEqual([undefined, 2, 1]);
    expect(batch.errors).toMatchObject([{ index: 2, field: "market_data[2].volume" }]);
  }
});

it("takes values as deep as allowed, and none deeper", () => {
  const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([1])]);
  expect(plainMsgpack(nested(DEPTH_MAX), MOST).ok).toBe(true);
  for (const depth of [DEPTH_MAX + 1, 60_000]) {
    expect(plainMsgpack(nested(depth), MOST)).toEqual({ ok: false, failure: "broken" });
  }
});

it("what msgpackr would follow is refused, in a frame and in market data", () => {
  const tail = Buffer.from([1]);
  const record = Buffer.from("92d4724091a16101", "hex"); // [a record, and]
  const bombs: readonly (readonly [string, Buffer])[] = [
    ["pointers", laughs(15, 15)],
    ["pointers with a byte too many, which msgpackr would show", Buffer.concat([laughs(15, 15), tail])],
    ["pointers behind a record", Buffer.concat([record, laughs(15, 15)])],
    ["a big number", Buffer.concat([Buffer.from("c9000080004201", "hex"), Buffer.alloc(32_767, 0xff)])],
    ["a pattern", Buffer.from([0xd4, 0x78, 0, 0x92, 0xa1, 0x61, 0xa1, 0x67])],
    ["undefined of two bytes", Buffer.from([0xd5, 0, 0, 0])],
    ["a set", Buffer.from([0xd4, 0x73, 0, 0x91, 1])],
    ["strings of a bundle", Buffer.from("c70462000000019001", "hex")],
    ["a list of which nothing is there", Buffer.from("dd01ffffff", "hex")],
    ["the byte that means nothing", Buffer.from([0xc1])],
    ["nothing", Buffer.alloc(0)],
  ];
  const door = new Door();
  for (const [name, bytes] of bombs) {
    expect([name, plainMsgpack(bytes, MOST)]).toEqual([name, { ok: false, failure: "broken" }]);
    expect([name, decodeMessage(bytes, true)]).toEqual([name, null]);
    const batch = door.ingest.accept(bytes, "http");
    expect([name, batch.accepted, batch.failure === undefined]).toEqual([name, 0, false]);
  }
});

it("records that mean more than is allowed are refused as too large", () => {
  const rows = Array.from({ length: 1_000 }, () => ({ ["name".repeat(50)]: 1 }));
  const bytes = new Packr({ useRecords: true }).pack(rows);
  expect(bytes.length).toBeLessThan(4_000);
  expect(plainMsgpack(bytes, MOST)).toEqual({ ok: false, failure: "too_large" });
  expect(plainMsgpack(bytes, 4 * MOST).ok).toBe(true);
});
