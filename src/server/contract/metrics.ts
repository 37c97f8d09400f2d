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
    user_strategies: object({
      memory_bytes: count("Memory that users' strategies hold, all together."),
      memory_limit_bytes: count("STRATEGY_MAX_MEMORY."),
      cpu_seconds: number("Processor time of users' strategies since the start.", { minimum: 0 }),
      cpu_limit_cores: number("STRATEGY_MAX_CPU.", { minimum: 0 }),
      throttled_seconds: number("What they waited beyond it, all threads together.", { minimum: 0 }),
    }),
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
