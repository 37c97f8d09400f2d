// Is an answer what its endpoint declares? Used by the contract tests, by the fuzzer, and on every answer that any
// integration test fetches.
import { faultsOf } from "../../../src/server/contract/check.ts";
import { errorBody, statusOfCode } from "../../../src/server/contract/errors.ts";
import { declaredEndpoints, nameOf } from "./declarations.ts";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";
import type { ErrorCode } from "../../../src/server/contract/errors.ts";

/** Codes that any path may give. */
const ANYWHERE: readonly ErrorCode[] = [
  "bad_request",
  "unauthorized",
  "forbidden",
  "method_not_allowed",
  "idempotency_key_reuse",
  "idempotency_unfinished",
  "rate_limited",
  "not_available",
  "overloaded",
  "shutting_down",
];
/** What no answer may hold: a stack, or where a file lies. */
const INSIDE = /\bat (?:async )?\S+ \(|node:internal|\/node_modules\/|build\/out\/|\.(?:ts|js):\d+:\d+/;

export const FAULT = "a fault of the engine";

const byShape = new Map<string, Endpoint>();
for (const endpoint of await declaredEndpoints()) byShape.set(shapeOf(endpoint.method, endpoint.path), endpoint);

function shapeOf(method: string, path: string): string {
  return `${method === "HEAD" ? "GET" : method} ${path.replace(/\{[a-z_]+\}/g, "*")}`;
}

/** The endpoint of a request, or null. Fixed segments win over parameters, as in the router. */
export function endpointOf(method: string, path: string): Endpoint | null {
  let shapes = [""];
  for (const segment of path.split("/").slice(1))
    shapes = shapes.flatMap((shape) => [`${shape}/${segment}`, `${shape}/*`]);
  for (const shape of shapes) {
    const found = byShape.get(shapeOf(method, shape));
    if (found) return found;
  }
  return null;
}

/** What is wrong with an answer; empty when nothing is. `endpoint` null: a path or method that nobody declared. */
export function wrongWith(
  endpoint: Endpoint | null,
  status: number,
  contentType: string,
  text: string,
): readonly string[] {
  const where = endpoint === null ? "an undeclared path" : nameOf(endpoint);
  const wrong = (what: string): string => `${where} answered ${status}: ${what}`;
  if (status === 204 || status === 101) return [];
  const isPage = contentType.startsWith("text/");
  if (!isPage && INSIDE.test(text)) return [wrong(`it tells of the inside: ${text.slice(0, 300)}`)];
  if (status === 200 || endpoint?.alsoStatus[status] !== undefined)
    return wrongSuccess(endpoint, contentType, text).map(wrong);
  return wrongFailure(endpoint, status, contentType, text).map(wrong);
}

function wrongSuccess(endpoint: Endpoint | null, contentType: string, text: string): readonly string[] {
  if (endpoint === null) return ["nobody declared that"];
  if (endpoint.otherForms.some((form) => form.contentType === contentType)) return [];
  if (contentType !== "application/json") return [`Content-Type ${contentType}`];
  if (endpoint.answer === null) return ["it has no JSON answer"];
  const value = parsed(text);
  if (value === undefined) return [`not JSON: ${text.slice(0, 200)}`];
  return faultsOf(endpoint.answer, value).map(({ field, issue }) => `${field} ${issue}`);
}

function wrongFailure(endpoint: Endpoint | null, status: number, contentType: string, text: string): readonly string[] {
  if (contentType !== "application/json") return [`Content-Type ${contentType}`];
  const value = parsed(text);
  const faults = faultsOf(errorBody, value).map(({ field, issue }) => `${field} ${issue}`);
  if (faults.length > 0) return faults;
  const { error } = value as { readonly error: ErrorCode };
  if (statusOfCode(error) !== status) return [`${error} belongs to ${statusOfCode(error)}`];
  if (error === "internal_error") return [`${FAULT}: ${text.slice(0, 300)}`];
  const declared = endpoint === null ? ["not_found"] : endpoint.errors;
  return ANYWHERE.includes(error) || declared.includes(error) ? [] : [`${error} is not declared`];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
