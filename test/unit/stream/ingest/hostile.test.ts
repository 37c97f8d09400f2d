// Input that wants to hurt: lengths that lie, truncation at every byte, deep nesting, random bytes. The core is the build
// with asserts; a trap or a record left behind by a refused message fails the test.
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { Door } from "../../../support/ingest-door.ts";
import { Random } from "../../../support/random.ts";
import { fitsJson, randomMessage, wildJson, wildMsgpack } from "../../../support/wire-messages.ts";

const packr = new Packr({ useRecords: false });
const GOOD = { symbol: "BTCUSD", price: 50_000.5, volume: 3, timestamp: 1_640_995_200, asset_type: "crypto" };

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}
function nested(depth: number, open: string, close: string): string {
  return open.repeat(depth) + close.repeat(depth);
}

describe("a message that ends too early", () => {
  const forms: readonly (readonly [string, Buffer])[] = [
    ["map", packr.pack(GOOD)],
    ["list", packr.pack([GOOD, ["AAPL", 1, 2, 1_640_995_200], GOOD])],
    ["envelope", packr.pack({ market_data: [GOOD, GOOD] })],
    ["envelope with more", packr.pack({ market_data: [GOOD], source: "x" })],
    ["quote", packr.pack({ kind: "quote", symbol: "A", bid: 1, ask: 2, bids: [[1, 2]], asks: [[2, 3]] })],
    ["news", packr.pack([{ kind: "news", symbols: ["A", "B"], score: 0.5, hash: "x".repeat(40), n: { a: [1, {}] } }])],
  ];
  for (const [name, message] of forms) {
    it(`is refused at every byte and leaves nothing behind: msgpack ${name}`, () => {
      for (const known of [false, true]) {
        const door = new Door();
        if (known) door.ingest.accept(message, "redis");
        door.hex();
        for (let length = 0; length < message.length; length++) {
          const batch = door.ingest.accept(message.subarray(0, length), "redis");
          expect([length, batch.failureReason, door.hex()]).toEqual([length, "truncated", []]);
        }
        expect(door.ingest.accept(message, "redis").rejected).toBe(0);
      }
    });
  }
  it("is refused at every byte and leaves nothing behind: JSON", () => {
    const door = new Door();
    const text = `{"market_data": [${JSON.stringify(GOOD)}, {"symbol": "A", "price": 1.5e0, "ok": [true, null, "\\u0041"]}]}`;
    for (let length = 0; length < text.length; length++) {
      const batch = door.json(text.slice(0, length));
      expect([length, batch.rejected, door.hex()]).toEqual([length, 1, []]);
      expect(batch.failure?.code).toBe("json_decode_error");
    }
    expect(door.json(text).accepted).toBe(2);
  });
});

describe("lengths that lie", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["array32 of 4e9", "dd ffffffff 01"],
    ["map32 of 4e9", "df ffffffff a1 61 01"],
    ["array16 of 65535", "dc ffff 93"],
    ["str32 of 4e9 as symbol", "82 a6 73796d626f6c db ffffffff 41 a5 7072696365 01"],
    ["bin32 of 4e9", "81 a1 78 c6 ffffffff 41"],
    ["ext32 of 4e9", "81 a1 78 c9 ffffffff 01 41"],
    ["key str32 of 4e9", "81 db ffffffff 41 01"],
    ["envelope with array32 of 4e9", "81 ab 6d61726b65745f64617461 dd ffffffff 80"],
    ["nested array32 of 4e9 in an unknown key", "82 a1 78 91 dd ffffffff 01 a1 79 01"],
  ];
  for (const [name, hex] of cases) {
    it(`are a truncated message: ${name}`, () => {
      const door = new Door();
      expect(door.ingest.accept(bytes(hex), "redis").failureReason).toBe("truncated");
      expect(door.hex()).toEqual([]);
    });
  }
});

describe("limits", () => {
  it("takes 10,000 ticks and refuses 10,001 as a whole, in both encodings", () => {
    const ticks = (count: number): unknown => Array.from({ length: count }, () => GOOD);
    const door = new Door();
    expect(door.ingest.accept(packr.pack(ticks(10_000)), "http").accepted).toBe(10_000);
    expect(door.json(ticks(10_000)).accepted).toBe(10_000);
    door.hex();
    for (const batch of [door.ingest.accept(packr.pack(ticks(10_001)), "http"), door.json(ticks(10_001))]) {
      expect(batch.failure).toEqual({ code: "payload_too_large", limit: 10_000, unit: "ticks" });
    }
    const unseen = Array.from({ length: 10_001 }, () => ({ symbol: "NEW", price: 1 }));
    expect(door.json({ market_data: unseen }).failureReason).toBe("too_many_ticks");
    expect(door.json(unseen).failureReason).toBe("too_many_ticks");
    expect(door.hex()).toEqual([]);
  });

  it("refuses more than 4 MiB without looking at them", () => {
    const batch = new Door().ingest.accept(Buffer.alloc(5 * 1024 * 1024, 0x20), "http");
    expect(batch.failure).toEqual({ code: "payload_too_large", limit: 4_194_304, unit: "bytes" });
  });

  it("refuses a message that grows beyond 4 MiB when its records are written out", () => {
    const ticks = Array.from({ length: 9_999 }, () => ({ ["unknown".repeat(100)]: 1, symbol: "A", price: 1 }));
    const short = new Packr({ useRecords: true }).pack(ticks);
    expect(short.length).toBeLessThan(100_000);
    const door = new Door();
    door.json({ symbol: "A", price: 1 });
    expect(door.ingest.accept(short, "redis").failureReason).toBe("too_large");
    expect(door.json({ symbol: "A", price: 1 })).toMatchObject({ accepted: 1, symbols: [0] });
  });

  it("takes nesting of 32 and refuses 33, wherever it stands", () => {
    const door = new Door();
    for (const [around, at] of [
      ["", 1],
      ["[", 2],
      ['{"market_data":[', 3],
    ] as const) {
      const close = { "": "", "[": "]", '{"market_data":[': "]}" }[around];
      const tick = (depth: number): string =>
        `${around}{"symbol":"A","price":1,"x":${nested(depth - at, "[", "]")}}${close}`;
      expect([around, door.json(tick(32)).accepted]).toEqual([around, 1]);
      expect([around, door.json(tick(33)).failureReason]).toEqual([around, "too_deep"]);
      const value = (depth: number): unknown => JSON.parse(tick(depth)) as unknown;
      expect(door.ingest.accept(packr.pack(value(32)), "redis").accepted).toBe(1);
      expect(door.ingest.accept(packr.pack(value(33)), "redis").failureReason).toBe("too_deep");
    }
    expect(door.json("[".repeat(100_000)).failureReason).toBe("too_deep");
    expect(door.json(nested(5_000, '{"a":', "}")).failure?.code).toBe("json_decode_error");
    expect(door.ingest.accept(Buffer.alloc(100_000, 0x91), "redis").failureReason).toBe("too_deep");
  });
});

describe("keys", () => {
  it("refuses a tick with a known key twice, and keeps its neighbours", () => {
    const door = new Door();
    const batch = door.json(
      '[{"symbol":"A","price":1},{"symbol":"A","price":1,"pri\\u0063e":2},{"symbol":"B","price":1}]',
    );
    expect(batch).toMatchObject({ accepted: 2, rejected: 1 });
    expect(batch.errors[0]).toMatchObject({ index: 1, reason: "duplicate_key", field: "market_data[1].price" });
    const packed = bytes("83 a6 73796d626f6c a1 41 a5 7072696365 01 a5 7072696365 02");
    expect(door.ingest.accept(packed, "redis").errors[0]?.reason).toBe("duplicate_key");
  });
  it("lets unknown keys stand twice", () => {
    expect(new Door().json('{"symbol":"A","price":1,"x":1,"x":2}').accepted).toBe(1);
  });
  it("refuses market_data twice", () => {
    const failure = new Door().json('{"market_data":[],"market_data":[]}');
    expect(failure.failureReason).toBe("duplicate_key");
  });
  it("refuses __proto__: in a tick that tick, elsewhere the message", () => {
    const door = new Door();
    const inTick = door.json('[{"symbol":"A","price":1},{"symbol":"A","price":1,"x":{"__proto__":{}}}]');
    expect(inTick).toMatchObject({ accepted: 1, rejected: 1 });
    expect(inTick.errors[0]?.reason).toBe("forbidden_key");
    const outside = door.json('{"market_data":[{"symbol":"A","price":1}],"__proto__":{}}');
    expect(outside.failure?.code).toBe("validation_error");
  });
});

describe("more numbers that only the host can round than a tick has fields", () => {
  const many = (text: string): string => Array.from({ length: 300 }, () => text).join(",");
  const forms: readonly (readonly [string, string, string])[] = [
    ["in a short form", `["A",${many("1e99")}]`, "array_length"],
    ["under a key that stands again and again", `{"symbol":"A",${many('"price":1e99')}}`, "duplicate_key"],
    ["in lists under such a key", `{"symbol":"A","price":1,${many('"bids":[[1e99,1e99]]')}}`, "duplicate_key"],
    ["as symbols", `{"kind":"news","score":0,"symbols":[${many("1e99")}]}`, "too_long"],
    ["in levels", `{"kind":"quote","symbol":"A","bid":1,"ask":2,"bids":[${many("[1e99,1e99]")}]}`, "too_long"],
    ["in a level", `{"kind":"quote","symbol":"A","bid":1,"ask":2,"bids":[[${many("1e99")}]]}`, "bad_levels"],
  ];
  for (const [where, tick, reason] of forms) {
    it(`are a refused tick, and its neighbours are taken: ${where}`, () => {
      const door = new Door();
      const good = '{"symbol":"A","price":1.2345678901234567890123}';
      const batch = door.json(`[${good},${tick},${good}]`);
      expect(batch).toMatchObject({ accepted: 2, rejected: 1, errors: [{ index: 1, reason }] });
      expect(door.json(tick).errors[0]?.reason).toBe(reason);
      expect(door.records().map(({ payload }) => payload[0])).toEqual([1.2345678901234567, 1.2345678901234567]);
    });
  }
  it("are refused in as many ticks as a message has", () => {
    const door = new Door({ build: "release" });
    const tick = `["A",${many("1e99")}]`;
    expect(door.json(`[${Array.from({ length: 2_000 }, () => tick).join(",")}]`).rejected).toBe(2_000);
  });
});

describe("bytes that are no text", () => {
  it("refuses invalid UTF-8 in JSON", () => {
    const text = Buffer.concat([
      Buffer.from('{"symbol":"A","price":1,"x":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    expect(new Door().ingest.accept(text, "http").failureReason).toBe("invalid_utf8");
  });
  it("refuses NaN and Infinity literals as syntax", () => {
    for (const word of [
      "NaN",
      "Infinity",
      "-Infinity",
      "nul",
      "tru",
      "undefined",
      "0x10",
      "01",
      "+1",
      ".5",
      "1.",
      "1e",
    ]) {
      const batch = new Door().json(`{"symbol":"A","price":${word}}`);
      expect([word, batch.failureReason]).toEqual([word, "syntax"]);
    }
  });
  it("refuses what is no market data at all", () => {
    const door = new Door();
    for (const text of ["5", '"x"', "null", "hello", "", "  ", "{", "]", '{"market_data":5}', '{"market_data":null}']) {
      const batch = door.json(text);
      expect([text, batch.accepted, batch.rejected]).toEqual([text, 0, 1]);
      expect(batch.failure).toBeDefined();
    }
    expect(door.hex()).toEqual([]);
  });
});

describe("fuzz", () => {
  it("survives 100,000 random and damaged messages, and still works", { timeout: 120_000 }, () => {
    const random = new Random(20_260);
    const door = new Door();
    for (let count = 0; count < 100_000; count++) {
      const message = damaged(random);
      const batch = door.ingest.accept(message, "redis");
      const records = door.count();
      if (batch.failure && records !== 0)
        expect.fail(`message ${count} was refused but wrote: ${message.toString("hex")}`);
    }
    door.ingest.flushDue(Number.MAX_SAFE_INTEGER);
    expect(door.ingest.accept(packr.pack(GOOD), "redis").accepted).toBe(1);
  });

  it("agrees with JSON.parse about what is JSON", { timeout: 60_000 }, () => {
    const random = new Random(77);
    const door = new Door();
    for (let count = 0; count < 20_000; count++) {
      const message = randomMessage(random);
      if (!fitsJson(message.value)) continue;
      let text = wildJson(message.value, random);
      const at = random.integer(text.length);
      const put = ['"', "{", "]", ",", ":", "\\", "0", "-", ".", "e", " ", "n", ""][random.integer(13)] ?? "";
      text = text.slice(0, at) + put + text.slice(at + random.integer(2));
      const refused = ["syntax", "truncated", "trailing_bytes"].includes(door.json(text).failureReason ?? "");
      // A text that begins with neither { nor [ is not taken for JSON.
      if (/^[\s]*[[{]/.test(text) && refused === isJson(text)) expect.fail(`refused: ${refused}, JSON: ${text}`);
    }
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // that is the answer
  }
}

/** Random bytes, or a message with bytes changed, cut out or doubled. */
function damaged(random: Random): Buffer {
  if (random.next() < 0.2) return Buffer.from(Array.from({ length: random.integer(60) }, () => random.integer(256)));
  const { value } = randomMessage(random);
  const json = random.next() < 0.4;
  const bytes = json ? Buffer.from(wildJson(value, random)) : wildMsgpack(value, random);
  for (let changes = random.integer(4); changes > 0 && bytes.length > 0; changes--) {
    bytes[random.integer(bytes.length)] = random.integer(256);
  }
  const from = random.integer(bytes.length + 1);
  const cut = from + (random.next() < 0.3 ? random.integer(9) : 0);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(random.next() < 0.2 ? Math.max(0, from - 5) : cut)]);
}
