// A request for a shard, made again to who serves it: another process on this machine or another node's gateway. Head and
// body go as they came, the answer comes back whole; both are bounded. Who cannot be reached is "not ready", which a client
// repeats: a shard moves within seconds.
import { request as httpRequest, type IncomingMessage } from "node:http";
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

/** Who serves: `http://127.0.0.1:4711`, and the path that it knows the request by. */
export interface Target {
  readonly origin: string;
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
const ANSWER_BYTES_MAX = 64 << 20;
const SILENCE_MS = 60_000;

/** To be read in the request's first turn. */
export function passedHeaders(request: HttpRequest): PassedHeaders {
  const found = [...PASSED, FORWARDED].map((name) => [name, request.getHeader(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== ""));
}

export function forwardTo(
  { origin, path, forwardedBy }: Target,
  head: RequestHead,
  headers: PassedHeaders,
  body: Uint8Array | null,
): Promise<Answer> {
  const { method, requestId } = head;
  const url = new URL(path, origin);
  const by = forwardedBy === null ? {} : { [FORWARDED]: forwardedBy };
  const { [FORWARDED]: _, ...own } = headers;
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const away = (): void => resolve(failed({ code: "not_ready" }));
    const length = body === null ? {} : { "content-length": String(body.byteLength) };
    const asked = send(url, {
      method,
      headers: { ...own, ...by, ...length, "x-request-id": requestId },
      timeout: SILENCE_MS,
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", away);
    asked.on("response", (answer) => {
      collect(answer).then((bytes) => resolve(replyOf(answer, bytes)), away);
    });
    asked.end(body ?? undefined);
  });
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
