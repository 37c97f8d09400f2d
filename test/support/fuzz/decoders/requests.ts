// What any client sends: bodies and queries of every endpoint as its declaration judges them, and frames of the WebSocket.
// What is taken must be what JSON.parse and typebox's compiler take of the same bytes; a frame becomes a plain request.
import * as fc from "fast-check";
import { Packr } from "msgpackr";
import { Compile } from "typebox/compile";
import { CHANNEL_FILTERS } from "../../../../src/domain/live-protocol.ts";
import { readsBody } from "../../../../src/server/contract/endpoint.ts";
import { readValues } from "../../../../src/server/contract/request-values.ts";
import { ANYBODY } from "../../../../src/server/guards/guard.ts";
import { parseJsonObject } from "../../../../src/server/json-body.ts";
import { decodeMessage } from "../../../../src/server/live/codec.ts";
import { parseFilter } from "../../../../src/server/live/filter.ts";
import { parseRequest } from "../../../../src/server/live/messages.ts";
import { fitting, nearly } from "../../contract/arbitraries.ts";
import { declaredEndpoints } from "../../contract/declarations.ts";
import type { Endpoint } from "../../../../src/server/contract/endpoint.ts";
import type { ChannelName } from "../../../../src/domain/live-protocol.ts";
import { bytesOf, fault, plainly, textsOf, type Target } from "./target.ts";

const SAMPLES = 6;
const NO_QUERY = { type: "object" } as Endpoint["query"];
const all = await declaredEndpoints();
const reading = all
  .filter((endpoint) => readsBody(endpoint) && endpoint.body !== null)
  .map((endpoint): Endpoint => ({ ...endpoint, query: NO_QUERY }));
const asked = all
  .filter((endpoint) => Object.keys(endpoint.query.properties ?? {}).length > 0)
  .map((endpoint): Endpoint => ({ ...endpoint, body: null }));

function samples(endpoint: Endpoint, index: number): readonly Uint8Array[] {
  const schema = endpoint.body ?? {};
  const values = [
    ...fc.sample(fitting(schema), { seed: index, numRuns: SAMPLES }),
    ...fc.sample(nearly(schema), { seed: index, numRuns: SAMPLES }),
  ];
  return values.map((value) => Buffer.concat([Buffer.from([index]), bytesOf(JSON.stringify(value) ?? "null")]));
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map();

function headOf(endpoint: Endpoint, rawQuery: string) {
  const { method, path } = endpoint;
  return {
    method,
    path,
    rawQuery,
    accept: "",
    contentType: "",
    contentEncoding: "",
    contentLength: "",
    requestId: "req_1",
    idempotencyKey: null,
    ifMatch: null,
    params: NO_PARAMS,
    caller: ANYBODY,
  };
}

const compiled = new Map(reading.map((endpoint) => [endpoint, Compile(endpoint.body ?? {})]));

/** The first byte says of which endpoint. */
function judgeBody(input: Uint8Array): string {
  const endpoint = reading[(input[0] ?? 0) % reading.length];
  if (endpoint === undefined) return "none";
  const bytes = input.subarray(1);
  const body = parseJsonObject(bytes);
  if (!body.ok) return body.failure.code;
  const plain: unknown = bytes.length === 0 ? {} : JSON.parse(Buffer.from(bytes).toString("utf8"));
  const values = readValues(endpoint, headOf(endpoint, ""), body.value);
  const good = compiled.get(endpoint)?.Check(plain) ?? false;
  if (values.ok !== good)
    fault(`${endpoint.method} ${endpoint.path}: ${values.ok ? "took" : "refused"} what typebox does not`);
  if (!values.ok)
    return values.failure.code === "validation_error" ? plainly(values.failure.issues[0].issue) : values.failure.code;
  if (Object.getPrototypeOf(values.value.body) !== Object.prototype) fault("a body has another prototype");
  return "taken";
}

export const bodies: Target = {
  name: "request bodies",
  files: ["contract/check", "contract/request-values", "contract/sentence", "json-body"].map(
    (name) => `server/${name}.js`,
  ),
  weight: 10,
  batch: 4_000,
  seeds: reading.flatMap(samples),
  words: textsOf(
    '"__proto__":{"x":1}',
    '"constructor":{"prototype":{"x":1}}',
    '"toString":1',
    "null",
    "true",
    "-1",
    "1e308",
    "1e999",
    '""',
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
  ),
  open: () => ({ run: judgeBody }),
};

function judgeQuery(input: Uint8Array): string {
  const endpoint = asked[(input[0] ?? 0) % asked.length];
  if (endpoint === undefined) return "none";
  const rawQuery = Buffer.from(input.subarray(1)).toString("latin1");
  const values = readValues(endpoint, headOf(endpoint, rawQuery), {});
  if (!values.ok)
    return values.failure.code === "validation_error" ? plainly(values.failure.issues[0].issue) : values.failure.code;
  for (const [name, value] of Object.entries(values.value.query as object)) {
    if (!Object.hasOwn(endpoint.query.properties ?? {}, name)) fault(`${name} was not asked for`);
    if (typeof value === "number" && !Number.isFinite(value)) fault(`${name} is ${value}`);
    if (typeof value === "object" && value !== null) fault(`${name} is an object`);
  }
  return `taken ${Object.keys(values.value.query as object).length}`;
}

export const queries: Target = {
  name: "queries",
  files: ["contract/query-values", "contract/check"].map((name) => `server/${name}.js`),
  weight: 5,
  batch: 10_000,
  seeds: asked.map((endpoint, index) => {
    const fields = Object.entries(endpoint.query.properties ?? {});
    const text = fields.map(
      ([name, { type, enum: words }]) => `${name}=${words?.[0] ?? (type === "string" ? "x" : "1")}`,
    );
    return Buffer.concat([Buffer.from([index]), bytesOf(text.join("&"))]);
  }),
  words: textsOf(
    "&",
    "=",
    "%00",
    "%",
    "%ff",
    "+",
    "__proto__=1",
    "constructor=1",
    "-1",
    "1e400",
    "NaN",
    "0x1",
    "limit=",
    "symbol=",
    "cursor=",
    ";",
  ),
  open: () => ({ run: judgeQuery }),
};

const channels = Object.keys(CHANNEL_FILTERS) as ChannelName[];
const MESSAGES: readonly unknown[] = [
  { op: "subscribe", id: 1, channel: "signals", filter: { symbols: ["BTCUSD"], min_confidence: 0.5 }, snapshot: true },
  { op: "subscribe", id: "a", channel: "trades", from_seq: 5, epoch: "e" },
  { op: "unsubscribe", id: 1, sub: "s1" },
  { op: "replay", id: 2, sub: "s1", from_seq: 1, to_seq: 9 },
  { op: "auth", id: 3, api_key: "0123456789" },
  { op: "list", id: 4 },
  { op: "ping" },
];
const packr = new Packr({ useRecords: false });

/** Only what JSON could say, and no circle. */
function plainValue(value: unknown, depth = 0): boolean {
  if (depth > 40_000) return false;
  if (typeof value !== "object" || value === null) return typeof value !== "function" && typeof value !== "symbol";
  if (value instanceof Date || value instanceof Uint8Array) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return false;
  return Object.values(value).every((item) => plainValue(item, depth + 1));
}

export const frames: Target = {
  name: "WebSocket messages",
  files: ["live/codec", "live/messages", "live/filter"].map((name) => `server/${name}.js`).concat("domain/msgpack.js"),
  weight: 12,
  batch: 4_000,
  seeds: [
    ...MESSAGES.map((value) => bytesOf(JSON.stringify(value))),
    ...MESSAGES.map((value) => packr.pack(value)),
    new Packr({ useRecords: true }).pack(MESSAGES[0]),
  ],
  words: [
    ...textsOf("op", "id", "filter", "symbols", "__proto__", "signals", "subscribe", "null", "{", "["),
    ...[
      "d66900000001",
      "d67000000001",
      "d4724091a161",
      "d47800",
      "d47300",
      "c7046200000001",
      "c702421",
      "dd00ffffff",
      "de00ff",
      "c1",
      "d6ff00000000",
    ].map((hex) => Buffer.from(hex, "hex")),
  ],
  open: () => ({
    run: (input) => {
      const binary = (input[0] ?? 0) >= 0x80;
      const message = decodeMessage(input, binary);
      if (binary && !plainValue(message)) fault("a frame became something that is not plain");
      const request = parseRequest(message);
      if (!request.ok) return request.failure.code;
      if (request.value.op !== "subscribe") return request.value.op;
      const told = channels.map((channel) =>
        parseFilter(channel, (request.value as { readonly filter: unknown }).filter),
      );
      return `subscribe ${told.map((one) => (one.ok ? "y" : "n")).join("")}`;
    },
  }),
};
