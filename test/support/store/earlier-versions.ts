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
  {
    version: 10,
    fill:
      STRATEGY +
      EXECUTION +
      'UPDATE trades SET position = 3, fee = 0.5; UPDATE executions SET reigns = \'[{"version":"1.0.0"}]\';',
    look: "SELECT trade_id, position, fee, reigns, (SELECT count(*) FROM venue_orders) AS sent FROM trades JOIN executions USING (execution_id)",
    rows: [{ trade_id: "trade_000001", position: 3, fee: 0.5, reigns: '[{"version":"1.0.0"}]', sent: 0 }],
  },
  {
    version: 11,
    fill: "INSERT INTO venue_positions VALUES ('paper', 'BTCUSD', 2.5);",
    look: "SELECT symbol, quantity, (SELECT count(*) FROM risk) AS kept FROM venue_positions",
    rows: [{ symbol: "BTCUSD", quantity: 2.5, kept: 0 }],
  },
  {
    version: 12,
    fill: STRATEGY + PIPELINE,
    look: "SELECT pipeline_id, retry_of, asked_at, soak_ms, certificate FROM pipelines",
    rows: [{ pipeline_id: "pipe_000001", retry_of: null, asked_at: null, soak_ms: 0, certificate: null }],
  },
  {
    version: 13,
    fill: "INSERT INTO risk VALUES ('limits', '{\"book\":1}', 37);",
    look: "SELECT name, value, (SELECT count(*) FROM orders) AS placed FROM risk",
    rows: [{ name: "limits", value: '{"book":1}', placed: 0 }],
  },
  {
    version: 14,
    fill: "INSERT INTO flags (name, enabled, rollout_percent, description, updated_at) VALUES ('sizing', 1, 25, '', 5);",
    look: "SELECT name, enabled, rollout_percent, strategies, symbols, (SELECT count(*) FROM traffic) AS shared FROM flags",
    rows: [{ name: "sizing", enabled: 1, rollout_percent: 25, strategies: "[]", symbols: "[]", shared: 0 }],
  },
  {
    version: 15,
    fill: "INSERT INTO alerts (position, alert_id, level, type, message, created_at, acknowledged) VALUES (1, 'alert_000001', 'info', 'risk', 'm', 5, 0);",
    look: "SELECT alert_id, occurrences, last_at, (SELECT count(*) FROM alert_deliveries) AS sent FROM alerts",
    rows: [{ alert_id: "alert_000001", occurrences: 1, last_at: 0, sent: 0 }],
  },
  {
    version: 16,
    fill: "INSERT INTO alert_deliveries VALUES (1, 'http://127.0.0.1/', '{}', 'pending', 0, NULL, 5);",
    look: "SELECT state, (SELECT count(*) FROM learning_changes) AS learned FROM alert_deliveries",
    rows: [{ state: "pending", learned: 0 }],
  },
  {
    version: 17,
    fill: "INSERT INTO learning_state VALUES ('frozen', '{}', 5);",
    look: "SELECT name, (SELECT count(*) FROM learning_outcomes) AS closed, (SELECT count(*) FROM learning_followed) AS open FROM learning_state",
    rows: [{ name: "frozen", closed: 0, open: 0 }],
  },
  {
    version: 18,
    fill: "INSERT INTO backtests (position, backtest_id, status, request, created_at) VALUES (1, 'bt_000001', 'completed', '{}', 5);",
    look: "SELECT backtest_id, status, (SELECT count(*) FROM backtest_pages) AS pages FROM backtests",
    rows: [{ backtest_id: "bt_000001", status: "completed", pages: 0 }],
  },
  {
    version: 19,
    fill: `INSERT INTO ledger VALUES ('exec_000001', 0, 'capital', 5, NULL, NULL, 900, 0, 0, 0, 0, -900);
INSERT INTO ledger VALUES ('exec_000001', 1, 'fill', 6, 'BTCUSD', 0, -300, 290, 10, 0, 0, 0);
INSERT INTO ledger VALUES ('exec_000002', 0, 'capital', 7, NULL, NULL, 100, 0, 0, 0, 0, -100);`,
    look: "SELECT execution_id, entries, cash, cost, fees, capital FROM ledger_sums ORDER BY execution_id",
    rows: [
      { execution_id: "exec_000001", entries: 2, cash: 600, cost: 290, fees: 10, capital: -900 },
      { execution_id: "exec_000002", entries: 1, cash: 100, cost: 0, fees: 0, capital: -100 },
    ],
  },
  {
    version: 20,
    fill: `INSERT INTO orders (order_id, position, execution_id, strategy_id, number, symbol, side, kind, state, quantity,
  filled, average, time_in_force, reduce_only, purpose, oco, created_at, updated_at)
VALUES ('order_000001', 0, 'exec_000001', 'strat_000001', 1, 'BTCUSD', 'BUY', 'limit', 'cancelled', 1, 0, 0, 'gtc', 0,
  'signal', 0, 5, 6), ('order_000002', 1, 'exec_000001', 'strat_000001', 2, 'BTCUSD', 'BUY', 'limit', 'filled', 1, 1, 7,
  'gtc', 0, 'signal', 0, 5, 6);`,
    look: `SELECT order_id FROM orders INDEXED BY orders_unfilled_by_strategy
  WHERE strategy_id = 'strat_000001' AND state = 'cancelled' AND state IN ('cancelled', 'rejected', 'expired')`,
    rows: [{ order_id: "order_000001" }],
  },
];
