import { describe, expect, it } from "vitest";
import { faultsOf, FAULTS_MAX } from "../../../../src/server/contract/check.ts";
import * as s from "../../../../src/server/contract/schema.ts";
import type { Keywords } from "../../../../src/server/contract/schema.ts";

const tick = s.object({
  symbol: s.text("", { minLength: 1, maxLength: 8 }),
  price: s.number("", { exclusiveMinimum: 0 }),
  size: s.optional(s.number("", { minimum: 0, maximum: 1 })),
});
const body = s.object({ market_data: s.list(tick, "", { maxItems: 50 }) });

function told(schema: Keywords, value: unknown): readonly string[] {
  return faultsOf(schema, value).map(({ field, issue }) => `${field} ${issue}`);
}

describe("a fault", () => {
  it("names the field by its path, what it must be and what was found", () => {
    const given = { market_data: [{ symbol: "BTCUSD", price: "50000" }] };
    expect(told(body, given)).toEqual(['market_data[0].price must be a positive finite number, found "50000"']);
  });

  it("of a missing field says what would be right", () => {
    expect(told(body, {})).toEqual(["market_data is required and must be a list of at most 50 elements"]);
    expect(told(tick, { symbol: "A" })).toEqual(["price is required and must be a positive finite number"]);
  });

  it("of the body itself is told of the body", () => {
    expect(told(body, [])).toEqual(["body must be an object, found a list without elements"]);
    expect(told(body, null)).toEqual(["body must be an object, found null"]);
  });

  it("is told for every field that has one", () => {
    expect(told(tick, { symbol: "", price: 0, size: 2 })).toEqual([
      'symbol must be a string of 1 to 8 characters, found ""',
      "price must be a positive finite number, found 0",
      "size must be a number from 0 to 1, found 2",
    ]);
  });

  it("is one of at most twenty", () => {
    const given = { market_data: Array.from({ length: 30 }, () => ({ symbol: 1, price: "x" })) };
    expect(faultsOf(body, given)).toHaveLength(FAULTS_MAX);
  });

  it("quotes what was found shortened and without control characters", () => {
    const [fault] = told(s.flag(""), `a\n${"b".repeat(1_000)}`);
    expect(fault).toBe(`body must be true or false, found "a?${"b".repeat(38)}"…`);
  });
});

describe("each kind of schema", () => {
  const cases: readonly (readonly [
    name: string,
    schema: Keywords,
    good: readonly unknown[],
    bad: readonly unknown[],
  ])[] = [
    ["an integer", s.integer("", { minimum: 1, maximum: 9 }), [1, 9], [0, 10, 1.5, "1", null, true]],
    ["an open interval", s.number("", { exclusiveMinimum: 0, exclusiveMaximum: 1 }), [0.5], [0, 1, "0.5"]],
    ["a flag", s.flag(""), [true, false], ["true", 1, null]],
    ["a word", s.oneOf(["a", "b"], ""), ["a"], ["A", "", null, 1]],
    ["a constant", s.exactly(true), [true], [false, "true"]],
    ["a text", s.text("", { maxLength: 2 }), ["", "ab", "😀😀"], ["abc", 1, null, ["a"]]],
    ["a pattern", s.text("", { pattern: "^a+$" }), ["aa"], ["", "ab", "aa\n"]],
    ["a time", s.text("", { format: "date-time" }), ["2025-08-24T10:00:00Z"], ["2025-08-24", "2025-13-01T00:00:00Z"]],
    ["what may be null", s.nullable(s.number("")), [null, 1], ["1", undefined, {}]],
    ["a pair", s.pair(s.number(""), s.text(""), ""), [[1, "a"]], [[1], [1, 2], [1, "a", 3], {}]],
    ["a dictionary", s.dictionary(s.number(""), ""), [{}, { a: 1 }], [{ a: "1" }, []]],
    ["an object", tick, [{ symbol: "A", price: 1, more: "x" }], [{ symbol: "A" }, "A", []]],
    ["one form of two", s.either(s.list(tick), tick, ""), [[], { symbol: "A", price: 1 }], [1, [{}], {}]],
    ["anything", s.anything(""), [null, 1, "a", {}], []],
  ];

  it.each(cases)("judges %s", (_name, schema, good, bad) => {
    for (const value of good) expect(told(schema, value)).toEqual([]);
    for (const value of bad) expect(told(schema, value)).not.toEqual([]);
  });

  it("has its sentence", () => {
    expect(told(s.nullable(s.integer("", { minimum: 2 })), "x")).toEqual([
      'body must be an integer not below 2 or null, found "x"',
    ]);
    expect(told(s.text("", { pattern: "^v", "x-must": "be a version such as v1" }), "1")).toEqual([
      'body must be a version such as v1, found "1"',
    ]);
    expect(told(s.dictionary(s.number(""), "", { propertyNames: s.text("", { maxLength: 2 }) }), { abc: 1 })).toEqual([
      'body has a field whose name must be a string of at most 2 characters, found "abc"',
    ]);
    expect(told(s.dictionary(s.number(""), "", { minProperties: 1 }), {})).toEqual([
      "body must be an object of at least 1 fields, found 0",
    ]);
  });

  it("of several forms tells the faults of the one that was meant", () => {
    expect(told(s.either(s.list(tick), tick, ""), [{ symbol: "A", price: -1 }])).toEqual([
      "[0].price must be a positive finite number, found -1",
    ]);
  });
});
