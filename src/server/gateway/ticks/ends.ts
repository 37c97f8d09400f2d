// What became of one part of a message: the shard has judged it, has not taken it, or nobody knows. Places are those of
// the sender's message, not of the part.
import { explain, type Failure, type FieldIssue } from "../../../domain/failure.ts";
import type { Answer, Reply } from "../../reply.ts";
import { statusOf } from "../../status.ts";
import type { Part } from "./dividing.ts";

export type End = Judged | Missed;

export interface Judged {
  readonly kind: "judged";
  readonly part: Part;
  readonly applied: number;
  readonly rejected: number;
  /** The first of them. */
  readonly refusals: readonly Refusal[];
  readonly signals: readonly unknown[];
  /** It had been taken before, by a request with the same Idempotency-Key. */
  readonly replayed: boolean;
}

export interface Missed {
  readonly kind: "not_taken" | "unknown";
  readonly part: Part;
  readonly status: string;
  readonly error: string;
  readonly message: string;
  readonly retryAfterS: number | null;
}

export interface Refusal {
  readonly place: number;
  readonly message: string;
  /** Null where other ticks of the part were taken: then only the message is told. */
  readonly issue: FieldIssue | null;
}

type Body = Readonly<Record<string, unknown>>;

const PLACE = /^market_data\[(\d+)\]/;
/** Refusals behind which the part may have been taken. */
const IN_DOUBT: ReadonlySet<string> = new Set<Failure["code"]>([
  "storage_unavailable",
  "storage_full",
  "restarting",
  "internal_error",
  "idempotency_unfinished",
]);
const DOUBT: Failure = { code: "storage_unavailable" };

export function endOf(part: Part, answer: Answer): End {
  if (!answer.ok) {
    const { code } = answer.failure;
    const message = code === "not_ready" ? "nobody serves it at the moment" : explain(answer.failure);
    const kind = IN_DOUBT.has(code) ? "unknown" : "not_taken";
    return { kind, part, status: statusOf(answer.failure), error: code, message, retryAfterS: null };
  }
  const body = bodyOf(answer.value);
  return judged(part, answer.value, body) ?? missed(part, answer.value, body);
}

function judged(part: Part, reply: Reply, body: Body): Judged | null {
  const replayed = headerOf(reply, "Idempotency-Replayed") === "true";
  const { strategies_applied: applied, rejected, errors, signals, details } = body;
  if (reply.status.startsWith("200 ")) {
    if (typeof applied !== "number" || typeof rejected !== "number") return null;
    if (!Array.isArray(errors) || !Array.isArray(signals)) return null;
    const refusals = (errors as readonly { readonly index: number; readonly message: string }[]).map((one): Refusal => {
      const place = part.places[one.index] ?? 0;
      return { place, message: moved(one.message, place), issue: null };
    });
    return { kind: "judged", part, applied, rejected, refusals, signals, replayed };
  }
  // An engine that takes none of them says so as a refusal of the request.
  if (body["error"] !== "validation_error" || !Array.isArray(details)) return null;
  const refusals = (details as readonly FieldIssue[]).map(({ field, issue }): Refusal => {
    const place = part.places[Number(PLACE.exec(field)?.[1] ?? 0)] ?? 0;
    const known = { field: moved(field, place), issue };
    return { place, message: `${known.field} ${issue}`, issue: known };
  });
  return { kind: "judged", part, applied: 0, rejected: part.places.length, refusals, signals: [], replayed };
}

function missed(part: Part, reply: Reply, { error, message }: Body): Missed {
  if (typeof error !== "string" || typeof message !== "string") {
    const { code } = DOUBT;
    const strange = "it answered something else than an engine does";
    return { kind: "unknown", part, status: statusOf(DOUBT), error: code, message: strange, retryAfterS: null };
  }
  const kind = IN_DOUBT.has(error) ? "unknown" : "not_taken";
  const seconds = Number(headerOf(reply, "Retry-After") ?? Number.NaN);
  const retryAfterS = Number.isFinite(seconds) ? seconds : null;
  return { kind, part, status: reply.status, error, message, retryAfterS };
}

/** A sentence, or the path of a field, that names a place of the part. */
function moved(text: string, place: number): string {
  return text.replace(PLACE, `market_data[${place}]`);
}

function bodyOf({ body }: Reply): Body {
  try {
    const value = JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8")) as unknown;
    return typeof value === "object" && value !== null ? (value as Body) : {};
  } catch {
    return {}; // what that means, who looks for its fields says
  }
}

function headerOf({ headers = [] }: Reply, name: string): string | null {
  return headers.find(([one]) => one === name)?.[1] ?? null;
}
