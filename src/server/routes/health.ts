// Is it there, is it well, what is it: /health, /health/live, /health/ready, /version.
import { failed, ok } from "../../domain/result.ts";
import { getHealth, getLive, getReady, getVersion } from "../contract/health.ts";
import { json } from "../reply.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function healthRoutes(router: Router, engine: Engine, closing: () => boolean): void {
  router.reply(getHealth, () => {
    const health = engine.health();
    return json(health, health.status === "unhealthy" ? "503 Service Unavailable" : "200 OK");
  });
  router.route(getLive, () => ok({ status: "ok" } as const));
  router.route(getReady, () => {
    if (closing()) return failed({ code: "shutting_down" });
    return engine.ready() ? ok({ status: "ok" } as const) : failed({ code: "not_ready" });
  });
  router.route(getVersion, () => ok(engine.version()));
}
