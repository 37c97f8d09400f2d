import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { failed, ok } from "../../../src/domain/result.ts";
import { StoreError } from "../../../src/store/store-error.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { HEALTHY } from "../../support/server/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { rawConnection, rawRequest } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";
import { approvedBuys } from "../../support/signals.ts";

const JSON_HEADERS = { "Content-Type": "application/json" };
const MARKET_DATA = "/api/strategy_engine/process_market_data";

async function post(
  url: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_HEADERS,
) {
  const response = await fetch(url, { method: "POST", headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("health", () => {
  it("answers with the engine's view, an id and CORS", async () => {
    const { http } = startServer();
    const response = await fetch(`${http}/health`, { headers: { "X-Request-Id": "abc-1" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(HEALTHY);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("x-request-id")).toBe("abc-1");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("is 503 when unhealthy and 200 when degraded", async () => {
    let status: "unhealthy" | "degraded" = "unhealthy";
    const { http } = startServer({ engine: { health: () => ({ ...HEALTHY, status }) } });
    expect((await fetch(`${http}/health`)).status).toBe(503);
    status = "degraded";
    expect((await fetch(`${http}/health`)).status).toBe(200);
  });

  it("is ready only when the engine is, and alive always", async () => {
    let ready = false;
    const { http } = startServer({ engine: { ready: () => ready } });
    expect((await fetch(`${http}/health/ready`)).status).toBe(503);
    expect((await fetch(`${http}/health/live`)).status).toBe(200);
    ready = true;
    expect((await fetch(`${http}/health/ready`)).status).toBe(200);
  });

  it("makes up a request id when the given one is not visible ASCII of at most 128 characters", async () => {
    const { http } = startServer();
    const response = await fetch(`${http}/health`, { headers: { "X-Request-Id": "a".repeat(129) } });
    expect(response.headers.get("x-request-id")).toMatch(/^req_[a-z0-9]{6,}$/);
  });
});

describe("text", () => {
  // A version of Node whose strings are sent as they lie in memory sends the first two as one byte a character.
  it.each(["é", "Größe µ", "é €", "日本"])("is UTF-8, of any characters: %s", async (said) => {
    const { http } = startServer();
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${http}/risk/resume`, { method: "POST", headers, body: JSON.stringify(said) });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toContain(said);
    expect(response.headers.get("content-length")).toBe(String(bytes.byteLength));
  });
});

describe("methods", () => {
  it("answers HEAD like GET without a body, and the connection stays usable", async () => {
    const { port } = startServer();
    const both = "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
    const answer = await rawRequest(port, both, `{"status":"ok"}`);
    const length = JSON.stringify(HEALTHY).length;
    expect(answer).toContain(`Content-Length: ${length}\r\n`);
    expect(answer.split("HTTP/1.1 200 OK")).toHaveLength(3);
    expect(answer).not.toContain("uptime_seconds");
  });

  it("answers OPTIONS with 204, the methods and CORS", async () => {
    const { http } = startServer();
    const response = await fetch(`${http}/risk/resume`, { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
  });

  it("answers another method with 405 and Allow", async () => {
    const { http } = startServer();
    const response = await fetch(`${http}/health`, { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect(await response.json()).toMatchObject({ status: "error", error: "method_not_allowed" });
  });

  it("answers an unknown path, method or broken escape with 404 in the error shape", async () => {
    const { http, port } = startServer();
    const response = await fetch(`${http}/nothing/here`);
    const body = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(404);
    expect(Object.keys(body)).toEqual(["status", "error", "message", "request_id"]);
    expect(await rawRequest(port, "GET /symbols/%zz HTTP/1.1\r\nHost: a\r\n\r\n", "}")).toContain("404 Not Found");
    expect(await rawRequest(port, "BREW /health HTTP/1.1\r\nHost: a\r\n\r\n", "}")).toContain("405 Method Not Allowed");
  });

  it("asks for an upgrade on a plain GET of the socket's path", async () => {
    const { http } = startServer();
    const response = await fetch(`${http}/ws`);
    expect(response.status).toBe(426);
    expect(response.headers.get("upgrade")).toBe("websocket");
  });
});

describe("bodies", () => {
  it("takes an empty body as {} whatever it says it is", async () => {
    const { http } = startServer();
    const stopped = await post(`${http}/risk/emergency-stop`, undefined, {
      "Content-Type": "application/octet-stream",
    });
    expect(stopped).toEqual({ status: 200, body: { status: "emergency_stopped", executions_stopped: 0 } });
    expect((await post(`${http}/risk/resume`, "")).body).toEqual({ status: "resumed" });
  });

  it("takes a reason of any length, and none, at the emergency stop and at its end", async () => {
    const { http } = startServer();
    for (const reason of ["a".repeat(513), null]) {
      const body = JSON.stringify({ reason });
      expect((await post(`${http}/risk/emergency-stop`, body)).status).toBe(200);
      expect((await post(`${http}/risk/resume`, body)).status).toBe(200);
    }
  });

  it("refuses other types, encodings and charsets with 415, and takes +json and none", async () => {
    const { http } = startServer();
    const url = `${http}/risk/resume`;
    expect((await post(url, "{}", { "Content-Type": "text/plain" })).status).toBe(415);
    expect((await post(url, "{}", { ...JSON_HEADERS, "Content-Encoding": "gzip" })).status).toBe(415);
    expect((await post(url, "{}", { "Content-Type": "application/json; charset=utf-16" })).status).toBe(415);
    expect((await post(url, "{}", { "Content-Type": "application/vnd.x+json; charset=UTF-8" })).status).toBe(200);
    expect((await post(url, new TextEncoder().encode("{}"), {})).status).toBe(200);
  });

  it("refuses what is not JSON with 400, and JSON that is wrong with 422", async () => {
    const { http } = startServer();
    const url = `${http}/risk/resume`;
    const notJson = ["{", "NaN", `{"reason":Infinity}`, `{"a":${"[".repeat(32)}${"]".repeat(32)}}`];
    for (const body of notJson)
      expect(await post(url, body)).toMatchObject({ status: 400, body: { error: "json_decode_error" } });
    expect((await post(url, Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).status).toBe(400);
    expect((await post(url, `{"a":${"[".repeat(31)}${"]".repeat(31)}}`)).status).toBe(200);
    const wrong = ["[]", "1", "null", `{"reason":5}`, `{"x":1e400}`, `{"x":{"__proto__":{}}}`];
    for (const body of wrong)
      expect(await post(url, body)).toMatchObject({ status: 422, body: { error: "validation_error" } });
    expect((await post(url, `{"x":[{"y":1e400}]}`)).body).toMatchObject({
      details: [{ field: "x[0].y", issue: "must be a finite number" }],
    });
  });

  it("refuses a body beyond its limit with 413 and keeps the connection", async () => {
    let counted = 0;
    const { http } = startServer({ engine: { marketDataTooLarge: () => (counted += 1) } });
    expect((await post(`${http}/risk/resume`, " ".repeat((1 << 20) + 1))).status).toBe(413);
    expect(counted).toBe(0);
    expect((await post(http + MARKET_DATA, " ".repeat(5 << 20))).body).toMatchObject({ error: "payload_too_large" });
    expect(counted).toBe(1);
    expect((await fetch(`${http}/health`)).status).toBe(200);
  });

  it("hands market data over as it came, with its encoding", async () => {
    const { http, engine } = startServer();
    const packed = Uint8Array.of(0x81, 0xa1, 0x61, 0x01);
    await post(http + MARKET_DATA, `{"market_data":[]}`);
    await post(http + MARKET_DATA, packed, { "Content-Type": "application/msgpack" });
    await post(http + MARKET_DATA, packed, { "Content-Type": "application/x-msgpack" });
    await post(http + MARKET_DATA);
    expect(engine.received.map(({ bytes, encoding }) => [Buffer.from(bytes).toString("latin1"), encoding])).toEqual([
      [`{"market_data":[]}`, "json"],
      ["\x81\xa1a\x01", "msgpack"],
      ["\x81\xa1a\x01", "msgpack"],
      ["{}", "json"],
    ]);
  });

  it("says that the store has no answer, and what to do, without a fault of the engine in its log", async () => {
    const lines: string[] = [];
    const log = createLog("error", { write: (line) => lines.push(line), flushSync: () => undefined });
    const failure = { code: "storage_unavailable", issue: "too many reads wait; send it again in a moment" } as const;
    const processMarketData = () => Promise.reject(new StoreError(failure, "too many reads wait"));
    const { http } = startServer({ server: { log }, engine: { processMarketData } });
    const answer = await post(http + MARKET_DATA, "{}");
    expect(answer).toMatchObject({ status: 503, body: { error: "storage_unavailable", message: failure.issue } });
    expect(lines).toEqual([]);
  });

  it("turns an engine's refusal and an engine's fault into the error shape", async () => {
    const lines: string[] = [];
    const log = createLog("error", { write: (line) => lines.push(line), flushSync: () => undefined });
    let broken = false;
    const { http } = startServer({
      server: { log },
      engine: {
        processMarketData: () => {
          if (broken) return Promise.reject(new Error("inner secret"));
          return Promise.resolve(failed({ code: "overloaded", what: "the event ring" }));
        },
        summary: () => {
          throw new Error("inner secret");
        },
      },
    });
    expect(await post(http + MARKET_DATA, "{}")).toMatchObject({ status: 503, body: { error: "overloaded" } });
    broken = true;
    const answer = await post(http + MARKET_DATA, "{}");
    expect(answer).toMatchObject({ status: 500, body: { error: "internal_error" } });
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect((await fetch(`${http}/api/strategy_engine/summary`)).status).toBe(500);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(answer.body["request_id"] as string);
  });
});

describe("metrics", () => {
  it("is JSON by default and text when asked for", async () => {
    const { http } = startServer();
    const type = async (path: string, accept?: string) => {
      const response = await fetch(http + path, accept === undefined ? {} : { headers: { Accept: accept } });
      return response.headers.get("content-type");
    };
    const exposition = "text/plain; version=0.0.4; charset=utf-8";
    expect(await type("/metrics")).toBe("application/json");
    expect(await type("/metrics", "application/json")).toBe("application/json");
    expect(await type("/metrics", "text/plain")).toBe(exposition);
    expect(await type("/metrics?format=prometheus")).toBe(exposition);
    expect(await type("/metrics?format=json", "text/plain")).toBe("application/json");
    expect(await type("/metrics/prometheus")).toBe(exposition);
    expect((await fetch(`${http}/metrics?format=xml`)).status).toBe(422);
  });
});

describe("lists", () => {
  it("pages through signals without doubles while new ones arrive", async () => {
    const { http, engine } = startServer();
    engine.archive.append(approvedBuys(1, 120));
    const first = (await (await fetch(`${http}/signals`)).json()) as {
      signals: { id: string }[];
      count: number;
      next_cursor: string;
    };
    expect([first.count, first.signals.length]).toEqual([50, 50]);
    engine.archive.append(approvedBuys(121, 30));
    const ids = first.signals.map(({ id }) => id);
    let cursor: string | null = first.next_cursor;
    while (cursor !== null) {
      const page = (await (await fetch(`${http}/signals?limit=40&cursor=${cursor}`)).json()) as typeof first;
      ids.push(...page.signals.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(ids).toEqual([...approvedBuys(1, 120)].map(({ id }) => id).reverse());
  });

  it("names every bad value of a query", async () => {
    const { http } = startServer();
    const response = await fetch(`${http}/signals?limit=0&tier=slow&min_confidence=2&since=x&family=none`);
    expect(response.status).toBe(422);
    const { details } = (await response.json()) as { details: { field: string }[] };
    expect(details.map(({ field }) => field).sort()).toEqual(["family", "limit", "min_confidence", "since", "tier"]);
    for (const query of ["limit=501", "limit=1.5", "limit=", "cursor=abc"]) {
      expect((await fetch(`${http}/signals?${query}`)).status).toBe(422);
    }
  });

  it("pages through symbols, newest first, and finds one of them", async () => {
    const { http } = startServer();
    const page = (await (await fetch(`${http}/symbols?limit=100`)).json()) as {
      symbols: { symbol: string }[];
      next_cursor: string;
    };
    expect(page.symbols[0]?.symbol).toBe("SYM119");
    const rest = (await (await fetch(`${http}/symbols?limit=100&cursor=${page.next_cursor}`)).json()) as typeof page;
    expect([rest.symbols.length, rest.symbols[19]?.symbol, rest.next_cursor]).toEqual([20, "SYM0", null]);
    expect(await (await fetch(`${http}/symbols/sym7`)).json()).toMatchObject({ symbol: "SYM7" });
    expect((await fetch(`${http}/symbols/${encodeURIComponent("NO/SUCH")}`)).status).toBe(404);
    expect((await fetch(`${http}/symbols/${encodeURIComponent("../etc")}`)).status).toBe(404);
  });
});

describe("ports", () => {
  it("serves the same routes on the compatibility port", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => free.once("listening", resolve));
    const address = free.address();
    const compatPort = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => free.close(resolve));
    const { server } = startServer({ server: { compatPort } });
    expect(server.ports).toHaveLength(2);
    expect((await fetch(`http://127.0.0.1:${compatPort}/health`)).status).toBe(200);
  });

  it("goes on with a warning when the compatibility port is taken", async () => {
    const lines: string[] = [];
    const log = createLog("warn", { write: (line) => lines.push(line), flushSync: () => undefined });
    const first = startServer();
    const second = startServer({ server: { compatPort: first.port, log } });
    expect(second.server.ports).toHaveLength(1);
    expect(lines.join()).toContain(`port ${first.port} (COMPAT_PORT) is taken`);
    expect((await fetch(`${second.http}/health`)).status).toBe(200);
  });

  it("says which port is taken instead of starting", () => {
    const first = startServer();
    expect(() => startServer({ server: { port: first.port } })).toThrow(String(first.port));
  });
});

describe("shutdown", () => {
  it("begins nothing that changes something on connections that are kept, and still answers who reads", async () => {
    let asked: () => void = () => undefined;
    let finish: () => void = () => undefined;
    const working = new Promise<void>((resolve) => (asked = resolve));
    const { port, server } = startServer({
      engine: {
        metricsText: async () => {
          asked();
          await new Promise<void>((resolve) => (finish = resolve));
          return "late";
        },
      },
    });
    const slow = await rawConnection(port);
    const kept = await rawConnection(port);
    kept.socket.write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
    await kept.contains(`{"status":"ok"}`);
    slow.socket.write("GET /metrics/prometheus HTTP/1.1\r\nHost: a\r\n\r\n");
    await working;
    const closed = server.close();
    for (const path of ["/feature-flags/x", "/strategies/strat_abc123?force=true", "/backtests/bt_abc123"]) {
      const before = kept.text().length;
      kept.socket.write(`DELETE ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await kept.contains("shutting_down");
      const answer = await eventually(
        () => kept.text().slice(before),
        (text) => text.endsWith("}"),
      );
      expect([path, answer.slice(9, 12)]).toEqual([path, "503"]);
      expect(answer).toContain(`"error":"shutting_down"`);
    }
    kept.socket.write("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
    await kept.contains("api_version");
    finish();
    await slow.contains("late");
    await closed;
  });

  it("lets an answer under way finish, and takes no new connection", async () => {
    let release: () => void = () => undefined;
    const begun = new Promise<void>((resolveBegun) => {
      release = resolveBegun;
    });
    let finish: () => void = () => undefined;
    const { http, server } = startServer({
      engine: {
        processMarketData: async () => {
          release();
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          return ok({
            strategies_applied: 0,
            processed: 0,
            rejected: 0,
            errors: [],
            signals: [],
            processing_time_ms: 0,
          });
        },
      },
    });
    const answer = post(http + MARKET_DATA, "{}");
    await begun;
    const closed = server.close();
    await expect(fetch(`${http}/health`)).rejects.toThrow();
    finish();
    expect((await answer).status).toBe(200);
    await closed;
  });
});
