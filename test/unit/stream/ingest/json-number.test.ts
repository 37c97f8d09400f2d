// JSON numbers in the core against ECMAScript's own, bit for bit, and the table of reciprocals computed again.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { Door } from "../../../support/ingest-door.ts";
import { Random } from "../../../support/random.ts";

const PER_MESSAGE = 500;

/** Each text as the rate of a funding event: the only rule is that it is finite. */
function decoded(door: Door, texts: readonly string[]): number[] {
  const ticks = texts.map((text) => `{"kind":"funding","symbol":"A","interval_hours":1,"rate":${text}}`);
  expect(door.json(`[${ticks.join(",")}]`).rejected).toBe(0);
  return door.records().map((record) => record.payload[0] ?? Number.NaN);
}

function randomNumber(random: Random): string {
  const digits = (count: number): string => Array.from({ length: count }, () => String(random.integer(10))).join("");
  const sign = random.next() < 0.3 ? "-" : "";
  const whole = random.next() < 0.4 ? "0" : String(1 + random.integer(9)) + digits(random.integer(19));
  const fraction = random.next() < 0.8 ? `.${digits(1 + random.integer(20))}` : "";
  const exponent = random.next() < 0.4 ? `e${random.integer(60) - 30}` : "";
  return sign + whole + fraction + exponent;
}

it("reads 200,000 random numbers as Number does", { timeout: 60_000 }, () => {
  const random = new Random(5);
  const door = new Door({ build: "release" });
  for (let batch = 0; batch < 400; batch++) {
    const texts = Array.from({ length: PER_MESSAGE }, () => randomNumber(random));
    expect(decoded(door, texts)).toEqual(texts.map(Number));
  }
});

it("reads the shortest form of any f64 back", { timeout: 60_000 }, () => {
  const random = new Random(6);
  const door = new Door({ build: "release" });
  const view = new DataView(new ArrayBuffer(8));
  for (let batch = 0; batch < 40; batch++) {
    const values = Array.from({ length: PER_MESSAGE }, () => {
      view.setUint32(0, random.integer(2 ** 32));
      view.setUint32(4, random.integer(2 ** 32));
      const value = view.getFloat64(0);
      return Number.isFinite(value) ? value : 1;
    });
    expect(decoded(door, values.map(String))).toEqual(values);
  }
});

it("rounds ties and near ties to even, whatever their length", () => {
  const words =
    "9007199254740993 9007199254740995 9007199254740992.5 9007199254740993.0000000000000000001 " +
    "0.500000000000000166533453693773481063544750213623046875 1.00000000000000011102230246251565404 " +
    "1.000000000000000111022302462515654042363166809082031249 5e-324 2.4703282292062328e-324 1e-400 " +
    "1.7976931348623157e308 4503599627370496.5 4503599627370497.5 -0 0.0 0e99 123456789012345678901234567890 " +
    "18446744073709551615 18446744073709551616 9999999999999999999 99999999999999999999e-5 1e22 1e23 8.5e27";
  const texts = words.split(" ");
  expect(decoded(new Door(), texts)).toEqual(texts.map(Number));
});

it("has the right powers of five and reciprocals", () => {
  const source = readFileSync(new URL("../../../../../../assembly/decode/json-number.ts", import.meta.url), "utf8");
  const rows = [...source.matchAll(/(0x[0-9a-f]{16}), (0x[0-9a-f]{16}), \/\/ 5\^(\d+)/g)];
  expect(rows.length).toBe(27);
  for (const [, divisor = "", reciprocal = "", power = ""] of rows) {
    let five = 5n ** BigInt(power);
    while (five < 1n << 63n) five <<= 1n;
    expect(BigInt(divisor)).toBe(five);
    expect(BigInt(reciprocal)).toBe(((1n << 128n) - 1n) / five - (1n << 64n));
  }
});

it("keeps every number of a tick that has as many as a tick can have, all of them for the host to round", () => {
  const door = new Door();
  const hard = (index: number): string => `1.${String(index).padStart(2, "0")}234567890123456789012345`;
  const side = (from: number, by: number): string =>
    Array.from({ length: 10 }, (_, index) => `[${hard(from + index * by)},${hard(index)}]`).join(",");
  const others =
    "price close volume open high low bid_size ask_size funding_rate sentiment liquidity_index interval_s rate";
  const more = "interval_hours score source_weight actual expected value before after day days_in_month announced_at";
  const fields = `${others} ${more}`.split(" ").map((name, index) => `"${name}":${hard(index)}`);
  const quote = `"kind":"quote","symbol":"A","bid":${hard(50)},"ask":${hard(51)}`;
  const tick = `{${fields.join(",")},${quote},"bids":[${side(50, -1)}],"asks":[${side(51, 1)}]}`;
  expect(door.json(`[${tick},${tick}]`)).toMatchObject({ accepted: 2, errors: [] });
  const records = door.records();
  expect(records.length).toBe(20);
  for (const [index, { payload }] of records.entries()) {
    const level = index % 10;
    const sizes = level === 0 ? [hard(6), hard(7)] : [hard(level), hard(level)];
    expect(payload.slice(0, 4)).toEqual([hard(50 - level), hard(51 + level), ...sizes].map(Number));
  }
});

it("reads a number of any length", () => {
  const door = new Door({ build: "release" });
  const long = ["3", "0", "9"].map((digit) => digit.repeat(200_000));
  const texts = [`0.${long[0]}`, `0.${long[1]}5`, `1${long[1]}e-200000`, `1.${long[2]}`, `-1${long[2]}`];
  const ticks = texts.map((text) => `{"kind":"funding","symbol":"A","interval_hours":1,"rate":${text}}`);
  expect(door.json(`[${ticks.join(",")}]`)).toMatchObject({ accepted: 4, rejected: 1 });
  expect(door.records().map(({ payload }) => payload[0])).toEqual(texts.slice(0, 4).map(Number));
});

it("asks the host only while a tick is under way", () => {
  const door = new Door();
  const hard = "1.23456789012345678901234567890123456789";
  const levels = Array.from({ length: 10 }, (_, index) => `[${hard.slice(0, 30)}e-${index},${hard}]`).join(",");
  const bid = Number(`${hard.slice(0, 30)}e-0`);
  const text = `[{"kind":"quote","symbol":"A","bid":${bid},"ask":9,"bids":[${levels}],"junk":[${`${hard},`.repeat(500)}1]}]`;
  expect(door.json(text).accepted).toBe(1);
  const records = door.records();
  expect(records.length).toBe(10);
  expect(records[9]?.kind).toBe(layout.KIND_QUOTE);
  expect(records[9]?.payload[2]).toBe(Number(hard));
});
