// The door: what a batch says, names and their ids, events that wait, a full ring, counters.
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { Door, NOON } from "../../../support/ingest-door.ts";

const packr = new Packr({ useRecords: false });
const SECOND = 1_000_000;

describe("a batch", () => {
  it("tells the sequences of its records, names included, and the symbols it was about", () => {
    const door = new Door();
    const first = door.json([
      { symbol: "a", price: 1 },
      { symbol: "B", price: 1 },
      { symbol: "A", price: 2 },
    ]);
    expect(first).toMatchObject({ accepted: 3, rejected: 0, firstSequence: 0, lastSequence: 4, symbols: [0, 1] });
    expect(door.json([{ symbol: "B", price: 1 }])).toMatchObject({ firstSequence: 5, lastSequence: 5, symbols: [1] });
    expect(door.json([])).toMatchObject({ accepted: 0, rejected: 0, firstSequence: -1, lastSequence: -1 });
    expect(door.ingest.nextSequence).toBe(6);
  });

  it("names field, rule and what was found", () => {
    const messages = (ticks: unknown): string[] => new Door().json(ticks).errors.map((error) => error.message);
    expect(
      messages([
        { symbol: "A", price: -5 },
        { symbol: "A", price: "1" },
      ]),
    ).toEqual([
      "market_data[0].price must be a positive finite number (1e-12 to 1e15), found -5",
      'market_data[1].price must be a positive finite number (1e-12 to 1e15), found "1"',
    ]);
    expect(messages([{ symbol: "A", price: 1, asset_type: "bonds" }])[0]).toBe(
      'market_data[0].asset_type must be one of crypto, forex, indices, commodities, stocks, found "bonds"',
    );
    expect(messages([{ symbol: "A", price: 1, bid: 2, ask: 1.9 }])[0]).toBe(
      "market_data[0].bid must not be above ask, found 2",
    );
    expect(messages([{ symbol: "A", price: 1, bid: 2, ask: 2 }])).toEqual([]);
    expect(messages([{ symbol: "A", price: { a: 1 } }])[0]).toMatch(/found an object$/);
    expect(messages([{ symbol: "x".repeat(200), price: 1 }])[0]).toMatch(/found "x{40}"…$/);
  });

  it("keeps the first 20 errors and counts all", () => {
    const door = new Door();
    const batch = door.json(Array.from({ length: 50 }, (_, index) => ({ symbol: "A", price: index < 25 ? -1 : "x" })));
    expect(batch.errors.length).toBe(20);
    expect(batch.rejected).toBe(50);
    expect(door.ingest.counters.rejected).toMatchObject({ not_positive: 25, mistyped: 25 });
  });

  it("counts ticks by transport and encoding, and an undecodable message once", () => {
    const { ingest } = new Door();
    ingest.accept(
      packr.pack([
        { symbol: "A", price: 1 },
        { symbol: "A", price: 1 },
      ]),
      "redis",
    );
    ingest.accept(Buffer.from('{"symbol":"A","price":1}'), "http");
    ingest.acceptValue({ symbol: "A", price: 1 }, "demo", "none");
    ingest.accept(Buffer.from('[{"symbol":"A","price":1},'), "http");
    expect(ingest.counters.ingested.redis.msgpack).toBe(2);
    expect(ingest.counters.ingested.http.json).toBe(1);
    expect(ingest.counters.ingested.demo.none).toBe(1);
    expect(ingest.counters.rejected.truncated).toBe(1);
    expect(ingest.realTicks).toBe(3);
  });
});

describe("wire forms", () => {
  it("reads the documented msgpack bytes", () => {
    const door = new Door();
    const hex =
      "84a673796d626f6ca6425443555344a57072696365cb40e86a0000000000a6766f6c756d65cb408f400000000000a974696d657374616d70ce61cf9980";
    door.ingest.accept(Buffer.from(hex, "hex"), "redis");
    const [record] = door.records();
    expect(record).toMatchObject({ kind: layout.KIND_TRADE, time: 1_640_995_200 * SECOND, clock: NOON });
    expect(record?.payload).toEqual([50_000, 1000, 50_000, 50_000, 50_000]);
  });

  it("reads what msgpackr writes with its records extension", () => {
    const door = new Door();
    const records = new Packr({ useRecords: true });
    const ticks = [1, 2, 3].map((price) => ({ symbol: "A", price, timestamp: 1_640_995_200 }));
    expect(door.ingest.accept(records.pack(ticks), "redis").accepted).toBe(3);
    expect(door.records().map((record) => record.payload[0])).toEqual([1, 2, 3]);
    const mixed = packr.pack([{ symbol: "NEW", price: 1 }, 0]).subarray(0, -1);
    const definition = Buffer.from("d472409201a1", "hex");
    expect(door.ingest.accept(Buffer.concat([mixed, definition]), "redis").rejected).toBe(1);
    expect(door.hex()).toEqual([]);
  });

  it("reads timestamps in every unit to the nearest microsecond", () => {
    const door = new Door();
    const times =
      "1640995200 1640995200.123456 1640995200123 1640995200123.4567 1640995200123456 1640995200123456500".split(" ");
    door.json(`[${times.map((time) => `{"symbol":"A","price":1,"timestamp":${time}}`).join(",")}]`);
    const us = 1640995200 * SECOND;
    const expected = [us, us + 123456, us + 123000, us + 123457, us + 123456, us + 123457];
    expect(door.records().map((record) => record.time)).toEqual(expected);
  });

  it("reads the three lengths of the msgpack timestamp", () => {
    const door = new Door();
    const tick = Buffer.from("83a673796d626f6ca141a5707269636501a974696d657374616d70", "hex");
    for (const time of ["d6ff61cf9980", "d7ff1d6f345461cf9980", "c70cff075bcd150000000061cf9980"]) {
      door.ingest.accept(Buffer.concat([tick, Buffer.from(time, "hex")]), "redis");
    }
    const us = 1640995200 * SECOND;
    expect(door.records().map((record) => record.time)).toEqual([us, us + 123457, us + 123457]);
  });

  it("takes a missing timestamp from the engine clock, which never falls", () => {
    const door = new Door();
    door.json({ symbol: "A", price: 1 });
    door.now = NOON - SECOND;
    door.json({ symbol: "A", price: 1 });
    expect(door.records().map(({ time, clock }) => [time, clock])).toEqual([
      [NOON, NOON],
      [NOON, NOON],
    ]);
  });

  it("makes one tick with everything five records, of which the last ends it", () => {
    const door = new Door();
    const extras = { bid: 1, ask: 3, funding_rate: 1e-4, sentiment: 0.5, liquidity_index: 7, venue: "binance" };
    door.json({ symbol: "A", price: 2, volume: 5, high: 4, low: 1, open: 2, ...extras });
    const records = door.records();
    expect(records.map(({ kind }) => kind)).toEqual([
      layout.KIND_QUOTE,
      layout.KIND_TRADE,
      layout.KIND_FUNDING,
      layout.KIND_NEWS,
      layout.KIND_MACRO,
    ]);
    expect(records.map(({ flags }) => flags)).toEqual([2, 2, 2, 2, 0]);
    expect(records[1]?.payload).toEqual([2, 5, 4, 1, 2]);
    expect(records[2]?.payload.slice(0, 2)).toEqual([1e-4, 8]);
  });
});

describe("names", () => {
  it("are compared whole, in any case, and keep their ids", () => {
    const door = new Door();
    const long = "A234567890123456789012345678901";
    for (const symbol of [
      `${long}B`,
      `${long}C`,
      long,
      "abc",
      "ABC",
      "ABCDEFGH1",
      "ABCDEFGH2",
      "ABCDEFGHIJKLMNOP",
      "ABCDEFGHIJKLMNOPQ",
    ]) {
      door.json({ symbol, price: 1 });
    }
    expect(door.records().map(({ subject }) => subject)).toEqual([0, 1, 2, 3, 3, 4, 5, 6, 7]);
    expect(door.ingest.symbols.nameOf(3)).toBe("ABC");
    expect(door.ingest.symbols.idOf("aBc")).toBe(3);
    expect(door.ingest.symbols.count).toBe(8);
  });

  it("fill the table to the last place and refuse one more, with its reason", () => {
    const door = new Door({ maxSymbols: 64 });
    const ticks = (from: number, to: number): unknown[] =>
      Array.from({ length: to - from }, (_, index) => ({ symbol: `S${from + index}`, price: 1 }));
    expect(door.json(ticks(0, 64)).accepted).toBe(64);
    const batch = door.json([...ticks(64, 65), ...ticks(0, 1)]);
    expect(batch).toMatchObject({ accepted: 1, rejected: 1 });
    expect(batch.errors[0]?.reason).toBe("capacity");
  });

  it("leave nothing behind when the host has no room for the symbol", () => {
    let room = false;
    const door = new Door({ onSymbol: () => room });
    expect(door.json({ symbol: "A", price: 1 }).errors[0]?.reason).toBe("capacity");
    expect(door.hex()).toEqual([]);
    expect(door.ingest.symbols.count).toBe(0);
    room = true;
    expect(door.json({ symbol: "B", price: 1 }).symbols).toEqual([0]);
  });

  it("are not given to a tick that is refused for another of its names", () => {
    const door = new Door();
    expect(door.json({ symbol: "A", price: 1, venue: "no venue" }).errors[0]?.reason).toBe("bad_name");
    expect(door.json({ kind: "news", symbols: ["B", "no symbol"], score: 0 }).errors[0]?.reason).toBe("bad_name");
    expect(door.hex()).toEqual([]);
    expect(door.ingest.symbols.count).toBe(0);
  });

  it("carry the guessed asset type, until a tick says another", () => {
    const door = new Door();
    door.json({ symbol: "BTCUSD", price: 1 });
    expect(door.ingest.symbols.assetTypeOf(0)).toBe("crypto");
    door.json([
      { symbol: "BTCUSD", price: 1, asset_type: "stocks" },
      { symbol: "BTCUSD", price: 1, asset_type: "stocks" },
    ]);
    expect(door.ingest.symbols.assetTypeOf(0)).toBe("stocks");
    const names = door.records(true).filter(({ kind }) => kind === layout.KIND_NAME);
    expect(names.map(({ subject, aux }) => [subject, (aux >> 8) & 0xff])).toEqual([
      [0, layout.ASSET_CRYPTO],
      [0, layout.ASSET_STOCKS],
    ]);
  });

  it("come back at the ids of the journal", () => {
    const door = new Door();
    expect(door.ingest.restoreName(layout.TABLE_SYMBOL, 1, "BTCUSD", layout.ASSET_CRYPTO)).toBe(true);
    expect(door.ingest.restoreName(layout.TABLE_SYMBOL, 0, "AAPL", layout.ASSET_STOCKS)).toBe(true);
    expect(door.ingest.restoreName(layout.TABLE_SYMBOL, 0, "BTCUSD", layout.ASSET_CRYPTO)).toBe(false);
    expect(door.ingest.restoreName(layout.TABLE_VENUE, 1, "BINANCE", 0)).toBe(true);
    door.json([
      { symbol: "btcusd", price: 1, venue: "binance" },
      { symbol: "aapl", price: 1 },
      { symbol: "X", price: 1 },
    ]);
    expect(door.records().map(({ subject, aux }) => [subject, aux])).toEqual([
      [1, 1],
      [0, 0],
      [2, 0],
    ]);
  });

  it("find their way through a full and crowded table", () => {
    const door = new Door({ maxSymbols: 4096, build: "release" });
    const ticks = Array.from({ length: 4096 }, (_, index) => ({ symbol: `SYM-${index}/USDT`, price: 1 + index }));
    expect(door.json(ticks).accepted).toBe(4096);
    expect(door.json(ticks.toReversed()).accepted).toBe(4096);
    const records = door.records();
    expect(records.every(({ subject, payload }) => payload[0] === 1 + subject)).toBe(true);
  });
});

describe("events ahead of their time", () => {
  it("enter when the engine clock reaches available_at, in its order", () => {
    const door = new Door();
    const at = (seconds: number, price: number): unknown => ({
      symbol: "A",
      price,
      timestamp: NOON - SECOND,
      available_at: NOON + seconds * SECOND,
    });
    expect(door.json([at(3, 3), at(1, 1), at(2, 2), at(0, 0.5), at(2, 2.5)]).accepted).toBe(5);
    expect(door.records().map(({ payload }) => payload[0])).toEqual([0.5]);
    expect(door.ingest.heldBack).toBe(4);
    expect(door.ingest.flushDue(NOON + 2 * SECOND)).toBe(3);
    const entered = door.records();
    expect(entered.map(({ payload }) => payload[0])).toEqual([1, 2, 2.5]);
    expect(entered.every(({ clock, time }) => clock === NOON + 2 * SECOND && time === NOON - SECOND)).toBe(true);
    door.now = NOON + 10 * SECOND;
    door.json({ symbol: "A", price: 9 });
    expect(door.records().map(({ payload }) => payload[0])).toEqual([3, 9]);
  });

  it("must not be available before they happened", () => {
    const batch = new Door().json({ symbol: "A", price: 1, timestamp: NOON, available_at: NOON - 1 });
    expect(batch.errors[0]?.reason).toBe("available_before");
  });

  it("without a timestamp happened when they became available, if that is over", () => {
    const door = new Door();
    door.json({ symbol: "A", price: 1, available_at: NOON - SECOND });
    expect(door.records()[0]?.time).toBe(NOON - SECOND);
  });

  it("are bounded in number", () => {
    const door = new Door({ build: "release" });
    const tick = { symbol: "A", price: 1, timestamp: NOON, available_at: NOON + SECOND };
    const message = packr.pack(Array.from({ length: 10_000 }, () => tick));
    expect(door.ingest.accept(message, "redis").accepted).toBe(10_000);
    expect(door.ingest.accept(message, "redis")).toMatchObject({ accepted: 6_384, rejected: 3_616 });
    expect(door.ingest.counters.rejected.held_full).toBe(3_616);
  });
});

describe("a full ring", () => {
  it("refuses whole ticks with a reason, and goes on when there is room", () => {
    const door = new Door({ blocked: true, build: "release" });
    const pair = packr.pack(Array.from({ length: 10_000 }, () => ({ symbol: "A", price: 2, bid: 1, ask: 3 })));
    let accepted = 0;
    for (let round = 0; round < 4; round++) accepted += door.ingest.accept(pair, "redis").accepted;
    // One name, then two records for each tick: an odd slot stays free.
    expect(accepted).toBe((layout.EVENT_SLOTS - 2) / 2);
    expect(door.ingest.counters.rejected.overloaded).toBe(40_000 - accepted);
    expect(door.ingest.nextSequence).toBe(layout.EVENT_SLOTS - 1);
    expect(door.ingest.accept(packr.pack({ symbol: "NEW", price: 1 }), "redis").errors[0]?.reason).toBe("overloaded");
    const words = new Int32Array(door.plane.memory.buffer);
    Atomics.store(words, (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2, layout.EVENT_SLOTS - 1);
    expect(door.ingest.accept(pair, "redis").accepted).toBe(10_000);
  });

  it("keeps the held events until there is room", () => {
    const door = new Door({ blocked: true, build: "release" });
    door.json({ symbol: "A", price: 1, available_at: NOON + SECOND });
    const filler = packr.pack(Array.from({ length: 10_000 }, () => ({ symbol: "A", price: 2 })));
    for (let round = 0; round < 7; round++) door.ingest.accept(filler, "redis");
    expect(door.ingest.flushDue(NOON + SECOND)).toBe(0);
    expect(door.ingest.heldBack).toBe(1);
  });
});
