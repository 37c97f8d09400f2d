// Tracked results of strategies: /api/performance.
import { failed, ok } from "../../domain/result.ts";
import { unknownStrategy, type Manage, type Underperforming } from "../../manage/manage.ts";
import { getPerformance, trackPerformance } from "../contract/performance.ts";
import type { Router } from "../router.ts";
import { isoTime } from "../times.ts";

export function performanceRoutes(router: Router, { registry, performance }: Manage): void {
  router.route(trackPerformance, async ({ body: { strategy_id: id, execution_result: result } }) => {
    if (registry.get(id) === null) return failed(unknownStrategy(id));
    const { pnl, execution_time_ms: executionTimeMs = null, success = pnl > 0 } = result;
    const tracked = await performance.track(id, { pnl, success, executionTimeMs });
    if (!tracked.ok) return tracked;
    return ok({ performance_updated: true as const, strategy_id: id, metrics: tracked.value });
  });
  router.route(
    getPerformance,
    ({ params: { strategy_id: id } }) =>
      ok({
        strategy_id: id,
        metrics: performance.metrics(id),
        underperforming: underperformingView(performance.underperforming(id)),
      }),
    ({ strategy_id: id }) => (registry.get(id) === null ? unknownStrategy(id) : null),
  );
}

export function underperformingView(found: Underperforming | null) {
  return found === null ? null : { since: isoTime(found.since), reasons: found.reasons };
}
