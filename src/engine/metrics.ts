// Joins the counters of the rooms to the metric families: read when Prometheus asks, never pushed by a hot loop.
import { STRATEGIES, TIERS } from "../domain/strategies.ts";
import { type Counters, DEPLOYMENT_TYPES, FAILING, STAGE_NAMES, STATUSES } from "../manage/manage.ts";
import { Metrics } from "../telemetry/metrics.ts";
import type { EngineParts } from "./health.ts";

const ENCODINGS = ["json", "msgpack", "none"] as const;
const TRANSPORTS = ["redis", "http", "stream", "demo"] as const;

export function engineMetrics(parts: EngineParts): Metrics {
  const { bus, live } = parts;
  // These outlive a stream that is opened again, so they may be held; the stream itself, with its memory, may not.
  const { counters, meters, published } = parts.plane.stream.carry;
  const metrics = new Metrics();
  const { ingested, rejected } = counters;
  for (const transport of TRANSPORTS) {
    for (const encoding of ENCODINGS) {
      metrics.read("ticksIngested", () => ingested[transport][encoding], { transport, encoding });
    }
  }
  for (const reason of Object.keys(rejected) as (keyof typeof rejected)[]) {
    metrics.read("ticksRejected", () => rejected[reason], { reason });
  }
  for (const type of STRATEGIES) {
    const labels = { family: type.family, strategy: type.signalName };
    metrics.read("signals", () => published[type.code] ?? 0, labels);
  }
  const { registry } = parts.manage;
  for (const status of STATUSES) metrics.read("strategies", () => registry.count(status), { status });
  for (const tier of TIERS) {
    metrics.observe("evaluationDuration", meters[tier].latencyUs, { tier });
    metrics.read("tierOverruns", () => meters[tier].overruns, { tier });
  }
  metrics.read("wsConnections", () => live.stats().connections);
  metrics.read("wsDropped", () => live.stats().dropped);
  metrics.read("redisConnected", () => (bus.kind === "redis" && bus.connected() ? 1 : 0));
  metrics.read("busMessagesIn", () => bus.counters().messagesIn);
  metrics.read("busMessagesOut", () => bus.counters().messagesOut);
  metrics.read("busDropped", () => bus.counters().dropped);
  metrics.read("busReconnects", () => bus.counters().reconnects);
  metrics.read("busGaps", () => bus.counters().gaps);
  const { executions } = parts.manage;
  metrics.read("executionsActive", () => executions.running());
  metrics.read("trades", () => executions.totals.trades);
  metrics.read("pnl", () => executions.totals.pnl);
  readPipelines(metrics, parts.manage.pipelines.counters);
  return metrics;
}

function readPipelines(metrics: Metrics, counters: Counters): void {
  for (const type of DEPLOYMENT_TYPES)
    metrics.read("deployments", () => counters.deployments[type], { deployment_type: type });
  for (const stage of FAILING) metrics.read("deploymentErrors", () => counters.errors[stage], { stage });
  metrics.observe("pipelineDuration", counters.pipelineDuration);
  for (const type of STAGE_NAMES) metrics.observe("testDuration", counters.testDuration[type], { test_type: type });
  metrics.read("successRate", () => counters.totals().successRate);
}
