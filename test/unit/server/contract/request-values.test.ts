import { describe, expect, it } from "vitest";
import { explain } from "../../../../src/domain/failure.ts";
import { endpoint } from "../../../../src/server/contract/endpoint.ts";
import { readQuery } from "../../../../src/server/contract/query-values.ts";
import { readValues } from "../../../../src/server/contract/request-values.ts";
import * as s from "../../../../src/server/contract/schema.ts";
import type { RequestHead } from "../../../../src/server/request.ts";

const query = s.object({
  limit: s.defaulted(s.integer("", { minimum: 1, maximum: 500 }), 50),
  q: s.optional(s.text("", { maxLength: 4 })),
  force: s.defaulted(s.flag(""), false),
  tier: s.optional(s.oneOf(["fast", "tactical"], "")),
  least: s.optional(s.number("", { minimum: 0 })),
});

describe("a query", () => {
  it("is read by kind, with defaults for what is left out", () => {
    expect(readQuery(query, "limit=7&force=true&tier=fast&least=1e-3&unknown=1")).toEqual({
      ok: true,
      value: { limit: 7, force: true, tier: "fast", least: 0.001 },
    });
    expect(readQuery(query, "")).toEqual({ ok: true, value: { limit: 50, force: false } });
  });

  it("counts an empty text as not given and the first of a repeated name", () => {
    expect(readQuery(query, "q=&limit=1&limit=2")).toEqual({ ok: true, value: { limit: 1, force: false } });
  });

  it("names every fault", () => {
    const read = readQuery(query, "limit=0x10&force=yes&tier=&least=NaN&q=toolong");
    if (read.ok || read.failure.code !== "validation_error") throw new Error("the query is wrong");
    expect(read.failure.issues.map(({ field, issue }) => `${field} ${issue}`)).toEqual([
      'limit must be an integer from 1 to 500, found "0x10"',
      'q must be a string of at most 4 characters, found "toolong"',
      'force must be true or false, found "yes"',
      'tier must be one of fast, tactical, found ""',
      'least must be a number not below 0, found "NaN"',
    ]);
  });
});

it("a query text with a control character is refused, because no store takes it", () => {
  const read = readQuery(query, "q=a%00b");
  if (read.ok || read.failure.code !== "validation_error") throw new Error("the query is wrong");
  expect(read.failure.issues).toEqual([{ field: "q", issue: 'must not hold control characters, found "a?b"' }]);
});

describe("a request", () => {
  const declared = endpoint({
    method: "PUT",
    path: "/things/{thing}",
    tag: "reference",
    summary: "",
    description: "",
    params: { thing: s.text("", { pattern: "^t_[a-z]+$" }) },
    query: { force: s.defaulted(s.flag(""), false) },
    body: s.object({ size: s.number(""), note: s.defaulted(s.text(""), "none") }),
  });
  /** What of a head is looked at. */
  const head = (thing: string, rawQuery = ""): RequestHead => {
    const looked: Partial<RequestHead> = { path: `/things/${thing}`, rawQuery, params: new Map([["thing", thing]]) };
    return looked as RequestHead;
  };

  it("gives the handler path, query and body with their defaults", () => {
    expect(readValues(declared, head("t_a"), { size: 1 })).toEqual({
      ok: true,
      value: { params: { thing: "t_a" }, query: { force: false }, body: { size: 1, note: "none" } },
    });
  });

  it("names nothing when an id breaks its pattern, and says what it would have to be", () => {
    const read = readValues(declared, head("x"), {});
    expect(read).toMatchObject({ ok: false, failure: { code: "not_found" } });
    expect(read.ok ? "" : explain(read.failure)).toMatch(
      /^path \/things\/x does not exist; thing must be .*found "x"$/,
    );
  });

  it("is told all faults of query and body together", () => {
    const read = readValues(declared, head("t_a", "force=1"), { note: 1 });
    if (read.ok || read.failure.code !== "validation_error") throw new Error("the request is wrong");
    expect(read.failure.issues.map(({ field }) => field)).toEqual(["force", "size", "note"]);
  });

  it("for something that is not there is not judged further", () => {
    const failure = { code: "not_found", kind: "symbol", id: "t_a" } as const;
    expect(readValues(declared, head("t_a"), {}, () => failure)).toEqual({ ok: false, failure });
  });
});

it("a declaration whose parameters are not those of its path is refused", () => {
  const declare = () =>
    endpoint({
      method: "GET",
      path: "/a/{b}",
      tag: "reference",
      summary: "",
      description: "",
      params: { c: s.text("") },
    });
  expect(declare).toThrow("its path has b");
});
