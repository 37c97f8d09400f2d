// What can go wrong on the client's side, as values: data first, then one sentence by `explainFailure`.
import type { LiveErrorCode } from "../domain/live-protocol.ts";

export type Outcome<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

/** An answer of the REST side that is not a success, or none at all. */
export type RestFailure =
  | {
      readonly code: "refused";
      readonly status: number;
      /** The engine's own code, e.g. validation_error. */
      readonly error: string;
      readonly message: string;
      readonly details: readonly { readonly field: string; readonly issue: string }[];
      readonly requestId: string | null;
      /** Seconds after which to ask again, where the engine says so. */
      readonly retryAfter: number | null;
    }
  | { readonly code: "unreachable"; readonly message: string }
  | { readonly code: "timeout"; readonly ms: number }
  | { readonly code: "aborted" }
  | { readonly code: "not_the_engine"; readonly status: number; readonly message: string };

/** Why a subscription ended. */
export type LiveFailure =
  | { readonly code: "refused"; readonly error: LiveErrorCode; readonly message: string }
  | { readonly code: "unauthorized"; readonly message: string }
  | { readonly code: "unreachable"; readonly attempts: number }
  | { readonly code: "buffer_full"; readonly size: number }
  | { readonly code: "aborted" };

export function explainFailure(failure: RestFailure | LiveFailure): string {
  switch (failure.code) {
    case "refused":
      return `the engine refused (${failure.error}): ${failure.message}`;
    case "unreachable":
      return "message" in failure
        ? `the engine cannot be reached: ${failure.message}`
        : `the engine could not be reached in ${failure.attempts} attempts`;
    case "timeout":
      return `no answer within ${failure.ms} ms`;
    case "aborted":
      return "the caller gave up";
    case "not_the_engine":
      return `status ${failure.status} without an answer of the engine: ${failure.message}`;
    case "unauthorized":
      return `the engine does not let this client in: ${failure.message}`;
    case "buffer_full":
      return `${failure.size} events waited and nobody took them; read faster, or choose another way with whenFull`;
  }
}
