// The declarations against a running engine: what is declared is answered, and every error that is declared can be met.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorBody, statusOfCode } from "../../../src/server/contract/errors.ts";
import { faultsOf } from "../../../src/server/contract/check.ts";
import { readsBody } from "../../../src/server/contract/endpoint.ts";
import { exampleOf } from "../../../src/server/contract/example.ts";
import { failed } from "../../../src/domain/result.ts";
import { declaredEndpoints, nameOf } from "../../support/contract/declarations.ts";
import { wrongWith } from "../../support/contract/judge.ts";
import { JSON_TYPE, pathOf, Stage } from "../../support/contract/stage.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { startServer } from "../../support/server/start.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";
import type { ErrorCode } from "../../../src/server/contract/errors.ts";

const endpoints = await declaredEndpoints();
const BODY_BYTES = 1 << 20;
const MARKET_DATA_BYTES = 4 << 20;

let engine: EngineProcess;
let stage: Stage;

beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64" });
  stage = new Stage(engine.url);
  await stage.fill();
});
afterAll(() => engine.kill());

interface Answer {
  readonly status: number;
  readonly error: ErrorCode | undefined;
  readonly fields: readonly string[];
  readonly message: string;
  readonly wrong: readonly string[];
}

async function call(
  endpoint: Endpoint,
  path: string,
  init: RequestInit = {},
  method: string = endpoint.method,
): Promise<Answer> {
  const response = await fetch(engine.url + path, { ...init, method });
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  const wrong = wrongWith(endpoint, response.status, contentType, text);
  if (response.status === 200) return { status: 200, error: undefined, fields: [], message: "", wrong };
  const body = JSON.parse(text) as { error: ErrorCode; message: string; details?: { field: string }[] };
  const fields = body.details?.map(({ field }) => field) ?? [];
  return { status: response.status, error: body.error, fields, message: body.message, wrong };
}

function sent(body: unknown): RequestInit {
  return { body: JSON.stringify(body), headers: JSON_TYPE };
}

/** With the body that succeeds, where one is read. */
async function good(endpoint: Endpoint): Promise<{ readonly path: string; readonly init: RequestInit }> {
  const { path, body } = await stage.ask(endpoint);
  return { path, init: readsBody(endpoint) ? sent(body) : {} };
}

/**
 * What the declaration's example lacks here, and how that is said: a run that is done, a version named in the
 * body, a venue, a search under way.
 */
const OTHERWISE_MISSING: Readonly<Record<string, ErrorCode>> = {
  "GET /backtests/{backtest_id}/tearsheet": "invalid_state",
  "PUT /strategies/{strategy_id}/traffic": "validation_error",
  "POST /venue/reconcile": "conflict",
  "POST /learning/search/cancel": "conflict",
};

describe("a request as the declaration shows it", () => {
  it("is answered as declared by every endpoint that works", async () => {
    const reached: string[] = [];
    for (const endpoint of endpoints.filter(({ path }) => path !== "/ws")) {
      const { path, init } = await good(endpoint);
      const { status, error, wrong, message } = await call(endpoint, path, init);
      expect(wrong).toEqual([]);
      // What cannot be made by a single request before is not there: then it says so.
      const name = nameOf(endpoint);
      const missing = OTHERWISE_MISSING[name] ?? "not_found";
      if (status !== 200) expect([name, error, message]).toEqual([name, missing, message]);
      else reached.push(name);
    }
    expect(reached).toContain("POST /api/strategy_engine/process_market_data");
    expect(reached).toContain("POST /strategies/{strategy_id}/resume");
    expect(reached.length).toBeGreaterThan(30);
  });
});

describe("every endpoint that works refuses", () => {
  it("an id that breaks its pattern, and one that nobody has: 404", async () => {
    for (const endpoint of endpoints.filter(({ params }) => Object.keys(params.properties ?? {}).length > 0)) {
      const names = Object.keys(endpoint.params.properties ?? {});
      const broken = pathOf(endpoint, Object.fromEntries(names.map((name) => [name, "!x"])));
      const ids = names.map((name) => [
        name,
        name === "symbol" ? "NOBODY" : `${(exampleOf(endpoint.params) as Record<string, string>)[name] ?? ""}zzz`,
      ]);
      const unknown = pathOf(endpoint, Object.fromEntries(ids) as Record<string, string>);
      const makes = endpoint.method === "PUT" && !/strategy|symbol/.test(endpoint.path);
      for (const path of makes ? [broken] : [broken, unknown]) {
        const answer = await call(endpoint, path, readsBody(endpoint) ? sent({}) : {});
        expect([nameOf(endpoint), path, answer.error, answer.wrong]).toEqual([nameOf(endpoint), path, "not_found", []]);
      }
    }
  });

  it("a query value that is none of its kind: 422 that names it", async () => {
    for (const endpoint of endpoints) {
      for (const [name, field] of Object.entries(endpoint.query.properties ?? {})) {
        if (field.type === "string" && field.enum === undefined && field.maxLength === undefined && !field.pattern)
          continue;
        const { path, init } = await good(endpoint);
        const answer = await call(endpoint, `${path}?${name}=${encodeURIComponent("?".repeat(300))}`, init);
        expect([nameOf(endpoint), answer.status, answer.fields, answer.wrong]).toEqual([
          nameOf(endpoint),
          422,
          [name],
          [],
        ]);
      }
    }
  });

  it("a body without a required field, and one with a field of another type: 422 that names it", async () => {
    for (const endpoint of endpoints.filter(({ body, takesMarketData }) => body !== null && !takesMarketData)) {
      const { path, body } = await stage.ask(endpoint);
      const given = body as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(endpoint.body?.properties ?? {})) {
        const odd = await call(endpoint, path, sent({ ...given, [name]: [[]] }));
        expect([nameOf(endpoint), name, odd.status, odd.wrong]).toEqual([nameOf(endpoint), name, 422, []]);
        expect(odd.fields.every((field) => field.startsWith(name))).toBe(true);
        if (endpoint.body?.required?.includes(name) !== true) continue;
        const { [name]: _, ...rest } = given;
        const without = await call(endpoint, path, sent(rest));
        expect([name, without.status, without.fields, without.wrong]).toEqual([name, 422, [name], []]);
        expect(without.message).toContain(`${name} is required and must be `);
      }
    }
  });

  it("a body that is no JSON object, of another kind, or too long: 400, 415, 413, 422", async () => {
    for (const endpoint of endpoints.filter(readsBody)) {
      const { path } = await stage.ask(endpoint);
      const most = endpoint.takesMarketData ? MARKET_DATA_BYTES : BODY_BYTES;
      const deep = `${'{"a":'.repeat(40)}1${"}".repeat(40)}`;
      const cases: readonly (readonly [ErrorCode, BodyInit, Record<string, string>])[] = [
        ["json_decode_error", '{"a":', JSON_TYPE],
        ["json_decode_error", '{"a":NaN}', JSON_TYPE],
        ["json_decode_error", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), JSON_TYPE],
        ["json_decode_error", deep, JSON_TYPE],
        ["unsupported_media_type", "{}", { "Content-Type": "text/plain" }],
        ["unsupported_media_type", "{}", { ...JSON_TYPE, "Content-Encoding": "gzip" }],
        ["payload_too_large", `{"a":"${"x".repeat(most)}"}`, JSON_TYPE],
        ["validation_error", '{"__proto__":{"a":1}}', JSON_TYPE],
        ["validation_error", '{"a":1e400}', JSON_TYPE],
      ];
      for (const [code, body, headers] of cases) {
        if (endpoint.takesMarketData && code === "validation_error") continue;
        const answer = await call(endpoint, path, { body, headers });
        expect([nameOf(endpoint), code, answer.error, answer.wrong]).toEqual([nameOf(endpoint), code, code, []]);
        expect(answer.status).toBe(statusOfCode(code));
      }
    }
  });

  it("another method: 405", async () => {
    for (const endpoint of endpoints) {
      const path = pathOf(endpoint, exampleOf(endpoint.params) as Record<string, string>);
      const answer = await call(endpoint, path, {}, "PATCH");
      expect([answer.status, answer.error]).toEqual([405, "method_not_allowed"]);
    }
  });
});

describe("every failure", () => {
  // Those that need an engine in trouble: the port of the engine is filled with them.
  const failures: readonly Failure[] = [
    { code: "overloaded", what: "the event ring" },
    { code: "capacity_exceeded", what: "symbols", limit: 4, setting: "MAX_SYMBOLS" },
    { code: "storage_full" },
    { code: "storage_unavailable" },
    { code: "shutting_down" },
    { code: "restarting" },
    { code: "internal_error" },
  ];

  it.each(failures)("$code has its status and the body of errors", async (failure) => {
    const engine = { processMarketData: () => Promise.resolve(failed(failure)) };
    const { http } = startServer({ engine });
    const response = await fetch(`${http}/api/strategy_engine/process_market_data`, { method: "POST" });
    expect(response.status).toBe(statusOfCode(failure.code));
    const body = (await response.json()) as { error: string };
    expect(faultsOf(errorBody, body)).toEqual([]);
    expect(body.error).toBe(failure.code);
  });
});
