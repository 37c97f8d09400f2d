// The HTTP status of each failure and the one error body of the API.
import { explain, explainCode } from "../domain/failure.ts";
import type { CodeIssue, Failure, FieldIssue } from "../domain/failure.ts";
import { quoted } from "./reply.ts";
import type { Reply } from "./reply.ts";

const STATUS: Readonly<Record<Failure["code"], string>> = {
  json_decode_error: "400 Bad Request",
  bad_request: "400 Bad Request",
  unauthorized: "401 Unauthorized",
  forbidden: "403 Forbidden",
  not_found: "404 Not Found",
  invalid_state: "409 Conflict",
  emergency_stop_active: "409 Conflict",
  method_not_allowed: "405 Method Not Allowed",
  conflict: "409 Conflict",
  already_running: "409 Conflict",
  precondition_failed: "412 Precondition Failed",
  payload_too_large: "413 Payload Too Large",
  unsupported_media_type: "415 Unsupported Media Type",
  validation_error: "422 Unprocessable Entity",
  code_error: "422 Unprocessable Entity",
  upgrade_required: "426 Upgrade Required",
  idempotency_unfinished: "409 Conflict",
  idempotency_key_reuse: "422 Unprocessable Entity",
  rate_limited: "429 Too Many Requests",
  internal_error: "500 Internal Server Error",
  not_available: "501 Not Implemented",
  queue_full: "503 Service Unavailable",
  overloaded: "503 Service Unavailable",
  capacity_exceeded: "503 Service Unavailable",
  storage_full: "503 Service Unavailable",
  storage_unavailable: "503 Service Unavailable",
  shutting_down: "503 Service Unavailable",
  restarting: "503 Service Unavailable",
  not_ready: "503 Service Unavailable",
};

export interface ErrorBody {
  readonly status: "error";
  readonly error: Failure["code"];
  readonly message: string;
  readonly details?: readonly FieldIssue[];
  readonly diagnostics?: readonly CodeIssue[];
  readonly request_id: string;
}

export function statusOf(failure: Failure): string {
  return STATUS[failure.code];
}

export function errorBody(failure: Failure, requestId: string): ErrorBody {
  return {
    status: "error",
    error: failure.code,
    message: explain(failure),
    ...(failure.code === "validation_error" ? { details: failure.issues } : {}),
    ...(failure.code === "code_error" ? codeFields(failure.issues) : {}),
    request_id: requestId,
  };
}

/** For people who read details, and for editors that jump to a line. */
function codeFields(issues: readonly CodeIssue[]): Pick<ErrorBody, "details" | "diagnostics"> {
  return { details: issues.map((one) => ({ field: "code", issue: explainCode(one) })), diagnostics: issues };
}

/** A failure as it is sent, without the headers that belong to it. */
export function failureReply(failure: Failure, requestId: string): Reply {
  const body = JSON.stringify(errorBody(failure, requestId));
  return { status: statusOf(failure), contentType: "application/json", body };
}

/** Headers that belong to the failure itself. */
export function failureHeaders(failure: Failure): readonly (readonly [string, string])[] {
  switch (failure.code) {
    case "method_not_allowed":
      return [["Allow", failure.allowed.join(", ")]];
    case "upgrade_required":
      return [
        ["Upgrade", "websocket"],
        ["Sec-WebSocket-Version", "13"],
      ];
    case "precondition_failed":
      return [["ETag", quoted(failure.revision)]];
    case "unauthorized":
      return [["WWW-Authenticate", 'Bearer realm="strategy-engine"']];
    case "rate_limited":
      return [["Retry-After", String(failure.retryAfterS)]];
    case "queue_full":
    case "overloaded":
    case "capacity_exceeded":
    case "storage_full":
    case "storage_unavailable":
    case "shutting_down":
    case "restarting":
    case "not_ready":
      return [["Retry-After", "1"]];
    default:
      return [];
  }
}
