// The head of a request as routes see it, copied out of the library's request, which dies with the handler's first turn.
import { ANYBODY } from "./guards/guard.ts";
import type { Caller } from "./guards/guard.ts";
import type { HttpRequest } from "./uws.ts";

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly accept: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly contentLength: string;
  readonly rawQuery: string;
  /** As it came, possibly empty; null if there is none. Read of a POST only. */
  readonly idempotencyKey: string | null;
  /** As it came, possibly empty, which names no state; null if there is none. Read of a PUT only. */
  readonly ifMatch: string | null;
  /** Path parameters by name; set once the route is known. */
  params: ReadonlyMap<string, string>;
  /** Who asks; set once the gate has let it in. */
  caller: Caller;
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map();
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Makes request ids and copies heads. Ids are unique in the process and unlike those of another one. */
export class HeadReader {
  private readonly prefix: string;
  private count = 0;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  read(request: HttpRequest): RequestHead {
    const given = request.getHeader("x-request-id");
    const method = request.getCaseSensitiveMethod();
    return {
      method,
      path: request.getUrl(),
      requestId: REQUEST_ID.test(given) ? given : this.nextId(),
      accept: request.getHeader("accept"),
      contentType: request.getHeader("content-type"),
      contentEncoding: request.getHeader("content-encoding"),
      contentLength: request.getHeader("content-length"),
      rawQuery: request.getQuery() ?? "",
      idempotencyKey: method === "POST" ? headerOf(request, "idempotency-key") : null,
      ifMatch: method === "PUT" ? headerOf(request, "if-match") : null,
      params: NO_PARAMS,
      caller: ANYBODY,
    };
  }

  private nextId(): string {
    this.count += 1;
    return `req_${this.prefix}${this.count.toString(36).padStart(6, "0")}`;
  }
}

/** The library gives the same empty text for a header that is missing and for one that is empty. */
function headerOf(request: HttpRequest, lowerCaseName: string): string | null {
  const value = request.getHeader(lowerCaseName);
  return value !== "" || countOf(request, lowerCaseName) > 0 ? value : null;
}

/**
 * Why nobody can say for sure where this request's body ends: a proxy in front might see another end than we do, and
 * take what follows for a request of somebody else. Null for every decent request; the library refuses the other cases.
 */
export function unclearLength(request: HttpRequest): string | null {
  const coding = request.getHeader("transfer-encoding");
  if (coding !== "" && coding.toLowerCase() !== "chunked") return "Transfer-Encoding must be chunked, or not be there";
  if (request.getHeader("content-length") === "") return null;
  return countOf(request, "content-length") === 1 ? null : "Content-Length must be there only once";
}

function countOf(request: HttpRequest, lowerCaseName: string): number {
  let count = 0;
  request.forEach((name) => {
    if (name === lowerCaseName) count += 1;
  });
  return count;
}
