// Every metric family that the engine exports: one row each. A family is in the exposition from the first scrape on,
// with its label sets at zero, whether or not the room that counts it has anything to say yet.
import { REGIMES } from "../domain/regime.ts";
import { METRICS } from "../domain/risk-words.ts";
import { STRATEGIES, TIERS } from "../domain/strategies.ts";

export type FamilyType = "counter" | "gauge" | "histogram";
export type Labels = Readonly<Record<string, string>>;

export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly labels: readonly string[];
  /** Label sets that exist from the start; others appear when a room registers them. */
  readonly initial: readonly Labels[];
  /** Upper bounds of a histogram's buckets, in microseconds; the exposition shows seconds. */
  readonly boundsUs: readonly number[];
}

const STAGES = ["syntax_check", "unit_tests", "backtest", "paper_trading", "risk_validation", "performance_validation"];
const HOLDERS = ["executions", "backtests", "trials", "compiler"];
const TRANSPORTS = ["redis", "http", "stream", "demo"];
const LEVELS = ["info", "warning", "critical"];
const ENCODINGS = ["json", "msgpack", "none"];

const MS = 1_000;
const S = 1_000_000;
/** Halvings and doublings of 8 ms, the limit of one evaluation: edges of LatencyHistogram's buckets, hence exact. */
const EVALUATION_BOUNDS = [31.25, 62.5, 125, 250, 500, ...[1, 2, 4, 8, 16, 32, 64, 128].map((ms) => ms * MS)];
/** Pipelines and tests; exact in a LatencyHistogram with a resolution of 125 microseconds. */
const STAGE_BOUNDS = [125 * MS, 250 * MS, 500 * MS, ...[1, 2, 4, 8, 16, 32, 64, 128, 256].map((s) => s * S)];

export const FAMILIES = {
  deployments: counter("strategy_deployments_total", "Completed deployments.", {
    deployment_type: ["direct", "blue_green", "canary", "rolling"],
  }),
  deploymentErrors: counter("strategy_deployment_errors_total", "Failed deployments, by the stage that failed.", {
    stage: [...STAGES, "rollout"],
  }),
  strategies: gauge("strategy_registry_strategies", "Strategies in the registry, by status.", {
    status: ["draft", "testing", "approved", "deployed", "paused", "stopped", "error"],
  }),
  executionsActive: gauge("strategy_executions_active", "Executions that run now."),
  executions: gauge("strategy_executions", "Executions by status, of those that are over the newest 10,000.", {
    status: ["running", "paused", "stopped", "error"],
  }),
  executionsAsleep: gauge("strategy_executions_asleep", "Executions that have nothing to do until their next second."),
  pipelineDuration: histogram("strategy_pipeline_duration_seconds", "Duration of whole pipelines.", STAGE_BOUNDS),
  testDuration: histogram("strategy_test_duration_seconds", "Duration of single tests.", STAGE_BOUNDS, {
    test_type: STAGES,
  }),
  trades: counter("strategy_trade_count_total", "Trades of all executions."),
  pnl: gauge("strategy_pnl_total", "Realised profit and loss of all executions."),
  successRate: gauge("strategy_success_rate", "Share of finished pipelines that completed; 1 while none has finished."),
  emergencyStop: gauge("strategy_emergency_stop", "1 while the emergency stop is on, else 0."),
  limitBreaches: counter("strategy_limit_breaches_total", "Times that a limit of risk was passed, by its metric.", {
    metric: METRICS,
  }),
  limits: gauge("strategy_limits_standing", "Limits that are passed, and those near it.", {
    standing: ["breached", "warned"],
  }),
  alerts: counter("strategy_alerts_total", "New alerts.", { level: LEVELS }),
  alertsOpen: gauge("strategy_alerts_open", "Alerts that nobody has acknowledged.", { level: LEVELS }),
  userMemory: gauge("strategy_user_memory_bytes", "Memory that users' strategies hold, by what runs them.", {
    holder: HOLDERS,
  }),
  userMemoryLimit: gauge("strategy_user_memory_limit_bytes", "STRATEGY_MAX_MEMORY."),
  userCpu: counter("strategy_user_cpu_seconds_total", "Processor time of users' strategies, by what runs them.", {
    holder: HOLDERS,
  }),
  userCpuLimit: gauge("strategy_user_cpu_limit_cores", "STRATEGY_MAX_CPU."),
  userThrottled: counter(
    "strategy_user_throttled_seconds_total",
    "What users' strategies waited beyond STRATEGY_MAX_CPU.",
  ),
  userRefused: counter("strategy_user_memory_refusals_total", "What was refused beyond STRATEGY_MAX_MEMORY."),

  learningChanges: counter("strategy_learning_changes_total", "Changes that learning has made since the start."),
  learningRefused: counter(
    "strategy_learning_refused_total",
    "Changes that were beyond their bounds, or not possible.",
  ),
  learningProposals: gauge("strategy_learning_proposals_open", "Proposals that nobody has decided yet."),
  learningFrozen: gauge("strategy_learning_frozen", "1 while learning may change nothing."),
  learningSlices: counter("strategy_learning_slices_total", "Slices of work that learners had on the main thread."),
  learningOverruns: counter("strategy_learning_slice_overruns_total", "Slices that took longer than they may."),
  learningSeconds: counter("strategy_learning_slice_seconds_total", "Time of these slices, seconds."),
  learningFaults: counter("strategy_learning_faults_total", "Slices and outcomes at which a learner failed."),
  learningJobs: counter("strategy_learning_jobs_total", "Jobs that the learning thread has ended."),
  learningTrials: counter("strategy_learning_trials_total", "Candidates that the generator has tried."),
  trialsAnswered: counter("strategy_learning_trials_answered_total", "Candidates that other processes have tried."),
  trialsReturned: counter(
    "strategy_learning_trials_returned_total",
    "Candidates that came back untried from other processes, so that the engine tried them itself.",
  ),
  trialsAttended: gauge("strategy_learning_trials_attended", "1 while other processes take candidates to try."),
  outcomesFollowed: counter("strategy_outcomes_followed_total", "Signals that are or were followed to their end."),
  outcomesClosed: counter("strategy_outcomes_closed_total", "Followed signals of which it is known what they came to."),
  outcomesDropped: counter("strategy_outcomes_dropped_total", "Signals without an outcome, by what became of them.", {
    reason: ["refused", "lost", "unkept"],
  }),
  outcomesOpen: gauge("strategy_outcomes_open", "Signals that are followed now."),
  regimeSymbols: gauge("strategy_regime_symbols", "Symbols by their regime, without the demo feed's.", {
    regime: REGIMES,
  }),
  learningThreadsLost: counter(
    "strategy_learning_threads_lost_total",
    "Learning threads that hung or died and were replaced.",
  ),
  signals: family(
    "strategy_signals_total",
    "counter",
    "Signals that anybody was told of: what risk let through, without exits.",
    ["family", "strategy"],
    [],
    STRATEGIES.map((type) => ({ family: type.family, strategy: type.signalName })),
  ),
  ticksIngested: counter("strategy_ticks_ingested_total", "Valid ticks taken in.", {
    transport: TRANSPORTS,
    encoding: ENCODINGS,
  }),
  ticksRejected: family("strategy_ticks_rejected_total", "counter", "Bad ticks and undecodable messages.", ["reason"]),
  evaluationDuration: histogram(
    "strategy_evaluation_duration_seconds",
    "One evaluation pass over the enabled strategies of a tier.",
    EVALUATION_BOUNDS,
    { tier: TIERS },
  ),
  tierOverruns: counter("strategy_tier_overruns_total", "Passes that took longer than their tier's cycle.", {
    tier: TIERS,
  }),
  wsConnections: gauge("strategy_ws_connections", "Open WebSocket connections."),
  wsDropped: counter("strategy_ws_dropped_total", "WebSocket updates dropped because a client was too slow."),
  redisConnected: gauge("strategy_redis_connected", "1 while Redis is connected and subscribed, else 0."),
  busMessagesIn: counter("strategy_bus_messages_in_total", "Messages received from the bus."),
  busMessagesOut: counter("strategy_bus_messages_out_total", "Messages and keys written to the bus."),
  busDropped: counter("strategy_bus_dropped_total", "Writes to the bus given up: it was away or too slow."),
  busReconnects: counter("strategy_bus_reconnects_total", "Connections to Redis made again after a loss."),
  busGaps: counter("strategy_bus_gaps_total", "Interruptions of the subscription, in which messages may be missing."),
  inputWaiting: gauge("strategy_input_waiting_messages", "Messages of Pub/Sub that wait for room in the event ring."),
  inputWaited: counter(
    "strategy_input_waited_messages_total",
    "Messages of Pub/Sub that had to wait for room in the event ring.",
  ),
  inputLag: gauge("strategy_input_lag_entries", "Entries of the input stream that wait to be read, as last seen."),
  inputGaps: counter("strategy_input_gap_entries_total", "Entries of the input stream removed before they were read."),
  inputReplaced: counter(
    "strategy_input_replaced_total",
    "Streams found in the place of the input stream that was read.",
  ),
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyKey = keyof typeof FAMILIES;

type LabelValues = Readonly<Record<string, readonly string[]>>;

function counter(name: string, help: string, values: LabelValues = {}): Family {
  return family(name, "counter", help, Object.keys(values), [], combinations(values));
}
function gauge(name: string, help: string, values: LabelValues = {}): Family {
  return family(name, "gauge", help, Object.keys(values), [], combinations(values));
}
function histogram(name: string, help: string, boundsUs: readonly number[], values: LabelValues = {}): Family {
  return family(name, "histogram", help, Object.keys(values), boundsUs, combinations(values));
}
function family(
  name: string,
  type: FamilyType,
  help: string,
  labels: readonly string[],
  boundsUs: readonly number[] = [],
  initial: readonly Labels[] = labels.length === 0 ? [{}] : [],
): Family {
  return { name, type, help, labels, boundsUs, initial };
}

function combinations(values: LabelValues): readonly Labels[] {
  let sets: Labels[] = [{}];
  for (const [label, options] of Object.entries(values)) {
    sets = sets.flatMap((set) => options.map((option) => ({ ...set, [label]: option })));
  }
  return sets;
}
