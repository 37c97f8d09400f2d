// Which pipeline another one tries again, since when it waits for somebody's approval, how long it soaks on live events, and
// the certificate that live and backtest agree about it.
export const PIPELINE_RETRIES = `
ALTER TABLE pipelines ADD COLUMN retry_of TEXT;
ALTER TABLE pipelines ADD COLUMN asked_at INTEGER;
ALTER TABLE pipelines ADD COLUMN soak_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pipelines ADD COLUMN certificate TEXT CHECK (certificate IS NULL OR json_type(certificate) = 'object');
`;
