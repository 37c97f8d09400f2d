// The REST side of the client against a real server.
import { createServer } from "node:http";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { OPERATIONS, RestClient, type ResponseOf } from "../../../src/client/client.ts";
import { ALSO_ANSWERED } from "../../../src/client/operations.ts";
import { approvedBuys } from "../../support/signals.ts";
import { startServer } from "../../support/server/start.ts";

async function valueOf<T>(outcome: Promise<{ ok: true; value: T } | { ok: false; failure: unknown }>): Promise<T> {
  const settled = await outcome;
  if (!settled.ok) throw new Error(JSON.stringify(settled.failure));
  return settled.value;
}

describe("operations", () => {
  it("are those of the contract, with its methods and paths", async () => {
    const folder = new URL("../../../src/server/contract/", import.meta.url);
    const declared: Record<string, string> = {};
    const also: Record<string, readonly number[]> = {};
    for (const file of readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith(".js"))) {
      const all = (await import(new URL(file, folder).href)) as Record<string, unknown>;
      for (const [name, one] of Object.entries(all)) {
        if (typeof one !== "object" || one === null || !("method" in one && "path" in one)) continue;
        declared[name] = `${String(one.method)} ${String(one.path)}`;
        const statuses = "alsoStatus" in one ? Object.keys(one.alsoStatus as object).map(Number) : [];
        if (statuses.length > 0) also[name] = statuses;
      }
    }
    const { getAsset, getDashboardFile, getDocs, getHome, getWebSocket, ...called } = declared;
    expect([getAsset, getDashboardFile, getDocs, getHome, getWebSocket]).toEqual([
      "GET /docs/{asset}",
      "GET /dashboard/{file}",
      "GET /docs",
      "GET /",
      "GET /ws",
    ]);
    expect(OPERATIONS).toEqual(called);
    expect(ALSO_ANSWERED).toEqual(also);
  });

  it("fill in the path and the query, and give the answer with its type", async () => {
    const { http, engine } = startServer();
    engine.archive.append(approvedBuys(1, 30, ["AAA", "BBB"]));
    const rest = new RestClient({ url: http });
    const page = await valueOf(rest.call("listSignals", { query: { symbol: "AAA", limit: 5 } }));
    expectTypeOf(page.signals[0]!.confidence).toEqualTypeOf<number>();
    expect(page.signals.map(({ symbol }) => symbol)).toEqual(Array(5).fill("AAA"));
    const symbol = await valueOf(rest.call("getSymbol", { params: { symbol: "SYM7" } }));
    expect(symbol.symbol).toBe("SYM7");
    expect((await valueOf(rest.call("getVersion"))).api_version).toBe("1");
    expect(await valueOf(rest.call("getPrometheus"))).toContain("# HELP");
    expectTypeOf<ResponseOf<"getHealth">["status"]>().toEqualTypeOf<"healthy" | "degraded" | "unhealthy">();
  });

  it("give the health of an engine that is not well, and of nobody else", async () => {
    const answers = [
      { status: "unhealthy", uptime_seconds: 7 },
      { error: "shutting_down", message: "it ends" },
    ];
    const server = createServer((_, response) => {
      response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify(answers.shift() ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { readonly port: number };
    const rest = new RestClient({ url: `http://127.0.0.1:${port}` });
    expect(await rest.call("getHealth")).toMatchObject({ ok: true, value: { status: "unhealthy" } });
    expect(await rest.call("getHealth")).toMatchObject({ ok: false, failure: { code: "refused" } });
    expect(await rest.call("getVersion")).toMatchObject({ ok: false, failure: { code: "not_the_engine" } });
  });

  it("send a body as JSON", async () => {
    const { http, engine } = startServer();
    const market = { market_data: [{ symbol: "BTCUSD", price: 50_000 }] };
    const outcome = await valueOf(new RestClient({ url: http }).call("processMarketData", { body: market }));
    expect(outcome.processed).toBe(1);
    expect(JSON.parse(Buffer.from(engine.received[0]!.bytes).toString())).toEqual(market);
  });
});

describe("failures are values", () => {
  it("a refusal says what, where and under which request", async () => {
    const { http } = startServer();
    const rest = new RestClient({ url: http });
    expect(await rest.call("getSymbol", { params: { symbol: "NONE/../x" } })).toMatchObject({
      ok: false,
      failure: {
        code: "refused",
        status: 404,
        error: "not_found",
        requestId: expect.stringMatching(/^req_/) as unknown,
      },
    });
    const refused = await rest.call("listSignals", { query: { limit: 0 } });
    expect(refused).toMatchObject({ failure: { error: "validation_error", details: [{ field: "limit" }] } });
  });

  it("an engine that is away, a timeout, a caller that gave up, and an address of something else", async () => {
    const { http, server } = startServer({
      engine: { metricsText: () => new Promise<string>(() => undefined) },
      server: { drainMs: 1 },
    });
    const rest = new RestClient({ url: http });
    expect(await rest.call("getPrometheus", { timeoutMs: 50 })).toEqual({
      ok: false,
      failure: { code: "timeout", ms: 50 },
    });
    const caller = new AbortController();
    const waiting = rest.call("getPrometheus", { signal: caller.signal });
    caller.abort();
    expect(await waiting).toEqual({ ok: false, failure: { code: "aborted" } });
    await server.close();
    expect(await rest.call("getHealth")).toMatchObject({ ok: false, failure: { code: "unreachable" } });
    const other = createServer((_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    expect(await new RestClient({ url: `http://127.0.0.1:${port}` }).call("getHealth")).toEqual({
      ok: false,
      failure: { code: "not_the_engine", status: 502, message: "<h1>" },
    });
  });
});
