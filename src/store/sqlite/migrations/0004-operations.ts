// What operators set and see while the engine runs: configuration, flags, instruments, alerts, the audit trail, and
// answers kept for repeated requests. Each record of the audit trail holds the hash of the one before it.
export const OPERATIONS = `
CREATE TABLE config (
  component  TEXT PRIMARY KEY,
  value      TEXT NOT NULL CHECK (json_type(value) = 'object'),
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE flags (
  name            TEXT PRIMARY KEY,
  enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  rollout_percent REAL NOT NULL CHECK (rollout_percent BETWEEN 0 AND 100),
  description     TEXT NOT NULL,
  updated_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE instruments (
  symbol     TEXT PRIMARY KEY,
  settings   TEXT NOT NULL CHECK (json_type(settings) = 'object'),
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE alerts (
  position        INTEGER PRIMARY KEY,
  alert_id        TEXT NOT NULL UNIQUE,
  level           TEXT NOT NULL CHECK (level IN ('info', 'warning', 'critical')),
  type            TEXT NOT NULL CHECK (type IN ('performance', 'risk', 'system', 'pipeline')),
  strategy_id     TEXT,
  symbol          TEXT,
  message         TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  acknowledged    INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
  acknowledged_at INTEGER,
  acknowledged_by TEXT
) STRICT;
CREATE INDEX alerts_open ON alerts (acknowledged, position);

CREATE TABLE audit (
  position      INTEGER PRIMARY KEY,
  audit_id      TEXT NOT NULL UNIQUE,
  timestamp     INTEGER NOT NULL,
  actor         TEXT NOT NULL,
  action        TEXT NOT NULL,
  target        TEXT NOT NULL,
  before        TEXT NOT NULL CHECK (json_valid(before)),
  after         TEXT NOT NULL CHECK (json_valid(after)),
  previous_hash TEXT NOT NULL,
  hash          TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency (
  owner      TEXT NOT NULL,
  key        TEXT NOT NULL,
  path       TEXT NOT NULL,
  body_hash  TEXT NOT NULL,
  status     TEXT NOT NULL,
  answer     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner, key, path)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (created_at);
`;
