// The emergency stop: latched by one request, released by another.
import { ok } from "../../domain/result.ts";
import { emergencyStop, resumeRisk } from "../contract/risk.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function riskRoutes(router: Router, engine: Engine): void {
  router.route(emergencyStop, ({ body }) => {
    const stopped = engine.emergencyStop(body.reason);
    if (!stopped.ok) return stopped;
    return ok({ status: "emergency_stopped", executions_stopped: stopped.value.executionsStopped } as const);
  });
  router.route(resumeRisk, ({ body }) => {
    const resumed = engine.resume(body.reason);
    return resumed.ok ? ok({ status: "resumed" } as const) : resumed;
  });
}
