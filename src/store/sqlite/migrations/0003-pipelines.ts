// Deployments on their way through the stages, what each stage said, and comparisons of two strategies.
export const PIPELINES = `
CREATE TABLE pipelines (
  pipeline_id         TEXT PRIMARY KEY,
  strategy_id         TEXT NOT NULL REFERENCES strategies (strategy_id),
  version             TEXT NOT NULL,
  deployment_type     TEXT NOT NULL CHECK (deployment_type IN ('direct', 'blue_green', 'canary', 'rolling')),
  status              TEXT NOT NULL
                      CHECK (status IN ('queued', 'running', 'awaiting_approval', 'completed', 'failed')),
  current_stage       TEXT NOT NULL,
  stages              TEXT NOT NULL CHECK (json_type(stages) = 'array'),
  stages_completed    INTEGER NOT NULL DEFAULT 0,
  results             TEXT NOT NULL DEFAULT '{}' CHECK (json_type(results) = 'object'),
  rollout             TEXT NOT NULL DEFAULT '[]' CHECK (json_type(rollout) = 'array'),
  approval_required   INTEGER NOT NULL CHECK (approval_required IN (0, 1)),
  rollback_on_failure INTEGER NOT NULL CHECK (rollback_on_failure IN (0, 1)),
  rolled_back         INTEGER NOT NULL DEFAULT 0 CHECK (rolled_back IN (0, 1)),
  error               TEXT,
  reason              TEXT,
  started_at          INTEGER NOT NULL,
  ended_at            INTEGER
) STRICT;
CREATE INDEX pipelines_by_strategy ON pipelines (strategy_id, started_at);
CREATE INDEX pipelines_by_time ON pipelines (started_at);

CREATE TABLE pipeline_logs (
  log_id      INTEGER PRIMARY KEY,
  pipeline_id TEXT NOT NULL REFERENCES pipelines (pipeline_id),
  timestamp   INTEGER NOT NULL,
  stage       TEXT NOT NULL,
  level       TEXT NOT NULL,
  message     TEXT NOT NULL
) STRICT;
CREATE INDEX pipeline_logs_by_pipeline ON pipeline_logs (pipeline_id, log_id);

CREATE TABLE ab_tests (
  ab_test_id    TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  strategy_a    TEXT NOT NULL REFERENCES strategies (strategy_id),
  strategy_b    TEXT NOT NULL REFERENCES strategies (strategy_id),
  traffic_split REAL NOT NULL CHECK (traffic_split > 0 AND traffic_split < 1),
  status        TEXT NOT NULL CHECK (status IN ('running', 'concluded')),
  results       TEXT NOT NULL DEFAULT '{}' CHECK (json_type(results) = 'object'),
  winner        TEXT CHECK (winner IN ('a', 'b')),
  created_at    INTEGER NOT NULL,
  concluded_at  INTEGER
) STRICT;
`;
