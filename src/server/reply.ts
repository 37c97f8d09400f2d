// What a route hands back: a value, not a socket. The server adds status line, common headers and request id.
import { ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";

export interface Reply {
  readonly status: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Further headers; one of a name that every answer has takes its place. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export type Answer = Result<Reply, Failure>;

export function json(value: unknown, status = "200 OK"): Answer {
  return ok({ status, contentType: "application/json", body: JSON.stringify(value) });
}

/** With its revision as ETag, for who wants to change exactly this. */
export function tagged(value: { readonly revision: string }): Answer {
  return ok({
    status: "200 OK",
    contentType: "application/json",
    body: JSON.stringify(value),
    headers: [["ETag", quoted(value.revision)]],
  });
}

export function quoted(revision: string): string {
  return `"${revision}"`;
}

export function text(contentType: string, body: string): Answer {
  return ok({ status: "200 OK", contentType, body });
}
