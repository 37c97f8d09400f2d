// What a request comes to on this history: the datasets that it reads, and the stretch of them.
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Dataset, History } from "../history/history.ts";
import { completeRequest, type RunRequest } from "./request.ts";
import type { RunFailure } from "./run.ts";
import { selectData } from "./selection.ts";

export interface DataSpan {
  readonly datasets: readonly Dataset[];
  readonly from: EpochUs;
  /** Exclusive. */
  readonly to: EpochUs;
}

export function spanOf(history: History, request: RunRequest): Result<DataSpan, RunFailure> {
  const complete = completeRequest(request);
  if (!complete.ok) return complete;
  const { type, symbols, intervalMs } = complete.value;
  const selected = selectData(history.list(), { type, symbols, ...(intervalMs === undefined ? {} : { intervalMs }) });
  if (!selected.ok) return failed({ code: "no_data", issue: selected.failure });
  const { datasets, from, to } = selected.value;
  return ok({ datasets, from: Math.max(request.from ?? from, from), to: Math.min(request.to ?? to, to) });
}
