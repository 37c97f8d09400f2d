// Data of each channel for tests, valid unless told otherwise.
import type {
  AlertUpdate,
  BarUpdate,
  ExecutionUpdate,
  MetricsUpdate,
  PipelineUpdate,
  ResearchUpdate,
  StrategyUpdate,
  TradeUpdate,
} from "../../../src/domain/live-protocol.ts";

export function tradeUpdate(n: number, symbol = "AAPL", strategyId = "strat_abc123"): TradeUpdate {
  const trade = { trade_id: `trade_${String(n).padStart(6, "0")}`, symbol, side: "BUY", quantity: 100 } as const;
  return {
    execution_id: "exec_ghi789",
    strategy_id: strategyId,
    trade: { ...trade, price: 150.25, timestamp: "2025-08-24T10:30:15Z", pnl: 0 },
  };
}

export function executionUpdate(id: string, changes: Partial<ExecutionUpdate> = {}): ExecutionUpdate {
  return {
    event: "started",
    execution_id: id,
    strategy_id: "strat_abc123",
    status: "running",
    start_time: "2025-08-24T10:30:00Z",
    trade_count: 0,
    pnl: 0,
    performance_metrics: { sharpe_ratio: 0, max_drawdown: 0, win_rate: 0 },
    ...changes,
  };
}

export function pipelineUpdate(id: string, changes: Partial<PipelineUpdate> = {}): PipelineUpdate {
  return {
    event: "stage_completed",
    stage: "unit_tests",
    pipeline_id: id,
    strategy_id: "strat_abc123",
    status: "running",
    current_stage: "backtest",
    stages_completed: 2,
    total_stages: 6,
    ...changes,
  };
}

export function researchUpdate(id: string, changes: Partial<ResearchUpdate> = {}): ResearchUpdate {
  const about = { strategy_id: null, strategy_type: "momentum_rider", best: null, error: null };
  return { event: "started", kind: "sweep", id, status: "running", progress: 0, eta_s: null, ...about, ...changes };
}

export function strategyUpdate(id: string, changes: Partial<StrategyUpdate> = {}): StrategyUpdate {
  const about = { status: "draft", kind: "code", updated_at: "2025-08-24T10:30:00Z" } as const;
  const versions = { version: "1.0.0", deployed_version: null };
  return { event: "created", strategy_id: id, strategy_name: "RSI", ...versions, ...about, ...changes };
}

export function barUpdate(symbol: string, second: number): BarUpdate {
  const prices = { open: 100, high: 101, low: 99, close: 100.5, volume: 7 };
  return { symbol, interval: "1s", timestamp: 1_756_029_600 + second, ...prices };
}

export function alertUpdate(id: string, changes: Partial<AlertUpdate> = {}): AlertUpdate {
  return {
    alert_id: id,
    level: "critical",
    type: "risk",
    strategy_id: "strat_abc123",
    message: "daily loss limit reached",
    created_at: "2025-08-24T10:30:00Z",
    acknowledged: false,
    ...changes,
  };
}

export function metricsUpdate(changes: Partial<MetricsUpdate> = {}): MetricsUpdate {
  return {
    deployments_per_hour: 5.2,
    pipelines_per_hour: 5.4,
    success_rate: 0.987,
    total_strategies: 47,
    total_deployments: 47,
    total_pipelines: 48,
    active_executions: 8,
    signals_per_second: 41.5,
    ticks_per_second: 5200,
    eval_p50_ms: 1.9,
    eval_p99_ms: 6.8,
    ws_connections: 12,
    ...changes,
  };
}
