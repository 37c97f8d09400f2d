// What learning goes by: trades that ended, and the signals that are followed to their end.
export const OUTCOMES = `
CREATE TABLE learning_outcomes (
  position INTEGER PRIMARY KEY,
  signal_id TEXT NOT NULL UNIQUE,
  strategy TEXT NOT NULL,
  instance INTEGER NOT NULL CHECK (instance >= 0),
  symbol TEXT NOT NULL,
  side INTEGER NOT NULL CHECK (side IN (1, -1)),
  confidence_raw REAL NOT NULL CHECK (confidence_raw BETWEEN 0 AND 1),
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  opened_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  net REAL NOT NULL,
  ended TEXT NOT NULL CHECK (ended IN ('target', 'stop', 'time', 'exit')),
  regime TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('signal', 'execution'))
) STRICT;
CREATE TABLE learning_followed (
  signal_id TEXT NOT NULL,
  symbol TEXT NOT NULL,
  opening TEXT NOT NULL,
  PRIMARY KEY (signal_id, symbol)
) STRICT, WITHOUT ROWID;
`;
