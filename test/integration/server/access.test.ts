// Keys, roles, tokens and limits at a real door.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import { KeyGuard } from "../../../src/server/guards/guard.ts";
import { accessBy } from "../../../src/server/live/access.ts";
import { loadGuard, type GuardSettings } from "../../../src/server/guards/load-guard.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { Client } from "../../support/server/client.ts";
import { rawConnection, rawRequest } from "../../support/server/raw.ts";
import { startServer, type Running } from "../../support/server/start.ts";

const READ = "reader-0123456789";
const WRITE = "writer-0123456789";
const SECRET = "a secret of thirty-two characters";
const OFF: GuardSettings = {
  apiKeys: [],
  jwtSecret: null,
  jwtJwksFile: null,
  jwtIssuer: null,
  jwtAudience: null,
  jwtRoleClaim: "role",
};

function withKeys(rateLimitPerMinute = 0): Running {
  return startServer({ server: { guard: KeyGuard.of([`${READ}:read`, WRITE]), rateLimitPerMinute } });
}

function withTokens(changes: Partial<GuardSettings>): Running {
  const guard = loadGuard({ ...OFF, ...changes }, () => Date.now());
  if (!guard.ok) throw new Error(guard.failure);
  return startServer({ server: { guard: guard.value } });
}

function ask(http: string, path: string, headers: Record<string, string>, method = "GET"): Promise<Response> {
  return fetch(`${http}${path}`, { method, headers });
}

async function statusOf(http: string, token: string, method = "GET"): Promise<number> {
  const path = method === "GET" ? "/symbols" : "/risk/resume";
  return (await ask(http, path, { authorization: `Bearer ${token}` }, method)).status;
}

function token(claims: Record<string, unknown>, secret = SECRET): Promise<string> {
  return new SignJWT({ role: "read", ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("alice")
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(secret));
}

describe("with keys", () => {
  it("refuses who shows none or a wrong one, and says how to show one", async () => {
    const { http } = withKeys();
    const shown: Record<string, string>[] = [
      {},
      { "x-api-key": "unknown-0123456789" },
      { "x-api-key": "" },
      { authorization: "Bearer unknown-0123456789" },
      { authorization: `Basic ${WRITE}` },
      { "x-api-key": `${WRITE}:write` },
      { "x-api-key": WRITE.slice(0, -1) },
    ];
    for (const headers of shown) {
      const response = await ask(http, "/symbols", headers);
      expect(response.status, JSON.stringify(headers)).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm=/);
      expect(await response.json()).toMatchObject({ status: "error", error: "unauthorized" });
    }
  });

  it("takes a key in either header", async () => {
    const { http } = withKeys();
    expect((await ask(http, "/symbols", { "x-api-key": READ })).status).toBe(200);
    expect((await ask(http, "/symbols", { authorization: `Bearer ${READ}` })).status).toBe(200);
    expect((await ask(http, "/symbols", { authorization: `bearer  ${WRITE}` })).status).toBe(200);
  });

  it("lets a read key read, and change nothing", async () => {
    const { http, engine } = withKeys();
    const path = "/api/strategy_engine/process_market_data";
    const refused = await ask(http, path, { "x-api-key": READ }, "POST");
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: "forbidden" });
    expect((await ask(http, "/instruments/SYM1", { "x-api-key": READ }, "PUT")).status).toBe(403);
    expect((await ask(http, "/strategies/strat_1", { "x-api-key": READ }, "DELETE")).status).toBe(403);
    expect((await ask(http, "/symbols", { "x-api-key": READ }, "HEAD")).status).toBe(200);
    expect(engine.received).toHaveLength(0);
    expect((await ask(http, path, { "x-api-key": WRITE }, "POST")).status).toBe(200);
    expect(engine.received).toHaveLength(1);
  });

  it("keeps the open pages open, to whoever comes and whatever is shown", async () => {
    const { http } = withKeys();
    for (const path of ["/", "/docs", "/health", "/health/live", "/health/ready", "/version"]) {
      expect((await ask(http, path, {})).status, path).toBe(200);
      expect((await ask(http, path, { "x-api-key": "unknown-0123456789" })).status, path).toBe(200);
    }
    expect((await ask(http, "/openapi.json", {})).status).not.toBe(401);
  });

  it("tells strangers nothing of what exists", async () => {
    const { port, http } = withKeys();
    for (const path of ["/nothing", "/symbols/NONE", "/healthy", "/docsx", "/metrics"]) {
      expect((await ask(http, path, {})).status, path).toBe(401);
    }
    for (const path of [
      "/docs/../symbols",
      "/dashboard/../symbols",
      "/%64ocs/../symbols",
      "//symbols",
      "/health/../symbols",
    ]) {
      const answer = await rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, "}");
      expect(answer, path).toMatch(/^HTTP\/1.1 40[14] /);
    }
  });

  it("answers a browser's question before a request without a key", async () => {
    const { http } = withKeys();
    const response = await ask(http, "/strategies", {}, "OPTIONS");
    expect(response.status).toBe(204);
    const allowed = response.headers.get("access-control-allow-headers") ?? "";
    for (const name of ["X-API-Key", "Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"]) {
      expect(allowed).toContain(name);
    }
    expect(response.headers.get("access-control-allow-methods")).toContain("PUT");
  });

  it("shows a browser the headers that matter", async () => {
    const { http } = withKeys();
    const exposed = (await ask(http, "/symbols", {})).headers.get("access-control-expose-headers") ?? "";
    for (const name of ["X-Request-Id", "Retry-After", "RateLimit-Remaining", "Idempotency-Replayed"]) {
      expect(exposed).toContain(name);
    }
  });
});

describe("with tokens", () => {
  it("takes a good one at once and again, with the role of its claim", async () => {
    const { http } = withTokens({ jwtSecret: SECRET });
    const [reader, writer] = [await token({}), await token({ role: ["read", "write"] })];
    expect([await statusOf(http, reader), await statusOf(http, reader)]).toEqual([200, 200]);
    expect([await statusOf(http, reader, "POST"), await statusOf(http, reader, "POST")]).toEqual([403, 403]);
    expect([await statusOf(http, writer, "POST"), await statusOf(http, writer, "POST")]).toEqual([200, 200]);
  });

  it("receives a body while a new one is checked", async () => {
    const { http, engine } = withTokens({ jwtSecret: SECRET });
    const body = JSON.stringify({ market_data: "x".repeat(300_000) });
    const response = await fetch(`${http}/api/strategy_engine/process_market_data`, {
      method: "POST",
      headers: { authorization: `Bearer ${await token({ role: "write" })}` },
      body: new TextEncoder().encode(body),
    });
    expect(response.status).toBe(200);
    expect(Buffer.from(engine.received[0]?.bytes ?? []).toString()).toBe(body);
  });

  it("refuses who shows a bad one before its body is there, and forgets what came of it", async () => {
    const { port, engine } = withTokens({ jwtSecret: SECRET });
    const { socket, contains, text } = await rawConnection(port);
    const head = "POST /api/strategy_engine/process_market_data HTTP/1.1\r\nHost: a\r\n";
    socket.write(`${head}Authorization: Bearer a.b.c\r\nContent-Length: 19\r\n\r\n{"market`);
    expect(await contains("}")).toMatch(/^HTTP\/1.1 401 /);
    socket.write(`_data":[]} ${head}X-API-Key: a.b.c\r\nContent-Length: 0\r\n\r\n`);
    await eventually(text, (all) => all.split("HTTP/1.1 401 ").length === 3);
    expect(engine.received).toHaveLength(0);
  });

  it("refuses every other one", async () => {
    const { http } = withTokens({ jwtSecret: SECRET, jwtIssuer: "me", jwtAudience: "engine" });
    const good = { iss: "me", aud: "engine" };
    expect(await statusOf(http, await token(good))).toBe(200);
    const unsigned = [{ alg: "none" }, { ...good, sub: "a", role: "write", exp: 9_999_999_999 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const header = { alg: "HS256" };
    const key = new TextEncoder().encode(SECRET);
    const bad: Record<string, string> = {
      "another secret": await token(good, `${SECRET}!`),
      "another audience": await token({ ...good, aud: "other" }),
      "another issuer": await token({ ...good, iss: "you" }),
      "no audience": await token({ iss: "me" }),
      expired: await new SignJWT({ ...good, role: "write", exp: 1_000 })
        .setProtectedHeader(header)
        .setSubject("a")
        .sign(key),
      "without an end": await new SignJWT({ ...good, role: "write" })
        .setProtectedHeader(header)
        .setSubject("a")
        .sign(key),
      "without a subject": await new SignJWT({ ...good, role: "write" })
        .setProtectedHeader(header)
        .setExpirationTime("5m")
        .sign(key),
      "not yet": await token({ ...good, nbf: Math.floor(Date.now() / 1_000) + 600 }),
      "without a role": await token({ ...good, role: "admin" }),
      unsigned: `${unsigned}.`,
      "unsigned with a signature": `${unsigned}.AAAA`,
      HS512: await new SignJWT({ ...good, role: "write" })
        .setProtectedHeader({ alg: "HS512" })
        .setSubject("a")
        .setExpirationTime("5m")
        .sign(key),
    };
    for (const [name, text] of Object.entries(bad)) expect(await statusOf(http, text), name).toBe(401);
  });

  it("refuses a kept one as soon as it has ended", async () => {
    let now = Date.now();
    const guard = loadGuard({ ...OFF, jwtSecret: SECRET }, () => now);
    if (!guard.ok) throw new Error(guard.failure);
    const { http } = startServer({ server: { guard: guard.value } });
    const text = await token({});
    expect(await statusOf(http, text)).toBe(200);
    now += 299_000;
    expect(await statusOf(http, text)).toBe(200);
    now += 2_000;
    expect(await statusOf(http, text)).toBe(401);
  });

  it("takes those of a JWKS file, and never its public key as a secret", async () => {
    const folder = mkdtempSync(join(tmpdir(), "jwks-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const file = join(folder, "keys.json");
    writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }));
    const { http } = withTokens({ jwtJwksFile: file, jwtAudience: "engine", jwtRoleClaim: "scope" });
    const sign = (key: typeof privateKey): Promise<string> =>
      new SignJWT({ scope: "openid write" })
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .setSubject("bob")
        .setAudience("engine")
        .setExpirationTime("5m")
        .sign(key);
    expect(await statusOf(http, await sign(privateKey), "POST")).toBe(200);
    expect(await statusOf(http, await sign(stranger.privateKey), "POST")).toBe(401);
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(await statusOf(http, await token({ scope: "write", aud: "engine" }, pem))).toBe(401);
  });

  it("works beside keys", async () => {
    const { http } = withTokens({ jwtSecret: SECRET, apiKeys: [READ] });
    expect(await statusOf(http, READ)).toBe(200);
    expect(await statusOf(http, await token({}))).toBe(200);
  });

  it("does not start with a JWKS file that cannot be used", () => {
    const folder = mkdtempSync(join(tmpdir(), "jwks-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "keys.json");
    for (const content of [null, "{", "{}", `{"keys":[]}`]) {
      if (content !== null) writeFileSync(file, content);
      const guard = loadGuard({ ...OFF, jwtJwksFile: file, jwtAudience: "engine" }, () => 0);
      expect(guard).toMatchObject({ ok: false, failure: expect.stringContaining("JWT_JWKS_FILE") as string });
    }
  });
});

describe("a socket", () => {
  const subscribe = { op: "subscribe", id: 1, channel: "signals" };

  it("with a token that is seen for the first time is served in the order of its requests", async () => {
    const guard = loadGuard({ ...OFF, jwtSecret: SECRET }, () => Date.now());
    if (!guard.ok) throw new Error(guard.failure);
    const { ws } = startServer({ live: { access: accessBy(guard.value) } });
    const client = await Client.ready(ws);
    client.send({ op: "auth", id: 0, api_key: await token({}) });
    client.send(subscribe);
    client.send({ op: "ping", id: 2 });
    expect(await client.take(3)).toMatchObject([
      { type: "authenticated", role: "read" },
      { type: "subscribed" },
      { type: "pong" },
    ]);
    const query = await Client.ready(`${ws}?api_key=${await token({ role: "write" })}`);
    expect(await query.ask(subscribe)).toMatchObject({ type: "subscribed" });
  });

  it("with a bad token is closed with 4001, and what it asked meanwhile gets nothing", async () => {
    const guard = loadGuard({ ...OFF, jwtSecret: SECRET, apiKeys: [READ] }, () => Date.now());
    if (!guard.ok) throw new Error(guard.failure);
    const { ws, live } = startServer({ live: { access: accessBy(guard.value) } });
    const client = await Client.ready(`${ws}?api_key=${await token({}, `${SECRET}!`)}`);
    client.send(subscribe);
    expect(await client.next()).toMatchObject({ code: "auth_failed", fatal: true });
    expect((await client.closed).code).toBe(4001);
    expect(live.stats().connections).toBe(0);
    const known = await Client.ready(`${ws}?api_key=${READ}`);
    expect(await known.ask(subscribe)).toMatchObject({ type: "subscribed" });
  });
});

describe("with a limit", () => {
  const limits = (response: Response): readonly (string | null)[] =>
    ["limit", "remaining"].map((name) => response.headers.get(`ratelimit-${name}`));

  it("counts down on every answer and then refuses, saying when to come again", async () => {
    const { http } = startServer({ server: { rateLimitPerMinute: 3 } });
    expect(limits(await ask(http, "/symbols", {}))).toEqual(["3", "2"]);
    expect(limits(await ask(http, "/nothing", {}))).toEqual(["3", "1"]);
    expect(limits(await ask(http, "/risk/resume", {}, "POST"))).toEqual(["3", "0"]);
    const refused = await ask(http, "/symbols", {});
    expect(refused.status).toBe(429);
    expect(limits(refused)).toEqual(["3", "0"]);
    expect(Number(refused.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: "rate_limited" });
  });

  it("never counts or refuses /health", async () => {
    const { http } = startServer({ server: { rateLimitPerMinute: 1 } });
    for (let round = 0; round < 5; round += 1) {
      for (const path of ["/health", "/health/live"]) expect((await ask(http, path, {})).status).toBe(200);
    }
    expect((await ask(http, "/symbols", {})).status).toBe(200);
    expect((await ask(http, "/symbols", {})).status).toBe(429);
    expect((await ask(http, "/health", {})).status).toBe(200);
  });

  it("never holds up the emergency stop of who may press it, and counts everybody else's", async () => {
    const { http } = withKeys(1);
    const stop = (key: string): Promise<Response> => ask(http, "/risk/emergency-stop", { "x-api-key": key }, "POST");
    expect((await ask(http, "/symbols", { "x-api-key": WRITE })).status).toBe(200);
    expect((await ask(http, "/symbols", { "x-api-key": WRITE })).status).toBe(429);
    for (let round = 0; round < 3; round += 1) expect((await stop(WRITE)).status).not.toBe(429);
    expect((await stop(READ)).status).toBe(403);
    expect((await stop(READ)).status).toBe(429);
    expect((await stop("unknown-0123456789")).status).toBe(401);
    expect((await stop("unknown-0123456789")).status).toBe(429);
  });

  it("gives each key its own, and counts strangers by their address", async () => {
    const { http } = withKeys(2);
    for (let round = 0; round < 2; round += 1) {
      expect((await ask(http, "/symbols", { "x-api-key": READ })).status).toBe(200);
      expect((await ask(http, "/symbols", { "x-api-key": `unknown-012345678${round}` })).status).toBe(401);
    }
    expect((await ask(http, "/symbols", { "x-api-key": READ })).status).toBe(429);
    expect((await ask(http, "/symbols", { "x-api-key": "unknown-0123456789" })).status).toBe(429);
    expect((await ask(http, "/symbols", { "x-api-key": WRITE })).status).toBe(200);
  });

  it("counts sockets that open", async () => {
    const { port } = startServer({ server: { rateLimitPerMinute: 2 } });
    const upgrade = [
      "GET /ws HTTP/1.1",
      "Host: a",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "",
      "",
    ].join("\r\n");
    const answers: string[] = [];
    for (let round = 0; round < 3; round += 1) answers.push(await rawRequest(port, upgrade));
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(["101", "101", "429"]);
  });
});

it("a whole engine takes its keys, tokens and limit from the environment, for HTTP and for sockets", async () => {
  const engine = await EngineProcess.start({
    DATA_DIR: "",
    API_KEYS: `${READ}:read`,
    JWT_SECRET: SECRET,
    RATE_LIMIT_PER_MINUTE: "3",
  });
  try {
    expect((await ask(engine.url, "/symbols", {})).status).toBe(401);
    const known = await ask(engine.url, "/symbols", { "x-api-key": READ });
    expect([known.status, known.headers.get("ratelimit-remaining")]).toEqual([200, "2"]);
    expect(await statusOf(engine.url, await token({ role: "write" }), "POST")).toBe(200);
    const stranger = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
    expect(await stranger.ask({ op: "list", id: 1 })).toMatchObject({ code: "auth_required" });
    expect(await stranger.ask({ op: "auth", id: 2, api_key: READ })).toMatchObject({ role: "read" });
    expect(JSON.stringify(engine.lines)).not.toContain(READ);
    expect(JSON.stringify(engine.lines)).not.toContain(SECRET);
  } finally {
    await engine.stop();
  }
});
