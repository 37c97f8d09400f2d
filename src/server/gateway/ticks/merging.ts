// What the shards answered to the parts of a message, as one answer: that of an engine when all of them have judged their
// part. When one has not, the answer is a refusal that says of each part whether it was taken, was not, or whether that is
// unknown, with the places of its ticks in the sender's message.
// Of a tick that goes to several shards a refusal counts once, as far as the shards name it: each names its first 20.
import type { Failure } from "../../../domain/failure.ts";
import { failed, ok } from "../../../domain/result.ts";
import { json, type Answer } from "../../reply.ts";
import { statusOf } from "../../status.ts";
import type { End, Judged, Missed, Refusal } from "./ends.ts";

export interface Asked {
  readonly requestId: string;
  /** It had an Idempotency-Key. */
  readonly keyed: boolean;
  readonly ticks: number;
  readonly elapsedMs: number;
}

const REFUSALS_SHOWN = 20;
const DOUBT: Failure = { code: "storage_unavailable" };
const REUSED: Failure["code"] = "idempotency_key_reuse";

export function answerOf(asked: Asked, ends: readonly End[]): Answer {
  const judged = ends.filter((end) => end.kind === "judged");
  const missed = ends.filter((end) => end.kind !== "judged");
  const taken = takenOf(asked, judged, missed);
  if (missed.length > 0) return partly(asked, taken, judged, missed);
  const issues = taken.refusals.flatMap(({ issue }) => issue ?? []);
  const [first, ...others] = issues;
  // An engine that takes none of them says so as a refusal of the request.
  if (taken.processed === 0 && first !== undefined)
    return failed({ code: "validation_error", issues: [first, ...others] });
  const answer = json({ strategies_applied: taken.applied, ...told(taken), processing_time_ms: asked.elapsedMs });
  if (!answer.ok || !judged.every(({ replayed }) => replayed) || judged.length === 0) return answer;
  return ok({ ...answer.value, headers: [["Idempotency-Replayed", "true"]] });
}

interface Taken {
  readonly applied: number;
  readonly processed: number;
  readonly rejected: number;
  readonly refusals: readonly Refusal[];
  readonly signals: readonly unknown[];
}

function told({ processed, rejected, refusals, signals }: Taken) {
  return { processed, rejected, errors: refusals.map(({ place: index, message }) => ({ index, message })), signals };
}

function takenOf({ ticks }: Asked, judged: readonly Judged[], missed: readonly Missed[]): Taken {
  const open = new Set(missed.flatMap(({ part }) => part.places));
  const refused = new Map<number, Refusal>();
  let rejected = 0;
  for (const end of judged) {
    rejected += end.rejected;
    for (const refusal of end.refusals) {
      // Told by another shard already, or not told by all yet.
      if (refused.has(refusal.place) || open.has(refusal.place)) rejected--;
      else refused.set(refusal.place, refusal);
    }
  }
  const settled = ticks - open.size;
  rejected = Math.min(rejected, settled);
  return {
    applied: Math.max(0, ...judged.map(({ applied }) => applied)),
    processed: settled - rejected,
    rejected,
    refusals: [...refused.values()].toSorted((one, other) => one.place - other.place).slice(0, REFUSALS_SHOWN),
    signals: judged.flatMap(({ signals }) => signals),
  };
}

function partly(asked: Asked, taken: Taken, judged: readonly Judged[], missed: readonly Missed[]): Answer {
  const { status, error } = headOf(missed);
  const [first] = missed;
  const many = new Set(missed.flatMap(({ part }) => part.places)).size;
  const doubt = missed.some(({ kind }) => kind === "unknown") ? ", or nobody knows whether they were" : "";
  const advice = asked.keyed
    ? "send the whole message again with the same Idempotency-Key, what was taken is not taken twice"
    : "send the ticks of those parts again";
  const message =
    `${many} of ${asked.ticks} ticks were not taken${doubt}: shard ${first?.part.shard}: ${first?.message}; ` +
    `parts says which ones; ${advice}`;
  const parts = [...judged, ...missed].toSorted((one, other) => one.part.shard - other.part.shard).map(partView);
  const body = { status: "error", error, message, request_id: asked.requestId, ...told(taken), parts };
  const retryAfterS = Math.max(1, ...missed.map((one) => one.retryAfterS ?? 1));
  return ok({
    status,
    contentType: "application/json",
    body: JSON.stringify(body),
    headers: [["Retry-After", String(retryAfterS)]],
  });
}

/** What the whole is refused with: a key that is another message's first, then doubt, then whatever came first. */
function headOf(missed: readonly Missed[]): { readonly status: string; readonly error: string } {
  const reused = missed.find(({ error }) => error === REUSED);
  if (reused !== undefined) return reused;
  if (missed.some(({ kind }) => kind === "unknown")) return { status: statusOf(DOUBT), error: DOUBT.code };
  const [first] = missed;
  return first ?? { status: statusOf(DOUBT), error: DOUBT.code };
}

function partView(end: End): object {
  const { shard, places } = end.part;
  if (end.kind === "judged") return { shard, state: "taken", ticks: places };
  return { shard, state: end.kind, ticks: places, error: end.error, message: end.message };
}
