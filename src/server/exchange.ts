// One request being answered. Owns the library's response object: knows whether the client has gone, answers at most
// once, and never touches the response after either. A HEAD is answered as its GET without the body.
import { errorBody, failureHeaders, statusOf } from "./status.ts";
import type { Failure } from "../domain/failure.ts";
import type { Traced } from "../telemetry/traces.ts";
import type { Answer, Reply } from "./reply.ts";
import type { RequestHead } from "./request.ts";
import type { HttpResponse } from "./uws.ts";

export type Header = readonly [name: string, value: string];

const NO_HEADERS: readonly Header[] = [];

export class Exchange {
  readonly head: RequestHead;
  private readonly response: HttpResponse;
  private readonly common: readonly Header[];
  /** Its span; null: nobody listens. */
  traced: Traced | null = null;
  private open = true;
  private leave: () => void = () => undefined;
  private held: "no" | "yes" | "answered" = "no";
  private extra: readonly Header[] = NO_HEADERS;

  /** `ended` runs once: when the answer is written or the client has gone. */
  constructor(response: HttpResponse, head: RequestHead, common: readonly Header[], ended: () => void) {
    this.response = response;
    this.head = head;
    this.common = common;
    this.ended = ended;
    response.onAborted(() => {
      if (!this.open) return;
      this.open = false;
      this.leave();
      this.traced?.end("the client left before the answer");
      this.ended();
    });
  }

  private readonly ended: () => void;

  get answerable(): boolean {
    return this.open;
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
    const { status, contentType, body, headers = [] } = answer.value;
    this.write(status, [["Content-Type", contentType], ...headers], body, false);
  }

  /** `close` also ends the connection: for clients that would otherwise go on sending. */
  fail(failure: Failure, close = false): void {
    const body = JSON.stringify(errorBody(failure, this.head.requestId));
    const headers: Header[] = [["Content-Type", "application/json"], ...failureHeaders(failure)];
    this.write(statusOf(failure), headers, body, close);
  }

  empty(status: string, headers: readonly Header[]): void {
    this.write(status, headers, null, false);
  }

  private write(status: string, headers: readonly Header[], body: Reply["body"] | null, close: boolean): void {
    if (this.held === "no") this.send(status, headers, body, close);
    if (this.held !== "yes") return;
    this.held = "answered";
    setImmediate(() => this.send(status, headers, body, close));
  }

  private send(status: string, headers: readonly Header[], body: Reply["body"] | null, close: boolean): void {
    if (!this.open) return;
    this.open = false;
    const response = this.response;
    response.cork(() => {
      response.writeStatus(status).writeHeader("X-Request-Id", this.head.requestId);
      for (const [name, value] of this.common) {
        if (!headers.some(([own]) => own === name)) response.writeHeader(name, value);
      }
      for (const [name, value] of this.extra) response.writeHeader(name, value);
      for (const [name, value] of headers) response.writeHeader(name, value);
      if (body !== null && this.head.method !== "HEAD") {
        response.end(body, close);
        return;
      }
      if (body !== null) response.writeHeader("Content-Length", String(Buffer.byteLength(body)));
      response.endWithoutBody();
    });
    if (this.traced !== null) endSpan(this.traced, status);
    this.ended();
  }
}

/** Only what is the engine's fault is one: a refused request was answered as it should be. */
function endSpan(traced: Traced, status: string): void {
  const code = Number.parseInt(status, 10);
  traced.set("http.response.status_code", code);
  traced.end(code >= 500 ? status : null);
}
