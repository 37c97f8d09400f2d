// What the engine says of itself: /health, /metrics and the summary. Counts that belong to parts that are not built are
// zero because nothing of the kind has happened, not because nobody looked.
import { existsSync } from "node:fs";
import type { Bus } from "../bus/bus.ts";
import { STRATEGIES, type Tier } from "../domain/strategies.ts";
import type { HealthView, Live, MetricsView, SummaryView, TierView } from "../server/server.ts";
import type { Stream } from "../stream/stream.ts";
import type { DataPlane } from "./data-plane.ts";
import { strategyViews } from "./strategy-views.ts";

export interface EngineParts {
  readonly plane: DataPlane;
  readonly bus: Bus;
  readonly live: Live;
  readonly startedAt: number;
  /** REDIS_URL was set: its absence is a fault. */
  readonly redisExpected: boolean;
}

export function healthOf(parts: EngineParts): HealthView {
  const { plane, bus } = parts;
  const { stream } = plane;
  const { journal, evaluated, nextSequence, emergencyStop } = stream.status;
  const troubles = [
    ...(plane.trouble === null ? [] : [plane.trouble]),
    ...(journal?.failing ? [`journal: ${journal.failing}`] : []),
    ...(parts.redisExpected && !bus.connected() ? ["Redis is away"] : []),
  ];
  return {
    status: plane.trouble !== null ? "unhealthy" : troubles.length > 0 ? "degraded" : "healthy",
    strategies_deployed: 0,
    pipelines_executed: 0,
    tests_completed: 0,
    active_strategies: 0,
    active_executions: 0,
    uptime_seconds: (performance.now() - parts.startedAt) / 1000,
    messagebus_connected: bus.connected(),
    messagebus: bus.kind,
    troubles,
    emergency_stop: emergencyStop,
    demo: plane.demoRunning,
    events: nextSequence,
    events_waiting: nextSequence - evaluated,
    journal: journal
      ? { state: journal.state, durable_events: journal.durableNext, segments: journal.segments, bytes: journal.bytes }
      : null,
  };
}

export function metricsOf(): MetricsView {
  return {
    deployments_per_hour: 0,
    pipelines_per_hour: 0,
    success_rate: 1,
    total_strategies: 0,
    total_deployments: 0,
    total_pipelines: 0,
    active_executions: 0,
    engine_type: "strategy_deployment",
    containerized: existsSync("/.dockerenv"),
  };
}

export function summaryOf(parts: EngineParts): SummaryView {
  const { plane, bus, live } = parts;
  const { stream } = plane;
  const health = healthOf(parts);
  const failing = plane.trouble !== null;
  const component = (well: boolean): { status: string } => ({ status: well ? "healthy" : "unhealthy" });
  const journal = stream.status.journal;
  const components: Record<string, { status: string }> = {
    ingest: component(!failing),
    event_ring: component(!failing),
    journal: component(!journal?.failing),
    kernels: component(!failing),
    threshold_learning: component(!failing),
    tier_clock: component(!failing),
    risk: component(!failing),
    archive: component(!failing),
    live: component(!live.isClosing),
    bus: component(bus.connected()),
  };
  for (const view of strategyViews(stream)) {
    components[view.name] = {
      status: !view.available ? "not_available" : failing ? "unhealthy" : "healthy",
    };
  }
  return {
    system_health: health.status,
    components,
    tiers: {
      fast: tierOf(stream, "fast"),
      tactical: tierOf(stream, "tactical"),
      strategic: tierOf(stream, "strategic"),
      learning: tierOf(stream, "learning"),
    },
    integration_stats: {
      symbols: stream.symbols().length,
      instances: stream.instances.all.length,
      strategies_built: STRATEGIES.filter((type) => type.built).length,
      events: stream.status.nextSequence,
      signals: stream.status.totals.count,
      signals_refused: Object.fromEntries(stream.refusals),
      websocket_connections: live.stats().connections,
      bus: bus.counters(),
    },
    redis_connected: bus.kind === "redis" && bus.connected(),
    uptime_seconds: health.uptime_seconds,
  };
}

function tierOf(stream: Stream, tier: Tier): TierView {
  const { intervalMs, cycles, overruns, latencyUs } = stream.beats.meters[tier];
  const ms = (q: number): number => (cycles === 0 ? 0 : latencyUs.quantile(q) / 1000);
  return { interval_ms: intervalMs, cycles, p50_ms: ms(0.5), p99_ms: ms(0.99), overruns };
}
