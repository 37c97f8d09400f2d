// The words of the WebSocket protocol as both ends say them: channels, filters, what an update of each channel holds,
// the messages of the server, numbers that both must know. Data as on the wire, snake_case; the server fills these
// shapes and the published client reads them.
import type { WireSignal } from "./signal.ts";
import type { Family, Tier } from "./strategies.ts";

/** Channels with numbered events; `heartbeat` is the only one without. */
const EVENT_CHANNELS = ["signals", "trades", "executions", "pipeline", "metrics", "alerts"] as const;
/** Beyond the seven of version 1 of the protocol: a welcome names them apart. */
export const EXTRA_CHANNELS = ["research", "bars", "strategies"] as const;
export type EventChannelName = (typeof EVENT_CHANNELS)[number] | (typeof EXTRA_CHANNELS)[number];
export type ChannelName = EventChannelName | "heartbeat";
export const CHANNELS: readonly ChannelName[] = [...EVENT_CHANNELS, "heartbeat"];
export const ALL_CHANNELS: readonly ChannelName[] = [...CHANNELS, ...EXTRA_CHANNELS];

export const LIMITS = {
  max_message_bytes: 65_536,
  max_subscriptions: 50,
  max_filter_values: 100,
  messages_per_second: 50,
  /** Events that each channel keeps for replays. */
  replay_events: 10_000,
} as const;

export const CLOSE = {
  goingAway: 1001,
  badText: 1007,
  tooBig: 1009,
  unauthorized: 4001,
  slowConsumer: 4008,
  flood: 4029,
} as const;

/** Values in one list are OR-ed, lists are AND-ed, a missing or empty list means all. */
export interface Filter {
  readonly symbols?: readonly string[];
  readonly strategies?: readonly string[];
  readonly families?: readonly Family[];
  readonly tiers?: readonly Tier[];
  readonly min_confidence?: number;
}
export type FilterName = keyof Filter;

/** What each channel can be filtered by. */
export const CHANNEL_FILTERS: Readonly<Record<ChannelName, readonly FilterName[]>> = {
  signals: ["symbols", "strategies", "families", "tiers", "min_confidence"],
  trades: ["symbols", "strategies"],
  executions: ["strategies"],
  pipeline: ["strategies"],
  metrics: [],
  alerts: ["symbols", "strategies"],
  research: ["strategies"],
  bars: ["symbols"],
  strategies: ["strategies"],
  heartbeat: [],
};

export interface TradeUpdate {
  readonly execution_id: string;
  readonly strategy_id: string;
  readonly strategy_name?: string | null;
  readonly trade: {
    readonly trade_id: string;
    readonly symbol: string;
    readonly side: "BUY" | "SELL";
    readonly quantity: number;
    readonly price: number;
    readonly timestamp: string;
    readonly pnl: number;
  };
}

export interface ExecutionUpdate {
  readonly event: "started" | "updated" | "paused" | "resumed" | "stopped" | "error";
  readonly execution_id: string;
  readonly strategy_id: string;
  /** What people call it; null: there is none any more. */
  readonly strategy_name?: string | null;
  readonly status: "running" | "paused" | "stopped" | "error";
  readonly start_time: string;
  readonly trade_count: number;
  readonly pnl: number;
  readonly performance_metrics: {
    readonly sharpe_ratio: number;
    readonly max_drawdown: number;
    readonly win_rate: number;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

export interface PipelineUpdate {
  readonly event:
    | "queued"
    | "stage_started"
    | "progress"
    | "stage_completed"
    | "awaiting_approval"
    | "completed"
    | "failed"
    | "rolled_back";
  /** The stage that the event is about; null where it is about none. */
  readonly stage: string | null;
  readonly pipeline_id: string;
  readonly strategy_id: string;
  readonly strategy_name?: string | null;
  readonly status: "queued" | "running" | "awaiting_approval" | "completed" | "failed";
  readonly current_stage: string;
  readonly stages_completed: number;
  readonly total_stages: number;
  readonly [more: string]: unknown;
}

/** The JSON of GET /metrics and what only a stream can tell. */
export interface MetricsUpdate {
  readonly deployments_per_hour: number;
  readonly pipelines_per_hour: number;
  readonly success_rate: number;
  readonly total_strategies: number;
  readonly total_deployments: number;
  readonly total_pipelines: number;
  readonly active_executions: number;
  readonly signals_per_second: number;
  readonly ticks_per_second: number;
  readonly eval_p50_ms: number;
  readonly eval_p99_ms: number;
  readonly ws_connections: number;
  readonly [more: string]: unknown;
}

export interface AlertUpdate {
  readonly alert_id: string;
  readonly level: "info" | "warning" | "critical";
  readonly type: "performance" | "risk" | "system" | "pipeline";
  readonly strategy_id: string | null;
  readonly strategy_name?: string | null;
  /** Where the alert is about one. */
  readonly symbol?: string;
  readonly message: string;
  readonly created_at: string;
  readonly acknowledged: boolean;
  readonly [more: string]: unknown;
}

/** A backtest or a sweep on its way. */
export interface ResearchUpdate {
  readonly event: "queued" | "started" | "progress" | "completed" | "failed" | "cancelled";
  readonly kind: "backtest" | "sweep";
  /** As in GET /backtests/{id} or /sweeps/{id}. */
  readonly id: string;
  readonly status: "queued" | "running" | "completed" | "failed" | "cancelled";
  readonly strategy_id: string | null;
  readonly strategy_type: string | null;
  /** 0 to 1. */
  readonly progress: number;
  /** Seconds that are left; null: not known. */
  readonly eta_s: number | null;
  /** Of a sweep, so far. */
  readonly best: { readonly parameters: Readonly<Record<string, unknown>>; readonly score: number } | null;
  /** Null unless failed. */
  readonly error: string | null;
  readonly [more: string]: unknown;
}

/** What was paid for a symbol in one second; the newest second is told again until it is over. */
export interface BarUpdate {
  readonly symbol: string;
  readonly interval: "1s";
  /** Where it begins, epoch seconds. */
  readonly timestamp: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** What became of a strategy, as it is from then on. */
export interface StrategyUpdate {
  /** A `renamed` one may have changed in other ways as well. */
  readonly event: "created" | "renamed" | "updated" | "deleted";
  readonly strategy_id: string;
  /** Of a deleted one the last. */
  readonly strategy_name: string;
  readonly version: string;
  readonly deployed_version: string | null;
  readonly status: "draft" | "testing" | "approved" | "deployed" | "paused" | "stopped" | "error";
  readonly kind: "code" | "builtin";
  /** Of a deleted one when it was deleted. */
  readonly updated_at: string;
  readonly [more: string]: unknown;
}

/** Channel -> data of one of its updates. */
export interface ChannelData {
  readonly signals: WireSignal;
  readonly trades: TradeUpdate;
  readonly executions: ExecutionUpdate;
  readonly pipeline: PipelineUpdate;
  readonly metrics: MetricsUpdate;
  readonly alerts: AlertUpdate;
  readonly research: ResearchUpdate;
  readonly bars: BarUpdate;
  readonly strategies: StrategyUpdate;
}

export type RequestId = number | string | null;

export type LiveErrorCode =
  | "bad_json"
  | "unknown_op"
  | "bad_request"
  | "unknown_channel"
  | "bad_filter"
  | "not_subscribed"
  | "too_many_subscriptions"
  | "rate_limited"
  | "auth_required"
  | "auth_failed"
  | "internal";
