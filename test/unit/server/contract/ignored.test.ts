// Fields of requests that no declaration names.
import { expect, it } from "vitest";
import { ignoredFields } from "../../../../src/server/contract/ignored.ts";
import * as s from "../../../../src/server/contract/schema.ts";
import { withIgnored } from "../../../../src/server/router.ts";

const query = s.object({ limit: s.optional(s.integer("")), symbol: s.optional(s.text("")) });
const body = s.object({
  strategy_type: s.text(""),
  execution_config: s.optional(s.object({ position_size: s.optional(s.number("")) })),
  limits: s.optional(s.list(s.nullable(s.object({ metric: s.text("") })))),
  risk_limits: s.optional(s.object({ max_drawdown: s.optional(s.number("")) }, { "x-others": "kept" })),
  bounds: s.optional(s.nullable(s.object({ most: s.optional(s.number("")) }, { "x-others": "kept" }))),
  parameters: s.optional(s.anyObject("")),
  grid: s.optional(s.dictionary(s.number(""), "")),
});

const ignored = (given: unknown, rawQuery = "") =>
  ignoredFields({ query, body }, rawQuery, given).map(({ name, meant }) =>
    meant === null ? name : `${name} -> ${meant}`,
  );

it("are named with the field that was probably meant, by letters or by place", () => {
  expect(ignored({ execution_confg: {}, position_size: 0.2, colour: 1 })).toEqual([
    "execution_confg -> execution_config",
    "position_size -> execution_config.position_size",
    "colour",
  ]);
  expect(ignored({ execution_config: { positon_size: 1 }, limits: [{ metric: "a" }, null, { metrc: "b" }] })).toEqual([
    "execution_config.positon_size -> execution_config.position_size",
    "limits[2].metrc -> limits[2].metric",
  ]);
  expect(ignored({}, "limt=5&symbol=A")).toEqual(["limt -> limit"]);
});

it("are none where an object keeps whatever comes, or all is declared", () => {
  expect(ignored({ parameters: { a: 1 }, grid: { b: 2 }, bounds: { owner: 1 }, strategy_type: "x" })).toEqual([]);
  expect(ignored({ risk_limits: { owner: "me" }, strategy_type: "x" })).toEqual([]);
  expect(ignoredFields({ query, body: null }, "", { a: 1 })).toEqual([]);
});

it("are few, however many were sent, and names that every object has are fields like others", () => {
  expect(ignored(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`x${n}`, n])))).toHaveLength(20);
  expect(ignored(JSON.parse('{"constructor": 1, "toString": 2}'))).toEqual(["constructor", "toString"]);
});

it("stand beside the answer, and take the place of nothing in it", () => {
  const answer = { status: "registered", did_you_mean: { fats: "fast" } };
  expect(withIgnored(answer, [])).toBe(answer);
  expect(withIgnored(answer, [{ name: "paramters", meant: "parameters" }])).toEqual({
    status: "registered",
    ignored_fields: ["paramters"],
    did_you_mean: { paramters: "parameters", fats: "fast" },
  });
  expect(withIgnored({ a: 1 }, [{ name: "b", meant: null }])).toEqual({ a: 1, ignored_fields: ["b"] });
});
