// Sweeps over parameters that were asked for; results are one JSON list, the best first.
export const SWEEPS = `
CREATE TABLE sweeps (
  position     INTEGER PRIMARY KEY,
  sweep_id     TEXT NOT NULL UNIQUE,
  status       TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  request      TEXT NOT NULL CHECK (json_type(request) = 'object'),
  combinations INTEGER NOT NULL CHECK (combinations BETWEEN 1 AND 1000),
  completed    INTEGER NOT NULL CHECK (completed BETWEEN 0 AND combinations),
  results      TEXT NOT NULL CHECK (json_type(results) = 'array'),
  error        TEXT,
  created_at   INTEGER NOT NULL,
  ended_at     INTEGER
) STRICT;
`;
