// What the server asks of the engine: a port that main.ts fills. Answers are views, ready to be sent as JSON, or domain
// values that a route shapes. Nothing here waits for Redis or a worker; only market data is answered later.
import type { AssetType } from "../domain/asset-type.ts";
import type { StrategyDescription } from "../domain/describe.ts";
import type { Failure } from "../domain/failure.ts";
import type { InstrumentChange, InstrumentField } from "../domain/instrument.ts";
import type { Result } from "../domain/result.ts";
import type { Manage } from "../manage/manage.ts";
import type { WireSignal } from "../domain/signal.ts";
import type { SignalPage, SignalQuery } from "../domain/signal-query.ts";
import type { Tier } from "../domain/strategies.ts";
import type { LogLine } from "../telemetry/log-tail.ts";
import type { Listed } from "./list-page.ts";

export interface HealthView {
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly strategies_deployed: number;
  readonly pipelines_executed: number;
  readonly tests_completed: number;
  readonly active_strategies: number;
  readonly active_executions: number;
  readonly uptime_seconds: number;
  readonly messagebus_connected: boolean;
  readonly messagebus: "redis" | "embedded";
  readonly [more: string]: unknown;
}

export interface MetricsView {
  readonly deployments_per_hour: number;
  readonly pipelines_per_hour: number;
  readonly success_rate: number;
  readonly total_strategies: number;
  readonly total_deployments: number;
  readonly total_pipelines: number;
  readonly active_executions: number;
  readonly engine_type: "strategy_deployment";
  /** All users' strategies together. */
  readonly user_strategies: {
    readonly memory_bytes: number;
    readonly memory_limit_bytes: number;
    readonly cpu_seconds: number;
    readonly cpu_limit_cores: number;
    readonly throttled_seconds: number;
  };
  readonly containerized: boolean;
  readonly [more: string]: unknown;
}

export interface SymbolView {
  readonly symbol: string;
  readonly asset_type: AssetType;
  readonly last_price: number | null;
  /** Event time of the last event, epoch seconds. */
  readonly last_timestamp: number | null;
  readonly bars: number;
  readonly ticks: number;
  readonly [more: string]: unknown;
}

export interface BarView {
  /** Where it begins, epoch seconds. */
  readonly timestamp: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Numbers by their names, and the rest. */
export interface InstrumentView extends Readonly<Record<InstrumentField, number>> {
  readonly symbol: string;
  readonly asset_type: AssetType;
  readonly session: string;
  readonly benchmark: string | null;
}

/** What something still lacks before it can speak. */
export interface ReadinessView {
  readonly readiness: "ready" | "warming" | "no_input";
  readonly why_silent: string | null;
  readonly samples_missing?: number;
}

export interface StrategyTypeView extends StrategyDescription, ReadinessView {
  readonly enabled: boolean;
  /** False until its kernel is in the core. */
  readonly available: boolean;
}

export interface TierView {
  readonly interval_ms: number;
  readonly cycles: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly overruns: number;
  readonly [more: string]: unknown;
}

export interface ComponentView {
  readonly name: string;
  readonly kind: "component" | "strategy";
  readonly status: string;
  readonly last_error: string | null;
}

export interface SummaryView {
  readonly system_health: HealthView["status"];
  readonly components: Readonly<Record<string, { readonly status: string }>>;
  readonly tiers: Readonly<Record<Tier, TierView>>;
  readonly integration_stats: Readonly<Record<string, unknown>>;
  readonly redis_connected: boolean;
  readonly uptime_seconds: number;
  readonly [more: string]: unknown;
}

export interface VersionView {
  readonly name: string;
  readonly version: string;
  readonly api_version: "1";
  readonly node: string;
  readonly arch: string;
  readonly wasm_simd: boolean;
}

export interface MarketDataOutcome {
  readonly strategies_applied: number;
  readonly processed: number;
  readonly rejected: number;
  /** The first 20 refusals. */
  readonly errors: readonly { readonly index: number; readonly message: string }[];
  readonly signals: readonly WireSignal[];
  readonly processing_time_ms: number;
}

export type BodyEncoding = "json" | "msgpack";

export interface Engine {
  health(): HealthView;
  /** False before the warm-up is done and while shutting down. */
  ready(): boolean;
  version(): VersionView;
  metricsJson(): MetricsView;
  /** Prometheus text exposition, version 0.0.4. */
  metricsText(): string | Promise<string>;
  /** All symbols seen so far. */
  symbols(): Listed<SymbolView>;
  symbol(name: string): SymbolView | null;
  /** The newest bars of a length, oldest first; null: the symbol was never seen. */
  bars(symbol: string, seconds: number, limit: number): readonly BarView[] | null;
  /** Of every symbol seen so far. */
  instruments(): Listed<InstrumentView>;
  instrument(symbol: string): InstrumentView | null;
  setInstrument(symbol: string, change: InstrumentChange, actor: string): Promise<Result<InstrumentView, Failure>>;
  signals(query: SignalQuery): Result<SignalPage, "bad_cursor">;
  strategyTypes(): readonly StrategyTypeView[];
  /** Of a registered strategy that is built in; null: not all of its symbols were seen. */
  readinessOf(strategyId: string): ReadinessView | null;
  summary(): SummaryView;
  /** The 10 components, the venue where live trading is on, and the 18 strategies. */
  components(): readonly ComponentView[];
  readonly manage: Manage;
  /** What the log said last that is at least so grave, newest first. */
  logTail(most: number, from: LogLine["level"]): readonly LogLine[];
  /** The body as it came (an empty one arrives as `{}`); bytes belong to the callee. */
  processMarketData(bytes: Uint8Array, encoding: BodyEncoding): Promise<Result<MarketDataOutcome, Failure>>;
  /** Counts a message that was refused before its end was read. */
  marketDataTooLarge(): void;
  /** Latches the stop; tells how many executions it ended. */
  emergencyStop(reason: string): Result<{ readonly executionsStopped: number }, Failure>;
  resume(reason: string): Result<null, Failure>;
}
