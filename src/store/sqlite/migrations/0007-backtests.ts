// Runs over history that were asked for, and what came out; the result is one JSON document.
export const BACKTESTS = `
CREATE TABLE backtests (
  position    INTEGER PRIMARY KEY,
  backtest_id TEXT NOT NULL UNIQUE,
  status      TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  request     TEXT NOT NULL CHECK (json_type(request) = 'object'),
  result      TEXT CHECK (result IS NULL OR json_type(result) = 'object'),
  error       TEXT,
  created_at  INTEGER NOT NULL,
  ended_at    INTEGER
) STRICT;
`;
