// Strategies, their versions and the results that were tracked for them. Times are integer microseconds since the epoch;
// JSON columns hold objects or lists. A deleted strategy keeps its row (deleted_at), because its history refers to it.
export const STRATEGIES = `
CREATE TABLE strategies (
  strategy_id      TEXT PRIMARY KEY,
  strategy_name    TEXT NOT NULL,
  version          TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('code', 'builtin')),
  language         TEXT,
  strategy_type    TEXT,
  implementation   TEXT,
  code             TEXT NOT NULL,
  code_hash        TEXT NOT NULL,
  parameters       TEXT NOT NULL CHECK (json_type(parameters) = 'object'),
  risk_limits      TEXT NOT NULL CHECK (json_type(risk_limits) = 'object'),
  asset_types      TEXT NOT NULL CHECK (json_type(asset_types) = 'array'),
  status           TEXT NOT NULL
                   CHECK (status IN ('draft', 'testing', 'approved', 'deployed', 'paused', 'stopped', 'error')),
  status_before    TEXT,
  deployed_version TEXT,
  last_error       TEXT,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  deleted_at       INTEGER
) STRICT;
CREATE INDEX strategies_by_time ON strategies (created_at);

CREATE TABLE versions (
  strategy_id TEXT NOT NULL REFERENCES strategies (strategy_id),
  version     TEXT NOT NULL,
  language    TEXT,
  code        TEXT NOT NULL,
  code_hash   TEXT NOT NULL,
  parameters  TEXT NOT NULL CHECK (json_type(parameters) = 'object'),
  risk_limits TEXT NOT NULL CHECK (json_type(risk_limits) = 'object'),
  created_at  INTEGER NOT NULL,
  deployed_at INTEGER,
  PRIMARY KEY (strategy_id, version)
) STRICT;

CREATE TABLE performance (
  result_id         INTEGER PRIMARY KEY,
  strategy_id       TEXT NOT NULL REFERENCES strategies (strategy_id),
  pnl               REAL NOT NULL,
  execution_time_ms REAL NOT NULL,
  success           INTEGER NOT NULL CHECK (success IN (0, 1)),
  timestamp         INTEGER NOT NULL
) STRICT;
CREATE INDEX performance_by_strategy ON performance (strategy_id, result_id);
`;
