// Is it there, is it well, what is it: /health, /health/live, /health/ready, /version.
import { failed } from "../../domain/result.ts";
import { json } from "../reply.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function healthRoutes(router: Router, engine: Engine, closing: () => boolean): void {
  router.get("/health", () => {
    const health = engine.health();
    return json(health, health.status === "unhealthy" ? "503 Service Unavailable" : "200 OK");
  });
  router.get("/health/live", () => json({ status: "ok" }));
  router.get("/health/ready", () => {
    if (closing()) return failed({ code: "shutting_down" });
    return engine.ready() ? json({ status: "ok" }) : failed({ code: "not_ready" });
  });
  router.get("/version", () => json(engine.version()));
}
