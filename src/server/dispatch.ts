// From the library's callback to a route and back: finds the route, reads and checks the body, runs the handler, turns
// whatever it throws into a 500 that says nothing of the inside. Counts the exchanges under way for the shutdown.
import { createHash } from "node:crypto";
import { invalid } from "../domain/failure.ts";
import { failed, ok } from "../domain/result.ts";
import { BodyReader } from "./body.ts";
import { Exchange, type Shared } from "./exchange.ts";
import { Origins } from "./guards/origins.ts";
import { networkOf, visitorOf } from "./guards/visitor.ts";
import { IDEMPOTENCY_KEY } from "./idempotency/key.ts";
import { parseJsonObject } from "./json-body.ts";
import { encodingOf } from "./media.ts";
import { passedHeaders } from "./gateway/forward.ts";
import { HeadReader, unclearLength } from "./request.ts";
import { failureReply } from "./status.ts";
import { StoreError } from "../store/store.ts";
import { Unsent } from "./unsent.ts";
import { openTraces } from "../telemetry/traces.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { Log } from "../telemetry/log.ts";
import type { Traced, Traces } from "../telemetry/traces.ts";
import type { Body } from "./body.ts";
import type { Header } from "./exchange.ts";
import type { Forwarding } from "./gateway/forward.ts";
import type { Admission, Gate } from "./guards/gate.ts";
import type { AnswerBook } from "./idempotency/book.ts";
import type { Answer } from "./reply.ts";
import type { RequestHead } from "./request.ts";
import type { Handler, Router } from "./router.ts";
import type { HttpRequest, HttpResponse } from "./uws.ts";

/** Requests that are answered in one turn of the loop; see Exchange.hold. */
const TURN_MAX = 256;
const EXPOSED = [
  "X-Request-Id",
  "Retry-After",
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
  "WWW-Authenticate",
  "Allow",
  "Idempotency-Replayed",
  "ETag",
].join(", ");
const METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
const PREFLIGHT: readonly Header[] = [
  ["Access-Control-Allow-Methods", METHODS],
  ["Access-Control-Allow-Headers", "Content-Type, Authorization, X-API-Key, X-Request-Id, Idempotency-Key, If-Match"],
  ["Access-Control-Max-Age", "600"],
];

export interface DispatchOptions {
  readonly corsOrigin: string;
  /** Makes the ids of requests of this process unlike those of another. */
  readonly idPrefix: string;
  readonly log: Log;
  /** Null: neither keys nor limits are on, and nothing is asked. */
  readonly gate: Gate | null;
  /** Null: Idempotency-Key is checked, but nothing is kept. */
  readonly book: AnswerBook | null;
  /** Requests that somebody else answers. */
  readonly forwarding?: Forwarding;
  /** Of all answers that clients have not taken yet; without it 256 MiB. */
  readonly unsentBytesMax?: number;
}

/** A request with an Idempotency-Key; without a book it is done each time that it comes. */
interface Keyed {
  readonly exchange: Exchange;
  readonly body: Body;
  readonly work: () => Answer | Promise<Answer>;
  readonly book: AnswerBook | null;
}

export class Dispatch {
  private readonly router: Router;
  private readonly log: Log;
  private readonly shared: Shared;
  private readonly heads: HeadReader;
  private readonly gate: Gate | null;
  private readonly origins: Origins;
  private readonly book: AnswerBook | null;
  private readonly forwarding: Forwarding | null;
  private readonly bodies = new BodyReader();
  private readonly traces = openTraces();
  private underWay = 0;
  private inThisTurn = 0;
  private whenIdle: () => void = () => undefined;
  private closing = false;

  get traced(): boolean {
    return this.traces !== null;
  }

  constructor(router: Router, options: DispatchOptions) {
    this.router = router;
    this.log = options.log;
    this.gate = options.gate;
    this.origins = new Origins(options.corsOrigin);
    this.book = options.book;
    this.forwarding = options.forwarding ?? null;
    this.heads = new HeadReader(options.idPrefix);
    const common: readonly Header[] = [
      ["Access-Control-Allow-Origin", options.corsOrigin],
      ["Access-Control-Expose-Headers", EXPOSED],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
      ...(options.corsOrigin === "*" ? [] : ([["Vary", "Origin"]] as const)),
    ];
    this.shared = { common, unsent: new Unsent(options.unsentBytesMax), ended: () => this.ended() };
  }

  handle(response: HttpResponse, request: HttpRequest): void {
    const exchange = this.begin(response, request);
    const unclear = unclearLength(request);
    if (unclear !== null) {
      exchange.hold(); // what follows is no request
      exchange.fail({ code: "bad_request", issue: unclear }, true);
      return;
    }
    const foreign = this.origins.refusal(request, exchange.head.method);
    if (foreign !== null) {
      exchange.fail(foreign);
      return;
    }
    const proceed = this.proceeding(exchange, response, request);
    if (this.gate === null) {
      proceed(null);
      return;
    }
    const visitor = visitorOf(response, request, exchange.head);
    const path = this.forwarding?.pathBehind(visitor.path) ?? visitor.path;
    const admission = this.gate.admit({ ...visitor, path });
    if (admission instanceof Promise) proceed(admission);
    else if (enter(exchange, admission)) proceed(null);
  }

  /** What is done with the request when it may come in: a route of ours, or somebody else's answer. */
  private proceeding(
    exchange: Exchange,
    response: HttpResponse,
    request: HttpRequest,
  ): (pending: Promise<Admission> | null) => void {
    const { forwarding } = this;
    const { method, path } = exchange.head;
    if (forwarding === null || !forwarding.takes(path)) return (pending) => this.route(exchange, response, pending);
    // A browser's question in advance shows no key, so it is not passed on to anybody.
    const allowed: readonly Header[] = [["Allow", METHODS], ...PREFLIGHT];
    if (method === "OPTIONS")
      return (pending) => this.admitted(exchange, pending, () => exchange.empty("204 No Content", allowed));
    const headers = passedHeaders(request);
    const forward = (body: Uint8Array | null): void => {
      if (!exchange.answerable) return; // the client left while its token was looked at
      const onGone = (run: () => void): void => exchange.onGone(run);
      this.run(exchange, () => forwarding.forward({ head: exchange.head, headers, body, onGone }));
    };
    return (pending) => {
      if (reads(method)) {
        this.admitted(exchange, pending, () => forward(null));
        return;
      }
      if (this.closing) {
        exchange.fail({ code: "shutting_down" });
        return;
      }
      this.receive(response, exchange, forwarding.maxBytes, pending, (body) => {
        if (body.ok) forward(body.value);
        else exchange.fail(body.failure);
      });
    };
  }

  /** `pending`: a token is being checked. */
  private route(exchange: Exchange, response: HttpResponse, pending: Promise<Admission> | null): void {
    const { head } = exchange;
    const match = this.router.find(head.method, head.path);
    if (!match.ok) {
      this.admitted(exchange, pending, () => answerUnrouted(exchange, match.failure));
      return;
    }
    head.params = match.value.params;
    const { handler } = match.value;
    const { traced } = exchange;
    if (traced !== null) {
      traced.name(`${head.method} ${handler.endpoint.path}`);
      traced.set("http.route", handler.endpoint.path);
    }
    if (this.closing && !reads(head.method)) {
      exchange.fail({ code: "shutting_down" });
      return;
    }
    if (handler.body === "none") {
      this.admitted(exchange, pending, () => this.run(exchange, () => handler.run(head)));
      return;
    }
    this.receive(response, exchange, handler.maxBytes, pending, (body) => {
      if (body.ok) {
        const work = (): Answer | Promise<Answer> => withBody(handler, head, body.value);
        const { idempotencyKey: key } = head;
        const { actsAlways } = handler.endpoint;
        const asked = { exchange, body: body.value, work, book: actsAlways ? null : this.book };
        this.run(exchange, key === null ? work : () => this.once(key, asked));
        return;
      }
      if (handler.body === "market_data" && body.failure.code === "payload_too_large") handler.tooLarge();
      exchange.fail(body.failure);
    });
  }

  /**
   * The body is received while a token is checked, because the library hands it out only once. Who is refused is told at
   * once, and what has come of the body is forgotten.
   */
  private receive(
    response: HttpResponse,
    exchange: Exchange,
    maxBytes: number,
    pending: Promise<Admission> | null,
    done: (body: Result<Body, Failure>) => void,
  ): void {
    if (pending === null) {
      this.bodies.read(response, exchange, maxBytes, done);
      return;
    }
    let arrived: Result<Body, Failure> | null = null;
    let entered = false;
    const forget = this.bodies.read(response, exchange, maxBytes, (body) => {
      if (entered) done(body);
      else arrived = body;
    });
    const proceed = (): void => {
      entered = true;
      if (arrived !== null) done(arrived);
    };
    this.admitted(exchange, pending, proceed, forget);
  }

  private admitted(
    exchange: Exchange,
    pending: Promise<Admission> | null,
    proceed: () => void,
    refused: () => void = () => undefined,
  ): void {
    if (pending === null) {
      proceed();
      return;
    }
    pending.then(
      (admission) => {
        if (enter(exchange, admission)) proceed();
        else refused();
      },
      (error: unknown) => {
        this.fault(exchange, error);
        refused();
      },
    );
  }

  /** Null if a socket may open, so far as limits are concerned, and the page that opens it. */
  barSocket(response: HttpResponse, request: HttpRequest): Failure | null {
    return this.gate?.barSocket(() => networkOf(response)) ?? this.origins.socketRefusal(request);
  }

  /** Refuses an upgrade as any other request. */
  refuse(response: HttpResponse, request: HttpRequest, failure: Failure): void {
    this.begin(response, request).fail(failure);
  }

  /** From now on nothing that changes the engine is begun. */
  close(): void {
    this.closing = true;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** Resolves when no exchange is under way. */
  async idle(): Promise<void> {
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
  }

  private begin(response: HttpResponse, request: HttpRequest): Exchange {
    this.underWay += 1;
    const exchange = new Exchange(response, this.heads.read(request), this.shared);
    if (this.crowded()) exchange.hold();
    if (this.traces !== null) exchange.traced = spanOf(this.traces, exchange.head, request);
    return exchange;
  }

  private ended(): void {
    this.underWay -= 1;
    if (this.underWay === 0) this.whenIdle();
  }

  /** True after so many requests in this turn of the loop that some are likely to be piled up on one connection. */
  private crowded(): boolean {
    if (this.inThisTurn === 0) {
      setImmediate(() => {
        this.inThisTurn = 0;
      });
    }
    this.inThisTurn += 1;
    return this.inThisTurn > TURN_MAX;
  }

  private run(exchange: Exchange, handler: () => Answer | Promise<Answer>): void {
    try {
      const answer = exchange.traced === null ? handler() : exchange.traced.inside(handler);
      if (answer instanceof Promise) {
        answer.then(
          (value) => exchange.answer(value),
          (error: unknown) => this.fault(exchange, error),
        );
      } else {
        exchange.answer(answer);
      }
    } catch (error) {
      this.fault(exchange, error);
    }
  }

  /** Not a second time for the same key, path and body. */
  private async once(key: string, { exchange, body, work, book }: Keyed): Promise<Answer> {
    if (!IDEMPOTENCY_KEY.test(key))
      return failed(invalid("Idempotency-Key", "must be 1 to 128 visible ASCII characters"));
    if (book === null) return work();
    const { caller, path, rawQuery, requestId } = exchange.head;
    const bodyHash = createHash("sha256").update(body).digest("base64");
    const question = { owner: caller.id, key, path: rawQuery === "" ? path : `${path}?${rawQuery}`, bodyHash };
    let answer: Answer | null = null;
    const served = await book.serve(question, async () => {
      answer = await work();
      return answer.ok ? answer.value : failureReply(answer.failure, requestId);
    });
    if (!served.ok) return served;
    if (!served.value.replayed && answer !== null) return answer; // with the headers that belong to it
    exchange.carry([["Idempotency-Replayed", "true"]]);
    return ok(served.value.reply);
  }

  private fault(exchange: Exchange, error: unknown): void {
    const { method, path, requestId } = exchange.head;
    const unread = error instanceof StoreError ? error.failure : null;
    if (unread === null) this.log.error("a request handler threw", { error, method, path, request_id: requestId });
    exchange.fail(unread ?? { code: "internal_error" });
  }
}

function reads(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function spanOf(traces: Traces, { method, path, requestId }: RequestHead, request: HttpRequest): Traced {
  const caller = { traceparent: request.getHeader("traceparent"), tracestate: request.getHeader("tracestate") };
  const values = { "http.request.method": method, "url.path": path, "strategy_engine.request_id": requestId };
  return traces.request(method, caller, values);
}

/** Lets the request in, or answers why not. */
function enter(exchange: Exchange, { entry, headers }: Admission): boolean {
  exchange.carry(headers);
  if (!entry.ok) {
    exchange.fail(entry.failure);
    return false;
  }
  exchange.head.caller = entry.value;
  return true;
}

function answerUnrouted(exchange: Exchange, failure: Failure): void {
  if (exchange.head.method === "OPTIONS" && failure.code === "method_not_allowed") {
    exchange.empty("204 No Content", [["Allow", failure.allowed.join(", ")], ...PREFLIGHT]);
  } else {
    exchange.fail(failure);
  }
}

function withBody(
  handler: Exclude<Handler, { body: "none" }>,
  head: RequestHead,
  body: Body,
): Answer | Promise<Answer> {
  if (handler.body === "market_data") {
    const encoding = body.byteLength === 0 ? ok("json" as const) : encodingOf(head, true);
    return encoding.ok ? handler.run(head, body, encoding.value) : encoding;
  }
  const object = readObject(head, body);
  return object.ok ? handler.run(head, object.value) : object;
}

function readObject(head: RequestHead, body: Body): Result<Readonly<Record<string, unknown>>, Failure> {
  if (body.byteLength === 0) return ok({});
  const encoding = encodingOf(head, false);
  return encoding.ok ? parseJsonObject(body) : failed(encoding.failure);
}
