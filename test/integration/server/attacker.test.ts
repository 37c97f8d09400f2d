// What somebody who means harm tries first, at a real door: roles of every route, limits by a made-up address, tokens with
// odd heads, paths out of the folder of pages, names of prototypes in every body, frames that mean gigabytes.
import { generateKeyPairSync } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { readsBody } from "../../../src/server/contract/endpoint.ts";
import { exampleOf } from "../../../src/server/contract/example.ts";
import { KeyGuard } from "../../../src/server/guards/guard.ts";
import { loadGuard } from "../../../src/server/guards/load-guard.ts";
import { declaredEndpoints, nameOf } from "../../support/contract/declarations.ts";
import { Client } from "../../support/server/client.ts";
import { BINARY, rawFrame, rawSocket } from "../../support/server/raw-frames.ts";
import { rawRequest } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";
import type { Schema } from "../../../src/server/contract/schema.ts";

const READ = "reader-0123456789";
const WRITE = "writer-0123456789";
const SECRET = "a secret of thirty-two characters";
const ANY = {} as Schema;
const endpoints = await declaredEndpoints();

function pathOf({ path }: Endpoint): string {
  return path.replaceAll(/\{[a-z_]+\}/g, "strat_000000");
}

async function statusOf(
  http: string,
  endpoint: Endpoint,
  headers: Record<string, string>,
  body?: string,
): Promise<number> {
  const sent = body === undefined ? {} : { body, headers: { ...headers, "content-type": "application/json" } };
  const response = await fetch(`${http}${pathOf(endpoint)}`, { method: endpoint.method, headers, ...sent });
  await response.arrayBuffer();
  return response.status;
}

describe("roles, of every route that is declared", () => {
  const writing = endpoints.filter(({ role }) => role === "write");
  const open = [
    "/",
    "/docs",
    "/health",
    "/health/live",
    "/health/ready",
    "/version",
    "/openapi.json",
    "/ws",
    "/favicon.ico",
  ];

  it("a route that changes something refuses a key that may read, whatever the body, and who shows none", async () => {
    const { http, engine } = startServer({ server: { guard: KeyGuard.of([`${READ}:read`, WRITE]) } });
    expect(writing.length).toBeGreaterThan(40);
    for (const endpoint of writing) {
      const body = readsBody(endpoint) ? JSON.stringify(exampleOf(endpoint.body ?? ANY)) : undefined;
      const told = await Promise.all([
        statusOf(http, endpoint, { "x-api-key": READ }, body),
        statusOf(http, endpoint, {}, body),
        statusOf(http, endpoint, { authorization: "Bearer unknown-0123456789" }, body),
      ]);
      expect([nameOf(endpoint), ...told]).toEqual([nameOf(endpoint), 403, 401, 401]);
    }
    expect(engine.received).toHaveLength(0);
  });

  it("no route that replaces or removes something is open to who may only read", () => {
    const changing = endpoints.filter(({ method }) => method === "PUT" || method === "DELETE");
    expect(changing.length).toBeGreaterThan(5);
    expect(changing.filter(({ role }) => role !== "write").map(nameOf)).toEqual([]);
  });

  it("every other route refuses who shows no key, but those that everybody may see", async () => {
    const { http } = startServer({ server: { guard: KeyGuard.of([`${READ}:read`]) } });
    const others = endpoints.filter(
      ({ role, path }) => role !== "write" && !open.includes(path) && !/^\/(docs|dashboard)/.test(path),
    );
    expect(others.length).toBeGreaterThan(40);
    for (const endpoint of others)
      expect([nameOf(endpoint), await statusOf(http, endpoint, {})]).toEqual([nameOf(endpoint), 401]);
  });
});

it("a made-up address in a head gives nobody another limit", async () => {
  const { http } = startServer({ server: { rateLimitPerMinute: 3 } });
  const names = ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "cf-connecting-ip", "true-client-ip"];
  const statuses: number[] = [];
  for (const [place, name] of names.entries()) {
    const value = name === "forwarded" ? `for=10.0.0.${place}` : `10.0.0.${place}`;
    statuses.push((await fetch(`${http}/symbols`, { headers: { [name]: value } })).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
});

it("a token whose head says how it is to be checked is refused", async () => {
  const settings = {
    apiKeys: [],
    jwtSecret: SECRET,
    jwtJwksFile: null,
    jwtIssuer: null,
    jwtAudience: null,
    jwtRoleClaim: "role",
  };
  const guard = loadGuard(settings, () => Date.now());
  if (!guard.ok) throw new Error(guard.failure);
  const { http } = startServer({ server: { guard: guard.value } });
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signed = (head: Record<string, unknown>, key: Uint8Array | typeof privateKey): Promise<string> =>
    new SignJWT({ role: "write" })
      .setProtectedHeader({ alg: "HS256", ...head })
      .setSubject("a")
      .setExpirationTime("5m")
      .sign(key);
  const secret = new TextEncoder().encode(SECRET);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = part({ sub: "a", role: "write", exp: 4_000_000_000 });
  const good = await signed({ kid: "anything" }, secret);
  const [head = "", , signature = ""] = good.split(".");
  const tokens: Readonly<Record<string, string>> = {
    "its own key in its head": await signed({ alg: "ES256", jwk: await exportJWK(publicKey) }, privateKey),
    "an address of keys": await signed({ alg: "ES256", jku: "http://127.0.0.1:1/keys" }, privateKey),
    "a kid that is a file, and its content as secret": `${part({ alg: "HS256", kid: "../../../../dev/null" })}.${payload}.`,
    "a kid that is a query": await signed(
      { kid: "x' UNION SELECT 'aa" },
      new TextEncoder().encode("aa".padEnd(32, "a")),
    ),
    "no algorithm": `${part({ typ: "JWT" })}.${payload}.AAAA`,
    "none in other letters": `${part({ alg: "NonE" })}.${payload}.AAAA`,
    "an algorithm in other letters": `${part({ alg: "hs256" })}.${payload}.${signature}`,
    "a payload that was not signed": `${head}.${payload}.${signature}`,
    "extensions that nobody knows": `${part({ alg: "HS256", crit: ["exp"] })}.${payload}.${signature}`,
    "a head that is a list": `${part(["HS256"])}.${payload}.${signature}`,
    "names of prototypes": `${part({ alg: "HS256", __proto__: { role: "write" } })}.${part({ constructor: {} })}.${signature}`,
  };
  const ask = async (token: string): Promise<number> =>
    (await fetch(`${http}/symbols`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask(good)).toBe(200);
  for (const [name, token] of Object.entries(tokens)) expect([name, await ask(token)]).toEqual([name, 401]);
});

it("no path leads out of what is served", async () => {
  const { port } = startServer();
  const out = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..\\",
    "..%5c",
    "%252e%252e%252f",
    "..;/",
    "....//",
    "%c0%ae%c0%ae/",
  ];
  const wanted = ["package.json", "etc/passwd", "src/main.ts", "build/out/core.wasm"];
  for (const start of ["/", "/docs/", "/dashboard/", "/dashboard/assets/", "/symbols/", "//"]) {
    for (const up of out) {
      const path = `${start}${up.repeat(6)}${wanted[up.length % wanted.length]}`;
      const answer = await rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, "}");
      expect([path, answer.slice(9, 12)]).toEqual([path, expect.stringMatching(/^40[04]$/)]);
    }
  }
});

it("names of prototypes in a body change nothing but the answer, at every route that takes one", async () => {
  const { http } = startServer();
  const bodies = [
    '{"__proto__":{"polluted":"yes"}}',
    '{"constructor":{"prototype":{"polluted":"yes"}}}',
    '{"prototype":{"polluted":"yes"},"toString":1,"hasOwnProperty":1,"valueOf":null}',
    '{"parameters":{"__proto__":{"polluted":"yes"}},"config":{"constructor":{"prototype":{"polluted":"yes"}}}}',
  ];
  for (const endpoint of endpoints.filter(readsBody)) {
    for (const body of bodies) {
      const given = JSON.stringify({ ...(exampleOf(endpoint.body ?? ANY) as object) });
      const joined = given === "{}" ? body : `${given.slice(0, -1)},${body.slice(1)}`;
      for (const text of [body, joined]) {
        const status = await statusOf(http, endpoint, {}, text);
        expect([nameOf(endpoint), text, status < 500 || status === 501 || status === 503]).toEqual([
          nameOf(endpoint),
          text,
          true,
        ]);
      }
    }
  }
  expect("polluted" in {}).toBe(false);
  expect(Reflect.ownKeys(Object.prototype)).not.toContain("polluted");
});

it("a frame of a few hundred bytes that means gigabytes is no request, and a neighbour is served", async () => {
  const { ws, port } = startServer();
  const neighbour = await Client.ready(ws);
  const { socket, contains } = await rawSocket(port);
  const mark = (id: number): Buffer => Buffer.from([0xd6, 0x69, 0, 0, 0, id]);
  const pointer = (id: number): Buffer => Buffer.from([0xd6, 0x70, 0, 0, 0, id]);
  const levels = [Buffer.from([0x9f]), mark(1), Buffer.from([0x91, 0xa1, 0x61])];
  for (let level = 2; level <= 15; level++) {
    levels.push(mark(level), Buffer.from([0x9f]), ...Array.from({ length: 15 }, () => pointer(level - 1)));
  }
  for (const bytes of [
    Buffer.concat(levels),
    Buffer.concat([...levels, Buffer.from([1])]),
    Buffer.from("dd01ffffff", "hex"),
  ]) {
    socket.write(rawFrame(BINARY, bytes));
  }
  socket.write(rawFrame(0x1, JSON.stringify({ op: "ping", id: "behind" })));
  expect((await contains("behind")).match(/bad_json/g)).toHaveLength(3);
  expect(await neighbour.ask({ op: "ping", id: 1 })).toMatchObject({ type: "pong" });
});
