// So that no list walks what grows for ever: an index for each way to narrow orders, trades and the audit trail, and what
// the ledger of an execution comes to, kept by the database with every posting.
export const READS = `
CREATE INDEX orders_by_symbol ON orders (symbol, position);
CREATE INDEX orders_by_pair ON orders (strategy_id, symbol, position);
CREATE INDEX orders_unfilled ON orders (state, position) WHERE state IN ('cancelled', 'rejected', 'expired');
CREATE INDEX trades_by_symbol ON trades (execution_id, symbol, position);
CREATE INDEX audit_by_actor ON audit (actor, position);
CREATE INDEX audit_by_action ON audit (action, position);
CREATE TABLE ledger_sums (
  execution_id TEXT PRIMARY KEY,
  entries      INTEGER NOT NULL,
  cash         INTEGER NOT NULL,
  cost         INTEGER NOT NULL,
  fees         INTEGER NOT NULL,
  realised     INTEGER NOT NULL,
  carry        INTEGER NOT NULL,
  capital      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO ledger_sums
SELECT execution_id, count(*), sum(cash), sum(cost), sum(fees), sum(realised), sum(carry), sum(capital)
FROM ledger GROUP BY execution_id;
CREATE TRIGGER ledger_sum AFTER INSERT ON ledger
BEGIN
  INSERT INTO ledger_sums
  VALUES (NEW.execution_id, 1, NEW.cash, NEW.cost, NEW.fees, NEW.realised, NEW.carry, NEW.capital)
  ON CONFLICT DO UPDATE SET
    entries = entries + 1, cash = cash + NEW.cash, cost = cost + NEW.cost, fees = fees + NEW.fees,
    realised = realised + NEW.realised, carry = carry + NEW.carry, capital = capital + NEW.capital;
END;
`;
