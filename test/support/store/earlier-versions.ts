// A database as each earlier version of the tables could have left it: rows in the words of that version, and what must
// be read from them after the upgrade. A new migration adds an entry here for the version before it.
export interface EarlierVersion {
  readonly version: number;
  readonly fill: string;
  readonly look: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

const STRATEGY = `
INSERT INTO strategies (strategy_id, strategy_name, version, kind, code, code_hash, parameters, risk_limits, asset_types,
                        status, created_at, updated_at)
VALUES ('strat_000001', 'First', '1.0.0', 'code', 'x', 'ab', '{"period":14}', '{}', '["crypto"]', 'deployed', 10, 20);
INSERT INTO versions (strategy_id, version, code, code_hash, parameters, risk_limits, created_at, deployed_at)
VALUES ('strat_000001', '1.0.0', 'x', 'ab', '{"period":14}', '{}', 10, 15);
INSERT INTO performance (strategy_id, pnl, execution_time_ms, success, timestamp)
VALUES ('strat_000001', 12.5, 3.5, 1, 30);`;
const EXECUTION = `
INSERT INTO executions (execution_id, strategy_id, version, status, start_time)
VALUES ('exec_000001', 'strat_000001', '1.0.0', 'running', 40);
INSERT INTO trades (trade_id, execution_id, symbol, side, quantity, price, timestamp, pnl)
VALUES ('trade_000001', 'exec_000001', 'BTCUSD', 'BUY', 0.1, 50000, 41, 0);
INSERT INTO equity (execution_id, point, timestamp, equity, drawdown) VALUES ('exec_000001', 0, 41, 100000, 0);`;
const PIPELINE = `
INSERT INTO pipelines (pipeline_id, strategy_id, version, deployment_type, status, current_stage, stages,
                       approval_required, rollback_on_failure, started_at)
VALUES ('pipe_000001', 'strat_000001', '1.0.0', 'canary', 'completed', 'backtest', '["backtest"]', 0, 1, 12);
INSERT INTO pipeline_logs (pipeline_id, timestamp, stage, level, message)
VALUES ('pipe_000001', 13, 'backtest', 'info', 'begun');`;

const OPERATION = `
INSERT INTO config (component, value, updated_at) VALUES ('risk', '{"limit":1}', 14);`;

export const EARLIER_VERSIONS: readonly EarlierVersion[] = [
  {
    version: 1,
    fill: STRATEGY,
    look: "SELECT strategy_name, deployed_at, pnl FROM strategies JOIN versions USING (strategy_id) JOIN performance USING (strategy_id)",
    rows: [{ strategy_name: "First", deployed_at: 15, pnl: 12.5 }],
  },
  {
    version: 2,
    fill: STRATEGY + EXECUTION,
    look: "SELECT strategy_name, symbol, final_pnl, equity FROM strategies JOIN executions USING (strategy_id) JOIN trades USING (execution_id) JOIN equity USING (execution_id)",
    rows: [{ strategy_name: "First", symbol: "BTCUSD", final_pnl: 0, equity: 100_000 }],
  },
  {
    version: 3,
    fill: STRATEGY + EXECUTION + PIPELINE,
    look: "SELECT strategy_name, deployment_type, message, (SELECT count(*) FROM trades) AS trades FROM strategies JOIN pipelines USING (strategy_id) JOIN pipeline_logs USING (pipeline_id)",
    rows: [{ strategy_name: "First", deployment_type: "canary", message: "begun", trades: 1 }],
  },
  {
    version: 4,
    fill: STRATEGY + EXECUTION + PIPELINE + OPERATION,
    look: "SELECT strategy_name, value FROM strategies, config",
    rows: [{ strategy_name: "First", value: '{"limit":1}' }],
  },
  {
    version: 5,
    fill:
      STRATEGY +
      EXECUTION +
      PIPELINE +
      OPERATION +
      "INSERT INTO performance_totals VALUES ('strat_000001', '{\"count\":1}', 31);" +
      "INSERT INTO audit VALUES (1, 'audit_000001', 32, 'ops', 'config.put', 'risk', 'null', '{}', '', 'ab');",
    look: "SELECT totals, action, hash FROM performance_totals, audit",
    rows: [{ totals: '{"count":1}', action: "config.put", hash: "ab" }],
  },
  {
    version: 6,
    fill: STRATEGY + EXECUTION + PIPELINE + OPERATION,
    look: "SELECT strategy_name, value FROM strategies, config",
    rows: [{ strategy_name: "First", value: '{"limit":1}' }],
  },
  {
    version: 7,
    fill:
      STRATEGY +
      "INSERT INTO backtests VALUES (1, 'bt_000001', 'completed', '{}', '{\"total_return\":1}', NULL, 33, 34);",
    look: "SELECT backtest_id, result FROM backtests",
    rows: [{ backtest_id: "bt_000001", result: '{"total_return":1}' }],
  },
  {
    version: 8,
    fill:
      STRATEGY +
      "INSERT INTO sweeps VALUES (1, 'sw_000001', 'completed', '{}', 2, 2, '[{\"score\":1}]', NULL, 35, 36);",
    look: "SELECT sweep_id, results, verdict FROM sweeps",
    rows: [{ sweep_id: "sw_000001", results: '[{"score":1}]', verdict: null }],
  },
  {
    version: 9,
    fill: STRATEGY + EXECUTION,
    look: "SELECT trade_id, position, sequence, fee, reigns FROM trades JOIN executions USING (execution_id)",
    rows: [{ trade_id: "trade_000001", position: 0, sequence: -1, fee: 0, reigns: "[]" }],
  },
];
