// Whether an approval has its pipeline already. One that failed does not count: after a crash the next start ends every
// pipeline that was under way, and what was approved would never be carried out. Pure.
import type { PipelineRecord } from "../../store/pipelines.ts";

/** `pipelines`: of the version that was approved, oldest first; `decidedAt`: microseconds of the wall clock. */
export function begunFor(pipelines: readonly PipelineRecord[], decidedAt: number | null): PipelineRecord | undefined {
  return pipelines.findLast(
    ({ endedAt, status, startedAt }) =>
      endedAt === null || (status === "completed" && decidedAt !== null && startedAt >= decidedAt),
  );
}
