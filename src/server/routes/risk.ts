// The emergency stop: latched by one request, released by another.
import { invalid } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import { json } from "../reply.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

const REASON_MAX = 512;

export function riskRoutes(router: Router, engine: Engine): void {
  router.post("/risk/emergency-stop", (_head, body) => {
    const reason = readReason(body);
    if (!reason.ok) return reason;
    const stopped = engine.emergencyStop(reason.value);
    if (!stopped.ok) return stopped;
    return json({ status: "emergency_stopped", executions_stopped: stopped.value.executionsStopped });
  });
  router.post("/risk/resume", (_head, body) => {
    const reason = readReason(body);
    if (!reason.ok) return reason;
    const resumed = engine.resume(reason.value);
    return resumed.ok ? json({ status: "resumed" }) : resumed;
  });
}

/** Optional: stopping must never fail for want of words. */
function readReason(body: Readonly<Record<string, unknown>>): Result<string, Failure> {
  const reason = body["reason"] ?? "";
  if (typeof reason === "string" && reason.length <= REASON_MAX) return ok(reason);
  return failed(invalid("reason", `must be a string of at most ${REASON_MAX} characters`));
}
