// The conventions of the API as a client meets them at a whole engine: every path that /openapi.json lists, every word of
// the table of errors that a request can bring about.
import { beforeAll, describe, expect, it } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { rawRequest } from "../support/server/raw.ts";

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

const MARKET_DATA = "/api/strategy_engine/process_market_data";
const JSON_TYPE = { "content-type": "application/json" };
let engine: EngineProcess;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {};
let strategyId = "";

beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
  paths = (await engine.get("/openapi.json"))["paths"] as typeof paths;
  const { body } = await engine.ask("POST", "/strategies", { strategy_name: "Flat", code: "class Flat:\n    pass" });
  strategyId = String(body["strategy_id"]);
  await engine.ask("POST", MARKET_DATA, { market_data: [{ symbol: "BTCUSD", price: 50_000 }] });
  return () => engine.stop();
});

/** With ids that fit their patterns; only the strategy exists. */
function addressOf(path: string): string {
  const known: Readonly<Record<string, string>> = { strategy_id: strategyId, symbol: "BTCUSD", version: "1.0.0" };
  return path.replace(/\{([a-z_]+)\}/g, (_, name: string) => known[name] ?? `${name.split("_")[0]}_abcdef`);
}
const entries = (): readonly (readonly [path: string, method: string, operation: Operation])[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  );

interface Refused {
  readonly status: number;
  readonly error: unknown;
}
async function refusal(method: string, path: string, body?: string, headers = {}): Promise<Refused> {
  const sent = body === undefined ? { headers } : { body, headers: { ...JSON_TYPE, ...headers } };
  const response = await fetch(engine.url + path, { method, ...sent });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(answer).toMatchObject({ status: "error", message: expect.stringMatching(/./) as string });
  expect(answer["request_id"]).toBe(response.headers.get("x-request-id"));
  return { status: response.status, error: answer["error"] };
}

/** Their names are limits and versions, not fields. */
const BY_WHAT_THEY_ARE_OF = ["/risk/status.limits", "/strategies/{strategy_id}/traffic.versions"];

describe("every path", () => {
  it("answers HEAD as GET, without a body", async () => {
    for (const [path, method] of entries()) {
      if (method !== "get") continue;
      const got = await fetch(engine.url + addressOf(path));
      const head = await fetch(engine.url + addressOf(path), { method: "HEAD" });
      expect([path, head.status]).toEqual([path, got.status]);
      expect([path, head.headers.get("content-type")]).toEqual([path, got.headers.get("content-type")]);
      expect([path, await head.text()]).toEqual([path, ""]);
      await got.arrayBuffer();
    }
  });

  it("answers OPTIONS with 204 and another method with 405 that lists what it takes", async () => {
    for (const path of Object.keys(paths)) {
      const options = await fetch(engine.url + addressOf(path), { method: "OPTIONS" });
      expect([path, options.status, options.headers.get("access-control-allow-origin")]).toEqual([path, 204, "*"]);
      expect(await refusal("PATCH", addressOf(path))).toEqual({ status: 405, error: "method_not_allowed" });
    }
  });

  it("names its fields in snake case", async () => {
    const odd: string[] = [];
    const look = (value: unknown, where: string): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        const given = Array.isArray(value) || BY_WHAT_THEY_ARE_OF.includes(where);
        if (!given && !/^[a-z0-9_]+$/.test(name)) odd.push(`${where}.${name}`);
        look(inner, `${where}.${Array.isArray(value) ? "*" : name}`);
      }
    };
    for (const [path, method] of entries()) {
      if (method !== "get" || path === "/openapi.json") continue;
      const response = await fetch(engine.url + addressOf(path));
      const text = await response.text();
      if (response.headers.get("content-type") === "application/json") look(JSON.parse(text), path);
    }
    expect([...new Set(odd)]).toEqual([]);
  });
});

it("every list has pages of 1 to 500 items, and refuses other sizes and cursors that it did not give", async () => {
  const lists = entries().filter(
    ([, method, { parameters }]) => method === "get" && parameters?.some(({ name }) => name === "cursor"),
  );
  expect(lists.length).toBeGreaterThan(10);
  for (const [path] of lists) {
    if (path.includes("{") && !path.includes("{strategy_id}")) continue;
    const address = addressOf(path);
    for (const query of ["limit=0", "limit=501", "limit=-1", "limit=1.5", "limit=many", "cursor=abc!", "cursor=AAAA"])
      expect([path, query, await refusal("GET", `${address}?${query}`)]).toEqual([
        path,
        query,
        { status: 422, error: "validation_error" },
      ]);
    for (const limit of [1, 500]) {
      const answer = await engine.get(`${address}?limit=${limit}`);
      const [items = []] = Object.values(answer).filter(Array.isArray) as unknown[][];
      expect([path, answer["count"]]).toEqual([path, items.length]);
      expect([path, Object.hasOwn(answer, "next_cursor")]).toEqual([path, true]);
      expect(items.length).toBeLessThanOrEqual(limit);
    }
  }
});

const nested = (levels: number): string =>
  `{"strategy_name":"n","code":"x","parameters":${'{"a":'.repeat(levels - 1)}1${"}".repeat(levels - 1)}}`;
const of = (fields: object): string => JSON.stringify({ strategy_name: "n", code: "x", ...fields });
const long = (bytes: number): string => of({ code: "a".repeat(bytes) });
const ticks = (count: number): string =>
  JSON.stringify({ market_data: Array.from({ length: count }, () => ({ symbol: "BTCUSD", price: 50_000 })) });

describe("a body", () => {
  it.each([
    ["that is cut", "/strategies", '{"a":', 400, "json_decode_error"],
    ["with NaN", "/strategies", '{"a":NaN}', 400, "json_decode_error"],
    [
      "with Infinity in a tick",
      MARKET_DATA,
      '{"market_data":[{"symbol":"A","price":Infinity}]}',
      400,
      "json_decode_error",
    ],
    ["33 levels deep", "/strategies", nested(33), 400, "json_decode_error"],
    [
      "with a number beyond what is finite",
      "/strategies",
      of({ parameters: { a: 0 } }).replace("0", "1e400"),
      422,
      "validation_error",
    ],
    [
      "with a price beyond what is finite",
      MARKET_DATA,
      '{"market_data":[{"symbol":"A","price":1e400}]}',
      422,
      "validation_error",
    ],
    ["with a price in quotes", MARKET_DATA, '{"market_data":[{"symbol":"A","price":"5"}]}', 422, "validation_error"],
    [
      "with __proto__ in it",
      "/strategies",
      '{"strategy_name":"n","code":"x","parameters":{"a":[{"__proto__":1}]}}',
      422,
      "validation_error",
    ],
    [
      "with __proto__ in a tick",
      MARKET_DATA,
      '{"market_data":[{"symbol":"A","price":1,"__proto__":{}}]}',
      422,
      "validation_error",
    ],
    ["with too much code", "/strategies", long(262_145), 422, "validation_error"],
    ["above 1 MiB", "/strategies", long(1 << 20), 413, "payload_too_large"],
    ["with 10,001 ticks", MARKET_DATA, ticks(10_001), 413, "payload_too_large"],
    [
      "with a positive daily loss limit",
      "/strategies",
      of({ risk_limits: { daily_loss_limit: 5 } }),
      422,
      "validation_error",
    ],
    ["with bad ticks alone", MARKET_DATA, '{"market_data":[{"symbol":"A","price":-1}]}', 422, "validation_error"],
  ])("%s is refused", async (_, path, body, status, error) => {
    expect(await refusal("POST", path, body)).toEqual({ status, error });
  });

  it("at the limits is taken", async () => {
    for (const [path, body] of [
      ["/strategies", nested(31)],
      ["/strategies", long(262_144)],
      [MARKET_DATA, ticks(10_000)],
      [MARKET_DATA, '{"market_data":[]}'],
      [MARKET_DATA, '{"symbol":"BTCUSD","price":1}'],
    ] as const) {
      const response = await fetch(engine.url + path, { method: "POST", body, headers: JSON_TYPE });
      expect([path, body.slice(0, 60), response.status]).toEqual([path, body.slice(0, 60), 200]);
      await response.arrayBuffer();
    }
  });

  it("of another kind or compressed is 415, and an empty one is {} whatever it says it is", async () => {
    for (const path of ["/strategies", MARKET_DATA]) {
      const unsupported = { status: 415, error: "unsupported_media_type" };
      expect(await refusal("POST", path, "{}", { "content-type": "text/plain" })).toEqual(unsupported);
      expect(await refusal("POST", path, "{}", { "content-encoding": "gzip" })).toEqual(unsupported);
      const empty = await refusal("POST", path, "", { "content-type": "application/octet-stream" });
      expect(empty).toEqual({ status: 422, error: "validation_error" });
    }
  });
});

it("ids in paths are decoded once, and what no id can be is not found", async () => {
  const ask = async (id: string): Promise<string> => {
    const answer = await rawRequest(
      engine.port,
      `GET /strategies/${id} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    return answer.slice(9, 12);
  };
  expect(await ask(strategyId.replace("_", "%5F"))).toBe("200");
  expect(await ask(strategyId.replace("_", "%255F"))).toBe("404");
  for (const odd of ["x", "..%2f..%2fetc", "strat_zzzzzz", "strat_aaaaaa%2e"]) expect(await ask(odd)).toBe("404");
  expect(["400", "404"]).toContain(await ask("%00"));
});
