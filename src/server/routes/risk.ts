// The emergency stop: latched by one request, released by another. It is in force at once; the answer waits for its entry
// in the audit trail, but not for long, and is the same when there can be none.
import { ok } from "../../domain/result.ts";
import { emergencyStop, resumeRisk } from "../contract/risk.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function riskRoutes(router: Router, engine: Engine): void {
  const { audit } = engine.manage;
  router.route(emergencyStop, async ({ body, head }) => {
    const stopped = engine.emergencyStop(body.reason);
    if (!stopped.ok) return stopped;
    const to = { emergency_stop: true, reason: body.reason };
    await audit.note({ actor: head.caller.id, action: "risk.emergency_stop", target: "engine", from: null, to });
    return ok({ status: "emergency_stopped", executions_stopped: stopped.value.executionsStopped } as const);
  });
  router.route(resumeRisk, async ({ body, head }) => {
    const resumed = engine.resume(body.reason);
    if (!resumed.ok) return resumed;
    const to = { emergency_stop: false, reason: body.reason };
    await audit.note({ actor: head.caller.id, action: "risk.resume", target: "engine", from: null, to });
    return ok({ status: "resumed" } as const);
  });
}
