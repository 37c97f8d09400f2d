// A request for a shard, made again to who serves it: another process on this machine or another node's gateway. Head and
// body go as they came, the answer comes back whole; both are bounded, and all answers together share one memory. Who
// cannot be reached is "not ready", which a client repeats: a shard moves within seconds. Where something that changes the
// shard may have arrived and no answer came, the client is told so instead.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { failed, ok } from "../../domain/result.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Answer } from "../reply.ts";
import type { RequestHead } from "../request.ts";
import type { HttpRequest } from "../uws.ts";

/** Where requests for somebody else go. */
export interface Forwarding {
  takes(path: string): boolean;
  readonly maxBytes: number;
  /** The path as who serves it knows it: what keys and limits go by. */
  pathBehind(path: string): string;
  forward(asked: Asked): Promise<Answer>;
}

/** A request that was let in. */
export interface Asked {
  readonly head: RequestHead;
  readonly headers: PassedHeaders;
  /** Null where none belongs to the method. */
  readonly body: Uint8Array | null;
  /** What to do when the client leaves before the answer; the latest one counts. */
  onGone(run: () => void): void;
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
  /** Asked when an answer is there: whether it counts. Who gave it may have lost the shard to one that goes on without. */
  readonly counts?: () => boolean;
  /** Asked when nothing came for SILENCE_MS: whether the shard is still theirs, so that they may just be at work. */
  readonly serves?: () => boolean;
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
  "content-security-policy": "Content-Security-Policy",
  etag: "ETag",
  "idempotency-replayed": "Idempotency-Replayed",
  "referrer-policy": "Referrer-Policy",
  "retry-after": "Retry-After",
};
export const FORWARDED = "x-strategy-engine-forwarded-by";
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "DELETE"];
/** As latin1, in which headers are written. */
const HEADER = /^[\t -~\x80-\xff]*$/;
const PORT_MAX = 65_535;
const ANSWER_BYTES_MAX = 64 << 20;
/** Of all answers that are being received. */
const HELD_BYTES = 128 << 20;
const SILENCE_MS = 60_000;
const READING: readonly string[] = ["GET", "HEAD"];
const TOO_LONG: Failure = { code: "not_available", what: "an answer of more than 64 MiB through a node" };
const CROWDED: Failure = { code: "overloaded", what: "the node's memory for answers of shards" };
const UNKNOWN_END: Failure = {
  code: "storage_unavailable",
  issue: "who serves this shard went away before it answered. Look whether the change was made, then send again",
};

/** How one try ended. */
interface End {
  /** Null: it broke off before there was a whole one. */
  readonly answer: Answer | null;
  /** Whether anything may have reached who serves. */
  readonly arrived: boolean;
  /** It broke off on a connection that was kept from before, without a word of an answer. */
  readonly stale: boolean;
}

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

export class Forwarder {
  private readonly heldBytesMax: number;
  private readonly silenceMs: number;
  private held = 0;

  constructor(heldBytesMax = HELD_BYTES, silenceMs = SILENCE_MS) {
    this.heldBytesMax = heldBytesMax;
    this.silenceMs = silenceMs;
  }

  async send(target: Target, asked: Asked): Promise<Answer> {
    const { method } = asked.head;
    if (!METHODS.includes(method)) return failed({ code: "method_not_allowed", method, allowed: METHODS });
    if (!Object.values(asked.headers).every((value) => HEADER.test(value)))
      return failed({ code: "bad_request", issue: "a header holds a character that none may hold" });
    const reading = READING.includes(method);
    let end = await this.once(target, asked, false);
    // A connection that was kept may have been closed at its other end just now; reading does no harm twice.
    if (end.answer === null && end.stale && reading) end = await this.once(target, asked, true);
    if (end.answer !== null && target.counts?.() === false) end = { answer: null, arrived: true, stale: false };
    if (end.answer === null) return failed(end.arrived && !reading ? UNKNOWN_END : { code: "not_ready" });
    return end.answer.ok || reading ? end.answer : failed(UNKNOWN_END);
  }

  private once(target: Target, asked: Asked, fresh: boolean): Promise<End> {
    return new Promise((resolve) => {
      const request = opened(target, asked, { fresh, silenceMs: this.silenceMs });
      let arrived = false;
      let stale = false;
      let answering = false;
      request.on("socket", (socket) => {
        stale = request.reusedSocket;
        arrived = !socket.connecting;
        if (!arrived) socket.once(target.tls ? "secureConnect" : "connect", () => (arrived = true));
      });
      const broken = (): void => {
        if (!answering) resolve({ answer: null, arrived, stale });
      };
      const giveUp = (): void => {
        if (arrived && target.serves?.() === true) return; // a run takes its time
        stale = false; // it was silent for long enough
        request.destroy();
      };
      let looks: NodeJS.Timeout | undefined;
      request.on("timeout", () => {
        clearInterval(looks);
        looks = setInterval(giveUp, this.silenceMs);
        giveUp();
      });
      request.on("close", () => clearInterval(looks));
      request.on("error", broken);
      request.on("close", broken);
      request.on("response", (message) => {
        answering = true;
        void this.collect(message, asked.head.method === "HEAD").then((answer) =>
          resolve({ answer, arrived, stale: false }),
        );
      });
      asked.onGone(() => {
        stale = false; // nobody waits for it
        request.destroy();
      });
      request.end(asked.body ?? undefined);
    });
  }

  /** Null: it broke off. */
  private async collect(message: IncomingMessage, head: boolean): Promise<Answer | null> {
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of message as AsyncIterable<Buffer>) {
        bytes += part.byteLength;
        this.held += part.byteLength;
        if (bytes > ANSWER_BYTES_MAX) return failed(TOO_LONG);
        if (this.held > this.heldBytesMax) return failed(CROWDED);
        parts.push(part);
      }
      return replyOf(message, Buffer.concat(parts), head);
    } catch {
      return null; // what became of it, the caller says
    } finally {
      this.held -= bytes;
    }
  }
}

function opened(
  target: Target,
  { head, headers, body }: Asked,
  { fresh, silenceMs }: { readonly fresh: boolean; readonly silenceMs: number },
): ClientRequest {
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
    timeout: silenceMs,
    ...(fresh ? { agent: false } : {}),
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

/** `head`: of an answer without its body, whose length is what the body would have. */
function replyOf(answer: IncomingMessage, body: Uint8Array, head: boolean): Answer {
  const { statusCode = 502, statusMessage = "", headers } = answer;
  const returned = Object.entries(headers).flatMap(([name, value]) => {
    const known = RETURNED[name];
    return known === undefined || typeof value !== "string" ? [] : [[known, value] as const];
  });
  const contentType = headers["content-type"] ?? "application/octet-stream";
  const length = head ? headers["content-length"] : undefined;
  if (length !== undefined) returned.push(["Content-Length", length]);
  return ok({ status: `${statusCode} ${statusMessage}`, contentType, body, headers: returned });
}
