// One request being answered. Owns the library's response object: knows whether the client has gone, answers at most
// once, and never touches the response after either. A HEAD is answered as its GET without the body.
import { errorBody, failureHeaders, statusOf } from "./status.ts";
import type { Failure } from "../domain/failure.ts";
import type { Traced } from "../telemetry/traces.ts";
import type { Answer, Reply } from "./reply.ts";
import type { RequestHead } from "./request.ts";
import type { Unsent } from "./unsent.ts";
import type { HttpResponse } from "./uws.ts";

export type Header = readonly [name: string, value: string];

/** What all exchanges of a server share. */
export interface Shared {
  /** Headers of every answer that has no others of these names. */
  readonly common: readonly Header[];
  readonly unsent: Unsent;
  /** Runs once for each: when its answer is sent or its client has gone. */
  readonly ended: () => void;
}

const NO_HEADERS: readonly Header[] = [];
const NOTHING = (): void => undefined;
/** A header that the library writes ends with it; the empty line behind a head it writes only where it then takes the next request. */
const LINE_END = "\r\n";

export class Exchange {
  readonly head: RequestHead;
  private readonly response: HttpResponse;
  private readonly shared: Shared;
  /** Its span; null: nobody listens. */
  traced: Traced | null = null;
  private state: "open" | "sending" | "over" = "open";
  /** What to do when the client leaves: before the answer what the work wants, then what gives back its room. */
  private leave: () => void = NOTHING;
  private held: "no" | "yes" | "answered" = "no";
  private extra: readonly Header[] = NO_HEADERS;
  /** The answer is with the library, and not all of it was taken. */
  private waits = false;

  constructor(response: HttpResponse, head: RequestHead, shared: Shared) {
    this.response = response;
    this.head = head;
    this.shared = shared;
    response.onAborted(() => {
      if (this.state === "open") this.traced?.end("the client left before the answer");
      this.end();
    });
  }

  get answerable(): boolean {
    return this.state === "open";
  }

  /** What to do when the client leaves before the answer; the latest one counts. */
  onGone(run: () => void): void {
    this.leave = run;
  }

  /** Headers that go with the answer, whatever it is. */
  carry(headers: readonly Header[]): void {
    if (headers.length > 0) this.extra = [...this.extra, ...headers];
  }

  /**
   * Answers in the next turn of the loop. The library ends a connection that has sent a further request by then, so
   * whoever piles requests up gets no further, and everybody else only waits for that turn.
   */
  hold(): void {
    this.held = "yes";
  }

  answer(answer: Answer): void {
    if (!answer.ok) {
      this.fail(answer.failure);
      return;
    }
    const { status, contentType, body, headers = NO_HEADERS } = answer.value;
    this.write(status, [["Content-Type", contentType], ...headers], bytesOf(body), false);
  }

  /** `close` also ends the connection: for clients that would otherwise go on sending. */
  fail(failure: Failure, close = false): void {
    const body = Buffer.from(JSON.stringify(errorBody(failure, this.head.requestId)));
    const headers: Header[] = [["Content-Type", "application/json"], ...failureHeaders(failure)];
    this.write(statusOf(failure), headers, body, close);
  }

  empty(status: string, headers: readonly Header[]): void {
    this.write(status, headers, null, false);
  }

  private write(status: string, headers: readonly Header[], body: Uint8Array | null, close: boolean): void {
    if (this.held === "no") this.send(status, headers, body, close);
    if (this.held !== "yes") return;
    this.held = "answered";
    setImmediate(() => this.send(status, headers, body, close));
  }

  private send(status: string, headers: readonly Header[], body: Uint8Array | null, close: boolean): void {
    if (this.state !== "open") return;
    const { response } = this;
    this.state = "sending";
    this.leave = NOTHING;
    response.cork(() => {
      this.writeHead(status, headers);
      if (body === null || this.head.method === "HEAD") this.sendBare(headers, body);
      else if (close) this.sendClosing(body);
      else this.sendBody(body);
    });
    if (this.traced !== null) endSpan(this.traced, status);
    if (!this.waits) this.end();
    else if (this.shared.unsent.full) response.close();
  }

  private writeHead(status: string, headers: readonly Header[]): void {
    const { response } = this;
    response.writeStatus(status).writeHeader("X-Request-Id", this.head.requestId);
    for (const [name, value] of this.shared.common) {
      if (!names(headers, name)) response.writeHeader(name, value);
    }
    for (const [name, value] of this.extra) response.writeHeader(name, value);
    for (const [name, value] of headers) response.writeHeader(name, value);
  }

  private sendBody(body: Uint8Array): void {
    const { response } = this;
    if (response.tryEnd(body)[1]) return;
    this.waits = true;
    this.leave = this.shared.unsent.keep(response, body, () => this.end());
  }

  /** A head alone; where it is the last of its connection, that ends when the system has it. */
  private sendBare(headers: readonly Header[], body: Uint8Array | null): void {
    const { response } = this;
    if (body !== null && !names(headers, "Content-Length"))
      response.writeHeader("Content-Length", String(body.byteLength));
    if (this.shared.unsent.endsHere()) this.sendLast(null);
    else response.endWithoutBody();
  }

  /** The library, asked to close, waits until what is unsent was taken, and serves whatever comes meanwhile. */
  private sendClosing(body: Uint8Array): void {
    const { response } = this;
    if (!this.shared.unsent.endsHere()) {
      response.end(body, true);
      return;
    }
    response.writeHeader("Content-Length", String(body.byteLength));
    this.sendLast(body);
  }

  /** The rest of an answer, behind which the connection ends, whatever the client has taken of it. */
  private sendLast(body: Uint8Array | null): void {
    const { response } = this;
    const date = `${new Date().toUTCString()}${LINE_END}`;
    const rest = body === null ? date : Buffer.concat([Buffer.from(`${date}${LINE_END}`), body]);
    response.writeHeader("Connection", "close").writeHeader("Date", rest);
    this.waits = true;
    setImmediate(() => {
      if (this.state === "sending") response.close();
    });
  }

  /** The answer is sent, or nobody is there to take it. */
  private end(): void {
    if (this.state === "over") return;
    this.state = "over";
    this.leave();
    this.shared.ended();
  }
}

function bytesOf(body: Reply["body"]): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : body;
}

function names(headers: readonly Header[], name: string): boolean {
  for (const [own] of headers) if (own === name) return true;
  return false;
}

/** Only what is the engine's fault is one: a refused request was answered as it should be. */
function endSpan(traced: Traced, status: string): void {
  const code = Number.parseInt(status, 10);
  traced.set("http.response.status_code", code);
  traced.end(code >= 500 ? status : null);
}
