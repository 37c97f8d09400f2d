// One payload of each topic, and the fields that the API promises of it.
import { wireSignal } from "../../src/domain/signal.ts";
import { buySignal } from "./signals.ts";
import type { Topic, TopicPayloads } from "../../src/bus/bus.ts";

const timestamp = "2025-08-24T10:30:15.000Z";
const execution = { execution_id: "exec_ghi789", strategy_id: "strat_abc123", strategy_name: "RSI" };
const strategy = { strategy_id: "strat_abc123", strategy_name: "RSI" };
const pipeline = { ...strategy, pipeline_id: "pipe_def456", stage: "backtest" };
const held = { ...execution, symbol: "AAPL", quantity: 100 };
const order = { ...held, side: "SELL", type: "limit", status: "open", filled_quantity: 0, stop_price: null } as const;

export const PAYLOADS: TopicPayloads = {
  "strategy.deployed": {
    ...strategy,
    version: "1.2.0",
    pipeline_id: "pipe_def456",
    deployment_type: "canary",
    timestamp,
  },
  "strategy.execution.started": { ...execution, timestamp },
  "strategy.execution.stopped": {
    ...execution,
    timestamp,
    duration_minutes: 125.5,
    pnl: -12.25,
    trade_count: 3,
    reason: "stopped by its owner",
  },
  "strategy.trade": {
    ...execution,
    trade: { trade_id: "trade_k2j4h6", symbol: "AAPL", side: "BUY", quantity: 100, price: 150.25, timestamp, pnl: 0 },
  },
  "strategy.error": { ...strategy, execution_id: null, error: "division by zero", timestamp },
  "pipeline.stage.completed": { ...pipeline, passed: true, duration_ms: 12.5, stages_completed: 3, total_stages: 6 },
  "pipeline.failed": { ...pipeline, error: "no trade in 180 days", rolled_back: false },
  "strategy.signal": wireSignal(buySignal()),
  "strategy.alert": {
    alert_id: "alert_z9y8x7",
    level: "critical",
    type: "risk",
    strategy_id: "strat_abc123",
    message: "daily loss limit reached",
    created_at: timestamp,
    acknowledged: false,
  },
  "strategy.order": {
    ...order,
    order_id: "ord_1a2b3c00000001",
    price: 150.25,
    created_at: timestamp,
    updated_at: timestamp,
  },
  "strategy.position": { ...held, avg_price: 150.25, unrealized_pnl: 4.5 },
  "strategy.performance": { ...execution, metrics: { sharpe_ratio: 1.1, profit_factor: null } },
  "strategy.order.requested": { action: "cancel", client_order_id: "ord_ghi789_7", symbol: "AAPL", timestamp },
};

export const FIELDS: Readonly<Record<Topic, string>> = {
  "strategy.order.requested": "action timestamp",
  "strategy.deployed": "strategy_id strategy_name version pipeline_id deployment_type timestamp",
  "strategy.execution.started": "execution_id strategy_id strategy_name timestamp",
  "strategy.execution.stopped":
    "execution_id strategy_id strategy_name timestamp duration_minutes pnl trade_count reason",
  "strategy.trade": "execution_id strategy_id strategy_name trade",
  "strategy.error": "strategy_id strategy_name execution_id error timestamp",
  "pipeline.stage.completed":
    "pipeline_id strategy_id strategy_name stage passed duration_ms stages_completed total_stages",
  "pipeline.failed": "pipeline_id strategy_id strategy_name stage error rolled_back",
  "strategy.signal":
    "id type strategy strategy_type symbol action entry_price stop_loss take_profit confidence timestamp",
  "strategy.alert": "alert_id level type strategy_id message created_at acknowledged",
  "strategy.order":
    "order_id execution_id strategy_id strategy_name symbol side type status quantity filled_quantity price stop_price",
  "strategy.position": "strategy_id strategy_name symbol quantity avg_price unrealized_pnl",
  "strategy.performance": "execution_id strategy_id strategy_name metrics",
};
