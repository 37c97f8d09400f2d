// GET /metrics: JSON, or the Prometheus text exposition when it is asked for by ?format, by Accept or by path.
import { failed } from "../../domain/result.ts";
import { prefersText } from "../media.ts";
import { QueryReader } from "../query.ts";
import { json, text } from "../reply.ts";
import { queryOf } from "../request.ts";
import type { Engine } from "../engine.ts";
import type { Answer } from "../reply.ts";
import type { Router } from "../router.ts";

const EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";

export function metricsRoutes(router: Router, engine: Engine): void {
  const exposition = async (): Promise<Answer> => text(EXPOSITION, await engine.metricsText());
  router.get("/metrics", (head) => {
    const query = new QueryReader(queryOf(head));
    const format = query.oneOf("format", ["json", "prometheus"]);
    if (query.fault !== null) return failed({ code: "validation_error", issues: query.fault });
    const asText = format === undefined ? prefersText(head.accept) : format === "prometheus";
    return asText ? exposition() : json(engine.metricsJson());
  });
  router.get("/metrics/prometheus", exposition);
}
