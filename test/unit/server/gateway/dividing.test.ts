// How a message of ticks is divided: whom each kind of tick goes to, and which messages are refused before any shard has
// taken a part. What the real decoder makes of parts is in test/property/divided-ticks.test.ts.
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { NO_GROUPS, shardOf } from "../../../../src/domain/shard.ts";
import { divide } from "../../../../src/server/gateway/ticks/dividing.ts";

const SHARDS = 3;
const packr = new Packr({ useRecords: false });

/** A symbol of each shard. */
const [ZERO = "", ONE = "", TWO = ""] = Array.from({ length: SHARDS }, (_, shard) => {
  const found = Array.from({ length: 100 }, (_unused, count) => `S${count}`).find(
    (symbol) => shardOf(symbol, SHARDS) === shard,
  );
  return found ?? "";
});

type Format = (value: unknown) => Buffer;
const FORMATS: readonly (readonly [string, Format, (bytes: Uint8Array) => unknown])[] = [
  [
    "JSON",
    (value) => Buffer.from(JSON.stringify(value)),
    (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
  ],
  ["msgpack", (value) => packr.pack(value), (bytes) => packr.unpack(bytes) as unknown],
];

function partsOf(bytes: Buffer, read: (bytes: Uint8Array) => unknown, mark: string | null = null) {
  const divided = divide(bytes, SHARDS, NO_GROUPS);
  if (!divided.ok) throw new Error(JSON.stringify(divided.failure));
  return divided.value.parts.map(({ shard, places, body }) => [shard, places, read(body(mark))]);
}

function failureOf(message: string | Buffer, shards = SHARDS): unknown {
  const divided = divide(Buffer.from(message), shards, NO_GROUPS);
  return divided.ok ? null : divided.failure;
}

describe.each(FORMATS)("a message in %s", (_, write, read) => {
  const tick = (symbol: string, price = 1): object => ({ symbol, price });

  it("gives each shard the ticks of its symbols, in their order, and says which ones they are", () => {
    const ticks = [tick(TWO), tick(ZERO, 5), [TWO, 1, 2, 1_640_995_200], tick(ZERO, 6)];
    const divided = [
      [0, [1, 3], [ticks[1], ticks[3]]],
      [2, [0, 2], [ticks[0], ticks[2]]],
    ];
    expect(partsOf(write(ticks), read)).toEqual(divided);
    expect(partsOf(write({ market_data: ticks }), read)).toEqual(divided);
    expect(partsOf(write({ market_data: ticks, more: [1, { a: "]}" }] }), read)).toEqual(divided);
  });

  it("may be one tick, bare or in market_data, as an object or in short form", () => {
    for (const one of [tick(ONE), [ONE, 1, 2, 1_640_995_200]]) {
      expect(partsOf(write(one), read)).toEqual([[1, [0], [one]]]);
      expect(partsOf(write({ market_data: one }), read)).toEqual([[1, [0], [one]]]);
    }
  });

  it("names itself in each part when it is asked to", () => {
    expect(partsOf(write([tick(ONE)]), read, "abc")).toEqual([[1, [0], { batch: "abc", market_data: [tick(ONE)] }]]);
  });

  it("brings figures of the economy to all shards", () => {
    const macro = { kind: "macro", series: "CPI", value: 3, unit: "percent" };
    const rates = { kind: "rates", before: 5, after: 5.25, day: 3, days_in_month: 30 };
    expect(partsOf(write([macro, tick(ONE), rates]), read)).toEqual([
      [0, [0, 2], [macro, rates]],
      [1, [0, 1, 2], [macro, tick(ONE), rates]],
      [2, [0, 2], [macro, rates]],
    ]);
  });

  it("tells each shard news about its own symbols", () => {
    const story = (symbols: readonly string[]): object => ({ score: 0.5, symbols, kind: "news", text: "a, [b]" });
    expect(partsOf(write([story([TWO, ZERO, TWO])]), read)).toEqual([
      [0, [0], [story([ZERO])]],
      [2, [0], [story([TWO, TWO])]],
    ]);
    expect(partsOf(write([story([ONE, ONE])]), read)).toEqual([[1, [0], [story([ONE, ONE])]]]);
    const of = { ...story([ZERO]), symbol: TWO };
    expect(partsOf(write([of]), read)).toEqual([[2, [0], [of]]]);
  });

  it("leaves what nobody can place, whole, to the shard of the first that can be placed", () => {
    const bad = [
      null,
      5,
      "text",
      [],
      {},
      { symbol: 7, price: 1 },
      { kind: "news", symbols: [ONE, "not a name"], score: 0 },
      { kind: "news", symbols: [ONE, 5], score: 0 },
      { kind: "news", symbols: Array.from({ length: 33 }, () => ONE), score: 0 },
      { kind: "news", symbols: [], score: 0 },
    ];
    const places = Array.from({ length: bad.length + 1 }, (_unused, place) => place);
    expect(partsOf(write([...bad, tick(TWO)]), read)).toEqual([[2, places, [...bad, tick(TWO)]]]);
    expect(partsOf(write([null]), read)).toEqual([[0, [0], [null]]]);
    expect(partsOf(write([]), read)).toEqual([]);
  });

  it("has at most 10,000 ticks, and 100,000 where each shard's copy counts", () => {
    const limit = { code: "payload_too_large", limit: 10_000, unit: "ticks" };
    const many = (count: number, one: unknown): Buffer => write(Array.from({ length: count }, () => one));
    expect(failureOf(many(10_001, tick(ONE)))).toEqual(limit);
    expect(failureOf(many(10_000, tick(ONE)))).toBeNull();
    const macro = { kind: "macro", series: "CPI", value: 3, unit: "percent" };
    expect(failureOf(many(100, macro), 1_000)).toBeNull();
    expect(failureOf(many(101, macro), 1_000)).toEqual({ ...limit, limit: 100_000 });
  });

  it("is refused where it is no market data", () => {
    const why = [{ field: "market_data", issue: "is required and must be a tick or a list of ticks" }];
    for (const value of [{ market_data: null }, { market_data: 5 }, { market_data: "x" }])
      expect(failureOf(write(value))).toEqual({ code: "validation_error", issues: why });
  });

  it("is refused where it is deeper than an engine reads", () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    expect(failureOf(write([{ symbol: ONE, price: 1, x: deep(30) }]))).toBeNull();
    expect(failureOf(write([{ symbol: ONE, price: 1, x: deep(31) }]))).toMatchObject({ code: "json_decode_error" });
  });
});

describe("bytes", () => {
  it("of a tick are the bytes that came", () => {
    const one = `{ "price" :1.50e1, "symb\\u006fl":"${ONE}", "x":"\\"]},{[", "y":[1,{"z":"\\\\"}] }`;
    const other = `["${ONE}" , 1,2 ,3]`;
    const divided = divide(Buffer.from(` [ ${one} , ${other} ]\n`), SHARDS, NO_GROUPS);
    expect(divided.ok && Buffer.from(divided.value.parts[0]?.body(null) ?? []).toString()).toBe(`[${one},${other}]`);
  });

  it("that are not one whole message are refused", () => {
    const broken = ["", "[", "[1,]", "{}}", "[] []", '{"market_data":[],"market_data":[]}', "null"];
    for (const text of broken)
      expect([text, failureOf(Buffer.from(text, "latin1"))]).toMatchObject([text, { code: "json_decode_error" }]);
    for (const hex of [
      "c1",
      "91",
      "9101c0",
      "82a16101",
      "c7",
      "dd7fffffff",
      "82ab6d61726b65745f6461746190ab6d61726b65745f6461746190",
    ])
      expect([hex, failureOf(Buffer.from(hex, "hex"))]).toMatchObject([hex, { code: "json_decode_error" }]);
    expect(failureOf(Buffer.from('[{"symbol":"\xff"}]', "latin1"))).toMatchObject({ code: "json_decode_error" });
  });

  it("with a key that nobody may use are refused", () => {
    for (const text of ['{"market_data":[],"__proto__":1}', '[{"symbol":"A","x":{"__proto__":1}}]'])
      expect(failureOf(text)).toEqual({
        code: "validation_error",
        issues: [{ field: "__proto__", issue: "is not allowed as a key" }],
      });
  });

  it("of msgpackr's records are written out", () => {
    const ticks = [ZERO, ONE, ZERO].map((symbol) => ({ symbol, price: 2 }));
    const bytes = new Packr({ useRecords: true }).pack(ticks);
    const read = (part: Uint8Array): unknown => packr.unpack(part);
    expect(partsOf(bytes, read)).toEqual([
      [0, [0, 2], [ticks[0], ticks[2]]],
      [1, [1], [ticks[1]]],
    ]);
  });
});
