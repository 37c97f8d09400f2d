// The end of a pipeline and the move of its strategy in one transaction. What the store refuses for now is tried again; what
// went wrong is said in words that it takes, whoever's they are.
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import { fitText } from "../../store/fit-text.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { Status } from "../lifecycle.ts";
import { type Registry, statusBelow } from "../registry/registry.ts";
import { endMove, type Reason } from "./ending.ts";
import type { Ledger } from "./ledger.ts";

type Attempt = <T>(work: () => Promise<Result<T, Failure>>) => Promise<Result<T, Failure>>;

export const ACTOR = "pipeline";
const RETRY_MS = 500;
const PASSING: ReadonlySet<Failure["code"]> = new Set(["storage_full", "storage_unavailable", "overloaded"]);

/** The record as it is then. */
export async function endPipeline(
  { registry, ledger }: { readonly registry: Registry; readonly ledger: Ledger },
  record: PipelineRecord,
  change: Pick<PipelineRecord, "status" | "error" | "reason" | "endedAt">,
  attempt: Attempt = (work) => work(),
): Promise<PipelineRecord> {
  const { strategyId, rollbackOnFailure } = record;
  const strategy = registry.get(strategyId);
  const status: Status = strategy === null ? "stopped" : statusBelow(strategy);
  const reason = (change.reason ?? "cancelled") as Reason;
  const step = strategy === null ? null : endMove(reason, status, strategy, rollbackOnFailure);
  const said = change.error === null ? null : fitText(change.error, "\ufffd");
  const ended: PipelineRecord = { ...record, ...change, error: said, rolledBack: step?.rolledBack ?? false };
  const error = step?.move === "cancel" || step?.move === "reject" ? {} : { error: said ?? "" };
  const order = { actor: ACTOR, underPause: true };
  const moved =
    step === null
      ? null
      : await attempt(() =>
          registry.move(strategyId, step.move, { ...order, to: step.to, ...error, also: [ledger.putting(ended)] }),
        );
  if (moved?.ok === true) ledger.add(ended);
  else await attempt(() => ledger.put(ended)); // it was stopped or deleted meanwhile
  return ended;
}

/** Tries again while the store is in trouble, until `over`; other failures are the caller's. */
export async function untilStored<T>(
  work: () => Promise<Result<T, Failure>>,
  over: () => boolean,
): Promise<Result<T, Failure>> {
  for (;;) {
    const done = await work();
    if (done.ok || over() || !PASSING.has(done.failure.code)) return done;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
