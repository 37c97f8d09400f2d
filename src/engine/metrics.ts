// Joins the counters of the rooms to the metric families: read when Prometheus asks, never pushed by a hot loop.
import { REGIMES } from "../domain/regime.ts";
import { METRICS } from "../domain/risk-words.ts";
import { STRATEGIES, TIERS } from "../domain/strategies.ts";
import {
  type Counters,
  DEPLOYMENT_TYPES,
  type Executions,
  FAILING,
  type Learning,
  type Manage,
  STAGE_NAMES,
  STATUSES,
} from "../manage/manage.ts";
import { type Budget, HOLDERS } from "../sandbox/sandbox.ts";
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
  metrics.read("inputWaiting", () => parts.plane.waiting.now);
  metrics.read("inputWaited", () => parts.plane.waiting.ever);
  metrics.read("inputLag", () => parts.plane.input?.lag ?? 0);
  metrics.read("inputGaps", () => parts.plane.input?.gaps ?? 0);
  metrics.read("inputReplaced", () => parts.plane.input?.replaced ?? 0);
  // The stream of the moment: it is another one after it was opened again.
  metrics.read("emergencyStop", () => (parts.plane.stream.status.emergencyStop ? 1 : 0));
  for (const regime of REGIMES)
    metrics.read("regimeSymbols", () => parts.plane.stream.regimes.counts()[regime], { regime });
  readExecutions(metrics, parts.manage.executions);
  readOversight(metrics, parts.manage);
  readPipelines(metrics, parts.manage.pipelines.counters);
  readBudget(metrics, parts.manage.budget);
  readLearning(metrics, parts.manage.learning);
  return metrics;
}

function readExecutions(metrics: Metrics, executions: Executions): void {
  metrics.read("executionsActive", () => executions.running());
  metrics.read("executionsAsleep", () => executions.counts().asleep);
  for (const status of ["running", "paused", "stopped", "error"] as const)
    metrics.read("executions", () => executions.counts()[status], { status });
  metrics.read("trades", () => executions.totals.trades);
  metrics.read("pnl", () => executions.totals.pnl);
}

function readOversight(metrics: Metrics, { alerts, risk }: Manage): void {
  for (const level of ["info", "warning", "critical"] as const) {
    metrics.read("alerts", () => alerts.raised[level], { level });
    metrics.read("alertsOpen", () => alerts.open().filter((alert) => alert.level === level).length, { level });
  }
  for (const metric of METRICS) metrics.read("limitBreaches", () => risk.breaches(metric), { metric });
  for (const standing of ["breached", "warned"] as const)
    metrics.read("limits", () => risk.count(standing), { standing });
}

function readBudget(metrics: Metrics, budget: Budget): void {
  for (const holder of HOLDERS) {
    metrics.read("userMemory", () => budget.use().bytes[holder], { holder });
    metrics.read("userCpu", () => budget.use().cpuSeconds[holder], { holder });
  }
  metrics.read("userMemoryLimit", () => budget.use().limitBytes);
  metrics.read("userCpuLimit", () => budget.use().cores);
  metrics.read("userThrottled", () => budget.use().throttledSeconds);
  metrics.read("userRefused", () => budget.use().refusals);
}

function readLearning(metrics: Metrics, { book, following, proposals, rounds, thread }: Learning): void {
  const sum = (figure: "cycles" | "overruns" | "busyMs" | "faults"): number =>
    rounds.figures.reduce((total, one) => total + one[figure], 0);
  metrics.read("learningChanges", () => book.applied);
  metrics.read("learningRefused", () => book.refused);
  metrics.read("learningProposals", () => proposals.open().length);
  metrics.read("learningFrozen", () => (book.frozen ? 1 : 0));
  metrics.read("learningSlices", () => sum("cycles"));
  metrics.read("learningOverruns", () => sum("overruns"));
  metrics.read("learningSeconds", () => sum("busyMs") / 1000);
  metrics.read("learningFaults", () => sum("faults"));
  metrics.read("learningJobs", () => thread.jobs);
  metrics.read("learningTrials", () => thread.trials);
  metrics.read("trialsAnswered", () => thread.trialsAway.answered);
  metrics.read("trialsReturned", () => thread.trialsAway.returned);
  metrics.read("trialsAttended", () => (thread.trialsAway.attended ? 1 : 0));
  metrics.read("outcomesFollowed", () => following.counters.followed);
  metrics.read("outcomesClosed", () => following.counters.closed);
  for (const reason of ["refused", "lost", "unkept"] as const)
    metrics.read("outcomesDropped", () => following.counters[reason], { reason });
  metrics.read("outcomesOpen", () => following.counters.open);
  metrics.read("learningThreadsLost", () => thread.replaced);
}

function readPipelines(metrics: Metrics, counters: Counters): void {
  for (const type of DEPLOYMENT_TYPES)
    metrics.read("deployments", () => counters.deployments[type], { deployment_type: type });
  for (const stage of FAILING) metrics.read("deploymentErrors", () => counters.errors[stage], { stage });
  metrics.observe("pipelineDuration", counters.pipelineDuration);
  for (const type of STAGE_NAMES) metrics.observe("testDuration", counters.testDuration[type], { test_type: type });
  metrics.read("successRate", () => counters.totals().successRate);
}
