// What risk has to remember: limits that were set, the emergency stop, and where the day of the book began. A row per
// name, each a JSON object; there are only a few.
export const RISK = `
CREATE TABLE risk (
  name       TEXT PRIMARY KEY,
  value      TEXT NOT NULL CHECK (json_type(value) = 'object'),
  updated_at INTEGER NOT NULL
) STRICT;
`;
