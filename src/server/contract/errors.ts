// Every error code of the API with its HTTP status and what it means, and the one body that all of them have.
import { exactly, integer, list, nullable, object, oneOf, optional, text } from "./schema.ts";

const CODES = {
  json_decode_error: [400, "The body is not JSON: syntax, NaN or Infinity, invalid UTF-8, or nested deeper than 32."],
  bad_request: [400, "The request cannot be read."],
  unauthorized: [401, "A key is needed, or the one given is not known."],
  forbidden: [403, "The key may only read, or a page of another site asks; the message says which."],
  not_found: [404, "There is no such path, or nothing with this id."],
  method_not_allowed: [405, "The path is known, the method is not; Allow names those that are."],
  invalid_state: [409, "Not possible in the state in which the thing is; the message says what is."],
  already_running: [409, "The strategy is running already."],
  emergency_stop_active: [409, "Nothing is started while the emergency stop is latched."],
  idempotency_unfinished: [409, "The first request with this key took effect, and its answer was not kept."],
  conflict: [409, "Something else stands against it; the message says what."],
  precondition_failed: [412, "If-Match names another state than the one in force; ETag names that."],
  payload_too_large: [413, "The body is longer than the path takes."],
  unsupported_media_type: [415, "The body is of a kind that the path does not read."],
  validation_error: [422, "JSON, but wrong: details name every field that is, up to 20."],
  idempotency_key_reuse: [422, "The Idempotency-Key was used before with another body."],
  code_error: [422, "The code of the strategy does not work."],
  upgrade_required: [426, "The path speaks WebSocket only."],
  rate_limited: [429, "Too many requests; Retry-After says when to come back."],
  internal_error: [500, "A fault of the engine; its log names the cause under the request id."],
  not_available: [501, "Described, but not in this version."],
  queue_full: [503, "As many wait as can wait."],
  overloaded: [503, "Full at the moment; nothing was taken."],
  capacity_exceeded: [503, "All places are in use; the message names the setting to raise."],
  storage_full: [503, "The disk is full; nothing was changed."],
  storage_unavailable: [503, "The store could not confirm the change; look whether it was made."],
  shutting_down: [503, "The engine is about to stop."],
  restarting: [503, "The data plane is starting again."],
  not_ready: [503, "The engine is warming up."],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>;

export type ErrorCode = keyof typeof CODES;
export const ERROR_CODES = Object.keys(CODES) as readonly ErrorCode[];

export function statusOfCode(code: ErrorCode): number {
  return CODES[code][0];
}
export function meaningOfCode(code: ErrorCode): string {
  return CODES[code][1];
}

const fieldIssue = object(
  {
    field: text("Path of the field as the sender wrote it.", { examples: ["market_data[0].price"] }),
    issue: text("The rest of the sentence.", { examples: ["must be a positive finite number"] }),
  },
  { title: "FieldIssue" },
);

const codeIssue = object(
  {
    message: text("What is wrong.", { examples: ["Cannot find name 'foo'."] }),
    line: nullable(integer("From 1; null where it has no place in the code.", { minimum: 1, examples: [6] })),
    column: nullable(integer("From 1.", { minimum: 1, examples: [10] })),
    hint: nullable(text("What was probably meant.", { examples: ["numbers are f64 (or i32 where they count)"] })),
  },
  { title: "CodeIssue" },
);

export const errorBody = object(
  {
    status: exactly("error"),
    error: oneOf(ERROR_CODES, "Which error, for programs.", { examples: ["validation_error"] }),
    message: text("What was found, what is allowed, what to do; for people.", {
      minLength: 1,
      examples: ["market_data[0].price must be a positive finite number"],
    }),
    details: optional(list(fieldIssue, "With validation_error and code_error: every field that is wrong, up to 20.")),
    diagnostics: optional(list(codeIssue, "With code_error: what is wrong with the code.")),
    request_id: text("Names the request in the engine's log.", { minLength: 1, examples: ["req_01j9f3k2ab"] }),
  },
  { title: "Error", description: "The body of every answer that is not a success." },
);
