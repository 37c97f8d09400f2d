// A request for a shard, made again to who serves it: another process on this machine or another node's gateway. Head and
// body go as they came, the answer comes back whole; both are bounded. Who cannot be reached is "not ready", which a client
// repeats: a shard moves within seconds.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { failed, ok } from "../../domain/result.ts";
import type { Answer } from "../reply.ts";
import type { RequestHead } from "../request.ts";
import type { HttpRequest } from "../uws.ts";

/** Where requests below a path go. */
export interface Forwarding {
  readonly prefix: string;
  readonly maxBytes: number;
  forward(head: RequestHead, headers: PassedHeaders, body: Uint8Array | null): Promise<Answer>;
}

/** Who serves, and the path that it knows the request by. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** With the query, as the client wrote it. Only ever a path: nothing that stands in it chooses who is asked. */
  readonly path: string;
  /** Names the path that was forwarded once already, so that two nodes never send a request to and fro. */
  readonly forwardedBy: string | null;
}

export type PassedHeaders = Readonly<Record<string, string>>;

const PASSED = [
  "accept",
  "authorization",
  "content-encoding",
  "content-type",
  "idempotency-key",
  "if-match",
  "traceparent",
  "tracestate",
  "x-api-key",
];
/** Of an answer; the gateway says the rest itself. */
const RETURNED: Readonly<Record<string, string>> = {
  allow: "Allow",
  "content-disposition": "Content-Disposition",
  etag: "ETag",
  "idempotency-replayed": "Idempotency-Replayed",
  "retry-after": "Retry-After",
};
export const FORWARDED = "x-strategy-engine-forwarded-by";
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "DELETE"];
/** As latin1, in which headers are written. */
const HEADER = /^[\t -~\x80-\xff]*$/;
const PORT_MAX = 65_535;
const ANSWER_BYTES_MAX = 64 << 20;
const SILENCE_MS = 60_000;

/** To be read in the request's first turn. */
export function passedHeaders(request: HttpRequest): PassedHeaders {
  const found = [...PASSED, FORWARDED].map((name) => [name, request.getHeader(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== "").map(([name, value]) => [name, latin1Of(value)]));
}

/** host:port of another node's gateway in its parts; an IPv6 address is in brackets. Null: it is no such thing. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } | null {
  const [, six, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = six ?? name;
  return host === undefined || Number(port) > PORT_MAX ? null : { host, port: Number(port) };
}

export function forwardTo(
  target: Target,
  head: RequestHead,
  headers: PassedHeaders,
  body: Uint8Array | null,
): Promise<Answer> {
  const { method } = head;
  if (!METHODS.includes(method))
    return Promise.resolve(failed({ code: "method_not_allowed", method, allowed: METHODS }));
  if (!Object.values(headers).every((value) => HEADER.test(value)))
    return Promise.resolve(failed({ code: "bad_request", issue: "a header holds a character that none may hold" }));
  return new Promise((resolve) => {
    const away = (): void => resolve(failed({ code: "not_ready" }));
    const asked = opened(target, head, headers, body);
    asked.on("timeout", () => asked.destroy());
    asked.on("error", away);
    asked.on("response", (answer) => {
      collect(answer).then((bytes) => resolve(replyOf(answer, bytes)), away);
    });
    asked.end(body ?? undefined);
  });
}

function opened(target: Target, head: RequestHead, headers: PassedHeaders, body: Uint8Array | null): ClientRequest {
  const { host, port, tls, path, forwardedBy } = target;
  const { method, requestId } = head;
  const by = forwardedBy === null ? {} : { [FORWARDED]: forwardedBy };
  const length = body === null ? {} : { "content-length": String(body.byteLength) };
  const { [FORWARDED]: _, ...own } = headers;
  const send = tls ? httpsRequest : httpRequest;
  return send({
    host,
    port,
    path: asciiOf(path),
    method,
    headers: { ...own, ...by, ...length, "x-request-id": requestId },
    timeout: SILENCE_MS,
  });
}

/** What a request line cannot hold, by its bytes in percent form; all else stays as it was written. */
function asciiOf(path: string): string {
  return path.replaceAll(/[^!-~]+/g, (odd) => encodeURIComponent(odd));
}

/** The same bytes as came: the library takes them for UTF-8, and a header is written as latin1. */
function latin1Of(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}

async function collect(answer: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function replyOf(answer: IncomingMessage, body: Uint8Array): Answer {
  const { statusCode = 502, statusMessage = "", headers } = answer;
  const returned = Object.entries(headers).flatMap(([name, value]) => {
    const known = RETURNED[name];
    return known === undefined || typeof value !== "string" ? [] : [[known, value] as const];
  });
  const contentType = headers["content-type"] ?? "application/octet-stream";
  return ok({ status: `${statusCode} ${statusMessage}`, contentType, body, headers: returned });
}
