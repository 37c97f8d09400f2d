// Figures: /metrics, /metrics/prometheus.
import { count, share, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { exactly, flag, number, object, oneOf, optional } from "./schema.ts";
import type { OtherForm } from "./endpoint.ts";

const EXPOSITION: OtherForm = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  description: "Prometheus text exposition. All families are there from the start.",
  example: "# HELP strategy_trade_count_total Trades of all executions.\n# TYPE strategy_trade_count_total counter\n",
};

const figures = titled(
  "Metrics",
  object({
    deployments_per_hour: number("Completed deployments in the last hour.", { minimum: 0 }),
    pipelines_per_hour: number("Finished pipelines in the last hour.", { minimum: 0 }),
    success_rate: share("Completed of finished pipelines; 1 when none finished."),
    total_strategies: count("Strategies."),
    total_deployments: count("Completed pipelines."),
    total_pipelines: count("Finished pipelines."),
    active_executions: count("Executions that run."),
    engine_type: exactly("strategy_deployment"),
    containerized: flag("Whether it runs in a container."),
  }),
);

export const getMetrics = endpoint({
  method: "GET",
  path: "/metrics",
  tag: "metrics",
  summary: "Figures of the engine",
  description: "JSON, or the text exposition when `Accept` prefers it or `format` asks for it.",
  query: { format: optional(oneOf(["json", "prometheus"], "Overrules Accept.")) },
  answer: figures,
  otherForms: [EXPOSITION],
});

export const getPrometheus = endpoint({
  method: "GET",
  path: "/metrics/prometheus",
  tag: "metrics",
  summary: "Figures as Prometheus text",
  description: "The text exposition whatever `Accept` says.",
  otherForms: [EXPOSITION],
});
