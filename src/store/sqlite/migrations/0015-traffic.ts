// Weights of the versions of a strategy that share its symbols, and what a flag is about: a flag that names strategies
// decides where they trade, from the event of this number on.
export const TRAFFIC = `
CREATE TABLE traffic (
  strategy_id TEXT PRIMARY KEY REFERENCES strategies (strategy_id),
  weights     TEXT NOT NULL CHECK (json_type(weights) = 'object'),
  updated_at  INTEGER NOT NULL
) STRICT;
ALTER TABLE flags ADD COLUMN strategies TEXT NOT NULL DEFAULT '[]' CHECK (json_type(strategies) = 'array');
ALTER TABLE flags ADD COLUMN symbols TEXT NOT NULL DEFAULT '[]' CHECK (json_type(symbols) = 'array');
ALTER TABLE flags ADD COLUMN from_sequence INTEGER NOT NULL DEFAULT 0;
`;
