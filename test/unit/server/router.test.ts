import { describe, expect, it } from "vitest";
import { failed } from "../../../src/domain/result.ts";
import { endpoint, namesIn } from "../../../src/server/contract/endpoint.ts";
import { text } from "../../../src/server/contract/schema.ts";
import { Router } from "../../../src/server/router.ts";
import type { Method } from "../../../src/server/contract/endpoint.ts";

function route(router: Router, method: Method, path: string): void {
  const params = Object.fromEntries(namesIn(path).map((name) => [name, text("")]));
  const declared = endpoint({ method, path, params, tag: "reference", summary: "", description: "" });
  router.reply(declared, () => failed({ code: "not_available", what: "nothing" }));
}

function routes(): Router {
  const router = new Router();
  for (const path of ["/", "/a", "/a/{id}", "/a/{id}/parts/{part}", "/a/fixed", "/a/fixed/{id}"])
    route(router, "GET", path);
  route(router, "POST", "/a");
  return router;
}

function found(path: string, method = "GET"): unknown {
  const match = routes().find(method, path);
  if (!match.ok) return match.failure.code;
  return Object.fromEntries(match.value.params);
}

describe("paths", () => {
  it("match segment by segment, a fixed one before a parameter", () => {
    expect(found("/")).toEqual({});
    expect(found("/a/x1")).toEqual({ id: "x1" });
    expect(found("/a/x1/parts/p2")).toEqual({ id: "x1", part: "p2" });
    expect(found("/a/fixed")).toEqual({});
    expect(found("/a/fixed/9")).toEqual({ id: "9" });
  });

  it("are not found when a segment is missing, empty or too many", () => {
    for (const path of ["", "/b", "/a/", "/a//", "/a/x/parts", "/a/x/parts/", "//", "/a/x/parts/p/q", "/A"]) {
      expect(found(path)).toBe("not_found");
    }
  });

  it("decode a parameter once, and a broken one names nothing", () => {
    expect(found("/a/BTC%2FUSD")).toEqual({ id: "BTC/USD" });
    expect(found("/a/%252F")).toEqual({ id: "%2F" });
    for (const path of ["/a/%", "/a/%zz", "/a/%ff"]) expect(found(path)).toBe("not_found");
  });

  it("that look like object members are only paths", () => {
    for (const path of ["/__proto__", "/constructor", "/a/x/__proto__/y"]) expect(found(path)).toBe("not_found");
    expect(found("/a/__proto__")).toEqual(Object.fromEntries([["id", "__proto__"]]));
  });
});

describe("methods", () => {
  it("of a known path are named when another is used", () => {
    const match = routes().find("DELETE", "/a");
    expect(match).toEqual({
      ok: false,
      failure: { code: "method_not_allowed", method: "DELETE", allowed: ["GET", "HEAD", "POST", "OPTIONS"] },
    });
  });

  it("HEAD finds what GET finds", () => {
    expect(found("/a/1", "HEAD")).toEqual({ id: "1" });
  });

  it("of one path are routed once", () => {
    const router = routes();
    expect(() => route(router, "GET", "/a/{other}")).toThrow(/twice/);
  });
});

it("shortens and cleans an unknown path in its message", () => {
  const match = routes().find("GET", `/${"x".repeat(1_000)}\u0007`);
  if (match.ok || match.failure.code !== "not_found") throw new Error("the path is unknown");
  expect(match.failure.id.length).toBeLessThan(110);
});
