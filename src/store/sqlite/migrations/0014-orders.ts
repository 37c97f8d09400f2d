// Orders of executions and their double-entry ledger. An order bears its execution's number for it and its position in the
// book of all orders. A row of the ledger is a balanced set of postings in whole millionths, debits positive: what is paid
// into cash or put into positions at cost, fees, what was earned (negative), and the capital. No foreign keys: the rows of
// an execution are written together with what they belong to.
export const ORDERS = `
CREATE TABLE orders (
  order_id      TEXT PRIMARY KEY,
  position      INTEGER NOT NULL,
  execution_id  TEXT NOT NULL,
  strategy_id   TEXT NOT NULL,
  number        INTEGER NOT NULL,
  symbol        TEXT NOT NULL,
  side          TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
  kind          TEXT NOT NULL CHECK (kind IN ('market', 'limit', 'stop', 'stop_limit', 'trailing_stop')),
  state         TEXT NOT NULL CHECK (state IN ('new', 'working', 'partially_filled', 'filled', 'cancelled', 'rejected',
                                               'expired')),
  quantity      REAL NOT NULL CHECK (quantity >= 0),
  filled        REAL NOT NULL CHECK (filled >= 0),
  average       REAL NOT NULL,
  limit_price   REAL,
  stop_price    REAL,
  trail         REAL,
  time_in_force TEXT NOT NULL CHECK (time_in_force IN ('gtc', 'ioc', 'fok', 'day')),
  reduce_only   INTEGER NOT NULL CHECK (reduce_only IN (0, 1)),
  purpose       TEXT NOT NULL,
  oco           INTEGER NOT NULL,
  reason        TEXT,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orders_by_position ON orders (position);
CREATE INDEX orders_by_strategy ON orders (strategy_id, position);
CREATE INDEX orders_by_execution ON orders (execution_id, number);
CREATE INDEX orders_open ON orders (execution_id) WHERE state IN ('new', 'working', 'partially_filled');

CREATE TABLE ledger (
  execution_id TEXT NOT NULL,
  entry        INTEGER NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('capital', 'fill', 'funding', 'borrowing', 'recall')),
  timestamp    INTEGER NOT NULL,
  symbol       TEXT,
  trade        INTEGER,
  cash         INTEGER NOT NULL,
  cost         INTEGER NOT NULL,
  fees         INTEGER NOT NULL,
  realised     INTEGER NOT NULL,
  carry        INTEGER NOT NULL,
  capital      INTEGER NOT NULL,
  CHECK (cash + cost + fees + realised + carry + capital = 0),
  PRIMARY KEY (execution_id, entry)
) STRICT, WITHOUT ROWID;
`;
