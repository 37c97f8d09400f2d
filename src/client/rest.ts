// The REST side of the client: every operation of the contract by its name, typed by the contract, answered by a value.
// Nothing is thrown for what can be expected: refusals, an engine that is away, a timeout, a caller that gave up.
import { ALSO_ANSWERED, OPERATIONS, type OperationName, type RequestOf, type ResponseOf } from "./operations.ts";
import type { Outcome, RestFailure } from "./failure.ts";

export interface RestOptions {
  /** Of the engine, e.g. http://localhost:8700. */
  readonly url: string;
  readonly apiKey?: string;
  readonly timeoutMs?: number;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;

export class RestClient {
  private readonly options: RestOptions;

  constructor(options: RestOptions) {
    this.options = options;
  }

  async call<K extends OperationName>(
    operation: K,
    ...[request]: "params" extends keyof RequestOf<K> ? readonly [RequestOf<K>] : readonly [RequestOf<K>?]
  ): Promise<Outcome<ResponseOf<K>, RestFailure>> {
    const [method = "GET", path = "/"] = OPERATIONS[operation].split(" ");
    const answer = await this.send(method, path, request ?? {}, ALSO_ANSWERED[operation] ?? []);
    return answer as Outcome<ResponseOf<K>, RestFailure>;
  }

  private async send(
    method: string,
    path: string,
    request: AnyRequest,
    also: readonly number[],
  ): Promise<Outcome<unknown, RestFailure>> {
    const { apiKey, timeoutMs = TIMEOUT_MS, fetch = globalThis.fetch } = this.options;
    const { body, idempotencyKey, ifMatch, signal } = request;
    const ms = request.timeoutMs ?? timeoutMs;
    const timeout = AbortSignal.timeout(ms);
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(apiKey === undefined ? {} : { "x-api-key": apiKey }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      ...(ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` }),
    };
    try {
      const response = await fetch(addressOf(this.options.url, path, request), {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      return await outcomeOf(response, also);
    } catch (error) {
      if (signal?.aborted === true) return failed({ code: "aborted" });
      if (timeout.aborted) return failed({ code: "timeout", ms });
      return failed({ code: "unreachable", message: reasonOf(error) });
    }
  }
}

function addressOf(base: string, path: string, { params = {}, query = {} }: AnyRequest): URL {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/$/, "") + filled;
  url.search = "";
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, text(value));
  }
  return url;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function outcomeOf(response: Response, also: readonly number[]): Promise<Outcome<unknown, RestFailure>> {
  const body = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  if (!isJson && response.ok) return { ok: true, value: body };
  const value = isJson ? parsed(body) : null;
  const { status } = response;
  const error = value?.["error"];
  if (value !== null && (response.ok || (also.includes(status) && error === undefined))) return { ok: true, value };
  if (value === null || typeof error !== "string") {
    return failed({ code: "not_the_engine", status, message: body.slice(0, 200) });
  }
  const retryAfter = response.headers.get("retry-after");
  return failed({
    code: "refused",
    status,
    error,
    message: String(value["message"]),
    details: (value["details"] ?? []) as Extract<RestFailure, { code: "refused" }>["details"],
    requestId: typeof value["request_id"] === "string" ? value["request_id"] : null,
    retryAfter: retryAfter === null ? null : Number(retryAfter),
  });
}

function parsed(body: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    return null; // an answer of something else on this address
  }
}

function failed(failure: RestFailure): Outcome<never, RestFailure> {
  return { ok: false, failure };
}

/** fetch wraps what happened: the cause says more than "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
}
