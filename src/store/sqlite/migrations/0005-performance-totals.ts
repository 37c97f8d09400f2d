// What all results that were ever tracked for a strategy come to, because only the newest of them are kept.
export const PERFORMANCE_TOTALS = `
CREATE TABLE performance_totals (
  strategy_id TEXT PRIMARY KEY REFERENCES strategies (strategy_id),
  totals      TEXT NOT NULL CHECK (json_type(totals) = 'object'),
  updated_at  INTEGER NOT NULL
) STRICT;
`;
