// Every kind of refusal, read as its user reads it: what was found, and what to do now.
import { describe, expect, it } from "vitest";
import { explain, type Failure } from "../../src/domain/failure.ts";

type Code = Failure["code"];
/** A failure of each code, what of it has to be found in the sentence, and what tells its reader what to do. */
const KINDS: { readonly [C in Code]: readonly [Extract<Failure, { code: C }>, found: string, todo: string] } = {
  json_decode_error: [{ code: "json_decode_error", issue: "bad token at 7" }, "bad token at 7", "not JSON"],
  validation_error: [
    { code: "validation_error", issues: [{ field: "price", issue: "must be above 0, found -1" }] },
    "price",
    "must be above 0, found -1",
  ],
  code_error: [
    { code: "code_error", issues: [{ message: "no such name", line: 3, column: 5, hint: "did you mean rsi" }] },
    "line 3, column 5",
    "did you mean rsi",
  ],
  bad_request: [{ code: "bad_request", issue: "encoding must be json" }, "encoding", "must be json"],
  conflict: [{ code: "conflict", issue: "it is at 2 now; ask again" }, "at 2", "ask again"],
  upgrade_required: [{ code: "upgrade_required", issue: "open it with a client" }, "open", "with a client"],
  unauthorized: [{ code: "unauthorized", issue: "no key; send one" }, "no key", "send one"],
  forbidden: [{ code: "forbidden", method: "PUT" }, "PUT", "use one with the role write"],
  not_found: [{ code: "not_found", kind: "order", id: "ord_1" }, "order ord_1", "GET /orders lists"],
  invalid_state: [
    {
      code: "invalid_state",
      kind: "order",
      id: "ord_1",
      state: "filled",
      wanted: "amend",
      allowed: ["open"],
      legal: [],
    },
    "ord_1 is filled",
    "needs it to be open. Possible now: nothing",
  ],
  precondition_failed: [{ code: "precondition_failed", what: "the limits", revision: "r7" }, "the limits", "r7"],
  method_not_allowed: [
    { code: "method_not_allowed", method: "PUT", allowed: ["GET", "POST"] },
    "PUT",
    "this path takes GET, POST",
  ],
  payload_too_large: [{ code: "payload_too_large", limit: 9, unit: "ticks" }, "9 ticks", "in several requests"],
  unsupported_media_type: [
    { code: "unsupported_media_type", found: "text/html", allowed: ["application/json"] },
    "text/html",
    "send application/json",
  ],
  idempotency_key_reuse: [{ code: "idempotency_key_reuse" }, "another body", "send a new key"],
  idempotency_unfinished: [{ code: "idempotency_unfinished" }, "took effect", "look at what is there"],
  rate_limited: [{ code: "rate_limited", limit: 60, retryAfterS: 12 }, "60", "send again in 12 s"],
  not_available: [{ code: "not_available", what: "running code in COBOL" }, "COBOL", "not available in this version"],
  queue_full: [{ code: "queue_full", what: "sweeps", limit: 4 }, "4 sweeps", "send it again when"],
  overloaded: [{ code: "overloaded", what: "the event ring" }, "the event ring", "send again"],
  capacity_exceeded: [
    { code: "capacity_exceeded", what: "connections", limit: 5, setting: "WS_MAX_CONNECTIONS" },
    "all 5 connections",
    "raise WS_MAX_CONNECTIONS",
  ],
  already_running: [{ code: "already_running", id: "strat_1" }, "strat_1", "stop it first"],
  emergency_stop_active: [{ code: "emergency_stop_active" }, "latched", "POST /risk/resume"],
  storage_full: [{ code: "storage_full" }, "is full", "free some space"],
  storage_unavailable: [{ code: "storage_unavailable" }, "could not confirm", "send again"],
  shutting_down: [{ code: "shutting_down" }, "shutting down", "send again when it is back"],
  restarting: [{ code: "restarting" }, "starting again", "ask again"],
  not_ready: [{ code: "not_ready" }, "warming up", "ask again"],
  internal_error: [{ code: "internal_error" }, "went wrong", "its log names the cause"],
};

describe("a refusal", () => {
  it.each(Object.entries(KINDS))("%s says what was found and what to do", (_, [failure, found, todo]) => {
    const sentence = explain(failure);
    expect(sentence).toContain(found);
    expect(sentence).toContain(todo);
    expect(sentence).not.toMatch(/undefined|null|\[object|NaN/);
    expect(sentence).not.toMatch(/[.;:,]\s*$/);
  });
});
