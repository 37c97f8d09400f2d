// Learning: what it changed, which values are in force by it, what it proposes, its models and what its learners keep.
export const LEARNING = `
CREATE TABLE learning_changes (
  position      INTEGER PRIMARY KEY,
  change_id     TEXT NOT NULL UNIQUE,
  target        TEXT NOT NULL,
  what          TEXT NOT NULL,
  strategy_type TEXT NOT NULL,
  before        TEXT NOT NULL CHECK (json_valid(before)),
  after         TEXT NOT NULL CHECK (json_valid(after)),
  reason        TEXT NOT NULL,
  evidence      TEXT NOT NULL CHECK (json_type(evidence) = 'object'),
  source        TEXT NOT NULL,
  reverts       TEXT,
  applied       INTEGER NOT NULL CHECK (applied IN (0, 1)),
  created_at    INTEGER NOT NULL
) STRICT;
CREATE TABLE learning_values (
  target     TEXT PRIMARY KEY,
  position   INTEGER NOT NULL,
  value      TEXT NOT NULL CHECK (json_valid(value)),
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE learning_proposals (
  position      INTEGER PRIMARY KEY,
  proposal_id   TEXT NOT NULL UNIQUE,
  subject       TEXT NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected')),
  kind          TEXT NOT NULL,
  what          TEXT NOT NULL,
  strategy_type TEXT NOT NULL,
  before        TEXT NOT NULL CHECK (json_valid(before)),
  after         TEXT NOT NULL CHECK (json_valid(after)),
  reason        TEXT NOT NULL,
  evidence      TEXT NOT NULL CHECK (json_type(evidence) = 'object'),
  source        TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  decided_at    INTEGER,
  decided_by    TEXT,
  carried_out   TEXT CHECK (carried_out IS NULL OR json_type(carried_out) = 'object')
) STRICT;
CREATE TABLE learning_models (
  model_id      TEXT PRIMARY KEY,
  kind          TEXT NOT NULL,
  strategy_type TEXT NOT NULL,
  samples       INTEGER NOT NULL CHECK (samples >= 0),
  lineage       TEXT NOT NULL CHECK (json_type(lineage) = 'object'),
  content       TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE TABLE learning_state (
  name       TEXT PRIMARY KEY,
  value      TEXT NOT NULL CHECK (json_type(value) = 'object'),
  updated_at INTEGER NOT NULL
) STRICT;
`;
