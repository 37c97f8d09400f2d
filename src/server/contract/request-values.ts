// A request's path, query and body against its declaration: typed values for the handler, or one failure that names every
// fault of query and body together. A path parameter that breaks its pattern names nothing: 404.
import { failed, ok } from "../../domain/result.ts";
import { faultsOf } from "./check.ts";
import { readQuery } from "./query-values.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { RequestHead } from "../request.ts";
import type { Endpoint, Values } from "./endpoint.ts";
import type { Keywords } from "./schema.ts";

const PATH_SHOWN = 100;
const EMPTY: Readonly<Record<string, never>> = {};

export function readValues<P, Q, B>(
  endpoint: Endpoint<P, Q, B>,
  head: RequestHead,
  given: unknown,
  unknown?: (params: P) => Failure | null,
): Result<Values<P, Q, B>, Failure> {
  const params = readParams(endpoint.params, head);
  if (!params.ok) return failed({ code: "not_found", kind: "path", id: shown(head.path), why: params.failure });
  const missing = unknown?.(params.value as P) ?? null;
  if (missing !== null) return failed(missing);
  const query = readQuery(endpoint.query, head.rawQuery);
  const bodyFaults = endpoint.body === null ? [] : faultsOf(endpoint.body, given);
  const queryFaults = query.ok || query.failure.code !== "validation_error" ? [] : query.failure.issues;
  const [first, ...rest] = [...queryFaults, ...bodyFaults];
  if (first !== undefined) return failed({ code: "validation_error", issues: [first, ...rest] });
  if (!query.ok) return query;
  const body = endpoint.body === null ? given : withDefaults(endpoint.body, given);
  return ok({ params: params.value as P, query: query.value, body: body as B });
}

/** The failure says what the first one that breaks its pattern would have to be. */
function readParams(schema: Keywords, head: RequestHead): Result<unknown, string> {
  if (head.params.size === 0) return ok(EMPTY);
  const params = Object.fromEntries(head.params);
  const [fault] = faultsOf(schema, params);
  return fault === undefined ? ok(params) : failed(`${fault.field} ${fault.issue}`);
}

/** Fields of the first level that were left out get their defaults. */
function withDefaults(schema: Keywords, given: unknown): unknown {
  const missing = Object.entries(schema.properties ?? {}).filter(
    ([name, field]) => field.default !== undefined && !Object.hasOwn(given as object, name),
  );
  if (missing.length === 0) return given;
  return { ...Object.fromEntries(missing.map(([name, field]) => [name, field.default])), ...(given as object) };
}

/** What a client wrote, short and without control characters, for a message. */
function shown(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, "?");
  return clean.length <= PATH_SHOWN ? clean : `${clean.slice(0, PATH_SHOWN)}...`;
}
