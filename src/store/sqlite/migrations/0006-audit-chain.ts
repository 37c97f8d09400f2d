// An entry of the audit trail follows the one that is there: entries that are handed in together cannot skip one that
// was refused.
export const AUDIT_CHAIN = `
CREATE TRIGGER audit_chain BEFORE INSERT ON audit
WHEN NEW.previous_hash IS NOT coalesce((SELECT hash FROM audit WHERE position = NEW.position - 1), '')
BEGIN
  SELECT RAISE(ABORT, 'the entry does not follow the one before it');
END;
`;
