// Orders at a real venue. A row of venue_orders is written before its order is sent: what is not over in it is asked for
// at the venue after a restart. Fills are known by the id that the venue gave them, so that none counts twice. Positions
// are what the fills come to, or what an operator took over from the venue; accepted orders are foreign ones at the venue
// that an operator has said may be there.
export const VENUE = `
CREATE TABLE venue_orders (
  client_order_id TEXT PRIMARY KEY,
  venue           TEXT NOT NULL,
  execution_id    TEXT NOT NULL,
  strategy_id     TEXT NOT NULL,
  symbol          TEXT NOT NULL,
  side            TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  kind            TEXT NOT NULL CHECK (kind IN ('market', 'limit', 'stop', 'stop_limit')),
  quantity        REAL NOT NULL CHECK (quantity > 0),
  limit_price     REAL,
  stop_price      REAL,
  time_in_force   TEXT NOT NULL CHECK (time_in_force IN ('gtc', 'ioc', 'fok', 'day')),
  post_only       INTEGER NOT NULL CHECK (post_only IN (0, 1)),
  reduce_only     INTEGER NOT NULL CHECK (reduce_only IN (0, 1)),
  mark            REAL NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('new', 'working', 'partially_filled', 'filled', 'cancelled', 'rejected',
                                                 'expired')),
  claimed         REAL NOT NULL DEFAULT 0,
  acknowledged    INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
  settled         INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
  cancelling      INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)),
  venue_order_id  TEXT,
  reason          TEXT,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX venue_orders_unsettled ON venue_orders (venue) WHERE settled = 0;
CREATE INDEX venue_orders_by_execution ON venue_orders (execution_id, created_at);
CREATE TABLE venue_fills (
  client_order_id TEXT NOT NULL REFERENCES venue_orders (client_order_id),
  fill_id         TEXT NOT NULL,
  execution_id    TEXT NOT NULL,
  symbol          TEXT NOT NULL,
  side            TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity        REAL NOT NULL CHECK (quantity > 0),
  price           REAL NOT NULL CHECK (price > 0),
  fee             REAL NOT NULL,
  timestamp       INTEGER NOT NULL,
  PRIMARY KEY (client_order_id, fill_id)
) STRICT;
CREATE INDEX venue_fills_by_execution ON venue_fills (execution_id);
CREATE TABLE venue_positions (
  venue    TEXT NOT NULL,
  symbol   TEXT NOT NULL,
  quantity REAL NOT NULL,
  PRIMARY KEY (venue, symbol)
) STRICT;
CREATE TABLE venue_accepted (
  venue       TEXT NOT NULL,
  order_id    TEXT NOT NULL,
  actor       TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  PRIMARY KEY (venue, order_id)
) STRICT;
`;
