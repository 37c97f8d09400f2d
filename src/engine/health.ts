// What the engine says of itself: /health, /metrics and the summary. Counts that belong to parts that are not built are
// zero because nothing of the kind has happened, not because nobody looked.
import { existsSync } from "node:fs";
import type { Bus, BusCounters } from "../bus/bus.ts";
import { STRATEGIES, type Tier } from "../domain/strategies.ts";
import type { Manage } from "../manage/manage.ts";
import type { BudgetUse } from "../sandbox/sandbox.ts";
import type { ComponentView, HealthView, Live, MetricsView, SummaryView, TierView } from "../server/server.ts";
import { type Reading, readings } from "../stream/rings/readings.ts";
import type { Stream } from "../stream/stream.ts";
import type { DataPlane } from "./data-plane.ts";
import { NOT_BUILT } from "./strategy-views.ts";

export interface EngineParts {
  readonly plane: DataPlane;
  readonly manage: Manage;
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
  const { counters } = parts.manage.pipelines;
  const { completed, finished } = counters.totals();
  const venue = parts.manage.venue.status();
  const troubles = [
    ...(plane.trouble === null ? [] : [plane.trouble]),
    ...(parts.manage.storeTrouble === null ? [] : [`store: ${parts.manage.storeTrouble}`]),
    ...(journal?.failing ? [`journal: ${journal.failing}`] : []),
    ...(stream.clock.trouble === null ? [] : [`clock: ${stream.clock.trouble}`]),
    ...(parts.redisExpected && !bus.connected() ? ["Redis is away"] : []),
    ...(parts.manage.learning.trouble === null ? [] : [`learning: ${parts.manage.learning.trouble}`]),
    ...plane.refused.troubles,
    ...(venue.state === "off" || venue.reason === null ? [] : [`live trading: ${venue.reason}`]),
  ];
  return {
    status: plane.trouble !== null ? "unhealthy" : troubles.length > 0 ? "degraded" : "healthy",
    strategies_deployed: completed,
    pipelines_executed: finished,
    tests_completed: counters.tests,
    active_strategies: parts.manage.registry.count("deployed"),
    active_executions: parts.manage.executions.running(),
    uptime_seconds: (performance.now() - parts.startedAt) / 1000,
    messagebus_connected: bus.connected(),
    messagebus: bus.kind,
    troubles,
    emergency_stop: emergencyStop,
    live_trading: venue.state,
    demo: plane.demoRunning,
    events: nextSequence,
    events_waiting: nextSequence - evaluated,
    journal: journal
      ? { state: journal.state, durable_events: journal.durableNext, segments: journal.segments, bytes: journal.bytes }
      : null,
  };
}

export function metricsOf(parts: EngineParts): MetricsView {
  const totals = parts.manage.pipelines.counters.totals();
  return {
    deployments_per_hour: totals.deploymentsPerHour,
    pipelines_per_hour: totals.pipelinesPerHour,
    success_rate: totals.successRate,
    total_strategies: parts.manage.registry.size,
    total_deployments: totals.completed,
    total_pipelines: totals.finished,
    active_executions: parts.manage.executions.running(),
    user_strategies: userStrategies(parts.manage.budget.use()),
    engine_type: "strategy_deployment",
    containerized: existsSync("/.dockerenv"),
  };
}

function userStrategies(use: BudgetUse): MetricsView["user_strategies"] {
  const sum = (figures: Readonly<Record<string, number>>): number => Object.values(figures).reduce((a, b) => a + b, 0);
  return {
    memory_bytes: sum(use.bytes),
    memory_limit_bytes: use.limitBytes,
    cpu_seconds: sum(use.cpuSeconds),
    cpu_limit_cores: use.cores,
    throttled_seconds: use.throttledSeconds,
  };
}

/** The 10 components, the venue where live trading is on, and the 18 strategies; last_error says what is wrong now. */
export function componentViews({ plane, bus, live, manage }: EngineParts): readonly ComponentView[] {
  const { stream, trouble } = plane;
  const venue = manage.venue.status();
  const component = (name: string, error: string | null): ComponentView => {
    return { name, kind: "component", status: error === null ? "healthy" : "unhealthy", last_error: error };
  };
  const ofPlane = ["ingest", "event_ring", "kernels", "threshold_learning", "tier_clock", "risk", "archive"];
  return [
    ...ofPlane.map((name) => component(name, trouble ?? (name === "tier_clock" ? stream.clock.trouble : null))),
    component("journal", stream.status.journal?.failing ?? null),
    component("live", live.isClosing ? "the engine is shutting down" : null),
    component("bus", bus.connected() ? null : "Redis is away"),
    ...(venue.state === "off" ? [] : [component("venue", venue.reason)]),
    ...STRATEGIES.map(({ name, built }): ComponentView => {
      const status = !built ? "not_available" : trouble === null ? "healthy" : "unhealthy";
      return { name, kind: "strategy", status, last_error: built ? trouble : NOT_BUILT };
    }),
  ];
}

export function summaryOf(parts: EngineParts): SummaryView {
  const { plane, bus, live } = parts;
  const { stream } = plane;
  const health = healthOf(parts);
  const components = componentViews(parts).map(({ name, status }) => [name, { status }] as const);
  return {
    system_health: health.status,
    components: Object.fromEntries(components),
    tiers: {
      fast: tierOf(stream, "fast"),
      tactical: tierOf(stream, "tactical"),
      strategic: tierOf(stream, "strategic"),
      learning: tierOf(stream, "learning"),
    },
    integration_stats: {
      symbols: stream.ingest.symbols.count,
      instances: stream.instances.all.length,
      strategies_built: STRATEGIES.filter((type) => type.built).length,
      events: stream.status.nextSequence,
      signals: stream.status.totals.count,
      signals_refused: Object.fromEntries(stream.refusals),
      websocket_connections: live.stats().connections,
      bus: busView(bus.counters()),
      threads: readings(stream.compute.plane).map(threadView),
      resident_bytes: process.memoryUsage.rss(),
    },
    redis_connected: bus.kind === "redis" && bus.connected(),
    uptime_seconds: health.uptime_seconds,
  };
}

function threadView({ worker, eventsBehind, eventSlots, signalsWaiting, signalSlots }: Reading) {
  return {
    name: worker === null ? "journal" : `kernel ${worker}`,
    events_behind: eventsBehind,
    event_slots: eventSlots,
    signals_waiting: signalsWaiting,
    signal_slots: signalSlots,
  };
}

function busView({
  dropped,
  reconnects,
  messagesIn,
  messagesOut,
  gaps,
}: BusCounters): Readonly<Record<string, number>> {
  return { dropped, reconnects, messages_in: messagesIn, messages_out: messagesOut, gaps };
}

function tierOf(stream: Stream, tier: Tier): TierView {
  const { intervalMs, cycles, overruns, latencyUs } = stream.beats.meters[tier];
  const ms = (q: number): number => (cycles === 0 ? 0 : latencyUs.quantile(q) / 1000);
  return { interval_ms: intervalMs, cycles, p50_ms: ms(0.5), p99_ms: ms(0.99), overruns };
}
