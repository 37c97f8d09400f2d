// How often an alert was found again and when last, and its way to the webhooks.
export const ALERT_DELIVERY = `
ALTER TABLE alerts ADD COLUMN occurrences INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 1);
ALTER TABLE alerts ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
CREATE TABLE alert_deliveries (
  position INTEGER NOT NULL,
  webhook TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  error TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (position, webhook)
) STRICT;
CREATE INDEX alert_deliveries_pending ON alert_deliveries (position) WHERE state = 'pending';
`;
