// Requests for the fuzzer, made from the declarations: most are nearly right, some have odd heads, paths or methods, some
// bodies are no JSON at all. The same seed makes the same requests, but for ids that the engine made up.
import * as fc from "fast-check";
import { readsBody } from "../../../src/server/contract/endpoint.ts";
import { exampleOf } from "../../../src/server/contract/example.ts";
import { fitting, nearly } from "../contract/arbitraries.ts";
import { declaredEndpoints } from "../contract/declarations.ts";
import { endpointOf } from "../contract/judge.ts";
import { randomFrom } from "./chance.ts";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";
import type { Chance } from "./chance.ts";

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly endpoint: Endpoint | null;
  readonly bytes: Buffer;
}

const FITTING = 30;
const NEARLY = 90;
const IDS_KEPT = 40;
const BIG_BYTES = 1_200_000;

const ODD_TEXT: readonly string[] = [
  "",
  "%",
  "%00",
  "%ff",
  "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
  "..",
  "__proto__",
  "constructor",
  "null",
  "NaN",
  "-1",
  "1e999",
  "0x10",
  "%F0%9F%98%80",
  "'%20OR%201=1--",
  "<script>",
  "a".repeat(600),
  "strat_abc123",
  "BTCUSD",
  "1.0.0",
];
const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW", "get", "TRACE"];
const TYPES = [
  "text/plain",
  "application/octet-stream",
  "application/msgpack",
  "application/x-msgpack",
  "application/json; charset=latin1",
  "application/json;;;",
  "multipart/form-data; boundary=x",
  "application/vnd.a+json",
  ",",
  "\u00e9",
];
const HEADERS = [
  "X-Request-Id: " + "r".repeat(200),
  "X-Request-Id: a b",
  "Idempotency-Key: k",
  "Idempotency-Key: " + "k".repeat(200),
  "Idempotency-Key: \u00e9",
  "Accept: text/plain;q=nan, */*;q=2",
  "Accept: " + "a/b,".repeat(300),
  "Accept-Encoding: br",
  "Authorization: Bearer a.b.c",
  "X-API-Key: " + "x".repeat(500),
  "Content-Encoding: gzip",
  "Expect: 200-maybe",
  "Range: bytes=0-0",
  "If-None-Match: *",
  "Origin: null",
  "Cookie: a=b",
  "Upgrade: h2c",
  "X-Forwarded-For: 1.2.3.4",
];

/** Allowed lengths of what is computed become short ones: years of a market are asked of other tests. */
function quick(body: string): string {
  return body.replaceAll(/"duration_(days|hours)":([1-9]\d{0,3})(?=[,}])/g, (whole, unit: string, length: string) =>
    Number(length) > 3_650 ? whole : `"duration_${unit}":${(Number(length) % DURATION_MAX) + 1}`,
  );
}
const DURATION_MAX = 7;

interface Pool {
  readonly endpoint: Endpoint;
  readonly bodies: readonly string[];
}

export class RequestMaker {
  private readonly chance: Chance;
  private readonly pools: readonly Pool[];
  private readonly ids: string[] = ["strat_abc123"];
  private readonly surplus: string[] = [];

  private constructor(pools: readonly Pool[], chance: Chance) {
    this.pools = pools;
    this.chance = chance;
  }

  static async create(seed: number): Promise<RequestMaker> {
    const pools = (await declaredEndpoints()).map((endpoint, index): Pool => {
      const { body } = endpoint;
      if (body === null || !readsBody(endpoint)) return { endpoint, bodies: ["", "{}", "null", "[]"] };
      const bodies = [
        ...fc.sample(fitting(body), { seed: seed + index, numRuns: FITTING }),
        ...fc.sample(nearly(body), { seed: seed + index, numRuns: NEARLY }),
      ];
      return { endpoint, bodies: [...bodies.map((value) => quick(JSON.stringify(value))), "", "null", '"a"'] };
    });
    return new RequestMaker(pools, randomFrom(seed));
  }

  /** Told of an id that the engine made, so that later requests are about something. */
  learn(id: string): void {
    this.ids.push(id);
    const [oldest] = this.ids.length > IDS_KEPT ? this.ids.splice(1, 1) : [];
    if (oldest !== undefined) this.surplus.push(oldest);
  }

  next(): FuzzRequest {
    const surplus = this.surplus.pop();
    if (surplus !== undefined) return this.made("DELETE", `/strategies/${surplus}?force=true`, "", []);
    const { chance } = this;
    const { endpoint, bodies } = chance.pick(this.pools);
    const method = chance.in(20) ? chance.pick(METHODS) : endpoint.method;
    const path = this.path(endpoint) + this.query(endpoint);
    const body =
      readsBody({ method: method as Endpoint["method"] }) || chance.in(50) ? this.body(chance.pick(bodies)) : "";
    const headers = Array.from({ length: chance.below(12) === 0 ? 1 + chance.below(3) : 0 }, () =>
      chance.pick(HEADERS),
    );
    const type = chance.in(25) ? chance.pick(TYPES) : "application/json";
    return this.made(method, path, body, body.length > 0 ? [`Content-Type: ${type}`, ...headers] : headers);
  }

  private path(endpoint: Endpoint): string {
    const { chance } = this;
    if (chance.in(60)) return `/${Array.from({ length: chance.below(6) }, () => chance.pick(ODD_TEXT)).join("/")}`;
    const examples = exampleOf(endpoint.params) as Readonly<Record<string, string>>;
    return endpoint.path.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
      if (chance.in(8)) return chance.pick(ODD_TEXT);
      return name === "strategy_id" ? chance.pick(this.ids) : encodeURIComponent(examples[name] ?? "");
    });
  }

  private query(endpoint: Endpoint): string {
    const { chance } = this;
    const names = Object.keys(endpoint.query.properties ?? {});
    const given = names.filter(() => chance.in(4)).map((name) => `${name}=${chance.pick(ODD_TEXT)}`);
    if (chance.in(30)) given.push(chance.pick(ODD_TEXT));
    return given.length === 0 ? "" : `?${given.join("&")}`;
  }

  private body(text: string): string | Buffer {
    const { chance } = this;
    switch (chance.below(40)) {
      case 0:
        return text.slice(0, chance.below(text.length + 1));
      case 1:
        return withByte(text, chance.below(text.length + 1), chance.below(256));
      case 2:
        return text.replace("{", '{"__proto__":{"a":1},');
      case 3:
        return text.replace(
          /:(?:"[^"]*"|[-\d.e+]+)/,
          chance.pick([":1e400", ":NaN", ":-0", ":01", ":1_0", ":undefined"]),
        );
      case 4:
        return Buffer.from(Array.from({ length: chance.below(200) }, () => chance.below(256)));
      case 5:
        return chance.in(4) ? `${"[".repeat(5_000)}${"]".repeat(5_000)}` : `{"a":${"[".repeat(40)}${"]".repeat(40)}}`;
      case 6:
        return chance.in(60)
          ? `{"a":"${"x".repeat(BIG_BYTES)}"}`
          : `{"code":"${"\\u0000".repeat(chance.below(2_000))}"}`;
      default:
        return text;
    }
  }

  private made(method: string, path: string, body: string | Buffer, headers: readonly string[]): FuzzRequest {
    const content = Buffer.from(body as string);
    const framed = content.length > 0 || method === "POST" || method === "PUT";
    const chunked = framed && this.chance.in(30);
    const length = framed ? [chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${content.length}`] : [];
    const head = Buffer.from(
      [`${method} ${path} HTTP/1.1`, "Host: fuzz", ...headers, ...length, "", ""].join("\r\n"),
      "latin1",
    );
    const bytes = Buffer.concat([head, chunked ? inChunks(content, 1 + this.chance.below(500)) : content]);
    return { method, path, endpoint: endpointOf(method, path.split("?")[0] ?? ""), bytes };
  }
}

function withByte(text: string, at: number, byte: number): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0) bytes[at % bytes.length] = byte;
  return bytes;
}

function inChunks(content: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += size) {
    const part = content.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
