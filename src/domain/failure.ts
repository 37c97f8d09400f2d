// Expected failures: data first, then one sentence that says what was found, what is allowed and what to do next.
// Codes are the API's; src/server/status.ts gives each its HTTP status.
export interface FieldIssue {
  /** Path of the field as the sender wrote it, e.g. market_data[0].price. */
  readonly field: string;
  /** Continues the sentence that the path begins, e.g. "must be a positive finite number". */
  readonly issue: string;
}

/** What is wrong with the code of a strategy; line and column from 1, null where it has no place in the text. */
export interface CodeIssue {
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly hint: string | null;
}

export type Failure =
  | { readonly code: "json_decode_error"; readonly issue: string }
  | { readonly code: "validation_error"; readonly issues: readonly [FieldIssue, ...FieldIssue[]] }
  | { readonly code: "code_error"; readonly issues: readonly [CodeIssue, ...CodeIssue[]] }
  | { readonly code: "bad_request"; readonly issue: string }
  | {
      readonly code: "not_found";
      readonly kind:
        | "path"
        | "symbol"
        | "strategy"
        | "version"
        | "alert"
        | "component"
        | "flag"
        | "backtest"
        | "sweep"
        | "pipeline"
        | "execution"
        | "A/B test"
        | "order"
        | "proposal"
        | "learned change";
      readonly id: string;
      /** What it would have to be, in place of where to look. */
      readonly why?: string;
    }
  | {
      readonly code: "invalid_state";
      readonly kind: "strategy" | "backtest" | "sweep" | "pipeline" | "A/B test" | "order" | "proposal";
      readonly id: string;
      readonly state: string;
      readonly wanted: string;
      /** States in which it would be possible. */
      readonly allowed: readonly string[];
      /** What is possible in this state. */
      readonly legal: readonly string[];
    }
  | { readonly code: "emergency_stop_active" }
  | { readonly code: "method_not_allowed"; readonly method: string; readonly allowed: readonly string[] }
  | { readonly code: "payload_too_large"; readonly limit: number; readonly unit: "bytes" | "ticks" }
  | { readonly code: "unsupported_media_type"; readonly found: string; readonly allowed: readonly string[] }
  | { readonly code: "upgrade_required"; readonly issue: string }
  | { readonly code: "unauthorized"; readonly issue: string }
  /** `issue`: the whole sentence, where it is not the key that lacks the role. */
  | { readonly code: "forbidden"; readonly method: string; readonly issue?: string }
  | { readonly code: "idempotency_key_reuse" }
  | { readonly code: "idempotency_unfinished" }
  | { readonly code: "rate_limited"; readonly limit: number; readonly retryAfterS: number }
  | { readonly code: "not_available"; readonly what: string }
  | { readonly code: "queue_full"; readonly what: string; readonly limit: number }
  | { readonly code: "overloaded"; readonly what: string }
  | {
      readonly code: "capacity_exceeded";
      readonly what: string;
      readonly limit: number;
      readonly setting: string;
      /** Where there is more to tell: the whole sentence. */
      readonly issue?: string;
    }
  | { readonly code: "conflict"; readonly issue: string }
  /** If-Match named another state of it than the one that is in force. */
  | { readonly code: "precondition_failed"; readonly what: string; readonly revision: string }
  | { readonly code: "already_running"; readonly id: string; readonly paused?: boolean }
  | { readonly code: "storage_full" }
  /** `issue`: the whole sentence, where it was not the store that did not answer. */
  | { readonly code: "storage_unavailable"; readonly issue?: string }
  | { readonly code: "shutting_down" }
  | { readonly code: "restarting" }
  | { readonly code: "not_ready" }
  /** `issue`: the whole sentence, where it is known what went wrong. */
  | { readonly code: "internal_error"; readonly issue?: string };

export function invalid(field: string, issue: string): Failure {
  return { code: "validation_error", issues: [{ field, issue }] };
}

/** It was done, and after a while the disk has still not said that it will last. */
export const NOT_DURABLE: Failure = { code: "storage_unavailable" };

export function explain(failure: Failure): string {
  switch (failure.code) {
    case "json_decode_error":
      return `the body is not JSON: ${failure.issue}`;
    case "validation_error":
      return `${failure.issues[0].field} ${failure.issues[0].issue}`;
    case "code_error":
      return `the code of the strategy does not work: ${explainCode(failure.issues[0])}${others(failure.issues.length)}`;
    case "bad_request":
    case "conflict":
    case "upgrade_required":
    case "unauthorized":
      return failure.issue;
    case "forbidden":
      return failure.issue ?? mayOnlyRead(failure.method);
    case "idempotency_key_reuse":
    case "idempotency_unfinished":
    case "emergency_stop_active":
    case "storage_full":
    case "shutting_down":
    case "restarting":
    case "not_ready":
      return SENTENCES[failure.code];
    case "internal_error":
    case "storage_unavailable":
      return failure.issue ?? SENTENCES[failure.code];
    case "rate_limited":
      return `over ${failure.limit} requests a minute (RATE_LIMIT_PER_MINUTE); send again in ${failure.retryAfterS} s`;
    case "not_found":
      return `${failure.kind} ${failure.id} does not exist; ${failure.why ?? WHERE_TO_LOOK[failure.kind]}`;
    case "invalid_state":
      return (
        `${failure.kind} ${failure.id} is ${failure.state}; ${failure.wanted} needs it to be ` +
        `${failure.allowed.join(" or ")}. Possible now: ${failure.legal.join(", ") || "nothing"}`
      );
    case "method_not_allowed":
      return `${failure.method} is not possible here; this path takes ${failure.allowed.join(", ")}`;
    case "payload_too_large":
      return `the body holds more than ${failure.limit} ${failure.unit}; send it in several requests`;
    case "unsupported_media_type":
      return `${failure.found} is not understood here; send ${failure.allowed.join(" or ")}`;
    case "not_available":
      return `${failure.what} is not available in this version`;
    case "queue_full":
      return `${failure.limit} ${failure.what} wait already; send it again when some of them are done`;
    case "overloaded":
      return `${failure.what} is full; send again in a moment`;
    case "capacity_exceeded":
      return failure.issue ?? `all ${failure.limit} ${failure.what} are in use; raise ${failure.setting} to have more`;
    case "precondition_failed":
      return (
        `${failure.what} have been changed meanwhile; read them again, and send the change with If-Match ` +
        `"${failure.revision}"`
      );
    case "already_running":
      return failure.paused === true
        ? `strategy ${failure.id} has an execution that is paused; POST /strategies/${failure.id}/resume lets it go on`
        : `strategy ${failure.id} is running already; stop it first, or look at its execution at GET /executions`;
  }
}

function mayOnlyRead(method: string): string {
  return `${method} changes something, and this key may only read; use one with the role write`;
}

/** "line 6, column 10: Cannot find name 'foo'. Hint: …" */
export function explainCode({ message, line, column, hint }: CodeIssue): string {
  const place = line === null ? "" : `line ${line}${column === null ? "" : `, column ${column}`}: `;
  return `${place}${message}${hint === null ? "" : `. Hint: ${hint}`}`;
}

function others(count: number): string {
  return count > 1 ? ` (and ${count - 1} more)` : "";
}

/** Those that say the same every time. */
const SENTENCES = {
  idempotency_key_reuse: "this Idempotency-Key was used here with another body; send a new key with a new request",
  idempotency_unfinished:
    "the first request with this Idempotency-Key took effect, but its answer was not kept; look at what is there, " +
    "and send a new key with a new request",
  emergency_stop_active: "the emergency stop is latched, so nothing is started; POST /risk/resume lifts it",
  storage_full: "the disk of DATA_DIR is full, so nothing was changed; free some space there and send again",
  storage_unavailable:
    "the store could not confirm this change; its log names the cause. Look whether it was made, then send again",
  shutting_down: "the engine is shutting down; send again when it is back",
  restarting: "the data plane is starting again after a fault; what was accepted is kept, ask again in a moment",
  not_ready: "the engine is warming up; ask again in a moment",
  internal_error: "something went wrong inside the engine; its log names the cause under this request_id",
} as const;

const WHERE_TO_LOOK = {
  path: "/docs shows every path, GET /openapi.json lists them for programs",
  symbol: "GET /symbols lists those that were seen",
  strategy: "GET /strategies lists those that there are",
  version: "GET /strategies/{id}/versions lists those of a strategy",
  alert: "GET /alerts lists those that are kept",
  component: "GET /config lists those that were set",
  flag: "GET /feature-flags lists those that there are",
  backtest: "GET /backtests lists those that are kept",
  sweep: "GET /sweeps lists those that are kept",
  pipeline: "GET /deployments lists those that are kept",
  execution: "GET /executions?status=all lists those that are kept",
  "A/B test": "GET /ab-tests lists those that are kept",
  order: "GET /orders lists those that are kept",
  proposal: "GET /learning/proposals lists those that are kept",
  "learned change": "GET /learning/history lists those that are kept",
} as const;
