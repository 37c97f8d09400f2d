// Fills in the order of booking, with the event that they followed from and their fee, so that an account can be booked
// again; and which events each version of the code has seen.
export const LEDGER = `
ALTER TABLE trades ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trades ADD COLUMN sequence INTEGER NOT NULL DEFAULT -1;
ALTER TABLE trades ADD COLUMN fee REAL NOT NULL DEFAULT 0;
CREATE INDEX trades_by_position ON trades (execution_id, position);
ALTER TABLE executions ADD COLUMN reigns TEXT NOT NULL DEFAULT '[]' CHECK (json_type(reigns) = 'array');
`;
