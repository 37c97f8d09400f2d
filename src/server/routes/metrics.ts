// GET /metrics: JSON, or the Prometheus text exposition when it is asked for by ?format, by Accept or by path.
import { getMetrics, getPrometheus } from "../contract/metrics.ts";
import { prefersText } from "../media.ts";
import { json, text } from "../reply.ts";
import type { Engine } from "../engine.ts";
import type { Answer } from "../reply.ts";
import type { Router } from "../router.ts";

const EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";

export function metricsRoutes(router: Router, engine: Engine): void {
  const exposition = async (): Promise<Answer> => text(EXPOSITION, await engine.metricsText());
  router.reply(getMetrics, ({ head, query }) => {
    const asText = query.format === undefined ? prefersText(head.accept) : query.format === "prometheus";
    return asText ? exposition() : json(engine.metricsJson());
  });
  router.reply(getPrometheus, exposition);
}
