// Executions with their trades and the course of their equity. final_pnl, pnl and equity are in the account's currency.
export const EXECUTIONS = `
CREATE TABLE executions (
  execution_id        TEXT PRIMARY KEY,
  strategy_id         TEXT NOT NULL REFERENCES strategies (strategy_id),
  version             TEXT NOT NULL,
  status              TEXT NOT NULL CHECK (status IN ('running', 'paused', 'stopped', 'error')),
  start_time          INTEGER NOT NULL,
  end_time            INTEGER,
  final_pnl           REAL NOT NULL DEFAULT 0,
  trade_count         INTEGER NOT NULL DEFAULT 0,
  performance_metrics TEXT NOT NULL DEFAULT '{}' CHECK (json_type(performance_metrics) = 'object'),
  execution_config    TEXT NOT NULL DEFAULT '{}' CHECK (json_type(execution_config) = 'object'),
  stop_reason         TEXT,
  error               TEXT
) STRICT;
CREATE INDEX executions_by_strategy ON executions (strategy_id, start_time);
CREATE INDEX executions_by_time ON executions (start_time);

CREATE TABLE trades (
  trade_id     TEXT PRIMARY KEY,
  execution_id TEXT NOT NULL REFERENCES executions (execution_id),
  symbol       TEXT NOT NULL,
  side         TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
  quantity     REAL NOT NULL CHECK (quantity > 0),
  price        REAL NOT NULL CHECK (price > 0),
  timestamp    INTEGER NOT NULL,
  pnl          REAL NOT NULL
) STRICT;
CREATE INDEX trades_by_execution ON trades (execution_id, timestamp);

CREATE TABLE equity (
  execution_id TEXT NOT NULL REFERENCES executions (execution_id),
  point        INTEGER NOT NULL,
  timestamp    INTEGER NOT NULL,
  equity       REAL NOT NULL,
  drawdown     REAL NOT NULL CHECK (drawdown <= 0),
  PRIMARY KEY (execution_id, point)
) STRICT, WITHOUT ROWID;
`;
